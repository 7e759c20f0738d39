"""Several label columns, and rows of images beside rows of studies."""

import json
import zipfile

import numpy as np
import pytest

from radprep.cli import app
from radprep.convert.named_labels import LabelsWanted, plain_path, read_named_labels
from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from tests.made import (
    ROOT,
    arm,
    command,
    convert,
    key_at,
    make_dicom,
    preprocess,
    private_of,
    rows,
    runner,
    tree_hash,
)

BOTH = ("--label-key", "accession", "--label-key", "SOPInstanceUID")
NAMES = ("--label-column", "Fractura=fracture", "--label-column", "Metall=hardware")


def uid(study, instance):
    return f"{ROOT}.{study}.1.{instance}"


@pytest.fixture
def dump(tmp_path):
    """Three studies of two films."""
    folder = tmp_path / "dump"
    (folder / "cd").mkdir(parents=True)
    for study in "123":
        for film in "12":
            data = make_dicom(arm(seed=int(study + film)), study=study, instance=film)
            (folder / "cd" / f"{study}{film}.dcm").write_bytes(data)
    return folder


def write(tmp_path, *lines, name="labels.csv"):
    path = tmp_path / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def named(out):
    """Number of a film -> its labels; the data set retains UIDs."""
    table = rows(out)
    return {
        row.SOPInstanceUID.removeprefix(f"{ROOT}.").replace(".1.", ""): json.loads(row.labels)
        if isinstance(row.labels, str)
        else {}
        for row in table[table.status == "kept"].itertuples()
    }


def made(dump, out, labels, *flags):
    key = key_at(out.with_name("key"))
    return convert(dump, out, "--labels", labels, "--retain", "uids", "--key", key, *flags)


def test_each_column_is_a_label_of_its_own_and_images_come_before_studies(dump, tmp_path):
    labels = write(
        tmp_path,
        "accession;SOPInstanceUID;Fractura;Metall",
        "A1;;SI;yes",
        "A2;;NO;no",
        "A3;;NO;",
        f"A1;{uid(1, 2)};NO;",
        f";{uid(3, 1)};SI;yes",
    )
    out = tmp_path / "raw"
    summary = made(dump, out, labels, *BOTH, *NAMES)
    assert named(out) == {
        "11": {"fracture": "si", "hardware": "yes"},
        "12": {"fracture": "no", "hardware": "yes"},
        "21": {"fracture": "no", "hardware": "no"},
        "22": {"fracture": "no", "hardware": "no"},
        "31": {"fracture": "si", "hardware": "yes"},
        "32": {"fracture": "no"},
    }
    table = rows(out)
    own = table.set_index("SOPInstanceUID").image_labels.dropna()
    assert {uid: list(found) for uid, found in own.items()} == {
        uid(1, 2): ["fracture"],
        uid(3, 1): ["fracture", "hardware"],
    }
    assert all(table.label == [json.loads(text)["fracture"] for text in table.labels])
    assert list(table.file_name.str.split("/").str[1]) == list(table.label)
    assert summary["counts"]["named_labels"] == {
        "fracture": {"no": 4, "si": 2},
        "hardware": {"no": 2, "yes": 3},
    }
    assert summary["label_join"]["fracture"]["labelled_images"] == 2
    assert summary["label_join"]["hardware"]["studies_without_label"] == 0


def test_images_of_one_study_lie_in_different_folders_and_nothing_is_amiss(dump, tmp_path):
    labels = write(tmp_path, "image,diagnosis", f"{uid(1, 1)},fracture", f"{uid(1, 2)},normal")
    out = tmp_path / "raw"
    made(dump, out, labels, "--label-key", "image")
    preprocess(out, tmp_path / "clean")
    for root in (out, tmp_path / "clean"):
        assert runner.invoke(app, ["verify", str(root)]).exit_code == 0
        [study] = {path.name for path in (root / "images").glob("*/*/*")}
        folders = {path.relative_to(root).parts[1] for path in (root / "images").glob("*/*/*")}
        assert folders == {"fracture", "normal"}
        assert len(list(DataSet(root).files_of(study))) == 2


def test_an_image_is_named_by_its_path_with_either_slash(dump, tmp_path):
    labels = write(tmp_path, "file,diagnosis", "\\cd\\11.dcm,fracture", "./cd/12.dcm,normal")
    made(dump, tmp_path / "raw", labels, "--label-key", "file=path")
    assert named(tmp_path / "raw")["11"] == {"diagnosis": "fracture"}
    assert named(tmp_path / "raw")["21"] == {}


