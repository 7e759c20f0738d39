"""Forgetting a patient leaves no byte of them but the record, keeps every count true, and lasts."""

import json
import stat
import zipfile

import pandas as pd
import pytest
from typer.testing import CliRunner

from radprep.cli import app, forget
from radprep.dataset.durable import temporary_of
from radprep.dataset.layout import DataSet
from radprep.dataset.names import UNASSIGNED
from radprep.private.forgotten import read_forgotten
from radprep.private.key import read_key
from tests.made import ROOT, arm, convert, make_dicom, preprocess, private_of, tree_hash
from tests.upkeep.test_verify import rewrite, verify

runner = CliRunner()

SECRETS = ("PATIENTX", f"{ROOT}.71", f"{ROOT}.72", "A71", "A72", "xray-of-x")


@pytest.fixture
def full(dump):
    """The small dump, with a patient of two labelled studies, a third without a study, one in
    another's study, a broken film."""
    (dump / "xray-of-x 1").write_bytes(make_dicom(arm(seed=11), study="71", PatientID="PATIENTX"))
    (dump / "xray-of-x 2").write_bytes(make_dicom(arm(seed=12), study="72", PatientID="PATIENTX"))
    (dump / "xray-of-x 3").write_bytes(
        make_dicom(arm(seed=13), study="72", instance="2", PatientID="PATIENTX")[:-3000]
    )
    (dump / "xray-of-x 4").write_bytes(
        make_dicom(arm(seed=14), PatientID="PATIENTX", StudyInstanceUID="", SOPInstanceUID="1.71")
    )
    (dump / "xray-of-x 5").write_bytes(
        make_dicom(arm(seed=15), study="2", instance="9", PatientID="PATIENTX")
    )
    (dump / "nameless").write_bytes(make_dicom(arm(seed=16), PatientID="P8", StudyInstanceUID=""))
    return dump


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("accession,diagnosis\nA71,FRACTURA\nA1,FRACTURA\nGHOST,NORMAL\n")
    return path


@pytest.fixture
def raw(full, labels, tmp_path, key_file):
    convert(full, tmp_path / "raw", "--key", key_file, "--labels", labels, "--max-failed", "1")
    return tmp_path / "raw"


def run(root, patient, *flags):
    return runner.invoke(app, ["forget", str(root), "--patient", patient, *map(str, flags)])


def pseudonym(key_file):
    return read_key(key_file).patient_id("PATIENTX", "")


def studies_of(root, patient_id):
    table = pd.read_parquet(root / "instances.parquet")
    whole = table.groupby("study_id").patient_id.agg(lambda ids: set(ids.dropna()) == {patient_id})
    return set(whole[whole].index)


def traces(root, secrets):
    """Files of the data set and its private tree that hold any of some texts, in their bytes, rows
    or names; the record left out."""
    found = set()
    for tree in (root, private_of(root).root):
        for path in tree.rglob("*"):
            text = str(path.relative_to(tree)).encode()
            if path.is_file() and path != private_of(root).forgotten:
                text += path.read_bytes()
                text += (
                    pd.read_parquet(path).to_csv().encode() if path.suffix == ".parquet" else b""
                )
            found |= {(path.name, secret) for secret in secrets if secret.encode() in text}
    return found


def adds_up(root):
    counts = json.loads((root / "dataset.json").read_text())["counts"]
    table = pd.read_parquet(root / "instances.parquet")
    assert (
        counts["files"]
        == counts["kept"] + counts["rejected"] + counts["failed"]
        == table.source_id.nunique()
    )
    assert set(table.file_name.dropna()) == {
        path.relative_to(root).as_posix() for path in root.rglob("*.png")
    }
    assert verify(root)[1]["findings"] == []
    return counts


