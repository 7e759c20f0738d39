"""Files of boxes through the whole of convert: what lands, what is told, what is done again."""

import json
import re

import pyarrow.parquet as pq
import pytest

from radprep.cli import app
from radprep.dataset.boxes import boxes_in
from radprep.errors import UsageError
from tests.made import (
    arm,
    command,
    convert,
    make_dicom,
    preprocess,
    private_of,
    rows,
    runner,
    tree_hash,
)

ANY = ("--max-failed", "1")
HEADER = "path,x,y,width,height,label"


def film(folder, study, name=None, pixels=None, **attributes):
    folder.mkdir(parents=True, exist_ok=True)
    pixels = arm(seed=int(study)) if pixels is None else pixels
    path = folder / (name or f"IM{study}.dcm")
    path.write_bytes(make_dicom(pixels, study=study, **attributes))
    return path


@pytest.fixture
def dump(tmp_path):
    for study in "1234":
        film(tmp_path / "dump" / "films", study)
    (tmp_path / "dump" / "films" / "README.txt").write_text("how to open")
    return tmp_path / "dump"


def boxes_file(tmp_path, *lines, name="boxes.csv"):
    path = tmp_path / name
    path.write_text("\n".join([HEADER, *lines]))
    return path


FULL = (
    "films/IM1.dcm,10,20,30,40,fracture",
    "IM1.png,60,20,10,10,metal",
    "films/IM2.dcm,,,,,",
    "films/IM3.dcm,80,100,40,40,fracture",
    "films/IM3.dcm,300,100,40,40,fracture",
    "films/IM3.dcm,3,nan,4,4,fracture",
    "films/GONE.dcm,3,3,4,4,fracture",
)


def of_studies(out):
    """Number of each study -> the boxes of its image; None where the row has null."""
    known = pq.read_table(private_of(out).identifiers).to_pylist()
    study = {one["source_id"]: (one["StudyInstanceUID"] or "").rpartition(".")[2] for one in known}
    return {
        study[row["source_id"]]: None if row["boxes"] is None else places(row["boxes"])
        for row in pq.read_table(out / "instances.parquet").to_pylist()
        if row["status"] == "kept"
    }


def places(text):
    return [(box.label, box.x, box.y, box.width, box.height) for box in boxes_in(text)]


def across(out):
    """Where each box of a data set begins, in order."""
    return sorted(box[1] for boxes in of_rows(out) for box in boxes)


def of_rows(out):
    return [places(text) for text in rows(out).query("status == 'kept'").boxes.dropna()]


def test_boxes_land_on_their_films_and_what_does_not_is_counted(tmp_path, dump):
    out = tmp_path / "raw"
    summary = convert(dump, out, "--boxes", boxes_file(tmp_path, *FULL), *ANY)
    assert of_studies(out) == {
        "1": [("fracture", 10, 20, 30, 40), ("metal", 60, 20, 10, 10)],
        "2": [],
        "3": [("fracture", 80, 100, 10, 20)],
        "4": None,
    }
    assert summary["box_join"] == {
        "boxes_joined": 4,
        "boxes_without_film": 1,
        "boxes_of_unclear_classes": 0,
        "boxes_of_unnamed_classes": 0,
        "box_entries_at_fault": 1,
        "fault_number": 1,
        "files_with_boxes": 2,
        "files_without_a_box": 1,
        "files_with_unusable_boxes": 0,
        "files_not_named": 2,
        "film_names": 5,
        "film_names_not_found": 1,
        "film_names_unclear": 0,
        "film_names_by_name_alone": 0,
    }
    third = rows(out).dropna(subset="boxes").set_index("boxes").review.map(list)
    assert [sorted(marks) for text, marks in third.items() if "80.0" in text] == [
        ["convert:box_cut", "convert:box_outside", "convert:boxes_unusable"]
    ]
    parameters = json.loads((out / "dataset.json").read_text())["parameters"]
    assert parameters["boxes"] is True
    assert parameters["box_join"] == summary["box_join"]
    assert parameters["box_formats"] == ["csv"]
    assert parameters["box_map"] == ["fracture = fracture", "metal = metal"]
    lists = private_of(out).labels
    assert (lists / "boxes_without_film.csv").read_text() == "film\nfilms/GONE.dcm\n"
    assert (lists / "boxes_at_fault.csv").read_text().startswith("film,file,place,why\n")
    assert "films/IM4.dcm" in (lists / "files_without_boxes.csv").read_text()
    command("verify", out)


