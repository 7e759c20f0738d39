"""Folders of pictures become data sets like any other, whichever way they are laid out."""

import io
import os
import random
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner

from radprep.cli import app
from radprep.convert.conversion import Conversion
from radprep.convert.laying_out import Layout
from radprep.convert.options import ConvertOptions
from radprep.errors import UsageError
from radprep.layouts.wanted import LayoutWanted, each_picture_alone
from radprep.run.runner import RunOptions, run_conversion
from tests.made import arm, command, convert, key_at, make_dicom, private_of, rows, tree_hash

runner = CliRunner()

MAP = ("--label-map", "fracture=injury", "--label-map", "contusion=normal")
TABLE = """\
name,who,exam,fractured,wrist,hand,frontal,part of split
1.png,P1,1,1,1,0,1,train
2.png,P1,1,1,1,0,0,train
3.png,P1,2,0,0,1,1,train
1b.png,P2,1,0,1,0,1,val
gone.png,P3,1,0,1,0,1,val
"""
COLUMNS = (
    *("--path-column", "name", "--patient-column", "who", "--study-column", "exam"),
    *("--body-part-column", "wrist", "--body-part-column", "hand", "--view-column", "frontal=PA"),
    *("--split-column", "part of split", "--label-column", "fractured"),
    *("--label-map", "1=fracture", "--label-map", "0=normal"),
)


def picture(seed, size=(40, 30)):
    """The bytes of a grey PNG, another one for each seed."""
    grey = np.random.default_rng(seed).integers(0, 255, size, np.uint8)
    grey[5:25, 5:20] = 200
    data = io.BytesIO()
    Image.fromarray(grey).save(data, "PNG")
    return data.getvalue()


def folder_of(root, *paths):
    """A folder of pictures, another one at each path."""
    for seed, path in enumerate(paths):
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(picture(seed))
    return root


@pytest.fixture
def mura(tmp_path):
    root = folder_of(
        tmp_path / "src",
        "MURA-v1.1/train/XR_WRIST/patient00001/study1_positive/image1.png",
        "MURA-v1.1/train/XR_WRIST/patient00001/study1_positive/image2.png",
        "MURA-v1.1/train/XR_ELBOW/patient00001/study1_negative/image1.png",
        "MURA-v1.1/valid/XR_HAND/patient00002/study1_negative/image1.png",
    )
    study = "MURA-v1.1/train/XR_WRIST/patient00001/study1_positive"
    (root / study / "._image1.png").write_bytes(b"\0\5\x16\7" + bytes(30))
    (root / "MURA-v1.1/train_labeled_studies.csv").write_text(
        f"{study}/,1\nMURA-v1.1/train/XR_ELBOW/patient00001/study1_negative/,0\n"
    )
    return root


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


def layouts(tmp_path, request):
    """Source, flags and files of each layout."""
    classes = folder_of(
        tmp_path / "classes", "train/fracture/1.png", "train/normal/2.png", "val/normal/3.png"
    )
    names = folder_of(tmp_path / "names", "fracture 1.png", "contusion_2.png", "3.png")
    tabled = folder_of(tmp_path / "tabled", "a/1.png", "a/2.png", "b/3.png", "1b.png", "new.png")
    return {
        "mura": (request.getfixturevalue("mura"), ("--layout", "mura"), 6),
        "classes": (classes, ("--layout", "classes"), 3),
        "names": (names, ("--layout", "names", *MAP), 3),
        "table": (
            tabled,
            ("--layout", "table", "--table", request.getfixturevalue("table"), *COLUMNS),
            5,
        ),
    }


def slow(name):
    return pytest.param(name, marks=pytest.mark.slow)


