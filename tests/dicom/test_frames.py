from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    RLELossless,
)

from radprep.dicom import header
from radprep.dicom.decode import FrameReader, pixel_format
from radprep.dicom.frames import MORE_FRAMES
from radprep.dicom.syntaxes import DEFLATED_FRAMES
from radprep.errors import Failure
from tests.dicom.test_decode import code_of_failure, decode, film_of, full_range, rewritten
from tests.made import CODECS, PLAIN, convert, make_dicom, rows

FILMS = full_range(12, (3, 20, 30))
JPEGXL = "1.2.840.10008.1.2.4.110"


def deflated(film: np.ndarray) -> bytes:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflate.compress(film.tobytes()) + deflate.flush()


def run_lengths(film: np.ndarray) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(make_dicom(film, syntax=RLELossless)))
    [frame] = pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1)
    return frame


ENCODE = {
    **CODECS,
    RLELossless: run_lengths,
    DEFLATED_FRAMES: deflated,
    JPEGXL: lambda film: imagecodecs.jpegxl_encode(film, lossless=True),
}


def reader_of(data: bytes) -> FrameReader:
    parsed = header.read_header(data)
    form = pixel_format(parsed, 10**7, 100)
    return FrameReader(header.read_with_pixels(data, parsed), form, data)


def item(data: bytes) -> bytes:
    data += b"\0" * (len(data) % 2)
    return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(data)) + data


def films(frames: list[bytes], syntax: str, table: list[int] | None, **attributes: object) -> bytes:
    """A file with these fragments behind an offset table, or without one at all."""
    start = b"" if table is None else item(struct.pack(f"<{len(table)}I", *table))
    body = start + b"".join(map(item, frames)) + b"\xfe\xff\xdd\xe0\0\0\0\0"
    data = make_dicom(FILMS, syntax=JPEGLosslessSV1, **{"PixelData": body, **attributes})
    return rewritten(data, syntax)


@pytest.mark.parametrize("declared", [None, 0, 1, 2])
@pytest.mark.parametrize("with_table", [False, True])
@pytest.mark.parametrize("syntax", ENCODE)
def test_coded_frames_that_the_header_does_not_count(
    syntax: str, with_table: bool, declared: int | None
) -> None:
    frames = [ENCODE[syntax](np.ascontiguousarray(film)) for film in FILMS]
    places = np.cumsum([0, *(8 + len(one) + len(one) % 2 for one in frames)])[:3].tolist()
    data = films(frames, syntax, places if with_table else [], NumberOfFrames=declared)
    reader = reader_of(data)
    assert reader.form.frames == 3
    found = [reader.read(index) for index in range(3)]
    assert (np.stack([codes for codes, _ in found]) == FILMS).all()
    assert {how.marks for _, how in found} == {("more_frames",)}


@pytest.mark.parametrize("table", [[0], [0, 4, 9], [7], [0, 0, 0], [2**32 - 1, 5, 1], [0, 1, 2, 3]])
@pytest.mark.parametrize("syntax", ENCODE)
def test_an_offset_table_that_is_wrong(syntax: str, table: list[int]) -> None:
    frames = [ENCODE[syntax](np.ascontiguousarray(film)) for film in FILMS]
    assert (np.stack(decode(films(frames, syntax, table))) == FILMS).all()


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEG2000Lossless, JPEGXL])
@pytest.mark.parametrize("table", [None, []])
def test_frames_in_several_fragments(syntax: str, table: list[int] | None) -> None:
    pieces = []
    for film in FILMS:
        frame = ENCODE[syntax](np.ascontiguousarray(film))
        cuts = range(0, len(frame), 400)
        pieces += [frame[start : start + 400] for start in cuts]
    assert (np.stack(decode(films(pieces, syntax, table))) == FILMS).all()


def test_an_extended_offset_table() -> None:
    frames = [ENCODE[JPEGLosslessSV1](np.ascontiguousarray(film)) for film in FILMS]
    body, offsets, lengths = pydicom.encaps.encapsulate_extended(frames)
    data = make_dicom(
        FILMS,
        syntax=JPEGLosslessSV1,
        PixelData=body,
        ExtendedOffsetTable=offsets,
        ExtendedOffsetTableLengths=lengths,
    )
    assert (np.stack(decode(data)) == FILMS).all()


