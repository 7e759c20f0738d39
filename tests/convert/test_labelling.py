"""Labels of images that show what another image of the study shows: copies and raw images."""

import itertools
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.made import ROOT, arm, convert, make_dicom, preprocess, rows, tree_hash

MARK = "convert:contradictory_labels"
DX = "1.2.840.10008.5.1.4.1.1.1.1"
TREE = ("images", "unlabelled", "studies", "dataset.json")
COLUMNS = ("--label-column", "fracture", "--label-column", "hardware", "--label-key", "image")


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Three copies of one film under UIDs of their own, and another film, in one study."""
    folder = tmp_path / "dump"
    folder.mkdir()
    for instance in "1234":
        pixels = arm(40, 30, seed=int(instance == "4"))
        data = make_dicom(pixels, instance=instance, InstanceNumber=instance)
        (folder / instance).write_bytes(data)
    return folder


def write(tmp_path: Path, *lines: str) -> Path:
    """A labels file. lines: instance,fracture,hardware; or for the study: ,fracture,hardware."""
    path = tmp_path / f"labels{len(list(tmp_path.glob('*.csv')))}.csv"
    named = [f"{ROOT}.1.1.{line}" if line[0] != "," else line for line in lines]
    accession = ["," if line[0] != "," else "A1," for line in lines]
    text = [first + second for first, second in zip(accession, named, strict=True)]
    path.write_text("\n".join(["accession,image,fracture,hardware", *text]))
    return path


def made(dump: Path, out: Path, labels: Path, *flags: Any) -> dict[str, Any]:
    keys = (*COLUMNS, "--label-key", "accession", "--labels", labels)
    return convert(dump, out, *keys, *flags)


def kept(out: Path) -> pd.Series:
    """The row of the film that stays of the copies."""
    found = rows(out)
    [row] = [
        row for _, row in found[(found.status == "kept") & (found.InstanceNumber != 4)].iterrows()
    ]
    return row


def test_a_label_of_a_copy_is_one_of_the_image_that_stays(dump: Path, tmp_path: Path) -> None:
    """Whichever of them is labelled. The other film has its study's label."""
    out = tmp_path / "raw"
    for labelled in "123":
        made(dump, out, write(tmp_path, f"{labelled},yes,", ",no,no"))
        assert kept(out).label == "yes"
        assert kept(out).labels == '{"fracture":"yes","hardware":"no"}'
        assert list(kept(out).image_labels) == ["fracture"]
        assert not len(kept(out).review)
        assert rows(out).set_index("InstanceNumber").label[4] == "no"


def test_copies_that_contradict_each_other_leave_no_label_and_a_mark(
    dump: Path, tmp_path: Path
) -> None:
    """Not even the study's, of that name; another name that they agree on stays."""
    out = tmp_path / "raw"
    for one, other, third in itertools.permutations("123"):
        lines = (f"{one},yes,yes", f"{other},no,yes", f"{third},,yes", ",yes,")
        summary = made(dump, out, write(tmp_path, *lines))
        assert kept(out).labels == '{"hardware":"yes"}'
        assert pd.isna(kept(out).label)
        assert list(kept(out).review) == [MARK]
        assert summary["counts"]["review"] == {MARK: 1}