@pytest.mark.parametrize("name", ["table", slow("mura"), slow("classes"), slow("names")])
def test_every_file_is_a_row_and_a_second_run_has_nothing_to_do(name, tmp_path, request):
    source, flags, files = layouts(tmp_path, request)[name]
    (source / "film").write_bytes(make_dicom(arm()))
    (source / "notes.txt").write_text("nothing")
    key = key_at(tmp_path / "key")
    made = convert(source, tmp_path / "raw", *flags, "--key", key)
    counts = made["counts"]
    assert counts["files"] == counts["kept"] + counts["rejected"] + counts["failed"] == files + 2
    assert len(rows(tmp_path / "raw")) == files + 2
    assert counts["failed"] == 0
    assert counts["rejected_rows"]["convert:dicom"] == 1
    assert counts["rejected_rows"]["convert:no_picture"] >= 1
    before = tree_hash(tmp_path / "raw")
    again = convert(source, tmp_path / "raw", *flags)
    assert again["run"]["unchanged"] == made["run"]["done"]
    assert again["run"]["done"] == 0
    assert tree_hash(tmp_path / "raw") == before
    assert command("verify", tmp_path / "raw")["findings"] == []
    # neither workers nor shards nor a scan before change anything
    other = tmp_path / "other"
    runner.invoke(app, ["scan", str(source), str(other), "--key", str(key), *_of_scan(flags)])
    for shard in ("2/2", "1/2"):
        words = (source, other, *flags, "--key", key, "--shard", shard)
        assert runner.invoke(app, ["convert", *map(str, words)]).exit_code == 0
    assert runner.invoke(app, ["collate", str(other)]).exit_code == 0
    assert tree_hash(other) == before


def forget(root, patient):
    result = runner.invoke(app, ["forget", str(root), "--patient", patient, "--yes"])
    assert result.exit_code == 0, result.output


def _of_scan(flags):
    known = {"--layout", "--table", "--path-column", "--patient-column", "--study-column"}
    pairs = zip(flags[::2], flags[1::2], strict=True)
    return [str(word) for pair in pairs if pair[0] in known for word in pair]


def test_mura_gives_patients_over_parts_labels_and_the_published_split(mura, tmp_path):
    made = convert(mura, tmp_path / "raw", "--layout", "mura")
    kept = rows(tmp_path / "raw").query("status == 'kept'")
    assert made["counts"]["labels"] == {"abnormal": 2, "normal": 2}
    assert made["counts"]["patients"] == 2
    assert made["counts"]["studies_kept"] == 3
    assert sorted(kept["body_part"]) == ["elbow", "hand", "wrist", "wrist"]
    assert sorted(kept["split"]) == ["training"] * 3 + ["validation"]
    assert made["layout"]["csv_contradicts_folder"] == 0
    assert made["layout"]["studies_not_in_csv"] == 1
    text = (tmp_path / "raw" / "instances.parquet").read_bytes()
    assert b"patient00001" not in text
    found = command("locate", tmp_path / "raw", "patient00001")
    assert len(found["files"]) == 3


def test_csv_and_folder_that_contradict_each_other_give_no_label(mura, tmp_path):
    (mura / "MURA-v1.1/train_labeled_studies.csv").write_text(
        "MURA-v1.1/train/XR_WRIST/patient00001/study1_positive/,0\n"
    )
    made = convert(mura, tmp_path / "raw", "--layout", "mura")
    assert made["layout"]["csv_contradicts_folder"] == 1
    assert made["counts"]["labels"] == {"": 2, "normal": 2}
    listed = private_of(tmp_path / "raw").labels / "contradictory_images.csv"
    assert "study1_positive/image1.png" in listed.read_text()


def test_a_table_gives_all_that_it_has_columns_for(table, tmp_path):
    source = folder_of(tmp_path / "src", "a/1.png", "a/2.png", "b/3.png", "1b.png", "new.png")
    made = convert(source, tmp_path / "raw", "--layout", "table", "--table", table, *COLUMNS)
    kept = rows(tmp_path / "raw")
    assert made["counts"]["patients"] == 3
    assert made["counts"]["studies_kept"] == 4  # both patients have a study 1
    assert made["counts"]["labels"] == {"": 1, "fracture": 2, "normal": 2}
    assert made["counts"]["review"]["convert:no_table_row"] == 1
    assert made["layout"]["rows_without_picture"] == 1
    assert made["layout"]["pictures_without_row"] == 1
    assert sorted(kept["body_part"].dropna()) == ["hand", "wrist", "wrist", "wrist"]
    assert sorted(kept["ViewPosition"].dropna()) == ["PA", "PA", "PA"]
    assert sorted(kept["split"].dropna()) == ["training"] * 3 + ["validation"]
    lists = private_of(tmp_path / "raw").labels
    assert (lists / "rows_without_picture.csv").read_text() == "path\ngone.png\n"
    assert (lists / "pictures_without_row.csv").read_text() == "path\nnew.png\n"
    words = ["convert", str(source), str(tmp_path / "raw"), "--layout", "table"]
    summary = runner.invoke(app, [*words, "--table", str(table), *COLUMNS]).stdout
    assert "1 rows of the table name no picture" in summary
    assert "BEWARE" not in summary
    page = (tmp_path / "raw" / "dataset.json").read_text()
    assert "part of split" not in page  # no name of a column, and no path
    assert "gone.png" not in page