@pytest.mark.parametrize("by", ["pseudonym", "original"])
def test_no_byte_of_the_patient_stays(raw, key_file, by):
    patient_id = pseudonym(key_file)
    gone = studies_of(raw, patient_id)
    assert len(gone) == 2
    secrets = (*SECRETS, patient_id, *gone)
    before = adds_up(raw)
    left_behind = (
        temporary_of(private_of(raw).index(1)),
        temporary_of(private_of(raw).identifiers_of("abc")),
        temporary_of(DataSet(raw).instances),
        temporary_of(private_of(raw).labels / "studies_without_label.csv"),
        raw / ".tmp" / f"{min(gone)}-0" / "000001",
    )
    for path in left_behind:  # by runs that were killed
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"PATIENTX {patient_id}")
    # the search would find them
    assert {secret for _, secret in traces(raw, secrets)} == set(secrets)
    told = {finding["code"] for finding in verify(raw)[1]["findings"]}
    assert told == {"leftover", "private_leftover"}
    result = run(raw, patient_id if by == "pseudonym" else "PATIENTX", "--yes")
    assert result.exit_code == 0, result.output
    assert traces(raw, secrets) == set()
    after = adds_up(raw)
    assert before["files"] - after["files"] == 5
    assert before["images"] - after["images"] == 4
    assert "PATIENTX" not in result.output
    assert "5 files, 4 images, 4 studies" in result.output


def test_the_record_names_a_pseudonym_a_time_and_counts(raw, key_file):
    run(raw, "PATIENTX", "--yes")
    [line] = private_of(raw).forgotten.read_text().splitlines()
    record = json.loads(line)
    assert record.pop("forgotten_at").endswith("Z")
    counts = {"studies": 4, "files": 5, "images": 4, "pictures": []}
    assert record == {"patient_id": pseudonym(key_file), **counts}
    assert stat.S_IMODE(private_of(raw).forgotten.stat().st_mode) == 0o600


def test_a_patient_whose_number_reads_as_a_formula_leaves_the_lists(tmp_path, labels, key_file):
    dump, out = tmp_path / "formula", tmp_path / "raw"
    dump.mkdir()
    (dump / "1").write_bytes(make_dicom(study="72"))
    (dump / "2").write_bytes(
        make_dicom(study="72", instance="2", PatientID="PATIENTX", AccessionNumber="=1+1")
    )
    (dump / "3").write_bytes(make_dicom(study="71"))
    convert(dump, out, "--key", key_file, "--labels", labels)
    listed = private_of(out).labels / "studies_without_label.csv"
    assert [line.split(",")[1] for line in listed.read_text().splitlines()[1:]] == ["'=1+1", "A72"]
    assert run(out, "PATIENTX", "--yes").exit_code == 0
    assert [line.split(",")[1] for line in listed.read_text().splitlines()[1:]] == ["A72"]


def test_images_of_the_patient_leave_the_lists(tmp_path, key_file):
    dump, out, labels = tmp_path / "dump", tmp_path / "raw", tmp_path / "images.csv"
    (dump / "cd").mkdir(parents=True)
    for study in ("71", "72"):
        (dump / "cd" / study).write_bytes(make_dicom(study=study))
    lines = [f"cd/{study},{label}\n" for study in ("71", "72") for label in ("normal", "fracture")]
    labels.write_text("path,diagnosis\n" + "".join(lines))
    convert(dump, out, "--key", key_file, "--labels", labels, "--label-key", "path")
    listed = private_of(out).labels / "contradictory_images.csv"
    assert listed.read_text().split() == ["path", "cd/71", "cd/72"]
    assert run(out, "P72", "--yes").exit_code == 0
    assert listed.read_text().split() == ["path", "cd/71"]


def test_a_later_convert_does_not_bring_the_patient_back(full, raw, labels, key_file):
    patient_id = pseudonym(key_file)
    secrets = (*SECRETS, patient_id, *studies_of(raw, patient_id))
    run(raw, "PATIENTX", "--yes")
    summary = convert(full, raw, "--labels", labels, "--max-failed", "1")
    assert summary["run"]["done"] == 2  # the studies that the patient shared with others
    assert summary["counts"]["files"] == summary["files_found"] == 13
    assert summary["counts"]["rejected_rows"]["convert:forgotten"] == 5
    assert traces(raw, secrets) == set()
    adds_up(raw)
    forgotten = pd.read_parquet(raw / "instances.parquet").query("reason == 'forgotten'")
    assert set(forgotten.study_id) == {UNASSIGNED}
    filled = {name for name in forgotten.columns if forgotten[name].notna().any()}
    assert filled == {
        "study_id",
        "source_id",
        "delivery",
        "instance_id",
        "status",
        "reason",
        "step",
        "history",
        "review",
    }
    before = tree_hash(raw), tree_hash(private_of(raw).root)
    assert convert(full, raw, "--labels", labels, "--max-failed", "1")["run"] == {
        "done": 0,
        "relabelled": 0,
        "removed": 0,
        "unchanged": 4,
        "absent": 0,
    }
    assert (tree_hash(raw), tree_hash(private_of(raw).root)) == before


