"""Whatever contradicts itself is told in a sentence with the place and what to do, before anything
is written."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from radprep.cli import app
from radprep.dataset.durable import write_json
from radprep.dataset.layout import DataSet
from radprep.upkeep.merge_clashes import Shared, id_clashes
from radprep.upkeep.merge_parts import Part
from tests.made import preprocess, private_of, rows, runner
from tests.upkeep.merged import converted, copied, merge, refused
from tests.upkeep.test_verify import verify


def again(root, tmp_path, name, studies, *flags, key="5a", **attributes):
    """Another data set beside those that are made."""
    return converted(tmp_path, name, studies, *flags, key=key, **attributes)


def test_the_same_study_with_the_same_rows_is_counted_once(made, tmp_path):
    copy = copied(made / "a", tmp_path / "a")
    grown = again(made, tmp_path, "d", (8,))
    _, said, _ = merge(made / "a", copy, grown, tmp_path / "ad")
    counts, parts = said["counts"], said["parts"]
    for name in ("files", "kept", "rejected", "failed", "images", "studies"):
        total = sum(part[name] for part in parts)
        assert counts[name] == total - said["in_several"][name], name
    assert said["in_several"]["studies"] == 3
    assert said["look_alikes"] == 0
    assert verify(tmp_path / "ad")[0] == 0


def test_the_same_study_with_other_rows_is_a_clash(made, tmp_path):
    other = again(made, tmp_path, "d", (3, 8), KVP="71")
    said = refused(made / "a", other, tmp_path / "ad")
    assert "1 study stands in" in said
    assert "with other rows" in said
    assert "one key" in said
    assert "nothing was written" in said


def test_that_a_study_is_one_is_not_claimed_where_nobody_is_named(made, tmp_path):
    one = again(made, tmp_path, "d", (3,), PatientID="")
    two = again(made, tmp_path, "e", (3,), PatientID="", KVP="71")
    said = refused(one, two, tmp_path / "de")
    assert "nothing says whose films these are" in said
    assert "so it is one study" not in said
    assert "so it is one study" in refused(made / "a", two, tmp_path / "ae")


def test_the_same_image_with_other_pixels_is_a_clash(made, tmp_path):
    other = again(made, tmp_path, "d", (3, 8), seed=70)
    assert "the same image_id with other pixels" in refused(made / "a", other, tmp_path / "ad")


def small_part(name, key, *listed):
    """A part of a few rows: (study_id, image_id, source_id, patient_id)."""
    columns = ("study_id", "image_id", "source_id", "patient_id")
    table = pa.Table.from_pylist(
        [dict(zip(columns, one, strict=True)) for one in listed],
        pa.schema([(name, pa.string()) for name in columns]),
    )
    convert_said = {"stage": "convert", "made_from": {"key": key}, "parameters": {}}
    return Part(DataSet(Path(name)), convert_said, frozenset(table["study_id"].to_pylist()), table)


@pytest.mark.parametrize(
    ("other", "key", "said"),
    [
        (("s2", "i1", "f2", "p2"), "k", "1 images stand in A and in B in different studies (i1)"),
        (("s2", "i2", "f1", "p2"), "k", "1 files stand in A and in B in different studies (f1)"),
        (("s2", "i2", "f1", "p2"), "l", "1 files of A have ids of others in B (f1)"),
        (("s2", "i2", "f2", "p1"), "l", "1 patients of A have ids of others in B (p1)"),
        (("s2", "i2", "f2", "p1"), "k", None),
        (("s1", "i1", "f1", "p1"), "k", None),
        (("s2", None, "f2", None), "l", None),
    ],
)
def test_an_id_stands_for_one_thing(other, key, said):
    """A study that both have is compared row by row, not here."""
    parts = [small_part("A", "k", ("s1", "i1", "f1", "p1")), small_part("B", key, other)]
    found = list(id_clashes(parts, Shared.of(parts)))
    assert len(found) == (said is not None)
    assert said is None or found[0].startswith(said)


def test_ids_that_are_the_same_by_chance_are_a_clash(made, tmp_path):
    """Somebody has written another key into a copy, and changed its rows."""
    other = again(made, tmp_path, "d", (3, 8), KVP="71")
    info = json.loads((other / "dataset.json").read_text())
    info["made_from"]["key"] = "0" * 16
    write_json(other / "dataset.json", info)
    assert "by chance" not in (said := refused(made / "a", other, tmp_path / "ad"))
    assert "have ids of others" in said


def test_the_same_folder_twice_and_folders_in_each_other_are_refused(made, tmp_path):
    assert "same folder" in refused(made / "a", made / "a", tmp_path / "out")
    assert "OUT is the same folder" in merge(made / "a", made / "b", made / "a")[2]
    assert "lies in a data set" in merge(made / "a", made / "b", made / "a" / "out")[2]
    inner = copied(made / "b", tmp_path / "b")
    shutil.move(shutil.copytree(made / "a", tmp_path / "inner"), inner / "a")
    assert "one lies in the other" in refused(inner, inner / "a", tmp_path / "out")
    assert "two or more" in merge(made / "a", tmp_path / "out")[2]
    assert "There is no folder" in refused(made / "a", tmp_path / "none", tmp_path / "out")


def test_a_part_that_changed_since_its_tables_were_made_is_refused(made, tmp_path):
    other = copied(made / "b", tmp_path / "b")
    next(other.glob("studies/??/[0-9a-f]*.parquet")).unlink()
    assert "has changed since its tables were made" in refused(made / "a", other, tmp_path / "ab")


def test_a_rejection_by_a_person_counts_in_all_parts(made, tmp_path):
    """A preprocess output remembers a rejection of a film that the other one keeps."""
    image = rows(made / "a").image_id.dropna().iloc[0]
    corrections = tmp_path / "corrections.csv"
    corrections.write_text(f"image_id,field,value\n{image},status,rejected\n")
    rejecting = copied(made / "a", tmp_path / "a")
    flags = ("--private", tmp_path / "a.private", "--corrections", corrections)
    again(made, tmp_path, "a", (1, 2, 3), *flags)
    said = refused(rejecting, made / "a", tmp_path / "out")
    assert "that a person rejected in another of them" in said
    assert image in said
    assert merge(rejecting, made / "b", tmp_path / "ab")[0] == 0
    assert image in (tmp_path / "ab" / "corrections.csv").read_text()
    assert verify(tmp_path / "ab")[0] == 0
    assert image not in set(rows(tmp_path / "ab").query("status == 'kept'").image_id)


@pytest.mark.slow
def test_two_persons_who_contradict_each_other_are_a_clash(made, tmp_path):
    image = rows(made / "a").image_id.dropna().iloc[0]
    for name, value in (("one", "true"), ("two", "false")):
        corrections = tmp_path / f"{name}.csv"
        corrections.write_text(f"image_id,field,value\n{image},inverted,{value}\n")
        preprocess(made / "a", tmp_path / name, "--workers", 1, "--corrections", corrections)
    said = refused(tmp_path / "one", tmp_path / "two", tmp_path / "both")
    assert f"decided otherwise on inverted of {image}" in said


@pytest.mark.parametrize("beside", [True, False])
def test_a_forgotten_patient_does_not_come_back(made, tmp_path, beside):
    one, other = copied(made / "a", tmp_path / "a"), copied(made / "a", tmp_path / "copy")
    patient = rows(one).patient_id.dropna().iloc[0]
    assert runner.invoke(app, ["forget", str(one), "--patient", patient, "--yes"]).exit_code == 0
    named = ()
    if not beside:
        shutil.move(private_of(one).root, tmp_path / "far away")
        assert merge(one, other, made / "b", tmp_path / "silent")[2] == ""
        named = ("--private", tmp_path / "far away")
    said = refused(*named, one, other, tmp_path / "out")
    assert "consent was withdrawn" in said
    assert patient in said
    assert f"radprep forget {other}" in said


@pytest.mark.slow
def test_a_patient_who_was_forgotten_in_out_does_not_come_back(made, tmp_path):
    out = tmp_path / "ab"
    merge(made / "a", made / "b", out)
    patient = rows(out).patient_id.dropna().iloc[0]
    done = runner.invoke(app, ["forget", str(out), "--patient", patient, "--yes"])
    assert "merge refuses to go on" in done.output
    assert patient not in set(rows(out).patient_id)
    code, _, said = merge(made / "a", made / "b", out)
    assert code == 2
    assert "consent was withdrawn" in said


def test_a_private_tree_that_is_not_at_hand_is_told(made, tmp_path):
    alone = tmp_path / "a"
    shutil.copytree(made / "a", alone)
    told = merge(alone, made / "b", tmp_path / "ab")[1]["told"]
    assert any("no private tree of" in one and str(alone) in one for one in told)


def test_a_link_in_a_part_is_not_followed(made, tmp_path):
    other = copied(made / "b", tmp_path / "b")
    image = other / rows(other).file_name.dropna().iloc[0]
    outside = tmp_path / "outside.png"
    shutil.move(image, outside)
    image.symlink_to(outside)
    code, _, said = merge(made / "a", other, tmp_path / "ab")
    assert code == 2
    assert "leads out of the data set over a link" in said
    image.unlink()
    image.symlink_to(other / rows(other).file_name.dropna().iloc[1])
    assert "is a link or no file" in merge(made / "a", other, tmp_path / "ab")[2]
    image.unlink()
    assert "missing" in merge(made / "a", other, tmp_path / "ab")[2]


def test_it_is_told_where_no_part_shares_the_key_either(made, tmp_path):
    alone = converted(tmp_path, "alone", [7], key="6b")
    shutil.move(private_of(alone).root, tmp_path / "far away")
    told = merge(alone, made / "b", tmp_path / "ab")[1]["told"]
    said = [one for one in told if "no private tree of" in one]
    assert len(said) == 1
    assert str(alone) in said[0]
    assert str(made / "b") not in said[0]
    named = ("--private", tmp_path / "far away")
    told = merge(*named, alone, made / "b", tmp_path / "named")[1]["told"]
    assert not [one for one in told if "no private tree of" in one]
