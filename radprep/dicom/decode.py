"""Stored values out of pixel data. A fault has a stable code; nothing that looks cut off or does not fit is let through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import imagecodecs
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import convert_color_space
from pydicom.uid import UID

from radprep.dicom import gdcm_child, header
from radprep.errors import Failure

Codes = NDArray[Any]
"""Stored bits as unsigned numbers, uint8 or uint16, shape (rows, columns)."""

_AS_STORED: dict[str, Any] = {"raw": True, "decoding_plugin": "pydicom", "correct_unused_bits": False}
"""Options of pydicom's decoders: no bit is touched. It would mask the unused ones as if there were no High Bit."""

_END_MARKER = b"\xff\xd9"
"""End of image (JPEG, JPEG-LS) and end of codestream (JPEG 2000)."""

_PADDING = b"\0\xff"
"""What is found after the end marker, to make a frame's length even."""

_MORE_DATA = bytes(range(1, 128))


@dataclass(frozen=True)
class PixelFormat:
    """The Image Pixel attributes (PS3.3 C.7.6.3), checked."""

    rows: int
    columns: int
    samples: int
    photometric: str
    allocated: int
    stored: int
    high_bit: int
    signed: bool
    frames: int
    syntax: str


@dataclass(frozen=True)
class Decoder:
    """What decodes a transfer syntax."""

    name: str
    package: str
    call: str

    @property
    def version(self) -> str:
        """Version of the package that holds it."""
        return metadata.version(self.package)


_PYDICOM = Decoder("pydicom", "pydicom", "")
_JPEG = Decoder("imagecodecs.jpeg", "imagecodecs", "jpeg_decode")
_JPEGLS = Decoder("imagecodecs.jpegls", "imagecodecs", "jpegls_decode")
_JPEG2K = Decoder("imagecodecs.jpeg2k", "imagecodecs", "jpeg2k_decode")
_GDCM = Decoder("gdcm", "python-gdcm", "")

DECODERS: dict[str, Decoder] = {
    "1.2.840.10008.1.2": _PYDICOM,
    "1.2.840.10008.1.2.1": _PYDICOM,
    "1.2.840.10008.1.2.1.99": _PYDICOM,
    "1.2.840.10008.1.2.2": _PYDICOM,
    "1.2.840.10008.1.2.5": _PYDICOM,
    "1.2.840.10008.1.2.4.50": _JPEG,
    "1.2.840.10008.1.2.4.51": _JPEG,
    "1.2.840.10008.1.2.4.57": _JPEG,
    "1.2.840.10008.1.2.4.70": _JPEG,
    "1.2.840.10008.1.2.4.80": _JPEGLS,
    "1.2.840.10008.1.2.4.81": _JPEGLS,
    "1.2.840.10008.1.2.4.90": _JPEG2K,
    "1.2.840.10008.1.2.4.91": _JPEG2K,
}
"""Transfer syntax -> its first decoder. GDCM, which can abort its process, is asked in a child, and only where imagecodecs
gives up on a complete frame."""


def decoder_versions() -> dict[str, str]:
    """Versions of the packages that turn bytes into stored values."""
    return {decoder.package: decoder.version for decoder in (_PYDICOM, _JPEG, _GDCM)}


def pixel_format(dataset: pydicom.Dataset, max_pixels: int) -> PixelFormat:
    """Check the attributes that say how pixels are stored, before anything is allocated.

    Raises Failure: bad_pixel_attributes, too_many_pixels, unsupported_bits, unsupported_syntax,
    unsupported_photometric.
    """
    rows, columns = _required(dataset, "Rows"), _required(dataset, "Columns")
    samples = header.integer(dataset, "SamplesPerPixel") or 1
    frames = max(1, header.integer(dataset, "NumberOfFrames") or 1)
    if rows * columns * samples * frames > max_pixels:
        raise Failure("too_many_pixels", f"{columns} x {rows} x {frames} > {max_pixels}")
    allocated = _required(dataset, "BitsAllocated")
    stored = header.integer(dataset, "BitsStored") or allocated
    high_bit = header.integer(dataset, "HighBit")
    high_bit = stored - 1 if high_bit is None else high_bit
    if allocated not in (8, 16) or not 1 <= stored <= allocated or not stored - 1 <= high_bit < allocated:
        raise Failure("unsupported_bits", f"allocated {allocated}, stored {stored}, high bit {high_bit}")
    syntax = header.text(dataset.file_meta, "TransferSyntaxUID") or _guessed_syntax(dataset)
    if syntax not in DECODERS:
        raise Failure("unsupported_syntax", UID(syntax).name if UID(syntax).name != syntax else "unknown")
    photometric = (header.text(dataset, "PhotometricInterpretation") or "").upper()
    colour = photometric == "RGB" and samples == 3 and allocated == 8 and DECODERS[syntax] is _PYDICOM
    grey = photometric in ("MONOCHROME1", "MONOCHROME2") and samples == 1
    if not (grey or colour):
        raise Failure("unsupported_photometric", f"{samples} samples")
    signed = header.integer(dataset, "PixelRepresentation") == 1
    return PixelFormat(rows, columns, samples, photometric, allocated, stored, high_bit, signed, frames, syntax)


