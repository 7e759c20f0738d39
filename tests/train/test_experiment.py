"""An experiment as a folder."""

import json

import pytest

from radprep.errors import UsageError
from radprep.train.experiment import (
    Experiment,
    experiment_of,
    plain,
    read_config,
    read_json,
    write_config,
    write_environment,
)
from tests.train.synthetic import make_dataset

FULL = Experiment(
    model="resnet18",
    positive="fractura",
    seed=3,
    holdout=0.2,
    folds=5,
    on_leak="drop",
    rule="alo",
    parameters={
        "epochs": 20,
        "rate": 1e-4,
        "mode": "pad",
        "sizes": [1, 2],
        "nested": None,
        "text": 'a "quoted" ü\n',
    },
)


def test_a_configuration_is_read_back_as_it_was_written(tmp_path):
    write_config(tmp_path, FULL, "abc")
    given = {name: value for name, value in FULL.parameters.items() if value is not None}
    assert experiment_of(tmp_path) == (FULL.model_copy(update={"parameters": given}), "abc")


@pytest.mark.parametrize("text", ["model = ", "\xff"])
def test_what_is_no_configuration_is_refused(tmp_path, text):
    (tmp_path / "config.toml").write_text(text, encoding="latin-1")
    with pytest.raises(UsageError, match="no configuration"):
        experiment_of(tmp_path)
    with pytest.raises(UsageError, match="no configuration"):
        read_config(tmp_path / "none.toml")


def test_a_mistake_in_a_configuration_is_named(tmp_path):
    (tmp_path / "config.toml").write_text('dataset = "a"\nholdout = 3.0\n')
    with pytest.raises(UsageError, match="holdout"):
        experiment_of(tmp_path)


def test_the_environment_says_with_what_but_not_where_or_who(tmp_path, monkeypatch):
    monkeypatch.setenv("USER", "somebody")
    root = make_dataset(tmp_path / "garcia_pere", 5)
    run = tmp_path / "run"
    run.mkdir()
    write_environment(run, root, FULL, "abc")
    found = json.loads((run / "environment.json").read_text())
    assert "scikit-learn" in found["versions"]
    assert found["hardware"]["cores"] >= 1
    assert found["command"] == "radprep train abc RUN --config config.toml"
    for path in run.iterdir():
        text = path.read_text()
        assert not [name for name in ("garcia", str(tmp_path), "somebody") if name in text], (
            path.name
        )


def test_values_become_what_json_has():
    assert plain({"a": float("nan"), "b": [1, 0.12345678], 3: {"c": None}}) == {
        "a": None,
        "b": [1, 0.123457],
        "3": {"c": None},
    }


def test_a_missing_file_names_the_command_that_makes_it(tmp_path):
    with pytest.raises(UsageError, match="`radprep train` makes it"):
        read_json(tmp_path / "thresholds.json", "radprep train")