def test_the_others_are_as_if_the_patient_had_never_been_there(
    full, raw, labels, tmp_path, key_file
):
    run(raw, "PATIENTX", "--yes")
    convert(full, raw, "--labels", labels, "--max-failed", "1")
    for path in full.glob("xray-of-x*"):
        path.unlink()
    convert(full, raw, "--labels", labels, "--max-failed", "1")
    convert(full, tmp_path / "fresh", "--key", key_file, "--labels", labels, "--max-failed", "1")
    private_of(raw).forgotten.unlink()
    assert tree_hash(raw) == tree_hash(tmp_path / "fresh")
    assert tree_hash(private_of(raw).root) == tree_hash(private_of(tmp_path / "fresh").root)


def test_more_files_of_the_patient_stay_out_and_rows_go_when_the_files_do(full, raw, labels):
    run(raw, "PATIENTX", "--yes")
    (full / "xray-of-x 6").write_bytes(make_dicom(arm(seed=17), study="73", PatientID="PATIENTX"))
    assert (
        convert(full, raw, "--labels", labels, "--max-failed", "1")["counts"]["rejected_rows"][
            "convert:forgotten"
        ]
        == 6
    )
    for path in (*full.glob("xray-of-x*"), full / "nameless", full / "notes.txt"):
        path.unlink()
    counts = convert(full, raw, "--labels", labels, "--prune", "--max-failed", "1")["counts"]
    assert "convert:forgotten" not in counts["rejected_rows"]
    assert counts["files"] == 6
    adds_up(raw)


def test_rows_of_forgotten_files_follow_the_dump(tmp_path):
    dump, out = tmp_path / "dump", tmp_path / "raw"
    dump.mkdir()
    for number in (1, 2):
        (dump / f"{number}").write_bytes(make_dicom(arm(seed=number), study=str(number)))
    convert(dump, out)
    run(out, "P1", "--yes")
    for name, files in (("1", 2), ("3", 3)):
        (dump / name).write_bytes(make_dicom(arm(seed=1), study="1", instance=name))
        counts = convert(dump, out)["counts"]
        assert (counts["files"], counts["rejected_rows"]) == (
            files,
            {"convert:forgotten": files - 1},
        )
    for name in ("1", "3"):
        (dump / name).unlink()
    assert convert(dump, out)["counts"]["files"] == 1
    adds_up(out)


def test_a_duplicate_of_a_forgotten_film_no_longer_names_it_and_takes_its_place(tmp_path):
    dump, out = tmp_path / "dump", tmp_path / "raw"
    dump.mkdir()
    for patient in ("PA", "PB"):
        (dump / patient).write_bytes(make_dicom(PatientID=patient))
    convert(dump, out)
    stayed = pd.read_parquet(out / "instances.parquet").query("status == 'kept'").iloc[0]
    assert run(out, stayed.patient_id, "--yes").exit_code == 0
    assert traces(out, [stayed.source_id, stayed.patient_id]) == set()
    assert convert(dump, out)["counts"]["kept"] == 1
    adds_up(out)


def test_rows_without_a_patient_go_with_a_study_of_one(raw, tmp_path, key_file):
    preprocess(raw, tmp_path / "clean")
    root, patient_id = tmp_path / "clean", pseudonym(key_file)
    study_id = next(
        one for one in studies_of(root, patient_id) if len(DataSet(root).rows(one)) == 2
    )
    gone = dict.fromkeys(("patient_id", "file_name", "pixel_hash", "perceptual_hash"))
    failed = {"status": "failed", "reason": "worker_died", "step": "preprocess"}
    rewrite(root, study_id, lambda rows: rows[-1].update(**gone, **failed))
    run(root, patient_id, "--yes")
    assert not DataSet(root).marker(study_id).exists()
    adds_up(root)