def decode_frames(dataset: pydicom.Dataset, form: PixelFormat, data: bytes) -> Iterator[tuple[Codes, Decoder]]:
    """Yield each frame as codes: the stored bits of a pixel as an unsigned number, shape (rows, columns), uint8 or uint16.
    A signed value is its two's complement in `stored` bits. Colour (RGB) becomes luminance.

    data: the whole file, for a decoder that must read it by itself.
    Raises Failure: truncated, decode_error, frame_does_not_fit.
    """
    decoder = DECODERS[form.syntax]
    if decoder is _PYDICOM:
        for index in range(form.frames):
            yield _plain_frame(dataset, form, index), decoder
        return
    frames = _encapsulated_frames(dataset, form)
    for index, frame in enumerate(frames):
        if not frame.rstrip(_PADDING).endswith(_END_MARKER):
            raise Failure("truncated", "no end marker")
        try:
            codes = getattr(imagecodecs, decoder.call)(frame)
            used = decoder
        except Exception:  # codecs raise many kinds
            codes, used = gdcm_child.decode(data, index), _GDCM
        if used is _JPEG and _ran_out(codes, frame):
            raise Failure("truncated", "data ends before the last row")
        yield _fitting(codes, form), used


def _required(dataset: pydicom.Dataset, keyword: str) -> int:
    found = header.integer(dataset, keyword)
    if not found or found < 1:
        raise Failure("bad_pixel_attributes", keyword)
    return found


def _guessed_syntax(dataset: pydicom.Dataset) -> str:
    """A file without meta information: pydicom has found its byte order and VR (PS3.10 section 7.1 asks for them)."""
    implicit, little = dataset.original_encoding
    return "1.2.840.10008.1.2" if implicit else "1.2.840.10008.1.2.1" if little else "1.2.840.10008.1.2.2"


def _plain_frame(dataset: pydicom.Dataset, form: PixelFormat, index: int) -> Codes:
    """Native and RLE pixel data, decoded by pydicom itself."""
    if form.syntax != "1.2.840.10008.1.2.5":
        expected = form.rows * form.columns * form.samples * form.frames * form.allocated // 8
        if len(dataset.PixelData) < expected:
            raise Failure("truncated", f"{len(dataset.PixelData)} of {expected} bytes")
    if not dataset.file_meta.get("TransferSyntaxUID"):
        dataset.file_meta.TransferSyntaxUID = UID(form.syntax)
    with header.quiet():
        try:
            pixels, _ = get_decoder(UID(form.syntax)).as_array(dataset, index=index, **_AS_STORED)
        except Exception as error:  # hostile data breaks it in many ways
            raise Failure("decode_error", type(error).__name__) from None
    if form.samples == 3:
        pixels = convert_color_space(pixels, "RGB", "YBR_FULL")[..., 0]
    native = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    return _masked(native.view(np.uint8 if native.dtype.itemsize == 1 else np.uint16), form)


def _encapsulated_frames(dataset: pydicom.Dataset, form: PixelFormat) -> list[bytes]:
    try:
        frames = list(generate_frames(dataset.PixelData, number_of_frames=form.frames))
    except Exception as error:  # as above
        raise Failure("truncated", type(error).__name__) from None
    if len(frames) != form.frames:
        raise Failure("truncated", f"{len(frames)} of {form.frames} frames")
    return frames


def _ran_out(codes: Codes, frame: bytes) -> bool:
    """Where data ends before the image does, libjpeg fills up with flat rows and says nothing. It would have taken more."""
    if not codes.size or np.any(codes[-1] != codes[-1, 0]):
        return False
    try:
        more = imagecodecs.jpeg_decode(frame.rstrip(_PADDING).removesuffix(_END_MARKER) + _MORE_DATA + _END_MARKER)
    except Exception:  # as above
        return True
    return not np.array_equal(more, codes)


def _fitting(decoded: NDArray[np.generic], form: PixelFormat) -> Codes:
    """Hold a codec's output against the header: same shape, integers, no value outside the bits stored."""
    if decoded.shape != (form.rows, form.columns) or decoded.dtype.kind not in "iu" or decoded.dtype.itemsize > 2:
        raise Failure("frame_does_not_fit", f"{decoded.dtype} {decoded.shape} for {form.rows} x {form.columns}")
    low = -(1 << form.stored - 1) if form.signed else 0
    high = (1 << form.stored) - 1  # a codec may give a signed value as its unsigned bits
    if int(decoded.min()) < low or int(decoded.max()) > high:
        raise Failure("frame_does_not_fit", f"values outside {form.stored} bits")
    codes: Codes = np.ascontiguousarray(decoded).view(np.uint8 if decoded.dtype.itemsize == 1 else np.uint16)
    return codes if decoded.dtype.kind == "u" else codes & codes.dtype.type((1 << form.stored) - 1)


def _masked(codes: Codes, form: PixelFormat) -> Codes:
    """Take the stored bits out of the allocated ones: overlays of old machines stand in the others (PS3.5 section 8.1.1)."""
    if form.high_bit != form.stored - 1:
        codes = codes >> (form.high_bit + 1 - form.stored)
    if form.stored != form.allocated:
        codes = codes & codes.dtype.type((1 << form.stored) - 1)
    return codes


def decoder_table() -> dict[str, str]:
    """Name of each transfer syntax that can be read -> its decoder and version."""
    then = f", then gdcm {_GDCM.version} in a child process"
    return {UID(syntax).name: f"{decoder.name} {decoder.version}{'' if decoder is _PYDICOM else then}"
            for syntax, decoder in DECODERS.items()}
