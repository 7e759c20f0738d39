"""A data set with its card, as `datasets` loads it."""

import pytest

from radprep.export.card import croissant
from radprep.export.card.card import write_card
from tests.export.sets import make_set


@pytest.mark.slow
def test_the_table_is_what_datasets_loads(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(croissant, "is_there", lambda: False)
    from datasets import load_dataset

    root = make_set(tmp_path / "set", studies=4)
    write_card(root)
    found = load_dataset(str(root), cache_dir=str(tmp_path / "cache"))
    assert set(found) == {"train"}
    assert {(root / name).is_file() for name in found["train"]["file_name"]} == {True}