@pytest.mark.slow
def test_a_parquet_table_in_another_order_is_the_same_table(table, tmp_path):
    source = folder_of(tmp_path / "src", "a/1.png", "a/2.png", "b/3.png", "1b.png")
    key = key_at(tmp_path / "key")
    lines = [line.split(",") for line in TABLE.splitlines()]
    random.Random(3).shuffle(lines[1:])
    columns = dict(zip(lines[0], zip(*lines[1:], strict=True), strict=True))
    pq.write_table(pa.table({k: list(v) for k, v in columns.items()}), tmp_path / "t.parquet")
    for name, path in (("one", table), ("two", tmp_path / "t.parquet")):
        flags = ("--layout", "table", "--table", path, *COLUMNS, "--key", key)
        convert(source, tmp_path / name, *flags)
    assert tree_hash(tmp_path / "one") == tree_hash(tmp_path / "two")


def test_other_labels_in_the_table_move_images_and_decode_none(table, tmp_path):
    source = folder_of(tmp_path / "src", "a/1.png", "a/2.png", "b/3.png", "1b.png")
    flags = ("--layout", "table", "--table", table, *COLUMNS)
    convert(source, tmp_path / "raw", *flags)
    table.write_text(TABLE.replace("3.png,P1,2,0", "3.png,P1,2,1"))
    made = convert(source, tmp_path / "raw", *flags)
    assert (made["run"]["done"], made["run"]["relabelled"]) == (0, 1)
    assert made["counts"]["labels"] == {"fracture": 3, "normal": 1}
    # what else the table tells is in the rows: these studies are done again
    table.write_text(TABLE.replace("3.png,P1,2,0,0,1", "3.png,P1,2,1,1,0"))
    assert convert(source, tmp_path / "raw", *flags)["run"]["done"] == 1
    assert sorted(rows(tmp_path / "raw")["body_part"]) == ["wrist"] * 4


def test_without_a_patient_each_picture_is_one_and_everybody_is_told(tmp_path):
    source = folder_of(tmp_path / "src", "fracture/1.png", "normal/1.png")
    result = runner.invoke(
        app, ["convert", str(source), str(tmp_path / "raw"), "--layout", "classes"]
    )
    assert "BEWARE     No patient is known: each of the 2 studies" in result.stdout
    assert set(rows(tmp_path / "raw")["patient_from"]) == {"none"}
    assert rows(tmp_path / "raw")["patient_id"].nunique() == 2


def test_a_folder_is_the_patient_where_somebody_says_so(tmp_path):
    source = folder_of(tmp_path / "src", "fracture/p1/1.png", "normal/p1/2.png", "normal/p2/1.png")
    flags = ("--layout", "classes", "--patient-level", "2")
    command("scan", source, tmp_path / "raw", *flags)
    result = runner.invoke(app, ["convert", str(source), str(tmp_path / "raw"), *flags])
    assert "No patient is known" not in result.stdout
    found = rows(tmp_path / "raw")
    assert sorted(found.groupby("patient_id").size()) == [1, 2]
    assert found.study_id.nunique() == 3
    assert set(found.patient_from) == {"id"}
    forget(tmp_path / "raw", "p1")
    assert len(rows(tmp_path / "raw")) == 1


