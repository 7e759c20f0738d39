"""Conversion of small dumps, through the command line as a user would call it."""

import csv
import json
import os
import shutil
import stat
import zipfile

import numpy as np
import pandas as pd
import pytest

from radprep.cli import app
from radprep.errors import UsageError
from radprep.image import png
from radprep.private.key import read_key
from tests.made import ROOT, arm, convert, make_dicom, private_of, rows, runner, tree_hash


def identifiers(out):
    return pd.read_parquet(private_of(out).identifiers)


def test_every_file_is_accounted_for(dump, tmp_path):
    summary = convert(dump, tmp_path / "raw", "--max-failed", "1")
    counts = summary["counts"]
    assert (
        summary["files_found"]
        == counts["files"]
        == counts["kept"] + counts["rejected"] + counts["failed"]
        == 7
    )
    assert (counts["kept"], counts["rejected"], counts["failed"], counts["images"]) == (4, 2, 1, 4)
    assert counts["rejected_rows"] == {"convert:duplicate": 1, "convert:not_dicom": 1}
    assert counts["failed_rows"] == {"convert:truncated": 1}
    assert (counts["studies"], counts["studies_kept"], counts["patients"]) == (3, 3, 2)
    assert sorted(identifiers(tmp_path / "raw").source_path) == sorted(
        path.relative_to(dump).as_posix() for path in dump.rglob("*") if path.is_file()
    )


def test_rows_images_and_identifiers_agree(dump, tmp_path):
    out = tmp_path / "raw"
    convert(dump, out, "--max-failed", "1")
    table = rows(out)
    assert set(table.source_id) == set(identifiers(out).source_id)
    on_disk = {path.relative_to(out).as_posix() for path in out.rglob("*.png")}
    assert on_disk == set(table.file_name.dropna())
    for row in table[table.status == "kept"].itertuples():
        pixels = png.decode((out / row.file_name).read_bytes())
        assert (row.width, row.height, row.bits) == (
            pixels.shape[1],
            pixels.shape[0],
            8 * pixels.dtype.itemsize,
        )
        assert row.image_id == row.instance_id
        assert row.file_name == f"unlabelled/{row.study_id[:2]}/{row.study_id}/{row.image_id}.png"


def test_monochrome1_is_turned_over_once(tmp_path):
    film = arm(seed=4)
    dump = tmp_path / "dump"
    dump.mkdir()
    (dump / "1").write_bytes(make_dicom(film, WindowCenter=2048, WindowWidth=4096))
    negative = make_dicom(
        4095 - film,
        study="2",
        PhotometricInterpretation="MONOCHROME1",
        WindowCenter=2048,
        WindowWidth=4096,
    )
    (dump / "2").write_bytes(negative)
    convert(dump, tmp_path / "raw")
    one, two = (
        png.decode((tmp_path / "raw" / name).read_bytes()).astype(int)
        for name in rows(tmp_path / "raw").file_name
    )
    assert np.abs(one - two).max() <= 1
    assert one[60, 45] > one[60, 5] + 50


