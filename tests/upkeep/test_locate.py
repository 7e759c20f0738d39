"""From any id back to its source, with the private tree at hand and only then."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from radprep.cli import app
from tests.made import ROOT, arm, convert, make_dicom, private_of

runner = CliRunner()


def locate(root, wanted, *flags):
    return runner.invoke(app, ["locate", str(root), wanted, *flags])


@pytest.fixture
def raw(dump, tmp_path):
    (dump / "frames").write_bytes(
        make_dicom(np.stack([arm(seed=1), arm(seed=2), arm(seed=3)]), study="9")
    )
    convert(dump, tmp_path / "raw", "--max-failed", "1")
    return tmp_path / "raw"


def rows(root):
    return pd.read_parquet(root / "instances.parquet")


@pytest.mark.parametrize(
    "kind", ["patient_id", "study_id", "series_id", "instance_id", "source_id", "image_id"]
)
def test_every_id_of_every_row_leads_to_its_files(raw, kind):
    identifiers = pd.read_parquet(private_of(raw).identifiers).set_index("source_id")
    for wanted, found in rows(raw).dropna(subset=[kind]).groupby(kind):
        files = json.loads(locate(raw, wanted, "--json").stdout)["files"]
        assert {one["source_path"] for one in files} >= set(
            identifiers.loc[found.source_id].source_path
        )
        assert all(one[kind.replace("image", "instance")] == wanted.split("-")[0] for one in files)


def test_frames_and_parts_are_told(raw):
    image_id = rows(raw).image_id.dropna().pipe(lambda ids: ids[ids.str.endswith("-f3")]).item()
    said = json.loads(locate(raw, f"{image_id}-p2", "--json").stdout)
    assert (said["kind"], said["frame"], said["part"]) == ("image_id", 3, "2")
    assert [one["source_path"] for one in said["files"]] == ["frames"]
    text = locate(raw, f"{image_id}-p2").stdout
    assert text.startswith("image_id, frame 3, part 2: 1 file\n")
    for value in ("frames", "P9", "A9", f"{ROOT}.9", f"{ROOT}.9.1", f"{ROOT}.9.1.1"):
        assert f" {value}\n" in text


def test_an_image_is_found_by_its_file_name_and_by_any_path_of_it(raw):
    row = rows(raw).dropna(subset=["file_name"]).iloc[0]
    wanted = locate(raw, row.image_id, "--json").stdout
    absolute = str(raw / row.file_name)
    windows = "C:\\share\\" + row.file_name.replace("/", "\\").replace(".png", ".PNG")
    for name in (row.file_name, absolute, windows, f"'{absolute}'", absolute[: -len(".png")]):
        result = locate(raw, name, "--json")
        assert json.loads(result.stdout)["files"] == json.loads(wanted)["files"], name


@pytest.mark.parametrize("kind", ["PatientID", "AccessionNumber", "SOPInstanceUID", "source_path"])
def test_originals_lead_to_our_pseudonyms(raw, kind):
    one = pd.read_parquet(private_of(raw).identifiers).dropna(subset=[kind]).iloc[0]
    said = json.loads(locate(raw, one[kind], "--json").stdout)
    assert said["kind"] == kind
    assert one.instance_id in {file["instance_id"] for file in said["files"]}
    assert all(file[kind] == one[kind] for file in said["files"])


def test_a_text_that_is_two_originals_finds_the_files_of_both(dump, tmp_path):
    (dump / "other").write_bytes(make_dicom(study="8", PatientID="SAME"))
    (dump / "another").write_bytes(make_dicom(study="9", AccessionNumber="SAME"))
    convert(dump, tmp_path / "raw", "--max-failed", "1")
    said = json.loads(locate(tmp_path / "raw", "SAME", "--json").stdout)
    assert said["kind"] == "PatientID and AccessionNumber"
    assert {file["source_path"] for file in said["files"]} == {"other", "another"}


def test_originals_reach_a_terminal_escaped(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    (dump / "evil\x1b[2J\nname").write_bytes(make_dicom(PatientID="\u202eP1"))
    convert(dump, tmp_path / "raw")
    text = locate(tmp_path / "raw", rows(tmp_path / "raw").source_id[0]).stdout
    assert "evil\\x1b[2J\\nname" in text
    assert "\x1b" not in text


def test_an_unknown_id_and_an_absent_private_tree_are_sentences(raw, tmp_path):
    for wanted in ("0" * 16, "-f3", "", "5fd7-p2"):
        result = runner.invoke(app, ["locate", str(raw), "--", wanted])
        assert result.exception.exit_code == 2
        assert "a PatientID" in str(result.exception)
        assert "the path of a film" in str(result.exception)
    shutil.move(private_of(raw).root, tmp_path / "away")
    result = locate(raw, rows(raw).source_id[0])
    assert result.exception.exit_code == 2
    assert "private tree" in str(result.exception)
    assert result.stdout == ""


def test_a_preprocessed_data_set_sends_to_the_first_of_the_chain(raw, tmp_path):
    runner.invoke(
        app,
        [
            "preprocess",
            str(raw),
            str(tmp_path / "clean"),
            "--pipeline",
            "wrist",
            "--max-failed",
            "1",
        ],
    )
    result = locate(tmp_path / "clean", rows(raw).source_id[0])
    assert result.exception.exit_code == 2
    assert "the data set that `radprep convert` made" in str(result.exception)


def test_nothing_is_written(raw, tmp_path):
    before = sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))
    locate(raw, rows(raw).source_id[0])
    assert sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*")) == before


def test_the_end_of_a_path_leads_to_a_film_where_it_is_the_only_one(dump, tmp_path):
    (dump / "one").mkdir()
    (dump / "two").mkdir()
    (dump / "one" / "FILM.dcm").write_bytes(make_dicom(study="7"))
    (dump / "two" / "film.dcm").write_bytes(make_dicom(study="8"))
    (dump / "two" / "other.dcm").write_bytes(make_dicom(study="9"))
    convert(dump, tmp_path / "raw", "--max-failed", "1")

    def path_of(wanted):
        files = json.loads(locate(tmp_path / "raw", wanted, "--json").stdout)["files"]
        return [one["source_path"] for one in files]

    for wanted in ("other.dcm", "OTHER.DCM", "two\\other.dcm", str(dump / "two" / "other.dcm")):
        assert path_of(wanted) == ["two/other.dcm"], wanted
    assert path_of("one/film.dcm") == ["one/FILM.dcm"]
    result = locate(tmp_path / "raw", "film.dcm")
    assert result.exception.exit_code == 2
    assert "2 films have a path that ends so" in str(result.exception)
