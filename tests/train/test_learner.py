"""Models by name, and their parameters."""

import pytest

from radprep.errors import UsageError
from radprep.train import models as models_module
from radprep.train.learner import Context
from radprep.train.models import MODELS, make_learner
from radprep.train.parameters import parse_parameters


@pytest.fixture
def context(tmp_path):
    return Context(tmp_path, "fingerprint")


def test_parameters_are_resolved_and_a_typo_names_the_known_ones(context):
    assert make_learner("classic", {"width": 64}, context).parameters.model_dump()["height"] == 512
    with pytest.raises(UsageError, match=r"no parameter 'widht'\. There are: width, height"):
        make_learner("classic", {"widht": 64}, context)
    with pytest.raises(UsageError, match=r"width: .* .it is 3"):
        make_learner("classic", {"width": 3}, context)


@pytest.mark.parametrize("name", [*(name for name in MODELS if name != "classic"), "convnext_tiny"])
def test_without_pytorch_a_model_of_it_names_the_extra(context, monkeypatch, name):
    monkeypatch.setattr(models_module, "find_spec", lambda wanted: None)
    with pytest.raises(UsageError, match=r"radprep\[torch\]"):
        make_learner(name, {}, context)


def test_parameters_are_written_as_in_toml():
    assert parse_parameters(
        ["epochs=20", "rate = 1e-3", "mode=stretch", "freeze=true", "sizes=[1, 2]"]
    ) == {"epochs": 20, "rate": 0.001, "mode": "stretch", "freeze": True, "sizes": [1, 2]}
    for wrong in ("epochs", "=3"):
        with pytest.raises(UsageError, match="PARAMETER=VALUE"):
            parse_parameters([wrong])