def test_the_summary_says_it_in_words(tmp_path, dump):
    given = boxes_file(tmp_path, *FULL)
    said = runner.invoke(app, ["convert", str(dump), str(tmp_path / "raw"), "--boxes", str(given)])
    text = " ".join(said.stdout.split())
    assert "6 boxes stand in the files = 4 for films of the dump + 1 for films that were" in text
    assert "1 of 5 names of films were not found: boxes_without_film.csv" in text
    assert "1 entries could not be used (1: a number is missing" in text


def test_every_box_of_the_files_is_accounted_for(tmp_path, dump):
    """One of each kind: on a film, beside it, said twice, of another size, of a rejected film and
    of a broken one, of no film, of a class that is left out, and unusable."""
    film(dump / "films", "5", Modality="CT")
    (dump / "films" / "IM6.dcm").write_bytes(make_dicom(arm(), study="6")[:-9000])
    given = tmp_path / "every.csv"
    lines = (
        "IM1.dcm,10,20,30,40,fracture,,",
        "IM1.dcm,10,20,30,40,fracture,,",
        "IM1.dcm,300,20,30,40,fracture,,",
        "IM2.dcm,300,20,30,40,fracture,,",
        "IM3.dcm,10,20,30,40,fracture,500,30",
        "IM4.dcm,10,nan,30,40,fracture,,",
        "IM5.dcm,10,20,30,40,fracture,,",
        "IM5.dcm,50,20,30,40,fracture,,",
        "IM6.dcm,10,20,30,40,fracture,,",
        "GONE.dcm,10,20,30,40,fracture,,",
        "IM4.dcm,10,20,30,40,note,,",
    )
    given.write_text("\n".join([f"{HEADER},image_width,image_height", *lines]))
    out = tmp_path / "raw"
    flags = ("--boxes", given, "--box-map", "fracture=fracture", *ANY)
    summary = convert(dump, out, *flags)
    fates = {"whole": 1, "lost": 2, "unplaced": 1, "repeated": 1, "without_image": 3}
    assert summary["counts"]["boxes"] == fates
    joined = summary["box_join"]
    assert joined["boxes_joined"] == sum(fates.values())
    others = ("boxes_without_film", "boxes_of_unnamed_classes", "box_entries_at_fault")
    assert [joined[name] for name in others] == [1, 1, 1]
    before = tree_hash(out)
    assert convert(dump, out, *flags)["run"]["done"] == 0
    assert tree_hash(out) == before
    command("verify", out)
    after = preprocess(out, tmp_path / "clean", "--pipeline", "wrist", *ANY)
    assert sum(after["counts"]["boxes"].values()) == sum(fates.values())


def test_only_a_class_that_a_person_leaves_out_makes_a_film_without_a_finding(tmp_path, dump):
    given = boxes_file(
        tmp_path,
        "IM1.dcm,10,20,30,40,fracture?",
        "IM2.dcm,10,20,30,40,note",
        "IM3.dcm,10,20,30,40,fracture",
        "IM3.dcm,50,20,30,40,fracture?",
        "IM4.dcm,10,nan,30,40,fracture",
    )
    out = tmp_path / "raw"
    flags = ("--boxes", given, "--box-map", "fracture=fracture", *ANY)
    joined = convert(dump, out, *flags)["box_join"]
    one = ("fracture", 10, 20, 30, 40)
    assert of_studies(out) == {"1": None, "2": [], "3": [one], "4": None}
    marks = rows(out).query("status == 'kept'").review.map(list).to_list()
    assert sorted(marks) == [[], *[["convert:boxes_unusable"]] * 3]
    classes = ("joined", "of_unclear_classes", "of_unnamed_classes")
    assert [joined[f"boxes_{name}"] for name in classes] == [1, 2, 1]
    files = ("with_boxes", "without_a_box", "with_unusable_boxes", "not_named")
    assert [joined[f"files_{name}"] for name in files] == [1, 1, 2, 1]