def test_an_archive_with_a_forgotten_patient_is_counted_in_every_run(tmp_path):
    dump, out = tmp_path / "dump", tmp_path / "raw"
    dump.mkdir()
    with zipfile.ZipFile(dump / "films.zip", "w") as archive:
        archive.writestr("1", make_dicom(arm(seed=1), PatientID="PATIENTX"))
        archive.writestr("2", make_dicom(arm(seed=2), study="2"))
    convert(dump, out)
    assert run(out, "PATIENTX", "--yes").exit_code == 0
    for _ in range(3):
        counts = convert(dump, out)["counts"]
        assert (counts["files"], counts["kept"], counts["rejected"]) == (2, 1, 1)
    assert traces(out, ["PATIENTX"]) == set()


@pytest.mark.parametrize(
    "stop_at", ["_clean_logs", "_clean_lists", "_clean_tables", "_clean_leftovers"]
)
def test_killed_on_the_way_it_is_completed_by_convert_or_by_forget(
    full, raw, labels, key_file, monkeypatch, stop_at
):
    patient_id = pseudonym(key_file)

    def killed(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"radprep.upkeep.forget.Forgetting.{stop_at}", killed)
        run(raw, "PATIENTX", "--yes")
    assert list(read_forgotten(private_of(raw))) == [patient_id]
    convert(full, raw, "--labels", labels, "--max-failed", "1")
    assert not pd.read_parquet(raw / "instances.parquet").patient_id.eq(patient_id).any()
    assert run(raw, "PATIENTX", "--yes").exit_code == 0
    assert traces(raw, ("PATIENTX", patient_id, f"{ROOT}.71", "xray-of-x")) == set()
    adds_up(raw)


def test_a_preprocessed_data_set_forgets_too(full, raw, labels, tmp_path, key_file):
    clean, patient_id = tmp_path / "clean", pseudonym(key_file)
    preprocess(raw, clean)
    secrets = (patient_id, *studies_of(clean, patient_id))
    before = adds_up(clean)
    result = run(clean, "PATIENTX", "--yes")
    assert result.exception.exit_code == 2
    assert "--key" in str(result.exception)
    result = run(clean, "PATIENTX", "--key", key_file, "--yes")
    assert result.exit_code == 0, result.output
    assert "Forget in the data set that this one was made from, too" in result.output
    assert traces(clean, secrets) == set()
    assert before["files"] - adds_up(clean)["files"] == 5
    run(raw, "PATIENTX", "--yes")
    convert(full, raw, "--labels", labels, "--max-failed", "1")
    preprocess(raw, clean)
    assert traces(clean, secrets) == set()
    assert adds_up(clean)["files"] == 13


def test_masks_are_forgotten_with_their_images(full, raw, tmp_path, key_file):
    clean = tmp_path / "clean"
    preprocess(raw, clean, "--pipeline", "mura", "--set", 'anatomic_filter.keep=["wrist", "knee"]')
    before = pd.read_parquet(clean / "instances.parquet").query("status == 'kept'")
    assert run(clean, pseudonym(key_file), "--yes").exit_code == 0
    after = pd.read_parquet(clean / "instances.parquet").query("status == 'kept'")
    assert set(after.mask_file_name) == set(
        before[before.patient_id != pseudonym(key_file)].mask_file_name
    )
    assert {path.relative_to(clean).as_posix() for path in clean.rglob("masks/**/*.png")} == set(
        after.mask_file_name
    )
    assert verify(clean)[0] == 0


def test_preprocess_with_prune_drops_a_patient_whom_its_source_forgot(raw, tmp_path, key_file):
    preprocess(raw, tmp_path / "clean")
    secrets = (pseudonym(key_file), *studies_of(raw, pseudonym(key_file)))
    run(raw, "PATIENTX", "--yes")
    preprocess(raw, tmp_path / "clean", "--prune")
    tables = pd.read_parquet(tmp_path / "clean" / "instances.parquet").to_csv()
    assert not [secret for secret in secrets if secret in tables]
    adds_up(tmp_path / "clean")