def test_a_path_may_differ_in_case_and_suffix_where_one_file_alone_is_meant(dump, tmp_path):
    (dump / "cd" / "22.ima").write_bytes(make_dicom(arm(seed=5), study="2", instance="3"))
    lines = ("CD/11.DCM,fracture", "cd/12.png,normal", "Cd/21,normal", "cd/22,normal")
    lines += ("cd/31.jpg,normal", "cd/31.png,fracture", "32.dcm,normal")
    labels = write(tmp_path, "path,diagnosis", *lines)
    flags = ("--label-key", "path")
    joined = made(dump, tmp_path / "raw", labels, *flags)["label_join"]["diagnosis"]
    found = {film: labels.get("diagnosis") for film, labels in named(tmp_path / "raw").items()}
    fitting = {"11": "fracture", "12": "normal", "21": "normal"}
    assert found == {**fitting, "22": None, "23": None, "31": None, "32": None}
    assert (joined["labelled_images"], joined["label_keys_without_image"]) == (3, 4)
    inspected = command("inspect", dump, "--labels", labels, *flags)["label_join"]
    assert inspected == joined


def test_a_path_leads_into_an_archive_and_accents_may_be_composed_or_not(tmp_path):
    (tmp_path / "dump").mkdir()
    with zipfile.ZipFile(tmp_path / "dump" / "CD.zip", "w") as archive:
        archive.writestr("IMG/1.dcm", make_dicom())
    (tmp_path / "dump" / "mun\u0303eca.dcm").write_bytes(make_dicom(arm(seed=2), study="2"))
    labels = write(
        tmp_path, "path,diagnosis", "CD.zip\\IMG\\1.dcm,fracture", "mu\u00f1eca.dcm,normal"
    )
    made(tmp_path / "dump", tmp_path / "raw", labels, "--label-key", "path")
    assert named(tmp_path / "raw") == {
        "11": {"diagnosis": "fracture"},
        "21": {"diagnosis": "normal"},
    }


def test_copies_share_the_label_of_the_path_that_is_named(dump, tmp_path):
    """Which of two copies is kept nobody knows, so that the label must hold for both."""
    (dump / "copy.dcm").write_bytes((dump / "cd" / "11.dcm").read_bytes())
    for path in ("copy.dcm", "cd/11.dcm"):
        labels = write(tmp_path, "path,diagnosis", f"{path},fracture", "cd/12.dcm,normal")
        out = tmp_path / path.replace("/", "_")
        made(dump, out, labels, "--label-key", "path")
        assert named(out)["11"] == {"diagnosis": "fracture"}


def test_frames_inherit_the_label_of_their_file(tmp_path):
    (tmp_path / "dump").mkdir()
    frames = [arm(seed=number) for number in range(3)]
    (tmp_path / "dump" / "1").write_bytes(make_dicom(np.stack(frames)))
    labels = write(tmp_path, "path,diagnosis", "1,fracture")
    summary = made(tmp_path / "dump", tmp_path / "raw", labels, "--label-key", "path")
    assert summary["counts"]["named_labels"] == {"diagnosis": {"fracture": 3}}


def test_what_contradicts_itself_gives_no_label_and_is_counted_by_name(dump, tmp_path):
    labels = write(
        tmp_path,
        "accession,image,fracture,hardware",
        "A1,,yes,yes",
        "A1,,yes,no",
        f"A2,{uid(2, 1)},yes,no",
        f",{uid(2, 1)},no,no",
        "A2,,yes,no",
        f"A3,{uid(2, 2)},yes,yes",
        f",{uid(9, 9)},yes,no",
    )
    flags = ("--label-column", "fracture", "--label-column", "hardware")
    keys = ("--label-key", "accession", "--label-key", "image")
    summary = made(dump, tmp_path / "raw", labels, *keys, *flags)
    join = summary["label_join"]
    assert join["hardware"]["contradictory_studies"] == 1
    assert join["fracture"]["contradictory_studies"] == 0
    assert join["fracture"]["contradictory_images"] == 1
    assert join["hardware"]["contradictory_images"] == 0
    assert join["fracture"]["label_keys_without_image"] == 1
    assert join["fracture"]["images_of_another_study"] == 1
    assert named(tmp_path / "raw") == {
        "11": {"fracture": "yes"},
        "12": {"fracture": "yes"},
        "21": {"hardware": "no"},  # not the study's: what was said of the image contradicts itself
        "22": {"fracture": "yes", "hardware": "no"},  # its own row names another study
        "31": {},
        "32": {},
    }
    lists = private_of(tmp_path / "raw").labels
    assert (lists / "contradictory_images.csv").read_text().split()[1:] == [uid(2, 1)]
    assert (lists / "contradictory_studies-hardware.csv").read_text().count("A1") == 1
    assert (lists / "images_of_another_study.csv").read_text().split()[1:] == [uid(2, 2)]