@pytest.mark.parametrize("named", ["P1", "a/1.png"])
def test_forget_knows_a_patient_of_a_table_by_text_or_path(named, table, tmp_path):
    source = folder_of(tmp_path / "src", "a/1.png", "a/2.png", "b/3.png", "1b.png")
    flags = ("--layout", "table", "--table", table, *COLUMNS)
    convert(source, tmp_path / "raw", *flags)
    forget(tmp_path / "raw", named)
    assert len(rows(tmp_path / "raw")) == 1
    made = convert(source, tmp_path / "raw", *flags)
    assert made["counts"]["rejected_rows"] == {"convert:forgotten": 3}
    assert made["counts"]["kept"] == 1
    everything = b"".join(
        path.read_bytes() for path in private_of(tmp_path / "raw").root.rglob("*") if path.is_file()
    )
    for text in (b"a/2.png", b"P1/1"):
        assert text not in everything
    assert command("verify", tmp_path / "raw")["findings"] == []


def test_a_forgotten_picture_is_listed_nowhere(table, tmp_path):
    source = folder_of(tmp_path / "src", "a/1.png", "a/2.png", "b/3.png", "1b.png", "new.png")
    flags = ("--layout", "table", "--table", table, *COLUMNS)
    convert(source, tmp_path / "raw", *flags)
    forget(tmp_path / "raw", "new.png")
    convert(source, tmp_path / "raw", *flags)
    for path in private_of(tmp_path / "raw").root.rglob("*"):
        assert not path.is_file() or b"new.png" not in path.read_bytes(), path


def test_names_that_are_no_utf8_may_stand_in_every_list(tmp_path):
    source = folder_of(tmp_path / "src", "fracture.png")
    odd = os.fsencode(source) + b"/caf\xe9 fracture contusion.png"
    with open(odd, "wb") as file:  # noqa: PTH123 - bytes
        file.write(picture(3))
    made = convert(source, tmp_path / "raw", "--layout", "names", *MAP)
    assert made["contradictory_images"] == 1
    lists = private_of(tmp_path / "raw").labels
    assert b"caf\\udce9 fracture" in (lists / "contradictory_images.csv").read_bytes()
    forget(tmp_path / "raw", "caf\\udce9 fracture contusion.png")
    assert b"udce9" not in (lists / "contradictory_images.csv").read_bytes()


def test_forget_by_path_where_nobody_is_named(tmp_path):
    source = folder_of(tmp_path / "src", "fracture/1.png", "normal/1.png")
    convert(source, tmp_path / "raw", "--layout", "classes")
    forget(tmp_path / "raw", "fracture/1.png")
    assert len(rows(tmp_path / "raw")) == 1
    made = convert(source, tmp_path / "raw", "--layout", "classes")
    assert made["counts"]["rejected_rows"] == {"convert:forgotten": 1}


@pytest.mark.slow
def test_a_delivery_is_known_by_its_pictures_not_by_their_names(tmp_path):
    one = folder_of(tmp_path / "one", "fracture/1.png", "normal/2.png")
    other = tmp_path / "other"
    for seed, path in ((7, "fracture/1.png"), (8, "normal/2.png")):
        (other / path).parent.mkdir(parents=True, exist_ok=True)
        (other / path).write_bytes(picture(seed))
    convert(one, tmp_path / "raw", "--layout", "classes")
    words = ["convert", str(other), str(tmp_path / "raw"), "--layout", "classes"]
    refused = runner.invoke(app, words)
    assert "another delivery" in str(refused.exception)
    made = convert(other, tmp_path / "raw", "--layout", "classes", "--add")
    assert [one["kept"] for one in made["counts"]["deliveries"]] == [2, 2]
    moved = tmp_path / "moved"
    for name in ("fracture", "normal"):
        (moved / name).mkdir(parents=True)
    (one / "fracture/1.png").rename(moved / "fracture/renamed.png")
    (one / "normal/2.png").rename(moved / "normal/2.png")
    made = convert(moved, tmp_path / "raw", "--layout", "classes", "--prune")
    assert [one["kept"] for one in made["counts"]["deliveries"]] == [2, 2]
    assert command("verify", tmp_path / "raw")["findings"] == []