def test_boxes_are_counted_where_no_film_has_one(tmp_path):
    film(tmp_path / "dump", "1", Modality="CT")
    film(tmp_path / "dump", "2")
    given = boxes_file(tmp_path, "IM1.dcm,10,20,30,40,fracture")
    summary = convert(tmp_path / "dump", tmp_path / "raw", "--boxes", given, *ANY)
    assert summary["counts"]["boxes"] == {"without_image": 1}


def test_no_key_and_no_word_of_the_file_enters_the_data_set(tmp_path, dump):
    given = boxes_file(tmp_path, "films/IM1.dcm,10,20,30,40,Garcia", "GONE_SECRET,1,2,3,4,Garcia")
    with pytest.raises(UsageError, match="--box-map") as error:
        convert(dump, tmp_path / "raw", "--boxes", given, *ANY)
    assert "Garcia" not in str(error.value)
    convert(dump, tmp_path / "raw", "--boxes", given, "--box-map", "Garcia=fracture", *ANY)
    for path in (tmp_path / "raw").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not re.search(rb"Garcia|IM1\.dcm|GONE_SECRET", data), path
    parameters = json.loads((tmp_path / "raw" / "dataset.json").read_text())["parameters"]
    assert parameters["box_map"] == ["*** = fracture"]


def test_a_changed_file_does_again_only_the_studies_that_it_touches(tmp_path, dump):
    out = tmp_path / "raw"
    convert(dump, out, "--boxes", boxes_file(tmp_path, *FULL), *ANY)
    before = tree_hash(out)
    again = convert(dump, out, "--boxes", boxes_file(tmp_path, *FULL), *ANY)
    assert again["run"]["done"] == 0
    assert tree_hash(out) == before
    changed = (FULL[0].replace("10,20", "11,20"), *FULL[1:3], *FULL[4:])
    summary = convert(dump, out, "--boxes", boxes_file(tmp_path, *changed), *ANY)
    assert (summary["run"]["done"], summary["why"]) == (2, {"boxes": 2})
    assert of_studies(out)["1"][0] == ("fracture", 11, 20, 30, 40)
    assert of_studies(out)["3"] is None
    convert(dump, out, "--boxes", boxes_file(tmp_path, *FULL), *ANY)
    assert tree_hash(out) == before


def test_a_data_set_with_boxes_is_not_made_again_without(tmp_path, dump):
    out = tmp_path / "raw"
    convert(dump, out, "--boxes", boxes_file(tmp_path, *FULL), *ANY)
    with pytest.raises(UsageError, match=r"was made with boxes\. Give --boxes again"):
        convert(dump, out, *ANY)
    (out / "dataset.json").unlink()
    with pytest.raises(UsageError, match="was made with boxes"):
        convert(dump, out, *ANY)