FILES = {
    "none": (",no,no",),
    "one": ("1,yes,", ",no,no"),
    "another": ("2,yes,yes", ",no,no"),
    "contradictory": ("1,yes,", "2,no,", ",no,no"),
    "turned": ("1,no,", "2,yes,", "3,no,yes"),
    "by another name": ("1,yes,yes", "2,yes,no", ",no,no"),
}


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("--require-label",)])
def test_another_labels_file_gives_the_tree_of_a_fresh_run(
    dump: Path, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    out, key = tmp_path / "raw", tmp_path / "raw.private" / "key"
    files = {name: write(tmp_path, *lines) for name, lines in FILES.items()}
    made(dump, out, files["none"], *flags)
    fresh = {}
    for name, path in files.items():
        made(dump, tmp_path / name, path, *flags, "--key", key)
        fresh[name] = tree_hash(tmp_path / name, *TREE)
    for before, after in itertools.permutations(files, 2):
        made(dump, out, files[before], *flags)
        made(dump, out, files[after], *flags)
        assert tree_hash(out, *TREE) == fresh[after], (before, after)
        assert made(dump, out, files[after], *flags)["run"]["unchanged"] == 1


def test_another_labels_file_decodes_nothing_unless_a_mark_comes_or_goes(
    dump: Path, tmp_path: Path
) -> None:
    out, clean = tmp_path / "raw", tmp_path / "clean"
    made(dump, out, write(tmp_path, ",no,no"))
    preprocess(out, clean)
    run = made(dump, out, write(tmp_path, "1,yes,", ",no,no"))["run"]
    assert (run["done"], run["relabelled"]) == (0, 1)
    preprocess(out, clean)
    assert kept(clean).label == kept(out).label == "yes"
    contradictory = write(tmp_path, "1,yes,", "2,no,", ",no,no")
    assert made(dump, out, contradictory)["run"]["done"] == 1
    preprocess(out, clean)
    assert MARK in kept(clean).review
    assert made(dump, out, contradictory)["run"]["unchanged"] == 1
    assert made(dump, out, write(tmp_path, "1,no,", "2,no,"))["run"]["done"] == 1
    assert MARK not in kept(out).review
    assert kept(out).label == "no"


def test_an_image_whose_copies_contradict_each_other_has_no_label_where_one_is_required(
    dump: Path, tmp_path: Path
) -> None:
    out = tmp_path / "raw"
    made(dump, out, write(tmp_path, "1,yes,", "2,no,", ",no,no"), "--require-label")
    assert sorted(rows(out).reason.dropna()) == ["duplicate", "duplicate", "no_label"]
    assert rows(out).file_name.notna().sum() == 1


def test_the_label_of_a_raw_image_and_of_its_copy_is_that_of_its_film(tmp_path: Path) -> None:
    dump, out = tmp_path / "dump", tmp_path / "raw"
    dump.mkdir()
    for instance, seed, is_raw in (("1", 0, True), ("2", 0, True), ("3", 1, False)):
        of_raw = {"SOPClassUID": f"{DX}.1", "PresentationIntentType": "FOR PROCESSING"}
        of_film = {"SOPClassUID": DX, "PresentationIntentType": "FOR PRESENTATION"}
        said = {**(of_raw if is_raw else of_film), "Modality": "DX", "InstanceNumber": instance}
        data = make_dicom(arm(40, 30, seed=seed), instance=instance, **said)
        (dump / instance).write_bytes(data)
    for line in ("1,yes,", "2,yes,"):
        made(dump, out, write(tmp_path, line))
        assert sorted(rows(out).reason.dropna()) == ["duplicate", "raw_twin"]
        assert (kept(out).InstanceNumber, kept(out).label) == (3, "yes")
    made(dump, out, write(tmp_path, "2,yes,", "3,no,"))
    assert pd.isna(kept(out).label)
    assert list(kept(out).review) == [MARK]


def test_the_copy_may_come_with_a_later_delivery(dump: Path, tmp_path: Path) -> None:
    """The film of the first stays, and has the label that its copy has."""
    out, first = tmp_path / "raw", tmp_path / "first"
    first.mkdir()
    (dump / "1").rename(first / "1")
    made(first, out, write(tmp_path, ",no,", "1,,yes"))
    later = write(tmp_path, "2,yes,", "3,yes,yes")
    made(dump, out, later, "--add")
    assert (kept(out).InstanceNumber, kept(out).label) == (1, "yes")
    assert rows(out).set_index("InstanceNumber").label[4] == "no"
    assert made(dump, out, later)["run"]["unchanged"] == 1
    contradictory = write(tmp_path, "2,yes,", "3,no,")
    made(dump, out, contradictory)
    assert list(kept(out).review) == [MARK]
    assert pd.isna(kept(out).label)
    assert made(dump, out, contradictory)["run"]["unchanged"] == 1
    made(dump, out, write(tmp_path, "2,,no", "4,yes,"))
    assert kept(out).labels == '{"fracture":"no"}'  # its study's again
    assert list(kept(out).review) == [MARK]
    made(dump, out, write(tmp_path, "4,yes,"))
    assert kept(out).labels == '{"fracture":"no","hardware":"yes"}'
    assert not len(kept(out).review)