@pytest.mark.parametrize("syntax", ENCODE)
def test_a_broken_frame_costs_itself(syntax: str) -> None:
    frames = [ENCODE[syntax](np.ascontiguousarray(film)) for film in FILMS]
    frames[1] = frames[1][:40] + bytes(90) + frames[1][130 : len(frames[1]) // 2 * 2 - 60]
    reader = reader_of(films(frames, syntax, []))
    for index in (2, 0):
        assert (reader.read(index).codes == FILMS[index]).all()
    with pytest.raises(Failure):
        reader.read(1)
    assert (reader.read(0).codes == FILMS[0]).all()


def native(films: np.ndarray, extra: bytes = b"", **attributes: object) -> bytes:
    syntax = attributes.get("syntax")
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    body = films.astype(films.dtype.newbyteorder(order)).tobytes() + extra
    return make_dicom(films, PixelData=body + b"\0" * (len(body) % 2), **attributes)


@pytest.mark.parametrize("declared", [None, 1, 2])
@pytest.mark.parametrize("syntax", PLAIN, ids=lambda uid: uid.keyword)
def test_native_frames_that_the_header_does_not_count(syntax: str, declared: int | None) -> None:
    reader = reader_of(native(FILMS, syntax=syntax, NumberOfFrames=declared))
    assert reader.form.frames == 3
    assert (np.stack([reader.read(index).codes for index in range(3)]) == FILMS).all()
    assert reader.read(0).how.marks == ("more_frames",)


@pytest.mark.parametrize(
    "extra",
    [b"", b"\0", b"\0\0", b"ab", b"\xff" * 4096, bytes(5000), b"\x7f" * 333, bytes(range(58))],
    ids=["none", "one", "two", "junk", "ones", "zeros", "one value", "less than a row"],
)
@pytest.mark.parametrize("frames", [1, 3])
def test_padding_behind_native_pixels(extra: bytes, frames: int) -> None:
    reader = reader_of(native(FILMS[:frames], extra))
    assert reader.form.frames == frames
    codes, how = reader.read(frames - 1)
    assert (codes == FILMS[frames - 1]).all()
    assert how.marks == ()


@pytest.mark.parametrize("rows", [1, 7, 19])
def test_more_than_the_header_asks_for_is_a_fault(rows: int) -> None:
    extra = np.random.default_rng(0).bytes(60 * rows)
    assert code_of_failure(native(FILMS[:1], extra)) == "frame_does_not_fit"


def test_native_frames_before_the_cut_are_whole() -> None:
    reader = reader_of(make_dicom(FILMS, NumberOfFrames=5))
    assert (reader.read(2).codes == FILMS[2]).all()
    for index in (3, 4):
        with pytest.raises(Failure, match="truncated"):
            reader.read(index)


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_odd_frames_of_bytes_in_words(syntax: str, frames: int) -> None:
    small = full_range(8, (3, 3, 5))[:frames]
    body = small.tobytes() + b"\0" * (small.size % 2)
    if syntax == ExplicitVRBigEndian:
        body = np.frombuffer(body, "<u2").byteswap().tobytes()
    data = make_dicom(small, syntax=syntax, bits=8, PixelData=body)
    for tag in (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10"):
        data = data.replace(tag + b"OB", tag + b"OW")
    assert (np.stack(decode(data)) == small).all()


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, RLELossless])
def test_pydicom_finds_as_many_frames(syntax: str) -> None:
    frames = [ENCODE[syntax](np.ascontiguousarray(film)) for film in FILMS]
    data = film_of(frames, FILMS[0], syntax)
    pixels = pydicom.dcmread(io.BytesIO(data)).PixelData
    theirs = list(pydicom.encaps.generate_frames(pixels, number_of_frames=1))
    assert len(theirs) == reader_of(data).form.frames == len(decode(data)) == 3


@pytest.mark.parametrize("declared", [None, 1, 2, 3])
@pytest.mark.parametrize("syntax", CODECS, ids=lambda uid: uid.keyword)
def test_streams_in_one_fragment_are_frames(syntax: str, declared: int | None) -> None:
    frames = [CODECS[syntax](np.ascontiguousarray(film)) for film in FILMS]
    reader = reader_of(films([b"".join(frames)], syntax, [], NumberOfFrames=declared))
    assert reader.form.frames == 3
    found = [reader.read(index) for index in range(3)]
    assert (np.stack([codes for codes, _ in found]) == FILMS).all()
    assert (MORE_FRAMES in found[0].how.marks) == (declared != 3)


@pytest.mark.parametrize("syntax", ENCODE)
def test_frames_that_are_missing_cost_the_others_nothing(syntax: str) -> None:
    frames = [ENCODE[syntax](np.ascontiguousarray(film)) for film in FILMS]
    reader = reader_of(films(frames, syntax, [], NumberOfFrames=5))
    assert reader.form.frames == 5
    assert (np.stack([reader.read(index).codes for index in range(3)]) == FILMS).all()
    for index in (3, 4):
        with pytest.raises(Failure, match="truncated") as failure:
            reader.read(index)
        assert failure.value.detail == "3 of 5 frames"


def test_a_frame_that_is_cut_off_does_not_swallow_the_next_one() -> None:
    frames = [CODECS[JPEGLosslessSV1](np.ascontiguousarray(film)) for film in FILMS]
    reader = reader_of(films([frames[0][:-40], *frames[1:]], JPEGLosslessSV1, [], NumberOfFrames=4))
    assert (reader.read(2).codes == FILMS[2]).all()
    with pytest.raises(Failure, match="truncated"):
        reader.read(0)


def test_files_keep_the_frames_that_are_there(tmp_path: Path) -> None:
    frames = [CODECS[JPEG2000Lossless](np.ascontiguousarray(film)) for film in FILMS]
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "a.dcm"
    path.write_bytes(films(frames, JPEG2000Lossless, [], NumberOfFrames=4))
    convert(tmp_path / "in", tmp_path / "out", "--max-failed", 1)
    found = rows(tmp_path / "out").sort_values("frame")
    assert list(found["status"]) == ["kept"] * 3 + ["failed"]
    assert found["detail"].iloc[3] == "3 of 4 frames"
