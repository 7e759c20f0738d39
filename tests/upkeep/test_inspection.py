"""What is counted, and that it agrees with what convert and preprocess count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from radprep.cli import app
from radprep.dataset.info import Making, write_info
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import FORMAT_VERSION
from radprep.dataset.tables import collate_instances
from radprep.dicom.facts import FileFacts
from radprep.errors import UsageError
from radprep.preprocess.pipeline import load_pipeline
from radprep.upkeep.inspection import Tally, dataset_tables
from radprep.upkeep.table import Table
from tests.made import ROOT, arm, make_dicom, tree_hash

runner = CliRunner()
SAMPLES = Path(__file__).parents[2] / "data_samples"


def run(command: str, *arguments: object) -> dict[str, Any]:
    result = runner.invoke(
        app, [command, *map(str, arguments), "--json", "--workers", "1"], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def body_parts(found: dict[str, Any]) -> dict[str | None, tuple[int, str | None, str | None, str]]:
    return {
        row["name"]: (row["count"], row["part"], row["source"], row["filter"])
        for row in found["body_parts"]
    }


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A dump with something in every table: studies of 1, 2, 6 and 60 instances, other modalities
    and parts, odd files."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    films = {f"wrist{n}": make_dicom(arm(seed=n), study="1", instance=str(n)) for n in range(2)}
    films |= {
        f"knee{n}": make_dicom(
            arm(seed=10 + n), study="2", instance=str(n), BodyPartExamined="RODILLA", PatientID="P1"
        )
        for n in range(6)
    }
    films |= {
        f"slice{n}": make_dicom(arm(40, 30, seed=20 + n), study="3", instance=str(n))
        for n in range(60)
    }
    films["copy"] = films["wrist0"]
    films["us"] = make_dicom(arm(seed=90), study="4", Modality="US", BodyPartExamined=None)
    films["report"] = make_dicom(
        study="4",
        instance="2",
        Modality="SR",
        PixelData=None,
        Rows=None,
        Columns=None,
        BodyPartExamined=None,
    )
    films["no pixels"] = make_dicom(study="5", PixelData=None)
    films["no patient"] = make_dicom(
        arm(seed=91), study="6", PatientID=None, BodyPartExamined="GARCIA", BitsStored=10
    )
    films["no patient 2"] = make_dicom(
        arm(seed=92), study="7", PatientID="", BodyPartExamined="", StudyDescription="RX CODO"
    )
    films["no study"] = make_dicom(
        arm(seed=93), StudyInstanceUID=None, instance="9", PatientID="P77"
    )
    films["notes.txt"] = b"not a film"
    for name, data in films.items():
        (folder / name).write_bytes(data)
    (folder / "broken").symlink_to("gone")
    return folder


LABELS = (
    "accession,diagnosis\nA1,FRACTURA\nA2,NO FRACTURA\nA3,FRACTURA\nA3,NO "
    "FRACTURA\nA99,FRACTURA\nA6,?\n"
)
MAP = ("--label-map", "FRACTURA=fracture", "--label-map", "NO FRACTURA=normal")


def test_a_dump_is_counted(mixed: Path) -> None:
    found = run("inspect", mixed)
    assert found["overview"] == {
        "files": 77,
        "bytes": sum(path.stat().st_size for path in mixed.iterdir() if path.exists()),
        "dicom_files": 75,
        "patients": 7,
        "studies_of_several_patients": 0,
        "studies": 7,
        "instances": 73,
        "instances_in_largest_study": 60,
        "dicom_files_without_study": 1,
    }
    assert found["kind"] == {
        "dicom_image": 73,
        "dicom_without_pixels": 2,
        "not_dicom": 1,
        "unreadable": 1,
    }
    assert found["modality"] == [
        {"name": "CR", "count": 73, "converted": "yes"},
        {"name": "SR", "count": 1, "converted": "no pixels"},
        {"name": "US", "count": 1, "converted": "no"},
    ]
    assert found["transfer_syntax"] == {"Explicit VR Little Endian": 75}
    assert found["maker"] == {"Agfa": 75}
    assert found["bits_stored"] == {"12": 72, "10": 1}
    assert found["image_size"] == [
        {"name": "width", "count": 73, "min": 30, "median": 30, "max": 90},
        {"name": "height", "count": 73, "min": 40, "median": 40, "max": 120},
    ]
    assert found["instances_per_study"] == {
        "1": 3,
        "2": 2,
        "3": 0,
        "4": 0,
        "5-10": 1,
        "11-50": 0,
        ">50": 1,
    }
    assert found["studies_per_patient"] == {"1": 5, "2": 1}
    assert "labels" not in found


def test_each_text_with_what_it_reads_as_and_what_the_filter_does(mixed: Path) -> None:
    found = run("inspect", mixed)
    assert found["body_parts"] == [
        {
            "name": name,
            "count": count,
            "part": part,
            "score": score,
            "source": source,
            "filter": verdict,
        }
        for name, count, part, score, source, verdict in (
            ("WRIST", 64, "wrist", 1.0, "BodyPartExamined", "keep"),
            ("RODILLA", 6, "knee", 1.0, "BodyPartExamined", "drop"),
            ("GARCIA", 1, None, 0.0, None, "review"),
            (None, 1, "elbow", 1.0, "StudyDescription", "drop"),
            (None, 1, None, 0.0, None, "review"),
        )
    ]
    assert found["anatomic_filter"] == {"keep": 64, "review": 2, "drop": 7}


@pytest.mark.parametrize(("pipeline", "kept"), [("elbow", {"elbow"}), ("mura", {"wrist", "elbow"})])
def test_another_pipeline_keeps_others(mixed: Path, pipeline: str, kept: set[str]) -> None:
    found = run("inspect", mixed, "--pipeline", pipeline)
    assert {row["part"] for row in found["body_parts"] if row["filter"] == "keep"} == kept
    assert found["pipeline"] == pipeline


def test_a_pipeline_without_the_filter_keeps_all(mixed: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('name = "mine"\n[steps.clahe]\n')
    found = run("inspect", mixed, "--pipeline", tmp_path / "mine.toml")
    assert found["anatomic_filter"] == {"keep": 73, "review": 0, "drop": 0}


def test_a_score_below_the_filter_s_own_is_for_review(mixed: Path, tmp_path: Path) -> None:
    (mixed / "misspelt").write_bytes(make_dicom(study="8", BodyPartExamined="MUÑEKA"))
    (tmp_path / "strict.toml").write_text(
        'name = "strict"\n[steps.anatomic_filter]\nmin_score = 0.99\n'
    )
    assert body_parts(run("inspect", mixed))["MUÑEKA"][3] == "keep"
    assert (
        body_parts(run("inspect", mixed, "--pipeline", tmp_path / "strict.toml"))["MUÑEKA"][3]
        == "review"
    )


def test_labels_balance_and_join_as_in_convert(mixed: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(LABELS)
    found = run("inspect", mixed, "--labels", tmp_path / "labels.csv", *MAP)
    assert found["labels"] == [
        {"name": "fracture", "count": 1, "images": 3},
        {"name": "normal", "count": 1, "images": 6},
    ]
    converted = run("convert", mixed, tmp_path / "raw", "--labels", tmp_path / "labels.csv", *MAP)
    assert (
        found["label_join"]
        == {name: converted[name] for name in found["label_join"]}
        == {
            "labelled_studies": 2,
            "studies_without_label": 4,
            "contradictory_studies": 1,
            "label_keys_without_study": 1,
            "unmapped_label_rows": 0,
            "missing_label_rows": 1,
            "uncertain_label_rows": 0,
            "list_label_rows": 0,
        }
    )


@pytest.mark.parametrize("source", ["mixed", "samples"])
def test_the_numbers_agree_with_convert_and_preprocess(
    mixed: Path, tmp_path: Path, source: str
) -> None:
    dump, labels = (
        (mixed, tmp_path / "labels.csv")
        if source == "mixed"
        else (SAMPLES / "dicom", SAMPLES / "labels.csv")
    )
    (tmp_path / "labels.csv").write_text(LABELS)
    before = tree_hash(dump)
    found = run("inspect", dump, "--labels", labels, *MAP)
    assert tree_hash(dump) == before
    converted = run(
        "convert", dump, tmp_path / "raw", "--labels", labels, *MAP, "--max-failed", "1"
    )
    counts, rejected, failed = (
        converted["counts"],
        converted["counts"]["rejected_rows"],
        converted["counts"]["failed_rows"],
    )
    rows = pd.read_parquet(tmp_path / "raw" / "instances.parquet")
    assert found["overview"]["files"] == converted["files_found"]
    assert found["kind"]["not_dicom"] == rejected["convert:not_dicom"]
    assert found["kind"].get("unreadable", 0) == failed.get("convert:unreadable", 0)
    assert sum(
        row["count"] for row in found["modality"] if row["converted"] != "yes"
    ) == rejected.get("convert:modality", 0)
    assert found["overview"]["patients"] == rows.patient_id.nunique()
    assert found["overview"]["studies"] == rows[rows.study_id != "unassigned"].study_id.nunique()
    assert found["label_join"] == {name: converted[name] for name in found["label_join"]}
    assert sum(row["count"] for row in found["labels"]) == converted["labelled_studies"]

    again = run("inspect", tmp_path / "raw")
    same = (
        "modality",
        "transfer_syntax",
        "maker",
        "photometric_interpretation",
        "bits_stored",
        "anatomic_filter",
        "instances_per_study",
        "studies_per_patient",
    )
    assert {name: again[name] for name in same} == {name: found[name] for name in same}
    assert {
        name: again["overview"][name]
        for name in ("files", "dicom_files", "patients", "studies", "instances")
    } == {
        name: found["overview"][name]
        for name in ("files", "dicom_files", "patients", "studies", "instances")
    }
    assert again["status"] == {name: counts[name] for name in ("kept", "rejected", "failed")}
    assert {f"{row['status']} {row['name']}": row["count"] for row in again["reasons"]} == {
        **{f"rejected {name}": count for name, count in rejected.items()},
        **{f"failed {name}": count for name, count in failed.items()},
    }
    assert {row["name"]: row["images"] for row in again["labels"] if row["images"]} == {
        name: count for name, count in counts["labels"].items() if name
    }

    (tmp_path / "only.toml").write_text('name = "only"\n[steps.anatomic_filter]\n')
    filtered = run(
        "preprocess", tmp_path / "raw", tmp_path / "clean", "--pipeline", tmp_path / "only.toml"
    )["counts"]
    kept = rows[(rows.status == "kept") & rows.body_part.notna() & (rows.body_part != "wrist")]
    assert filtered["rejected_rows"].get("anatomic_filter:body_part", 0) == len(kept)
    final = run("inspect", tmp_path / "clean")
    assert final["review"] == filtered["review"]
    assert final["anatomic_filter"] == found["anatomic_filter"]


def test_a_data_set_shows_masked_texts_only(mixed: Path, tmp_path: Path) -> None:
    run("convert", mixed, tmp_path / "raw", "--max-failed", "1")
    found = run("inspect", tmp_path / "raw")
    assert "GARCIA" not in json.dumps(found)
    assert body_parts(found)["***"] == (1, None, None, "review")


def test_frames_are_images_of_one_file(tmp_path: Path) -> None:
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / "IM1").write_bytes(make_dicom(np.stack([arm(seed=1), arm(seed=2)])))
    run("convert", tmp_path / "dump", tmp_path / "raw")
    found = run("inspect", tmp_path / "raw")
    assert (
        found["overview"]["files"],
        found["overview"]["images"],
        found["overview"]["instances"],
    ) == (1, 2, 1)
    assert found["maker"] == {"Agfa": 1}
    assert [row["count"] for row in found["image_size"]] == [2, 2]


def test_an_interrupted_data_set_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "dataset.json").write_text(
        f'{{"format_version": {FORMAT_VERSION}, "stage": "convert", "made_from": {{}}, '
        '"parameters": {}, "complete": false}'
    )
    with pytest.raises(UsageError, match="Run that command again"):
        dataset_tables(tmp_path, load_pipeline("wrist"))


@pytest.mark.parametrize("content", [None, b"", b"PAR1 no parquet", "other columns"])
def test_a_broken_table_is_a_sentence(tmp_path: Path, content: bytes | str | None) -> None:
    instances = tmp_path / "instances.parquet"
    collate_instances(DataSet(tmp_path))
    write_info(DataSet(tmp_path), Making("convert", {}, {}), complete=True)
    instances.unlink()
    if content == "other columns":
        pd.DataFrame({"x": [1]}).to_parquet(tmp_path / "instances.parquet")
    elif isinstance(content, bytes):
        (tmp_path / "instances.parquet").write_bytes(content)
    with pytest.raises(UsageError, match=r"instances\.parquet (cannot be read|is damaged|has not)"):
        dataset_tables(tmp_path, load_pipeline("wrist"))


def table(tables: list[Table], name: str) -> dict[Any, Any]:
    return {row[0]: row[1] for one in tables if one.name == name for row in one.rows}


def test_the_order_of_files_does_not_matter() -> None:
    facts = [
        FileFacts(
            "dicom_image",
            f"{n % 7}",
            f"P{n % 3}",
            SOPInstanceUID=str(n % 20),
            Modality="CR",
            Manufacturer=f"M{n % 5}",
            BodyPartExamined=f"T{n % 11}",
        )
        for n in range(60)
    ] + [FileFacts("not_dicom")] * 3

    def tables(of: list[FileFacts]) -> list[Table]:
        tally = Tally()
        for one in of:
            tally.add(one)
        parts = tally.body_part_tables(load_pipeline("wrist"), "as typed")
        return [tally.overview(), *tally.header_tables(), *parts, *tally.study_tables()]

    assert tables(facts) == tables(facts[::-1])


@pytest.mark.parametrize(
    ("instances", "name"),
    [(1, "1"), (4, "4"), (5, "5-10"), (10, "5-10"), (11, "11-50"), (50, "11-50"), (51, ">50")],
)
def test_sizes_of_studies(instances: int, name: str) -> None:
    tally = Tally()
    for number in range(instances):
        tally.add(FileFacts("dicom_image", ROOT, SOPInstanceUID=str(number)))
        tally.add(FileFacts("dicom_image", ROOT, SOPInstanceUID=str(number)))
    assert {
        size for size, count in table(tally.study_tables(), "instances_per_study").items() if count
    } == {name}


def test_files_without_an_instance_uid_count_each() -> None:
    tally = Tally()
    for _ in range(3):
        tally.add(FileFacts("dicom_image", ROOT))
    assert table([tally.overview()], "overview")["instances"] == 3


def test_nothing_but_other_files() -> None:
    tally = Tally()
    tally.add(FileFacts("not_dicom"))
    tables = [tally.overview(), *tally.header_tables(), *tally.study_tables()]
    assert table(tables, "overview")["studies"] == 0
    assert table(tables, "image_size") == {}


def test_pictures_are_told_as_pictures(tmp_path: Path) -> None:
    for number, name in enumerate(("normal", "fracture")):
        folder = tmp_path / "set" / name
        folder.mkdir(parents=True)
        assert cv2.imwrite(str(folder / f"{number}.png"), arm(seed=number))
    words = ["convert", str(tmp_path / "set"), str(tmp_path / "raw"), "--layout", "classes"]
    made = CliRunner().invoke(app, [*words, "--body-part", "wrist", "--workers", "1"])
    assert made.exit_code == 0, made.output
    found = run("inspect", tmp_path / "raw")
    assert found["overview"]["pictures"] == 2
    assert found["anatomic_filter"]["keep"] == 2
    assert not {"modality", "transfer_syntax", "bits_stored"} & found.keys()
    folder_alone = run("inspect", tmp_path / "set")
    assert "modality" not in folder_alone
    assert folder_alone["kind"] == {"picture": 2}
