"""--frames and --window, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydicom.uid import ExplicitVRLittleEndian, JPEGLosslessSV1
from typer.testing import CliRunner

from radprep.cli import app
from radprep.errors import UsageError
from radprep.image import png
from tests.made import arm, make_dicom


@pytest.fixture
def cine(tmp_path: Path) -> Path:
    """A dump of a film of three frames and of a single one with a window."""
    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "cine").write_bytes(
        make_dicom(
            np.stack([arm(seed=seed, bits=16) for seed in range(3)]),
            syntax=JPEGLosslessSV1,
            bits=16,
        )
    )
    (folder / "single").write_bytes(
        make_dicom(arm(), study="2", WindowCenter=2000, WindowWidth=300)
    )
    return folder


def convert(dump: Path, out: Path, *flags: str) -> pd.DataFrame:
    result = CliRunner().invoke(
        app,
        ["convert", str(dump), str(out), "--json", "--workers", "1", *flags],
        catch_exceptions=False,
    )
    assert result.exit_code == 0, result.output
    return pd.read_parquet(out / "instances.parquet").sort_values(["frame", "status"])


def decisions(rows: pd.DataFrame) -> list[dict[str, object]]:
    return [json.loads(text)["convert"] for text in rows.decisions]


@pytest.mark.parametrize(("frames", "numbers"), [("all", [1, 2, 3]), ("first", [1])])
def test_frames_wanted(cine: Path, tmp_path: Path, frames: str, numbers: list[int]) -> None:
    rows = convert(cine, tmp_path / "raw", "--frames", frames)
    several = rows[rows.frame.notna()]
    assert several.frame.tolist() == numbers
    assert all(
        row.image_id == f"{row.instance_id}-f{row.frame:.0f}" for row in several.itertuples()
    )
    assert [(one["frames"], one["frames_in_file"]) for one in decisions(several)] == [
        (frames, 3)
    ] * len(numbers)
    [single] = decisions(rows[rows.frame.isna()])
    assert not {"frames", "frames_in_file"} & single.keys()


def test_a_file_of_several_frames_is_rejected_on_request(cine: Path, tmp_path: Path) -> None:
    rows = convert(cine, tmp_path / "raw", "--frames", "reject")
    [rejected] = rows[rows.status == "rejected"].itertuples()
    assert (rejected.step, rejected.reason, rejected.detail) == (
        "convert",
        "multi_frame",
        "3 frames",
    )
    assert (rows.status == "kept").sum() == 1


def test_the_budget_counts_the_frames_wanted(cine: Path, tmp_path: Path) -> None:
    pixels = str(arm().size)
    rows = convert(cine, tmp_path / "all", "--max-pixels", pixels, "--max-failed", "1")
    assert rows.reason.dropna().tolist() == ["too_many_pixels"]
    assert (
        convert(cine, tmp_path / "first", "--max-pixels", pixels, "--frames", "first").status
        == "kept"
    ).all()
    assert convert(
        cine, tmp_path / "reject", "--max-pixels", pixels, "--frames", "reject"
    ).reason.dropna().tolist() == ["multi_frame"]


@pytest.mark.parametrize(
    ("window", "shown"),
    [
        ("auto", ["percentiles", "window"]),
        ("dicom", ["full", "window"]),
        ("percentile", ["percentiles"] * 2),
        ("full", ["full"] * 2),
    ],
)
def test_windows_are_recorded(cine: Path, tmp_path: Path, window: str, shown: list[str]) -> None:
    rows = convert(cine, tmp_path / "raw", "--window", window, "--frames", "first")
    assert [one["voi"] for one in decisions(rows)] == shown
    assert {one["window"] for one in decisions(rows)} == {window}


def test_another_option_is_another_data_set(cine: Path, tmp_path: Path) -> None:
    for frames, window in (("all", "auto"), ("first", "full")):
        convert(cine, tmp_path / frames, "--frames", frames, "--window", window)
    one, other = (
        json.loads((tmp_path / name / "dataset.json").read_text()) for name in ("all", "first")
    )
    assert one["fingerprint"] != other["fingerprint"]
    with pytest.raises(UsageError):
        CliRunner().invoke(
            app,
            ["convert", str(cine), str(tmp_path / "all"), "--frames", "none"],
            catch_exceptions=False,
        )


@pytest.mark.parametrize(
    ("flag", "value", "text"),
    [
        ("--frames", "last", "give all, first or reject"),
        ("--window", "AUTO", "give auto, dicom, percentile or full"),
    ],
)
def test_a_value_that_is_not_possible_is_explained(
    cine: Path, tmp_path: Path, flag: str, value: str, text: str
) -> None:
    with pytest.raises(UsageError, match=text):
        CliRunner().invoke(
            app, ["convert", str(cine), str(tmp_path / "raw"), flag, value], catch_exceptions=False
        )
    assert not (tmp_path / "raw").exists()


def test_colour_is_recorded_and_grey(tmp_path: Path) -> None:
    (tmp_path / "dump").mkdir()
    rgb = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    (tmp_path / "dump" / "1").write_bytes(
        make_dicom(
            rgb[..., 0],
            syntax=ExplicitVRLittleEndian,
            bits=8,
            SamplesPerPixel=3,
            PhotometricInterpretation="RGB",
            PlanarConfiguration=0,
            PixelData=rgb.tobytes(),
        )
    )
    rows = convert(tmp_path / "dump", tmp_path / "raw")
    [one] = decisions(rows)
    assert (one["colour"], one["photometric"]) == (True, "RGB")
    pixels = png.decode((tmp_path / "raw" / rows.file_name.iloc[0]).read_bytes())
    assert np.abs(pixels - rgb @ [0.299, 0.587, 0.114]).max() <= 0.51