def test_without_yes_it_asks_and_no_terminal_is_a_no(raw, monkeypatch):
    before = tree_hash(raw), tree_hash(private_of(raw).root)
    result = run(raw, "PATIENTX")
    assert result.exception.exit_code == 2
    assert "add --yes" in str(result.exception)

    class Terminal:
        isatty = staticmethod(lambda: True)

    for answer in (False, True):
        monkeypatch.setattr(forget.sys, "stdin", Terminal)
        monkeypatch.setattr(forget.typer, "confirm", lambda text, err, answer=answer: answer)
        with monkeypatch.context() as patched:
            patched.setattr("radprep.cli.forget.sys.stdin", Terminal)
            call_forget(raw, answer)
        assert ((tree_hash(raw), tree_hash(private_of(raw).root)) == before) is not answer


def call_forget(root, answer):
    """The command itself: the test runner would put its own stdin in place."""
    if answer:
        forget.forget(root, "PATIENTX", None, False)
    else:
        with pytest.raises(Exception, match="Nothing was changed"):
            forget.forget(root, "PATIENTX", None, False)


def test_an_unknown_patient_a_lost_key_and_nobody_are_refused(raw, tmp_path, key_file):
    before = tree_hash(raw)
    nobody = read_key(key_file).patient_id(None, UNASSIGNED)
    for patient, said in (
        ("NOBODY", "nothing of this patient"),
        ("", "nothing of this patient"),
        (nobody, "no patient"),
    ):
        result = run(raw, patient, "--yes")
        assert result.exception.exit_code == 2
        assert said in str(result.exception)
    private_of(raw).root.rename(tmp_path / "away")
    for flags in ((), ("--key", key_file)):
        assert run(raw, "PATIENTX", "--yes", *flags).exception.exit_code == 2
    assert tree_hash(raw) == before


def test_a_second_time_there_is_nothing_left(raw):
    run(raw, "PATIENTX", "--yes")
    before = tree_hash(raw), tree_hash(private_of(raw).root)
    result = run(raw, "PATIENTX", "--yes")
    assert result.exit_code == 0
    assert "nothing is left" in result.output
    assert (tree_hash(raw), tree_hash(private_of(raw).root)) == before


def test_a_record_that_cannot_be_read_stops_convert(full, raw, labels):
    private_of(raw).forgotten.write_text("{broken\n")
    result = runner.invoke(app, ["convert", str(full), str(raw), "--labels", str(labels)])
    assert result.exception.exit_code == 2
    assert "must leave out" in str(result.exception)


def test_the_page_and_the_card_that_show_the_patient_go(dump, tmp_path):
    convert(dump, tmp_path / "raw", "--max-failed", "1")
    done = runner.invoke(app, ["card", str(tmp_path / "raw")], catch_exceptions=False)
    assert done.exit_code == 0
    done = runner.invoke(
        app, ["report", str(tmp_path / "raw"), "--workers", "1"], catch_exceptions=False
    )
    assert done.exit_code == 0
    said = runner.invoke(
        app, ["forget", str(tmp_path / "raw"), "--patient", "P1", "--yes"], catch_exceptions=False
    ).stdout
    for name in ("report", "README.md", "card.json", "croissant.json"):
        assert not (tmp_path / "raw" / name).exists(), name
    assert (tmp_path / "raw" / "card.toml").exists()
    assert "radprep report" in said


@pytest.mark.parametrize("by", ["pseudonym", "original"])
def test_a_patient_whom_only_the_scan_has_seen_is_recorded_by_the_pseudonym(
    raw, full, key_file, by
):
    (full / "new").write_bytes(make_dicom(arm(seed=21), study="91", PatientID="NEWCOMER"))
    runner.invoke(app, ["scan", str(full), str(raw)], catch_exceptions=False)
    patient_id = read_key(key_file).patient_id("NEWCOMER", "")
    result = run(raw, patient_id if by == "pseudonym" else "NEWCOMER", "--yes")
    assert result.exit_code == 0, result.output
    assert list(read_forgotten(private_of(raw))) == [patient_id]


@pytest.mark.parametrize("words", ["radprep export", "radprep merge"])
def test_it_says_what_else_holds_the_patient(raw, key_file, words):
    said = run(raw, pseudonym(key_file), "--yes").output
    assert f"`{words}` made of it" in said