@pytest.mark.parametrize(
    ("before", "after", "labels", "flags"),
    [
        ("fracture/1.png", "normal/1.png", {"normal": 2}, ("classes",)),
        (
            "fracture 1.png",
            "normal 1.png",
            {"normal": 1, "": 1},
            ("names", "--label-map", "normal=normal", "--label-map", "fracture=fracture"),
        ),
        (
            "XR_HAND/patient00001/study1_positive/1.png",
            "XR_HAND/patient00001/study1_negative/1.png",
            {"normal": 1},
            ("mura",),
        ),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else "",
)
def test_a_picture_that_moves_to_another_label_has_that_label(
    before, after, labels, flags, tmp_path
):
    source = folder_of(tmp_path / "src", before, "normal/2.png")
    convert(source, tmp_path / "raw", "--layout", *flags)
    made = rows(tmp_path / "raw")
    (source / after).parent.mkdir(parents=True, exist_ok=True)
    (source / before).rename(source / after)
    summary = convert(source, tmp_path / "raw", "--layout", *flags)
    assert (summary["counts"]["files"], summary["run"]["absent"]) == (2, 0)
    assert summary["counts"]["labels"] == labels
    again = rows(tmp_path / "raw")
    assert set(again.image_id) == set(made.image_id)
    assert set(again.patient_id) == set(made.patient_id)
    assert command("verify", tmp_path / "raw")["findings"] == []


def test_a_picture_that_a_table_gives_to_another_patient_is_theirs_alone(table, tmp_path):
    source = folder_of(tmp_path / "src", "a/1.png", "a/2.png", "b/3.png", "1b.png")
    flags = ("--layout", "table", "--table", table, *COLUMNS)
    convert(source, tmp_path / "raw", *flags)
    table.write_text(TABLE.replace("3.png,P1,2", "3.png,P2,1"))
    summary = convert(source, tmp_path / "raw", *flags)
    assert (summary["counts"]["kept"], summary["run"]["absent"]) == (4, 0)
    assert sorted(rows(tmp_path / "raw").groupby("patient_id").size()) == [2, 2]


def test_the_same_names_on_two_deliveries_are_other_patients(tmp_path):
    one = folder_of(tmp_path / "one", "fracture/1.png", "normal/2.png", "normal/3.png")
    two = tmp_path / "two" / "normal"
    two.mkdir(parents=True)
    for name, seed in (("2.png", 8), ("3.png", 9), ("seen_before.png", 2)):
        (two / name).write_bytes(picture(seed))
    convert(one, tmp_path / "raw", "--layout", "classes", "--key", key_at(tmp_path / "key"))
    summary = convert(tmp_path / "two", tmp_path / "raw", "--layout", "classes", "--add")
    assert [each["kept"] for each in summary["counts"]["deliveries"]] == [3, 2]
    assert summary["counts"]["rejected_rows"] == {"convert:duplicate": 1}
    assert rows(tmp_path / "raw").patient_id.nunique() == 5


def test_one_picture_with_two_labels_contradicts_itself(tmp_path):
    source = folder_of(tmp_path / "src", "fracture/1.png", "normal/2.png")
    (source / "normal/same.png").write_bytes((source / "fracture/1.png").read_bytes())
    summary = convert(source, tmp_path / "raw", "--layout", "classes")
    assert summary["counts"]["kept"] == 2
    assert summary["counts"]["labels"] == {"": 1, "normal": 1}


def test_pictures_in_an_archive_and_links_and_odd_names(tmp_path):
    source = folder_of(tmp_path / "src", "fracture/1.png", "normal/1.png")
    with zipfile.ZipFile(source / "more.zip", "w") as archive:
        archive.writestr("normal/9.png", picture(9))
    (source / "normal/link.png").symlink_to(source / "normal/1.png")
    (source / "normal/etc").symlink_to("/etc")
    (source / "normal" / os.fsdecode(b"caf\xe9.png")).write_bytes(picture(10))
    (source / "normal" / "new\nline.png").write_bytes(picture(11))
    made = convert(source, tmp_path / "raw", "--layout", "names", "--label-map", "1=normal")
    assert made["counts"]["files"] == 7
    assert made["counts"]["kept"] == 5
    rejected = {"convert:link_to_folder": 1, "convert:duplicate": 1}
    assert made["counts"]["rejected_rows"] == rejected
    assert command("verify", tmp_path / "raw")["findings"] == []


def test_a_picture_that_breaks_off_to_nothing_is_a_row(tmp_path):
    source = folder_of(tmp_path / "src", "fracture/1.png", "normal/1.png")
    (source / "normal/broken.png").write_bytes(picture(5)[:40])
    (source / "normal/empty.png").write_bytes(b"")
    made = convert(source, tmp_path / "raw", "--layout", "classes", "--max-failed", "1")
    assert made["counts"]["files"] == 4
    assert made["counts"]["kept"] == 2


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--layout", "imagenet"), "--layout 'imagenet' is not possible"),
        (("--layout", "table"), "needs --table FILE"),
        (("--layout", "names"), "needs --label-map"),
        (("--path-column", "a"), "belongs to --layout table"),
        (("--layout", "mura"), "another --layout"),
        (("--layout", "classes", "--label-column", "a"), "tells one label, class"),
        (("--layout", "classes", "--label-key", "path"), "--label-key needs"),
        (("--layout", "table", "--table", "none.csv"), "cannot be read"),
    ],
)
def test_options_that_do_not_fit_are_a_sentence_and_nothing_is_written(flags, says, tmp_path):
    source = folder_of(tmp_path / "src", "fracture/1.png", "normal/1.png")
    result = runner.invoke(app, ["convert", str(source), str(tmp_path / "raw"), *flags])
    assert says in str(result.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["src"]


def test_a_data_set_keeps_its_layout(tmp_path):
    source = folder_of(tmp_path / "src", "fracture/1.png", "normal/1.png")
    convert(source, tmp_path / "raw", "--layout", "classes")
    for flags in ((), ("--layout", "names", "--label-map", "a=b")):
        result = runner.invoke(app, ["convert", str(source), str(tmp_path / "raw"), *flags])
        assert "was made with --layout classes" in str(result.exception)


def test_folders_that_may_be_names_of_people_are_no_labels(tmp_path):
    source = folder_of(tmp_path / "src", "M\u00fcller/1.png", "Garc\u00eda/1.png")
    words = ["convert", str(source), str(tmp_path / "raw"), "--layout", "classes"]
    assert "may name people" in str(runner.invoke(app, words).exception)
    made = convert(
        *map(str, (source, tmp_path / "raw")), *words[3:], "--label-map", "M\u00fcller=a"
    )
    assert made["counts"]["labels"] == {"": 1, "a": 1}


@pytest.mark.slow
def test_labels_of_a_file_join_those_of_the_layout(mura, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text(
        "path,cast\n"
        "MURA-v1.1/train/XR_WRIST/patient00001/study1_positive/image1.png,yes\n"
        "MURA-v1.1/valid/XR_HAND/patient00002/study1_negative/image1.png,no\n"
    )
    flags = ("--labels", labels, "--label-key", "path", "--label-column", "cast")
    made = convert(mura, tmp_path / "raw", "--layout", "mura", *flags)
    assert made["counts"]["labels"] == {"abnormal": 2, "normal": 2}
    assert made["counts"]["named_labels"]["cast"] == {"no": 1, "yes": 1}
    made = convert(mura, tmp_path / "two", "--layout", "mura", *flags, "--label-main", "cast")
    assert made["counts"]["labels"] == {"": 2, "no": 1, "yes": 1}


@pytest.mark.slow
def test_pictures_beside_dicom_are_told_of(tmp_path):
    source = folder_of(tmp_path / "src", "fracture/1.png", "normal/1.png")
    (source / "film").write_bytes(make_dicom(arm()))
    result = runner.invoke(app, ["convert", str(source), str(tmp_path / "raw")])
    assert "2 files are pictures" in result.stdout
    assert "--layout classes" in result.stdout
    assert "--layout classes" in runner.invoke(app, ["inspect", str(source)]).stdout


@pytest.mark.parametrize(
    "flags",
    [("--modality", "CR"), ("--secondary-captures",), ("--keep-raw-twins",), ("--retain", "dates")],
)
def test_options_about_headers_are_refused_for_pictures(flags, tmp_path):
    source = folder_of(tmp_path / "src", "fracture/1.png")
    words = ["convert", str(source), str(tmp_path / "raw"), "--layout", "classes", *flags]
    assert "is about DICOM files" in str(runner.invoke(app, words).exception)


def test_films_to_ask_a_model_about_need_no_layout(tmp_path):
    source = folder_of(tmp_path / "src", "one.png", "two/three.png")
    conversion = Conversion.prepare(source, tmp_path / "raw", ConvertOptions(layout="mura"))
    conversion.layout = Layout(each_picture_alone("mura"))
    counts = run_conversion(conversion, RunOptions(quiet=True)).counts
    assert (counts["kept"], counts["studies_kept"]) == (2, 2)


@pytest.mark.slow
def test_a_picture_that_leaves_is_dropped_with_prune_alone(tmp_path):
    source = folder_of(tmp_path / "src", "fracture/1.png", "normal/1.png", "normal/2.png")
    flags = ("--layout", "classes")
    convert(source, tmp_path / "raw", *flags)
    (source / "normal/2.png").unlink()
    made = convert(source, tmp_path / "raw", *flags)
    assert (made["counts"]["kept"], made["run"]["absent"]) == (3, 1)
    assert convert(source, tmp_path / "raw", *flags, "--prune")["counts"]["kept"] == 2


def test_a_dry_run_writes_nothing(tmp_path):
    source = folder_of(tmp_path / "src", "fracture/1.png", "normal/1.png")
    result = runner.invoke(
        app, ["convert", str(source), str(tmp_path / "raw"), "--layout", "classes", "--dry-run"]
    )
    assert "2 studies" in result.stdout
    assert not (tmp_path / "raw").exists()


@pytest.mark.parametrize(
    ("wanted", "says"),
    [(LayoutWanted("classes"), "--layout classes"), (each_picture_alone("mura"), "a model that")],
)
def test_a_folder_without_a_picture_is_a_sentence(wanted, says, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "film").write_bytes(make_dicom(arm()))
    options = ConvertOptions(layout=wanted.name)
    conversion = Conversion.prepare(tmp_path / "src", tmp_path / "raw", options)
    conversion.layout = Layout(wanted)
    with pytest.raises(UsageError, match=says):
        run_conversion(conversion, RunOptions(quiet=True))


def test_a_forgotten_patient_does_not_come_back_with_other_columns_or_another_name(table, tmp_path):
    source = folder_of(tmp_path / "src", "1.png", "2.png", "3.png", "1b.png")
    flags = ("--layout", "table", "--table", table, *COLUMNS)
    convert(source, tmp_path / "raw", *flags)
    forget(tmp_path / "raw", "P1")
    for flag, said in (("--patient-column", "'who'"), ("--study-column", "'exam'")):
        at = flags.index(flag)
        words = ("convert", source, tmp_path / "raw", *flags[:at], *flags[at + 2 :])
        refused = runner.invoke(app, [*map(str, words)]).exception
        assert isinstance(refused, UsageError)
        assert f"{flag} {said}" in str(refused)
    (source / "1.png").rename(source / "4.png")
    made = convert(source, tmp_path / "raw", *flags)["counts"]
    assert made["rejected_rows"] == {"convert:forgotten": 3}
    assert made["patients"] == 1


def test_what_could_be_checked_is_checked_before_anything_is_written(tmp_path):
    source = folder_of(tmp_path / "src", "a/1.png", "b/2.png")
    wrong = ("--layout", "names", "--label-map", "fracture=injury")
    for flags in (wrong, ("--layout", "mura"), ()):
        words = ["convert", str(source), str(tmp_path / "raw"), *flags]
        assert isinstance(runner.invoke(app, words).exception, UsageError)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["src"]


def test_the_one_label_of_a_layout_can_be_called_otherwise(mura, tmp_path):
    named = ("--label-column", "abnormality=fractured")
    made = convert(mura, tmp_path / "raw", "--layout", "mura", *named)["counts"]
    assert made["named_labels"].keys() == {"fractured"}
    assert made["labels"].keys() == {"abnormal", "normal"}
    words = ("convert", mura, tmp_path / "x", "--layout", "mura", "--label-column", "result=a")
    refused = runner.invoke(app, [*map(str, words)]).exception
    assert isinstance(refused, UsageError)
    assert "abnormality=NAME" in str(refused)


def test_a_map_without_a_column_of_labels_is_refused(table, tmp_path):
    source = folder_of(tmp_path / "src", "1.png")
    words = ("convert", source, tmp_path / "raw", "--layout", "table", "--table", table)
    words = (*words, "--path-column", "name", "--label-map", "1=fracture")
    refused = runner.invoke(app, [*map(str, words)]).exception
    assert isinstance(refused, UsageError)
    assert "'diagnosis'" in str(refused)
    assert "fractured" in str(refused)