def test_boxes_that_fit_nothing_are_refused(tmp_path, dump):
    given = boxes_file(tmp_path, "x/A.dcm,1,2,3,4,fracture", "README,1,2,3,4,fracture")
    with pytest.raises(UsageError, match=r"none of the 2 films that --boxes names"):
        convert(dump, tmp_path / "raw", "--boxes", given, *ANY)


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        (("--boxes-unit", "share"), "need --boxes FILE"),
        (("--box-map", "a=b"), "need --boxes FILE"),
        (("--boxes", "none.csv"), "There is no none.csv"),
        (("--boxes", "BOXES", "--boxes-format", "pdf"), "--boxes-format 'pdf' is unknown"),
        (("--boxes", "BOXES", "--boxes-unit", "mm"), "--boxes-unit 'mm' is unknown"),
        (("--boxes", "BOXES", "--box-map", "fracture"), "--box-map 'fracture' is not TEXT=LABEL"),
        (("--boxes", "BOXES", "--box-map", "fracture=12345"), "label of --box-map number 1"),
        (("--boxes", "BOXES", "--box-label", "a@b"), "--box-label"),
    ],
)
def test_a_wrong_flag_is_a_sentence(tmp_path, dump, flags, why):
    given = boxes_file(tmp_path, *FULL)
    words = [str(given) if one == "BOXES" else one for one in flags]
    with pytest.raises(UsageError, match=why):
        convert(dump, tmp_path / "raw", *words, *ANY)


def test_several_files_and_uids_and_shares(tmp_path, dump):
    uids = tmp_path / "uids.csv"
    uids.write_text(
        "SOPInstanceUID,x,y,width,height,unit\n"
        "1.2.826.0.1.3680043.10.999.4.1.1,0.1,0.25,0.5,0.25,share\n"
    )
    convert(dump, tmp_path / "raw", "--boxes", boxes_file(tmp_path, *FULL), "--boxes", uids, *ANY)
    assert of_studies(tmp_path / "raw")["4"] == [("finding", 9, 30, 45, 30)]


def test_boxes_are_stretched_with_the_film(tmp_path):
    dump = tmp_path / "dump"
    film(dump, "1", PixelSpacing=[0.4, 0.2])
    given = boxes_file(tmp_path, "IM1.dcm,10,20,30,40,fracture")
    convert(dump, tmp_path / "raw", "--boxes", given, *ANY)
    assert of_studies(tmp_path / "raw")["1"] == [("fracture", 10, 40, 30, 80)]


def test_boxes_of_a_copy_go_to_the_image_that_stays(tmp_path):
    dump = tmp_path / "dump"
    film(dump / "a", "1")
    film(dump / "b", "1")
    for folder in "ab":
        out = tmp_path / f"raw_{folder}"
        given = boxes_file(tmp_path, f"{folder}/IM1.dcm,10,20,30,40,fracture")
        convert(dump, out, "--boxes", given, *ANY)
        assert sorted(rows(out).status) == ["kept", "rejected"]
        assert of_studies(out)["1"] == [("fracture", 10, 20, 30, 40)]


def test_films_of_other_deliveries_keep_their_boxes(tmp_path):
    first, second, out = tmp_path / "cd1", tmp_path / "cd2", tmp_path / "raw"
    film(first, "1")
    film(first, "2")
    film(second, "2", instance="2", pixels=arm(seed=9))
    film(second, "3")
    mine = boxes_file(tmp_path, "IM1.dcm,1,2,30,40,fracture", "IM2.dcm,2,2,30,40,fracture")
    convert(first, out, "--boxes", mine, *ANY)
    theirs = boxes_file(tmp_path, "IM3.dcm,3,2,30,40,fracture", name="theirs.csv")
    with pytest.raises(UsageError, match="made with boxes"):
        convert(second, out, "--add", *ANY)
    convert(second, out, "--add", "--boxes", theirs, *ANY)
    assert across(out) == [1, 2, 3]
    before = tree_hash(out, "images", "unlabelled", "studies")
    again = convert(first, out, "--boxes", mine, *ANY)
    assert again["run"]["done"] == 0
    assert tree_hash(out, "images", "unlabelled", "studies") == before
    film(second, "2", instance="2", pixels=arm(seed=8))
    assert convert(second, out, "--boxes", theirs, *ANY)["why"] == {"input": 1}
    assert across(out) == [1, 2, 3]


