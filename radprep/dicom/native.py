"""Frames that no image codec has touched: native ones, and those of RLE and of Deflated Image Frame
Compression, which become native."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise
from typing import Any

import imagecodecs
import numpy as np
import pydicom
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, RLELossless

from radprep.dicom import header
from radprep.dicom.fitting import Codes
from radprep.dicom.pixel_format import PixelFormat
from radprep.errors import Failure

_AS_STORED: dict[str, Any] = {
    "raw": True,
    "decoding_plugin": "pydicom",
    "correct_unused_bits": False,
    "view_only": True,
}
"""Options of pydicom's decoders: no bit is touched. It would mask the unused ones as if there were
no High Bit."""

RLE_HEADER_BYTES = 64
REAL_PIXELS = {"FloatPixelData": "f4", "DoubleFloatPixelData": "f8"}
"""Attributes of real numbers in place of Pixel Data (PS3.3 C.7.6.24, C.7.6.25), and their types."""


def in_order(dataset: pydicom.Dataset, form: PixelFormat, data: bytes) -> bytes:
    """Native pixel data with its bytes in the order of its pixels: in big endian words, two pixels
    of a byte each stand the other way round (PS3.5 section 8.1.1 and annex D)."""
    if form.syntax != ExplicitVRBigEndian or form.allocated > 8 or dataset["PixelData"].VR != "OW":
        return data
    dataset["PixelData"].VR = "OB"
    return np.frombuffer(data[: len(data) // 2 * 2], "<u2").byteswap().tobytes()


def cells_of(dataset: pydicom.Dataset, body: bytes, syntax: str) -> Codes:
    """The cells of one frame, as they are stored, in the machine's byte order: unsigned, shape
    (rows, columns) or (rows, columns, 3). dataset: its attributes of pixels; body: its bytes, for a
    decoder of this transfer syntax. Raises Failure("decode_error")."""
    dataset["PixelData"].value = body
    dataset.NumberOfFrames = 1
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    with header.quiet():
        try:
            pixels, _ = get_decoder(UID(syntax)).as_array(dataset, index=0, **_AS_STORED)
        except MemoryError:
            raise
        except Exception as error:  # hostile data breaks it in many ways
            raise Failure("decode_error", type(error).__name__) from None
    native = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    cells: Codes = native.view(f"u{native.dtype.itemsize}")
    return cells


def reals_of(form: PixelFormat, body: bytes, keyword: str) -> Codes:
    """One frame of real numbers, shape (rows, columns)."""
    order = ">" if form.syntax == ExplicitVRBigEndian else "<"
    found = np.frombuffer(body, f"{order}{REAL_PIXELS[keyword]}")
    return (
        found[: form.rows * form.columns]
        .reshape(form.rows, form.columns)
        .astype(found.dtype.newbyteorder("="))
    )


def bits_of(form: PixelFormat, body: bytes, first: int) -> Codes:
    """One frame of pixels of one bit, packed from the lowest bit on, across rows and frames (PS3.5
    section 8.1.1 and annex D). first: the bit of the body where it begins. pydicom fails on a frame
    that begins inside a byte."""
    packed = np.frombuffer(body, np.uint8)
    pixels = np.unpackbits(packed, bitorder="little")[first:][: form.rows * form.columns]
    return pixels.reshape(form.rows, form.columns)


def inflated_frame(dataset: pydicom.Dataset, form: PixelFormat, frame: bytes) -> Codes:
    """A frame of Deflated Image Frame Compression (PS3.5 section A.4.14 and RFC 1951), inflated to
    no more than it may hold. Raises Failure: truncated, decode_error, frame_does_not_fit."""
    size = (form.frame_bits + 7) // 8
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        body = inflate.decompress(frame, size + size % 2 + 1)
    except zlib.error as error:
        raise Failure("decode_error", type(error).__name__) from None
    if len(body) > size + size % 2:
        raise Failure("frame_does_not_fit", "the deflated frame holds more")
    if len(body) < size:
        raise Failure("truncated", f"{len(body)} of {size} bytes")
    if form.allocated == 1:
        return bits_of(form, body, 0)
    return cells_of(dataset, body, ExplicitVRLittleEndian)


def rle_frame(dataset: pydicom.Dataset, form: PixelFormat, frame: bytes) -> Codes:
    """A frame of RLE (PS3.5 annex G). Raises Failure: decode_error, frame_does_not_fit."""
    segments = _segments(frame)
    if form.allocated == 1:
        return _rle_bits(form, segments)
    _refuse_overfull(segments, form)
    return cells_of(dataset, encapsulate([frame], has_bot=False), RLELossless)


def _segments(frame: bytes) -> list[bytes]:
    """The coded segments of an RLE frame; none where its header is not one."""
    if len(frame) < RLE_HEADER_BYTES:
        return []
    count, *starts = struct.unpack_from("<16I", frame)
    if count > len(starts):
        return []
    return [frame[start:end] for start, end in pairwise([*starts[:count], len(frame)])]


def _refuse_overfull(segments: list[bytes], form: PixelFormat) -> None:
    """Unpack the segments of an RLE frame into no more room than they need: pydicom would unpack
    them to whatever they hold. Raises Failure("frame_does_not_fit")."""
    most = form.rows * form.columns
    most += most // 8 + RLE_HEADER_BYTES  # writers pad
    for segment in segments:
        try:
            imagecodecs.packbits_decode(segment, out=most)
        except MemoryError:
            raise
        except Exception as error:  # broken in another way: pydicom's decoder tells how
            if "OUTPUT_TOO_SMALL" in str(error):
                raise Failure("frame_does_not_fit", "RLE segments hold more") from None


def _rle_bits(form: PixelFormat, segments: list[bytes]) -> Codes:
    """Pixels of one bit in one segment: packed eight to a byte, or a byte for each. Raises Failure:
    decode_error, frame_does_not_fit."""
    pixels, packed = form.rows * form.columns, (form.frame_bits + 7) // 8
    if len(segments) != 1:
        raise Failure("decode_error", f"{len(segments)} RLE segments for pixels of one bit")
    try:
        body = bytes(imagecodecs.packbits_decode(segments[0], out=pixels + 2))
    except MemoryError:
        raise
    except Exception as error:  # as above
        raise Failure("decode_error", type(error).__name__) from None
    if packed <= len(body) <= packed + 1:
        return bits_of(form, body, 0)
    cells = np.frombuffer(body[:pixels], np.uint8)
    if cells.size < pixels or len(body) > pixels + 1 or cells.max() > 1:
        raise Failure("frame_does_not_fit", f"{len(body)} bytes for pixels of one bit")
    return cells.reshape(form.rows, form.columns)
