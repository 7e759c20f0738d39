"""`convert --only`: the anatomic filter before a pixel is decoded."""

import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from radprep.cli import app
from radprep.convert import dicom_film as dicom_film_module
from radprep.convert.conversion import Conversion
from radprep.convert.options import ConvertOptions
from radprep.dicom import header
from radprep.dicom.decode import FrameReader
from radprep.errors import UsageError
from radprep.report.facts.accounting import DICOM, level_of
from radprep.run.runner import RunOptions, run_conversion
from tests.made import arm, convert, make_dicom, rows

runner = CliRunner()


@pytest.fixture
def parts_dump(tmp_path):
    """A wrist, a knee, a film that may be either, one of which nobody knows what it shows, and a
    knee that cannot be decoded."""
    dump = tmp_path / "parts"
    dump.mkdir()
    for number, text in enumerate(("WRIST", "RODILLA", "KNEE WRIST", "XR"), start=1):
        (dump / str(number)).write_bytes(
            make_dicom(
                arm(seed=number), study=str(number), BodyPartExamined=text, StudyDescription=""
            )
        )
    (dump / "5").write_bytes(make_dicom(study="5", BodyPartExamined="KNEE")[:-500])
    return dump


def test_only_rejects_other_body_parts_without_decoding_them(parts_dump, tmp_path, monkeypatch):
    decoded = []
    monkeypatch.setattr(
        dicom_film_module,
        "FrameReader",
        lambda whole, form, data, **options: (
            decoded.append(header.text(header.read_header(data), "BodyPartExamined"))
            or FrameReader(whole, form, data, **options)
        ),
    )
    run_conversion(
        Conversion.prepare(parts_dump, tmp_path / "raw", ConvertOptions(only=("wrist",))),
        RunOptions(quiet=True),
    )
    assert sorted(decoded) == ["KNEE WRIST", "WRIST", "XR"]
    table = rows(tmp_path / "raw")
    refused = table[table.status == "rejected"]
    assert set(zip(refused.step, refused.reason, refused.detail, strict=True)) == {
        ("anatomic_filter", "body_part", "knee (score 1.00, from BodyPartExamined)")
    }
    assert len(refused) == 2
    assert set(refused.body_part) == {"knee"}
    assert refused.patient_id.notna().all()
    assert (table.status == "kept").sum() == 3
    read = pq.read_table(tmp_path / "raw" / "instances.parquet").to_pylist()
    assert {level_of(row, ()) for row in read if row["status"] == "rejected"} == {DICOM}


def test_only_rejects_what_the_step_rejects_later(parts_dump, tmp_path, key_file):
    (parts_dump / "5").unlink()
    convert(parts_dump, tmp_path / "all", "--key", key_file)
    convert(parts_dump, tmp_path / "wrists", "--key", key_file, "--only", "wrist")
    for name in ("all", "wrists"):
        words = [
            "preprocess",
            str(tmp_path / name),
            str(tmp_path / f"clean-{name}"),
            "--pipeline",
            "wrist",
        ]
        assert runner.invoke(app, words, catch_exceptions=False).exit_code == 0
    names = ["source_id", "status", "step", "reason", "detail", "review", "pixel_hash"]
    late, early = (
        rows(tmp_path / f"clean-{name}")[names].sort_values("source_id", ignore_index=True)
        for name in ("all", "wrists")
    )
    kept = late.status == "kept"
    pd.testing.assert_frame_equal(late[kept], early[kept])
    pd.testing.assert_frame_equal(late[~kept][names[:5]], early[~kept][names[:5]])


def test_only_is_part_of_the_key_in_any_order(parts_dump, tmp_path):
    out = tmp_path / "raw"
    convert(parts_dump, out, "--only", "wrist,hand", "--max-failed", "1")
    assert (
        convert(parts_dump, out, "--only", " hand, wrist,", "--max-failed", "1")["run"]["done"] == 0
    )
    assert convert(parts_dump, out, "--only", "wrist", "--max-failed", "1")["run"]["done"] == 5
    summary = convert(parts_dump, out, "--max-failed", "1")
    assert (summary["run"]["done"], summary["counts"]["kept"], summary["counts"]["failed"]) == (
        5,
        4,
        1,
    )


@pytest.mark.parametrize(
    ("names", "said"),
    [("wirst", "unknown body part 'wirst'; known are: "), (",", "at least 1 item")],
)
def test_only_of_an_unknown_part_is_refused(parts_dump, tmp_path, names, said):
    with pytest.raises(UsageError, match=said):
        convert(parts_dump, tmp_path / "raw", "--only", names)
    assert not (tmp_path / "raw").exists()