def test_sixteen_bits_keep_the_depth(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    (dump / "1").write_bytes(
        make_dicom(
            np.arange(4096, dtype=np.uint16).reshape(64, 64), WindowCenter=2048, WindowWidth=4096
        )
    )
    convert(dump, tmp_path / "raw", "--bits", "16")
    pixels = png.decode((tmp_path / "raw" / rows(tmp_path / "raw").file_name[0]).read_bytes())
    assert pixels.dtype == np.uint16
    assert len(np.unique(pixels)) == 4096


def test_a_second_run_does_no_work_and_says_so(dump, tmp_path):
    out = tmp_path / "raw"
    convert(dump, out, "--max-failed", "1")
    before = tree_hash(tmp_path), sorted((out / "logs").iterdir())
    summary = convert(dump, out, "--max-failed", "1")
    assert summary["run"] == {"done": 0, "relabelled": 0, "removed": 0, "unchanged": 4, "absent": 0}
    assert (tree_hash(tmp_path), sorted((out / "logs").iterdir())) == before
    text = runner.invoke(app, ["convert", str(dump), str(out), "--max-failed", "1"]).stdout
    assert "nothing to do: all 4 studies are up to date" in text


def test_a_second_run_opens_no_file_of_the_dump(dump, tmp_path):
    out = tmp_path / "raw"
    convert(dump, out, "--max-failed", "1")
    for path in dump.rglob("*"):
        # same name, size and time, other content: opening it would fail the study
        if path.is_file():
            status = path.stat()
            path.write_bytes(b"\0" * status.st_size)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert convert(dump, out, "--max-failed", "1")["run"]["done"] == 0


def test_workers_do_not_change_a_byte(dump, tmp_path, key_file):
    for workers in (1, 2):
        convert(
            dump,
            tmp_path / f"raw{workers}",
            "--workers",
            workers,
            "--key",
            key_file,
            "--max-failed",
            "1",
        )
    assert tree_hash(tmp_path / "raw1") == tree_hash(tmp_path / "raw2")
    assert tree_hash(tmp_path / "raw1.private") == tree_hash(tmp_path / "raw2.private")


def test_ids_do_not_change_when_files_are_added(dump, tmp_path):
    out = tmp_path / "raw"
    convert(dump, out, "--max-failed", "1")
    before = rows(out)
    (dump / "IM6").write_bytes(make_dicom(arm(seed=6), study="2", instance="2", PatientID="P1"))
    summary = convert(dump, out, "--max-failed", "1")
    assert summary["run"]["done"] == 1
    after = rows(out)
    assert len(after) == len(before) + 1
    assert set(before.image_id.dropna()) < set(after.image_id.dropna())


@pytest.mark.parametrize("kind", ["archive", "folder"])
def test_what_could_not_be_opened_leaves_no_row_once_it_can(kind, dump, tmp_path):
    out, place = tmp_path / "raw", dump / "more"
    film = make_dicom(arm(seed=31), study="31")
    if kind == "archive":
        place.write_bytes(b"PK\x03\x04 cut off")
    else:
        place.symlink_to(dump, target_is_directory=True)
    convert(dump, out, "--max-failed", "1")
    assert sum(identifiers(out).source_path == "more") == 1
    place.unlink()
    if kind == "archive":
        with zipfile.ZipFile(place, "w") as archive:
            archive.writestr("film", film)
    else:
        place.mkdir()
        (place / "film").write_bytes(film)
    summary = convert(dump, out, "--max-failed", "1")
    assert summary["files_found"] == summary["counts"]["files"] == 8
    assert sorted(path for path in identifiers(out).source_path if "more" in path) == ["more/film"]


def test_files_absent_from_a_later_dump_stay_until_pruned(dump, tmp_path):
    out = tmp_path / "raw"
    convert(dump, out, "--max-failed", "1")
    before = rows(out)
    (dump / "a" / "IM2.dcm").unlink()
    (dump / "IM3").unlink()
    (dump / "IM7").write_bytes(make_dicom(arm(seed=7), instance="7"))
    summary = convert(dump, out, "--max-failed", "1")
    assert (summary["run"]["done"], summary["run"]["absent"]) == (1, 2)
    assert set(before.image_id.dropna()) < set(rows(out).image_id.dropna())
    text = runner.invoke(app, ["convert", str(dump), str(out), "--max-failed", "1"]).stdout
    assert (
        "absent     2 studies, or files of them, are no longer in the input; they stay until "
        "--prune" in text
    )
    summary = convert(dump, out, "--prune", "--max-failed", "1")
    assert summary["run"]["removed"] == 1
    assert summary["files_found"] == summary["counts"]["files"] == 6
    fresh = tmp_path / "fresh"
    convert(dump, fresh, "--key", private_of(out).key, "--max-failed", "1")
    assert tree_hash(out) == tree_hash(fresh)


def test_a_changed_parameter_redoes_the_studies(dump, tmp_path):
    convert(dump, tmp_path / "raw", "--max-failed", "1")
    summary = convert(dump, tmp_path / "raw", "--bits", "16", "--max-failed", "1")
    assert summary["run"]["done"] == 4
    assert summary["why"] == {"parameters": 4}
    assert set(rows(tmp_path / "raw").bits.dropna()) == {16}
    text = runner.invoke(
        app, ["convert", str(dump), str(tmp_path / "raw"), "--max-failed", "1"]
    ).stdout
    assert "because    a parameter has changed 4" in text


def test_same_uid_with_other_pixels_keeps_both(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    for number in (1, 2):
        (dump / f"IM{number}").write_bytes(make_dicom(arm(seed=number)))
    convert(dump, tmp_path / "raw")
    table = rows(tmp_path / "raw")
    assert list(table.status) == ["kept", "kept"]
    assert table.image_id.nunique() == 2
    assert [list(marks) for marks in table.review] == [["convert:uid_conflict"]] * 2


def test_the_same_file_twice_keeps_one_whatever_its_name(tmp_path):
    kept = []
    for names in (("a", "b"), ("b", "a")):
        dump = tmp_path / f"dump-{names[0]}"
        dump.mkdir()
        for name in names:
            (dump / name).write_bytes(make_dicom())
        convert(dump, tmp_path / f"raw-{names[0]}")
        table = rows(tmp_path / f"raw-{names[0]}")
        assert sorted(table.status) == ["kept", "rejected"]
        kept.append(table[table.status == "kept"].pixel_hash.item())
    assert kept[0] == kept[1]


def test_files_without_uids_are_kept_and_marked(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    for number in (1, 2):
        (dump / str(number)).write_bytes(
            make_dicom(
                arm(seed=number), StudyInstanceUID="", SOPInstanceUID="", SeriesInstanceUID=""
            )
        )
    convert(dump, tmp_path / "raw")
    table = rows(tmp_path / "raw")
    assert set(table.study_id) == {"unassigned"}
    assert table.instance_id.nunique() == 2
    assert all("convert:no_study_uid" in marks for marks in table.review)


def test_frames_become_images(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    (dump / "1").write_bytes(make_dicom(np.stack([arm(seed=1), arm(seed=2)])))
    convert(dump, tmp_path / "raw")
    table = rows(tmp_path / "raw")
    assert list(table.frame) == [1, 2]
    assert [image_id[-3:] for image_id in table.image_id] == ["-f1", "-f2"]


def test_a_deleted_image_is_made_again(dump, tmp_path):
    out = tmp_path / "raw"
    convert(dump, out, "--max-failed", "1")
    before = tree_hash(out)
    (out / rows(out).file_name.dropna().iloc[0]).unlink()
    assert convert(dump, out, "--max-failed", "1")["run"]["done"] == 1
    assert tree_hash(out) == before


@pytest.mark.parametrize(
    "name",
    [
        "instances.parquet",
        "dataset.json",
        "../raw.private/identifiers.parquet",
        "../raw.private/index.parquet",
    ],
)
@pytest.mark.parametrize("damage", ["removed", "overwritten"])
def test_what_can_be_made_again_is_made_again(dump, tmp_path, name, damage):
    out = tmp_path / "raw"
    convert(dump, out, "--max-failed", "1")
    before = tree_hash(out), tree_hash(private_of(out).root)
    path = out / name
    if damage == "removed":
        path.unlink()
    else:
        path.write_bytes(b"PAR1 damaged")
    result = runner.invoke(app, ["convert", str(dump), str(out), "--max-failed", "1"])
    if name == "dataset.json" and damage == "overwritten":
        assert "is damaged. Remove it and run" in str(result.exception)
        path.unlink()
    convert(dump, out, "--max-failed", "1")
    assert (tree_hash(out), tree_hash(private_of(out).root)) == before


def test_a_damaged_private_file_is_named(dump, tmp_path):
    out = tmp_path / "raw"
    convert(dump, out, "--max-failed", "1")
    before = tree_hash(out), tree_hash(private_of(out).root)
    path = next((private_of(out).root / "studies").glob("*/*.arrow"))
    path.write_bytes(b"PAR1 damaged")
    (out / "instances.parquet").unlink()
    result = runner.invoke(app, ["convert", str(dump), str(out), "--max-failed", "1"])
    assert result.exception.exit_code == 2
    assert str(path) in str(result.exception)
    path.unlink()
    convert(dump, out, "--max-failed", "1")
    assert (tree_hash(out), tree_hash(private_of(out).root)) == before


@pytest.mark.parametrize("out", ["", "."])
def test_an_out_without_a_name_is_refused_or_named(dump, tmp_path, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    result = runner.invoke(app, ["convert", str(dump), out])
    assert result.exception.exit_code == 2


def test_films_in_an_archive_are_converted_in_place(dump, tmp_path):
    zipped = tmp_path / "zipped"
    zipped.mkdir()
    with zipfile.ZipFile(zipped / "cd", "w") as handle:
        for path in sorted(path for path in dump.rglob("*") if path.is_file()):
            handle.write(path, path.relative_to(dump).as_posix())
    out = tmp_path / "raw"
    summary = convert(zipped, out, "--max-failed", "1")
    assert (summary["files_found"], summary["counts"]["kept"], summary["counts"]["failed"]) == (
        7,
        4,
        1,
    )
    assert "cd/a/IM1" in set(identifiers(out).source_path)
    assert convert(zipped, out, "--max-failed", "1")["run"]["done"] == 0


def test_other_modalities_are_rejected_without_decoding(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    (dump / "1").write_bytes(make_dicom(Modality="MR")[:-500])
    (dump / "2").write_bytes(make_dicom(Modality="GARCIA", SOPClassUID="1.2.3.4"))
    convert(dump, tmp_path / "raw")
    table = rows(tmp_path / "raw")
    assert set(table.reason) == {"modality"}
    assert sorted(table.detail) == ["MR", "unknown"]


def test_labels_name_folders_and_mismatches_are_listed(dump, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text(
        "accession;diagnosis\nA1;FRACTURA\nA2;NO FRACTURA\nA2;FRACTURA\nGHOST;FRACTURA\n",
        encoding="latin-1",
    )
    out = tmp_path / "raw"
    summary = convert(dump, out, "--labels", labels, "--max-failed", "1")
    for name in ("labelled_studies", "contradictory_studies", "label_keys_without_study"):
        assert summary[name] == 1
    assert summary["studies_without_label"] == 1
    assert [path.name for path in (out / "images").iterdir()] == ["fractura"]
    recorded = json.loads((out / "dataset.json").read_text(encoding="utf-8"))["parameters"]
    assert (recorded["label_key"], recorded["label_main"]) == (["AccessionNumber"], "diagnosis")
    assert recorded["label_join"]["diagnosis"]["label_keys_without_study"] == 1
    assert (private_of(out).labels / "keys_without_study.csv").read_text().split() == [
        "AccessionNumber",
        "GHOST",
    ]


def test_private_lists_hold_what_was_compared(dump, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("accession,diagnosis\nA1,FRACTURA\nA2,NORMAL\nA2,FRACTURA\nA2,DUDOSO\n")
    convert(
        dump,
        tmp_path / "raw",
        "--labels",
        labels,
        "--label-map",
        "FRACTURA=f",
        "--label-map",
        "NORMAL=n",
        "--max-failed",
        "1",
    )
    lists = {
        path.stem: path.read_text().splitlines()
        for path in (private_of(tmp_path / "raw").labels).iterdir()
    }
    known = identifiers(tmp_path / "raw").set_index("AccessionNumber").study_id
    assert lists["studies_without_label"] == [
        "study_id,AccessionNumber",
        f"{known['A3'].iloc[0]},A3",
    ]
    assert lists["contradictory_studies"] == [
        "study_id,AccessionNumber,labels",
        f"{known['A2']},A2,f; n",
    ]
    assert lists["unmapped_texts"] == ["text,rows", "DUDOSO,1"]


def test_lists_hold_no_text_that_a_spreadsheet_would_carry_out(tmp_path):
    dump, labels = tmp_path / "dump", tmp_path / "labels.csv"
    dump.mkdir()
    (dump / "1").write_bytes(make_dicom(AccessionNumber="=cmd|'/C calc'!A0"))
    (dump / "2").write_bytes(make_dicom(study="2"))
    labels.write_text("accession,diagnosis\nA2,normal\nA2,=1+1\n@SUM(1+1),normal\n-A1,normal\n")
    convert(dump, tmp_path / "raw", "--labels", labels, "--label-map", "normal=normal")
    cells = {
        cell
        for path in private_of(tmp_path / "raw").labels.iterdir()
        for line in csv.reader(path.read_text().splitlines())
        for cell in line
    }
    assert {"'=cmd|'/C calc'!A0", "'=1+1", "'@SUM(1+1)", "'-A1"} <= cells
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_labels_that_fit_no_study_are_refused_and_leave_nothing_behind(dump, tmp_path):
    labels, out = tmp_path / "labels.csv", tmp_path / "raw"
    labels.write_text("accession,diagnosis\n00A1,FRACTURA\n00A2,NORMAL\n")
    result = runner.invoke(
        app, ["convert", str(dump), str(out), "--labels", str(labels), "--max-failed", "1"]
    )
    assert isinstance(result.exception, UsageError)
    for said in (
        "none of the 2 keys",
        "AccessionNumber of one of the 3 studies (3 of them have one)",
        "other zeros in front, as 12345 for 0012345: 2, of which 2 would fit one value of",
        "--label-key",
    ):
        assert said in str(result.exception)
    assert not out.exists()
    labels.write_text("accession,diagnosis\nA1,FRACTURA\n")
    assert convert(dump, out, "--labels", labels, "--max-failed", "1")["labelled_studies"] == 1


def test_labels_of_studies_that_left_the_dump_are_not_refused(dump, tmp_path):
    labels, out = tmp_path / "labels.csv", tmp_path / "raw"
    labels.write_text("accession,diagnosis\nA2,FRACTURA\n")
    convert(dump, out, "--labels", labels, "--max-failed", "1")
    (dump / "IM3").unlink()
    assert (
        convert(dump, out, "--labels", labels, "--max-failed", "1")["counts"]["labels"]["fractura"]
        == 1
    )
    result = runner.invoke(
        app,
        ["convert", str(dump), str(out), "--labels", str(labels), "--prune", "--max-failed", "1"],
    )
    assert "No label fits" in str(result.exception)


def test_relabelling_decodes_nothing_and_equals_a_fresh_run(dump, tmp_path, key_file):
    first, second = tmp_path / "one.csv", tmp_path / "two.csv"
    first.write_text("accession,diagnosis\nA1,FRACTURA\n")
    second.write_text("accession,diagnosis\nA1,NORMAL\nA2,FRACTURA\n")
    out, fresh = tmp_path / "raw", tmp_path / "fresh"
    convert(dump, out, "--labels", first, "--key", key_file, "--max-failed", "1")
    summary = convert(dump, out, "--labels", second, "--max-failed", "1")
    assert (summary["run"]["done"], summary["run"]["relabelled"]) == (0, 2)
    convert(dump, fresh, "--labels", second, "--key", key_file, "--max-failed", "1")
    assert tree_hash(out) == tree_hash(fresh)


def test_require_label_rejects_and_later_labels_redo(dump, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("accession,diagnosis\nA1,FRACTURA\n")
    out = tmp_path / "raw"
    convert(dump, out, "--labels", labels, "--require-label", "--max-failed", "1")
    assert set(rows(out)[rows(out).reason == "no_label"].status) == {"rejected"}
    assert set(rows(out)[rows(out).status == "kept"].label) == {"fractura"}
    labels.write_text("accession,diagnosis\nA1,FRACTURA\nA2,NORMAL\n")
    assert (
        convert(dump, out, "--labels", labels, "--require-label", "--max-failed", "1")["run"][
            "done"
        ]
        == 1
    )


def test_limit_does_some_and_the_next_run_the_rest(dump, tmp_path):
    out = tmp_path / "raw"
    summary = convert(dump, out, "--limit", "1", "--max-failed", "1")
    assert (summary["run"]["done"], summary["studies_left"]) == (1, 3)
    summary = convert(dump, out, "--max-failed", "1")
    assert (summary["run"]["done"], summary["run"]["unchanged"], summary["studies_left"]) == (
        3,
        1,
        0,
    )


def test_no_identifying_value_leaves(dump, tmp_path):
    out = tmp_path / "raw"
    convert(dump, out, "--max-failed", "1")
    key = read_key(private_of(out).key).key.hex()
    secrets = [
        b"SECRET",
        b"secret description",
        ROOT.encode(),
        b"IM1",
        str(tmp_path).encode(),
        b"P1",
        key.encode(),
    ]
    for path in out.rglob("*"):
        if path.is_file() and path.suffix != ".png":
            assert not [secret for secret in secrets if secret in path.read_bytes()], path
    assert stat.S_IMODE(private_of(out).root.stat().st_mode) == 0o700


def test_patients_dates_keep_their_distance(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    for number, day in enumerate(("20190304", "20190404"), start=1):
        (dump / str(number)).write_bytes(
            make_dicom(study=str(number), PatientID="P", StudyDate=day)
        )
    convert(dump, tmp_path / "raw")
    days = sorted(rows(tmp_path / "raw").StudyDate)
    assert (days[1] - days[0]).days == 31
    assert days[0].year < 2019 or (days[0].month, days[0].day) != (3, 4)


def test_max_failed_ends_with_code_3_and_keeps_the_result(dump, tmp_path):
    result = runner.invoke(
        app, ["convert", str(dump), str(tmp_path / "raw"), "--max-failed", "0.1"]
    )
    assert result.exception.exit_code == 3
    assert len(rows(tmp_path / "raw")) == 7


BAD_USES = {
    "no such folder": (["nowhere", "raw"], "no folder"),
    "a file as DUMP": (["labels.csv", "raw"], "is a file"),
    "an empty dump": (["empty", "raw"], "no file under"),
    "OUT inside DUMP": (["dump", "dump/raw"], "inside the input"),
    "DUMP inside OUT": (["dump/a", "dump"], "inside OUT"),
    "a foreign OUT": (["dump", "foreign"], "not a radprep data set"),
    "labels without the column": (
        ["dump", "raw", "--labels", "labels.csv", "--label-column", "result"],
        "no column 'result'",
    ),
    "no labels file": (["dump", "raw", "--labels", "none.csv"], "cannot be read"),
    "no such key": (["dump", "raw", "--key", "none.key"], "no key at"),
    "bits": (["dump", "raw", "--bits", "12"], "8 or 16"),
    "workers": (["dump", "raw", "--workers", "0"], "--workers 0"),
    "a map without labels": (["dump", "raw", "--label-map", "a=b"], "needs --labels"),
    "required labels without a file": (["dump", "raw", "--require-label"], "needs --labels"),
}


@pytest.mark.parametrize("use", BAD_USES)
def test_bad_usage_is_a_sentence_and_touches_nothing(dump, tmp_path, monkeypatch, use):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.doc").write_text("mine")
    (tmp_path / "labels.csv").write_text("accession,diagnosis\nA1,FRACTURA\n")
    before = tree_hash(tmp_path), sorted(tmp_path.rglob("*"))
    arguments, said = BAD_USES[use]
    result = runner.invoke(app, ["convert", *arguments])
    assert result.exception.exit_code == 2
    assert said in str(result.exception)
    assert (tree_hash(tmp_path), sorted(tmp_path.rglob("*"))) == before


def test_a_lost_or_another_key_is_refused(dump, tmp_path, key_file):
    out = tmp_path / "raw"
    convert(dump, out, "--max-failed", "1")
    result = runner.invoke(app, ["convert", str(dump), str(out), "--key", str(key_file)])
    assert result.exception.exit_code == 2
    assert "is not the key" in str(result.exception)
    shutil.move(private_of(out).key, tmp_path / "moved.key")
    result = runner.invoke(app, ["convert", str(dump), str(out)])
    assert result.exception.exit_code == 2
    assert "lost" in str(result.exception)
    result = runner.invoke(app, ["convert", str(dump), str(out), "--key", str(key_file)])
    assert result.exception.exit_code == 2
    assert "another key" in str(result.exception)
    convert(dump, out, "--key", tmp_path / "moved.key", "--max-failed", "1")


def test_labels_may_not_be_forgotten_on_the_second_run(dump, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("accession,diagnosis\nA1,FRACTURA\n")
    convert(dump, tmp_path / "raw", "--labels", labels, "--max-failed", "1")
    result = runner.invoke(app, ["convert", str(dump), str(tmp_path / "raw")])
    assert result.exception.exit_code == 2
    assert "made with labels" in str(result.exception)