def test_an_image_of_which_nobody_is_sure_does_not_get_its_study_s_label(dump, tmp_path):
    labels = write(
        tmp_path,
        "accession,image,fracture",
        "A1,,yes",
        f",{uid(1, 1)},uncertain",
        f",{uid(1, 2)},",
        "A2,,no",
        f",{uid(2, 1)},yes",
        f",{uid(2, 1)},-1",
    )
    keys = ("--label-key", "accession", "--label-key", "image", "--label-column", "fracture")
    summary = made(dump, tmp_path / "raw", labels, *keys)
    found = named(tmp_path / "raw")
    assert (found["11"], found["12"]) == ({}, {"fracture": "yes"})
    assert (found["21"], found["22"]) == ({}, {"fracture": "no"})
    assert summary["contradictory_images"] == 1
    assert summary["uncertain_label_rows"] == 2


def test_relabelling_decodes_nothing_and_equals_a_fresh_run(dump, tmp_path):
    header = "accession,SOPInstanceUID,Fractura,Metall"
    first = write(tmp_path, header, "A1,,SI,yes", "A2,,NO,no", f",{uid(2, 1)},SI,")
    other = write(tmp_path, header, "A1,,SI,no", "A2,,NO,no", f",{uid(1, 1)},NO,", name="other.csv")
    out, fresh = tmp_path / "raw", tmp_path / "fresh"
    made(dump, out, first, *BOTH, *NAMES)
    preprocess(out, tmp_path / "clean")
    run = made(dump, out, other, *BOTH, *NAMES)["run"]
    assert (run["done"], run["relabelled"]) == (0, 2)
    made(dump, fresh, other, *BOTH, *NAMES)
    assert tree_hash(out, "images", "unlabelled", "studies", "dataset.json") == tree_hash(
        fresh, "images", "unlabelled", "studies", "dataset.json"
    )
    run = preprocess(out, tmp_path / "clean")["run"]
    assert (run["done"], run["relabelled"]) == (0, 2)
    assert named(tmp_path / "clean") == named(out)
    run = made(dump, out, other, *BOTH, *NAMES, "--label-main", "hardware")["run"]
    assert (run["done"], run["relabelled"]) == (0, 1)  # the other says the same of both
    assert set(rows(out).label.dropna()) == {"no"}
    assert made(dump, out, other, *BOTH, *NAMES, "--label-main", "Metall")["run"]["unchanged"] == 3


def test_labels_of_films_of_another_delivery_stay(dump, tmp_path):
    """The image's own too, although the second labels file names neither it nor its study."""
    out, second = tmp_path / "raw", tmp_path / "second"
    labels = write(tmp_path, "accession,image,fracture", "A1,,no", f"A1,{uid(1, 2)},yes", "A2,,no")
    keys = ("--label-key", "accession", "--label-key", "image", "--label-column", "fracture")
    made(dump, out, labels, *keys)
    second.mkdir()
    (second / "13").write_bytes(make_dicom(arm(seed=9), study="1", instance="3"))
    (second / "41").write_bytes(make_dicom(arm(seed=10), study="4"))
    more = write(tmp_path, "accession,image,fracture,hardware", "A4,,no,yes", name="more.csv")
    made(second, out, more, *keys, "--label-column", "hardware", "--add")
    assert named(out) == {
        "11": {"fracture": "no"},
        "12": {"fracture": "yes"},
        "13": {"fracture": "no"},
        "21": {"fracture": "no"},
        "22": {"fracture": "no"},
        "31": {},
        "32": {},
        "41": {"fracture": "no", "hardware": "yes"},
    }
    again = convert(
        *(second, out, "--labels", more, "--label-key", "accession", "--retain", "uids"),
        *("--label-column", "hardware"),
    )
    assert again["run"]["relabelled"] == 3  # OUT has this label, so that it may name the folders
    assert set(rows(out).label.dropna()) == {"yes"}
    renamed = write(tmp_path, "accession,result", "A4,no", name="renamed.csv")
    with pytest.raises(UsageError, match="--label-column COLUMN=hardware"):
        convert(second, out, "--labels", renamed, "--label-column", "result")


def test_only_images_without_a_main_label_are_refused(dump, tmp_path):
    labels = write(tmp_path, "image,diagnosis", f"{uid(1, 1)},fracture", f"{uid(2, 2)},normal")
    summary = made(dump, tmp_path / "raw", labels, "--label-key", "image", "--require-label")
    assert summary["counts"]["kept"] == 2
    assert summary["counts"]["rejected_rows"] == {"convert:no_label": 4}
    labels = write(tmp_path, "image,diagnosis", f"{uid(1, 2)},fracture", f"{uid(2, 2)},normal")
    run = made(dump, tmp_path / "raw", labels, "--label-key", "image", "--require-label")["run"]
    assert run["done"] == 1
    assert {name for name, found in named(tmp_path / "raw").items() if found} == {"12", "22"}


