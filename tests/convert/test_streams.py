"""Pixel streams that are not what their header says, in a whole conversion."""

import json

import imagecodecs
import numpy as np
import pandas as pd
import pytest
from pydicom.uid import JPEG2000, MPEG2MPML, JPEGBaseline8Bit, JPEGLosslessSV1

from radprep.reasons import FAILURES
from radprep.review_marks import REVIEW_MARKS
from tests.dicom.test_colour import coloured, smooth
from tests.dicom.test_decode import film_of, rewritten
from tests.dicom.test_fitting import near, ramp
from tests.dicom.test_frames import ENCODE, FILMS, native
from tests.dicom.test_wide import real
from tests.made import CODECS, command, convert, make_dicom, private_of, rows


def said(row):
    return json.loads(row.decisions)["convert"]


MARKED = {
    "stream_precision": lambda: film_of(
        [imagecodecs.jpeg8_encode(ramp(8))], ramp(12), JPEGBaseline8Bit, bits=12
    ),
    "clamped_values": lambda: film_of(
        [imagecodecs.jpeg2k_encode(near(ramp(12, (60, 64)) // 2, 25), codecformat="j2k", level=90)],
        ramp(12, (60, 64)),
        JPEG2000,
        bits=12,
    ),
    "stream_sign": lambda: film_of(
        [CODECS[JPEGLosslessSV1]((ramp(12) + 2048) % 4096)],
        ramp(12),
        JPEGLosslessSV1,
        bits=16,
        PixelRepresentation=1,
    ),
    "stream_colour": lambda: coloured(
        [imagecodecs.jpeg8_encode(smooth())], smooth(), JPEGBaseline8Bit, "RGB"
    ),
    "more_frames": lambda: native(FILMS[:2], NumberOfFrames=None),
    "stray_bits": lambda: native(ramp(12), BitsStored=10, HighBit=9),
    "not_finite_values": lambda: real(np.where(np.eye(30, 40), np.nan, ramp(8, (30, 40)))),
}


NOT_DECODED = {
    MPEG2MPML: "1.2.840.10008.1.2.4.100 MPEG2 Main Profile / Main Level",
    "1.2.840.10008.1.2.4.94": "1.2.840.10008.1.2.4.94 JPIP Referenced",
    "1.2.840.10008.1.2.7.1": "1.2.840.10008.1.2.7.1 SMPTE ST 2110-20",
    "1.2.3.19541231": "a private transfer syntax",
}


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """The rows of one conversion, in the order of the files."""
    folder = tmp_path_factory.mktemp("streams")
    frames = [ENCODE[JPEGLosslessSV1](np.ascontiguousarray(film)) for film in FILMS]
    frames[1] = frames[1][:200] + b"\xff\xd9"
    files = {
        **{mark: make() for mark, make in MARKED.items()},
        "a broken frame": film_of(frames, FILMS, JPEGLosslessSV1),
        "broken frames": film_of([b"\xff\xd8\xff\xd9"] * 3, FILMS, JPEGLosslessSV1),
        **{syntax: rewritten(make_dicom(), syntax) for syntax in NOT_DECODED},
    }
    (folder / "dump").mkdir()
    for name, data in files.items():
        (folder / "dump" / name).write_bytes(data)
    convert(folder / "dump", folder / "out", "--workers", 1, "--max-failed", 1)
    command("verify", folder / "out")
    found = rows(folder / "out")
    identifiers = pd.read_parquet(private_of(folder / "out").identifiers)
    names = identifiers.set_index("source_id").source_path
    found["name"] = found.source_id.map(names)
    return found.sort_values(["name", "frame"]).set_index("name")


@pytest.mark.parametrize("mark", MARKED)
def test_each_mark_stands_in_its_row(many, mark):
    found = many.loc[[mark]]
    assert set(found.status) == {"kept"}
    assert all(f"convert:{mark}" in review for review in found.review)
    assert f"convert:{mark}" in REVIEW_MARKS
    if mark == "clamped_values":
        assert said(found.iloc[0])["clamped"] == 6
    if mark == "stray_bits":
        assert said(found.iloc[0])["stray"] > 0
    if mark == "stream_precision":
        assert said(found.iloc[0])["stream_bits"] == 8
    if mark == "more_frames":
        assert list(found.frame) == [1, 2]


def test_a_broken_frame_is_a_failed_row_among_kept_ones(many):
    found = many.loc["a broken frame"]
    assert list(found.status) == ["kept", "failed", "kept"]
    assert list(found.frame) == [1, 2, 3]
    assert found.reason.iloc[1] in ("truncated", "decode_error")


def test_where_every_frame_is_broken_one_row_tells_it(many):
    [row] = many.loc[["broken frames"]].itertuples()
    assert (row.status, row.reason) == ("failed", "decode_error")
    assert row.frame != row.frame


@pytest.mark.parametrize("syntax", NOT_DECODED)
def test_what_nothing_decodes_is_named(many, syntax):
    row = many.loc[syntax]
    assert (row.status, row.reason) == ("failed", "unsupported_syntax")
    assert row.detail.startswith(NOT_DECODED[syntax])
    assert "1954" not in row.detail
    assert "unsupported_syntax" in FAILURES


@pytest.mark.parametrize(
    ("flags", "status"),
    [
        (("--frames", "reject"), "rejected"),
        (("--frames", "first"), "kept"),
        (("--max-frames", 2), "failed"),
    ],
)
def test_frames_that_were_found_are_refused_or_cut_as_others(tmp_path, flags, status):
    (tmp_path / "film").write_bytes(native(FILMS, NumberOfFrames=1))
    out = tmp_path.with_name("out")
    convert(tmp_path, out, "--workers", 1, "--max-failed", 1, *flags)
    [row] = rows(out).itertuples()
    assert row.status == status
    assert status == "kept" or row.reason in ("multi_frame", "too_many_frames")
