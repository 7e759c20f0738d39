"""In what parts differ is told; what a classifier could learn from must be asked for."""

import pytest

from radprep.upkeep.merge_differences import by_value, differences, several_keys
from tests.made import rows
from tests.upkeep.merged import converted, merge, refused


def part(*, labels=None, columns=None, key="1", **parameters):
    """What dataset.json says of a part that convert made."""
    convert = {
        "stage": "convert",
        "made_from": {"key": key},
        "parameters": {"bits": 8, "window": "auto", **parameters},
        "versions": {"radprep": "1"},
    }
    return {"stages": [convert], "labels": labels or {}, "columns": columns or {}}


def said(*parts):
    """Text -> whether it is grave."""
    names = [chr(ord("A") + place) for place in range(len(parts))]
    return {one.text: one.is_grave for one in differences(parts, names)}


def test_equal_parts_do_not_differ():
    assert said(part(), part()) == {}
    assert several_keys([part(), part()]) == ""


def test_options_of_convert():
    assert said(part(), part(window="full"), part()) == {
        "they were converted with another --window: auto in A and C, full in B": True
    }
    assert said(part(max_frames=5), part(max_frames=7)) == {
        "they were converted with another --max-frames: 5 in A, 7 in B": False
    }


def test_labels_that_mean_other_things():
    yes, no = {"yes": 3, "no": 4}, {"fractured": 2, "normal": 1}
    assert said(part(labels={"fracture": yes}), part(labels={"fracture": no})) == {
        "the label fracture says no, yes in A; fractured, normal in B": True
    }
    more = {"yes": 3, "no": 4, "maybe": 1}
    assert said(part(labels={"fracture": yes}), part(labels={"fracture": more})) == {
        "the label fracture says no, yes in A; maybe, no, yes in B": False
    }
    assert said(part(labels={"fracture": yes}), part()) == {
        "no image of B has a label fracture": False
    }


def test_boxes_and_masks():
    boxes = {"boxes": 2, "mask_file_name": 0, "split": 0}
    assert said(part(columns=boxes), part()) == {"no image of B has boxes": False}


def test_keys():
    assert "made with 2 keys" in several_keys([part(), part(key="2"), part()])
    assert "not all known" in several_keys([part(), part(key=None)])


def test_a_merged_part_counts_by_its_own_parts():
    merged = {
        "stage": "merge",
        "made_from": {},
        "parameters": {"parts": [part(), part(window="full", key="2")]},
        "versions": {},
    }
    both = {"stages": [merged], "labels": {}, "columns": {}}
    assert said(both, part()) == {
        "they were converted with another --window: auto or full in A, auto in B": True
    }
    assert "made with 2 keys" in several_keys([both])


def test_values_are_listed_with_their_holders():
    assert by_value([{"8"}, {"16"}, {"8"}, set()], "ABCD") == "8 in A and C, 16 in B, nothing in D"


@pytest.mark.slow
def test_other_options_must_be_asked_for(made, tmp_path):
    other = converted(tmp_path, "d", (8, 9), "--window", "full", key="6b")
    told = refused(made / "a", other, tmp_path / "ad")
    assert "--window: auto in" in told or "--window: full in" in told
    assert "--mixed" in told
    code, found, _ = merge(made / "a", other, tmp_path / "ad", "--mixed")
    assert code == 0
    assert any("--window" in one for one in found["told"])


@pytest.mark.slow
def test_folders_of_two_labels_are_refused(made, tmp_path):
    labels = "accession,finding\nA8,fracture\nA9,normal\n"
    other = converted(tmp_path, "d", (8, 9), "--label-column", "finding", labels=labels)
    told = refused(made / "a", other, tmp_path / "ad")
    assert "named by other labels: " in told
    assert "--label-column COLUMN=NAME" in told


@pytest.mark.slow
def test_a_part_without_labels_is_told(made, tmp_path):
    other = converted(tmp_path, "d", (8, 9), labels="")
    told = merge(made / "a", other, tmp_path / "ad")[1]["told"]
    assert any(one.startswith(f"no image of {other} has a label diagnosis") for one in told)
    assert set(rows(tmp_path / "ad").query("status == 'kept'").label.dropna()) == {
        "fracture",
        "normal",
    }