def test_a_copy_in_another_delivery_draws_on_the_film_that_stays(tmp_path):
    first, second, out = tmp_path / "cd1", tmp_path / "cd2", tmp_path / "raw"
    film(first, "1")
    film(second, "1", name="again.dcm")
    film(second, "5")
    convert(first, out, "--boxes", boxes_file(tmp_path, "IM1.dcm,1,2,30,40,fracture"), *ANY)
    theirs = boxes_file(tmp_path, "again.dcm,50,2,30,40,fracture", name="theirs.csv")
    convert(second, out, "--add", "--boxes", theirs, *ANY)
    assert across(out) == [1, 50]
    marks = rows(out).query("status == 'kept'").review.explode().dropna().tolist()
    assert marks == ["convert:boxes_differ"]
    theirs.write_text(theirs.read_text().replace("50,2", "1,2"))
    convert(second, out, "--boxes", theirs, *ANY)
    assert across(out) == [1]
    assert not rows(out).query("status == 'kept'").review.explode().dropna().tolist()


def test_a_dry_run_writes_nothing_and_says_why(tmp_path, dump):
    out = tmp_path / "raw"
    convert(dump, out, *ANY)
    before = tree_hash(out)
    given = boxes_file(tmp_path, *FULL)
    plan = convert(dump, out, "--boxes", given, "--dry-run", *ANY)
    assert sorted(plan["do"].values()) == ["boxes"] * 3
    assert tree_hash(out) == before


def test_a_forgotten_patient_s_boxes_go(tmp_path, dump):
    out = tmp_path / "raw"
    convert(dump, out, "--boxes", boxes_file(tmp_path, *FULL), *ANY)
    runner.invoke(app, ["forget", str(out), "--patient", "P1", "--yes"], catch_exceptions=False)
    assert "1" not in of_studies(out)
    left = b"".join(path.read_bytes() for path in private_of(out).labels.glob("*.csv"))
    assert b"IM1.dcm" not in left


def test_no_list_names_a_forgotten_patient_s_film_or_file_of_boxes(tmp_path, dump):
    out, labels = tmp_path / "raw", tmp_path / "labels"
    labels.mkdir()
    for study in "12":
        (labels / f"IM{study}.txt").write_text("0 0.5 0.5 0.2 0.2\n0 0.5 x 0.2 0.2\n")
    given = ("--boxes", labels, "--box-map", "0=fracture", *ANY)
    convert(dump, out, *given)
    at_fault = private_of(out).labels / "boxes_at_fault.csv"
    assert "IM1,IM1.txt,line 2," in at_fault.read_text()
    runner.invoke(app, ["forget", str(out), "--patient", "P1", "--yes"], catch_exceptions=False)
    assert "IM1" not in at_fault.read_text()
    assert "IM2.txt" in at_fault.read_text()
    convert(dump, out, *given)
    assert "IM1" not in at_fault.read_text()
    assert "IM2.txt" in at_fault.read_text()


def test_how_the_files_were_read_stands_in_the_data_set(tmp_path, dump):
    folder = tmp_path / "Annotations"
    folder.mkdir()
    (folder / "IM1.xml").write_text(
        "<annotation><filename>IM1.png</filename><object><name>fracture</name><bndbox><xmin>11"
        "</xmin><ymin>21</ymin><xmax>40</xmax><ymax>60</ymax></bndbox></object></annotation>"
    )
    convert(dump, tmp_path / "raw", "--boxes", folder, *ANY)
    assert of_studies(tmp_path / "raw")["1"] == [("fracture", 10, 20, 30, 40)]
    parameters = json.loads((tmp_path / "raw" / "dataset.json").read_text())["parameters"]
    assert parameters["box_formats"] == ["voc"]
    assert "count from 1" in parameters["box_notes"][0]
    command("verify", tmp_path / "raw")


def test_an_array_of_jobs_is_not_asked_for_with_boxes_that_are_not_there(tmp_path, dump):
    wrong = ["slurm", "convert", str(dump), str(tmp_path / "raw"), "--boxes", "none.csv"]
    with pytest.raises(UsageError, match=r"There is no none\.csv"):
        runner.invoke(app, wrong, catch_exceptions=False)