def read(tmp_path, *lines, **wanted):
    return read_named_labels(LabelsWanted(write(tmp_path, *lines), **wanted))


TWO = ("accession,fracture,hardware", "A1,SI,yes", "A2,NO,no", "A3,SI,no")


def meant(labels, name):
    return {key: next(iter(found)) for key, found in labels.by_name[name].by_key.items()}


def test_a_map_may_say_which_column_it_is_for(tmp_path):
    columns = ("fracture", "hardware")
    shared = (("SI", "broken"), ("NO", "whole"))
    own = (("hardware:yes", "plate"), ("Hardware : no", "bare"))
    for mapping in (shared, (*shared, *own)):
        labels = read(tmp_path, *TWO, columns=columns, mapping=mapping)
        assert meant(labels, "fracture") == {"A1": "broken", "A2": "whole", "A3": "broken"}
        assert set(meant(labels, "hardware").values()) == (
            {"yes", "no"} if mapping == shared else {"plate", "bare"}
        )
    every = ("accession,fracture,hardware", "A1,1,0", "A2,0,1", "A3,1,")
    labels = read(tmp_path, *every, columns=columns, mapping=(("1", "yes"), ("0", "no")))
    assert meant(labels, "hardware") == {"A1": "no", "A2": "yes"}


def test_a_text_with_a_colon_is_no_column(tmp_path):
    lines = ("accession,diagnosis", "A1,wrist: fracture", "A2,wrist: normal")
    mapping = (("wrist: fracture", "fracture"), ("wrist: normal", "normal"))
    labels = read(tmp_path, *lines, mapping=mapping)
    assert meant(labels, "diagnosis") == {"A1": "fracture", "A2": "normal"}


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"columns": ("fracture", "Fracture")}, "two labels 'fracture'"),
        ({"columns": ("fracture", "hardware=fracture")}, "two labels 'fracture'"),
        ({"columns": ("fracture", "fracture=other")}, "names one of its columns twice"),
        ({"columns": ("fracture", "accession=other")}, "both name the column 'accession'"),
        ({"columns": ("fracture=12345",)}, "gives no name to a label"),
        ({"columns": ("fracture=...",)}, "gives no name to a label"),
        ({"columns": ()}, "names 0 labels"),
        ({"columns": ("fracture",), "main": "hardware"}, "none of the labels"),
        ({"columns": ("fracture",), "keys": ("accession", "patient")}, "two keys of studies"),
        ({"columns": ("fracture",), "keys": ("image", "path")}, "two keys of images"),
        ({"columns": ("fracture",), "keys": ()}, "names no key"),
        ({"columns": ("fracture", "metal")}, "no column 'metal'"),
        ({"columns": ("fracture",), "mapping": (("metl:yes", "no"),)}, "none of the label columns"),
        ({"columns": ("fracture=unlabelled",)}, "gives no name to a label"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, wanted, said):
    with pytest.raises(UsageError, match=said):
        read(tmp_path, *TWO, **wanted)


def test_another_label_may_be_empty_and_the_main_one_may_not(tmp_path):
    lines = ("accession,fracture,hardware", "A1,yes,", "A2,no,")
    labels = read(tmp_path, *lines, columns=("fracture", "hardware"))
    assert not labels.by_name["hardware"].by_key
    with pytest.raises(UsageError, match="empty in every row"):
        read(tmp_path, *lines, columns=("fracture", "hardware"), main="hardware")


def test_a_column_that_may_name_people_is_refused_among_others(tmp_path):
    lines = [f"A{number},yes,Garcia {number}" for number in range(30)]
    with pytest.raises(UsageError, match="column 'who' may name people"):
        read(tmp_path, "accession,fracture,who", *lines, columns=("fracture", "who"))


def test_labels_files_of_paths_that_fit_nothing_are_refused(dump, tmp_path):
    labels = write(tmp_path, "path,diagnosis", "elsewhere/1.dcm,fracture", "x,normal")
    with pytest.raises(UsageError, match="none of its 2 keys of images is the path of a file"):
        convert(dump, tmp_path / "raw", "--labels", labels, "--label-key", "path")


@pytest.mark.parametrize(
    ("path", "plain"), [("a/b", "a/b"), (".\\a\\b", "a/b"), ("/a//b/", "a/b"), ("./.", "")]
)
def test_a_path_has_one_form(path, plain):
    assert plain_path(path) == plain
