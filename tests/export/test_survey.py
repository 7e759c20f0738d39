"""What is known of an export before anything is written."""

import pytest

import radprep
from radprep.errors import UsageError
from radprep.export import survey
from radprep.export.survey import StudySize, Survey
from tests.export.sets import make_set


def test_no_shard_is_larger_than_asked():
    found = Survey()
    found.sizes = {
        "training": [StudySize(f"{n:04d}", 1, size) for n, size in enumerate((5, 5, 20, 3, 4, 3))]
    }
    shards = found.shards("training", 10)
    assert [[one.pixel_bytes for one in shard] for shard in shards] == [[5, 5], [20], [3, 4, 3]]


def test_too_many_labels_are_told_apart_from_too_many_of_boxes(tmp_path, monkeypatch):
    make_set(tmp_path / "set")
    monkeypatch.setattr(survey, "_MOST_NAMES", 1)
    with pytest.raises(UsageError, match=r"The films .* labels.*--label"):
        radprep.export(tmp_path / "set", tmp_path / "out", format="csv")
    monkeypatch.setattr(survey, "_MOST_NAMES", 0)
    with pytest.raises(UsageError, match=r"The boxes .* labels.*--box-map"):
        survey._check_number({"a"}, "The boxes", "--box-map")
