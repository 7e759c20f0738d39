"""Stored values out of pixel data. A fault has a stable code; nothing that looks cut off or does
not fit is let through."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any

import imagecodecs
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID

from radprep.dataset.image_file import MOST_PIXELS
from radprep.dicom import codestream, colour, gdcm_child, header
from radprep.dicom.pixel_format import PixelFormat
from radprep.errors import Failure

Codes = NDArray[Any]
"""Stored bits as unsigned numbers, uint8 or uint16, shape (rows, columns)."""

_AS_STORED: dict[str, Any] = {
    "raw": True,
    "decoding_plugin": "pydicom",
    "correct_unused_bits": False,
    "view_only": True,
}
"""Options of pydicom's decoders: no bit is touched. It would mask the unused ones as if there were
no High Bit."""

_RLE = "1.2.840.10008.1.2.5"
_RLE_HEADER_BYTES = 64


@dataclass(frozen=True)
class Decoder:
    """What decodes a transfer syntax."""

    name: str
    package: str
    call: str

    @property
    def version(self) -> str:
        """Version of the package that holds it."""
        return _version(self.package)


@cache
def _version(package: str) -> str:
    """Asked for every film; the answer is parsed from a text of a thousand lines."""
    return metadata.version(package)


_PYDICOM = Decoder("pydicom", "pydicom", "")
_JPEG = Decoder("imagecodecs.jpeg", "imagecodecs", "jpeg8_decode")
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
"""Transfer syntax -> its first decoder. GDCM, which can abort its process, is asked in a child, and
only where imagecodecs gives up on a complete grey frame. Of imagecodecs' JPEG decoders only jpeg8
(libjpeg-turbo) keeps to a point transform; `jpeg_decode` would fall back on one that does not."""


def decoder_versions() -> dict[str, str]:
    """Versions of the packages that turn bytes into stored values."""
    return {decoder.package: decoder.version for decoder in (_PYDICOM, _JPEG, _GDCM)}


def pixel_format(
    dataset: pydicom.Dataset, max_pixels: int, max_frames: int, *, first_only: bool = False
) -> PixelFormat:
    """Check the attributes that say how pixels are stored, before anything is allocated.

    first_only: only the first frame will be decoded, so that only it counts against max_pixels and
    max_frames. Raises Failure: bad_pixel_attributes, too_many_pixels, too_many_frames,
    unsupported_bits, unsupported_syntax,
    unsupported_photometric.
    """
    rows, columns = _required(dataset, "Rows"), _required(dataset, "Columns")
    samples = header.integer(dataset, "SamplesPerPixel") or 1
    frames = max(1, header.integer(dataset, "NumberOfFrames") or 1)
    pixels = rows * columns * samples * (1 if first_only else frames)
    # no image that is larger than this is read again: see `read_image_bytes`
    if pixels > max_pixels or rows * columns > MOST_PIXELS:
        raise Failure("too_many_pixels", f"{columns} x {rows} x {frames} > {max_pixels}")
    if frames > max_frames and not first_only:
        raise Failure("too_many_frames", f"{frames} > {max_frames}")
    allocated, stored, high_bit = _bits(dataset)
    syntax = header.text(dataset.file_meta, "TransferSyntaxUID") or _guessed_syntax(dataset)
    if syntax not in DECODERS:
        raise Failure(
            "unsupported_syntax", UID(syntax).name if UID(syntax).name != syntax else "unknown"
        )
    coding = DECODERS[syntax].call or ("rle" if syntax == _RLE else "native")
    if allocated == 1 and coding != "native":
        raise Failure("unsupported_bits", "1 bit, compressed")
    photometric = (header.text(dataset, "PhotometricInterpretation") or "").upper()
    signed = header.integer(dataset, "PixelRepresentation") == 1
    form = PixelFormat(
        rows, columns, samples, photometric, allocated, stored, high_bit, signed, frames, syntax
    )
    if not colour.can_be_read(form, coding):
        raise Failure("unsupported_photometric", f"{samples} samples")
    return form


def decode_frames(
    dataset: pydicom.Dataset, form: PixelFormat, data: bytes, *, first_only: bool = False
) -> Iterator[tuple[Codes, Decoder]]:
    """Yield each frame, or only the first, as codes: the stored bits of a pixel as an unsigned
    number, shape (rows, columns), uint8 or uint16. A signed value is its two's complement in
    `stored` bits. Colour becomes luminance, but for a palette's numbers, which stay what they are.

    data: the whole file, for a decoder that must read it by itself. Raises Failure: truncated,
    decode_error, frame_does_not_fit, unsupported_bits, unsupported_photometric, and those of
    gdcm_child.
    """
    count = 1 if first_only else form.frames
    if DECODERS[form.syntax] is _PYDICOM:
        if form.syntax == _RLE:
            for frame in _encapsulated_frames(dataset, form)[:count]:
                _refuse_overfull(frame, form)
        for index in range(count):
            yield _plain_frame(dataset, form, index), _PYDICOM
    else:
        yield from _coded_frames(_encapsulated_frames(dataset, form)[:count], form, data)


def _bits(dataset: pydicom.Dataset) -> tuple[int, int, int]:
    """Bits Allocated, Bits Stored and High Bit (PS3.5 section 8.1.1). Raises Failure:
    bad_pixel_attributes, unsupported_bits."""
    allocated = _required(dataset, "BitsAllocated")
    stored = header.integer(dataset, "BitsStored") or allocated
    high_bit = header.integer(dataset, "HighBit")
    high_bit = stored - 1 if high_bit is None else high_bit
    if (
        allocated not in (1, 8, 16)
        or not 1 <= stored <= allocated
        or not stored - 1 <= high_bit < allocated
    ):
        raise Failure(
            "unsupported_bits", f"allocated {allocated}, stored {stored}, high bit {high_bit}"
        )
    return allocated, stored, high_bit


def _required(dataset: pydicom.Dataset, keyword: str) -> int:
    found = header.integer(dataset, keyword)
    if not found or found < 1:
        raise Failure("bad_pixel_attributes", keyword)
    return found


def _guessed_syntax(dataset: pydicom.Dataset) -> str:
    """A file without meta information: pydicom has found its byte order and VR (PS3.10 section 7.1
    asks for them)."""
    implicit, little = dataset.original_encoding
    return (
        "1.2.840.10008.1.2"
        if implicit
        else "1.2.840.10008.1.2.1"
        if little
        else "1.2.840.10008.1.2.2"
    )


def _plain_frame(dataset: pydicom.Dataset, form: PixelFormat, index: int) -> Codes:
    """Native and RLE pixel data, decoded by pydicom itself."""
    if form.syntax != _RLE:
        samples = 2 if form.photometric == "YBR_FULL_422" else form.samples
        expected = (form.rows * form.columns * samples * form.frames * form.allocated + 7) // 8
        if len(dataset.PixelData) < expected:
            raise Failure("truncated", f"{len(dataset.PixelData)} of {expected} bytes")
    if form.allocated == 1:
        return _one_bit_frame(dataset, form, index)
    if not dataset.file_meta.get("TransferSyntaxUID"):
        dataset.file_meta.TransferSyntaxUID = UID(form.syntax)
    with header.quiet():
        try:
            pixels, _ = get_decoder(UID(form.syntax)).as_array(dataset, index=index, **_AS_STORED)
        except MemoryError:
            raise
        except Exception as error:  # hostile data breaks it in many ways
            raise Failure("decode_error", type(error).__name__) from None
    native = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    codes = _masked(native.view(np.uint8 if native.dtype.itemsize == 1 else np.uint16), form)
    return colour.grey_samples(codes, form.photometric) if form.samples == 3 else codes


def _refuse_overfull(frame: bytes, form: PixelFormat) -> None:
    """Unpack the segments of an RLE frame (PS3.5 annex G) into no more room than they need:
    pydicom would unpack them to whatever they hold. Raises Failure("frame_does_not_fit")."""
    if len(frame) < _RLE_HEADER_BYTES:
        return
    segments, *starts = np.frombuffer(frame, "<u4", _RLE_HEADER_BYTES // 4).tolist()
    if segments > len(starts):  # pydicom's decoder refuses it
        return
    bounds = [*starts[:segments], len(frame)]
    most = form.rows * form.columns
    most += most // 8 + _RLE_HEADER_BYTES  # writers pad
    for start, end in itertools.pairwise(bounds):
        try:
            imagecodecs.packbits_decode(frame[start:end], out=most)
        except Exception as error:  # broken in another way: pydicom's decoder tells how
            if "OUTPUT_TOO_SMALL" in str(error):
                raise Failure("frame_does_not_fit", "RLE segments hold more") from None


def _one_bit_frame(dataset: pydicom.Dataset, form: PixelFormat, index: int) -> Codes:
    """Pixels of one bit are packed from the lowest bit on, across rows and frames (PS3.5 section
    8.1.1 and annex D). pydicom fails on a frame that begins inside a byte."""
    packed = np.frombuffer(dataset.PixelData, np.uint8)
    if form.syntax == "1.2.840.10008.1.2.2" and dataset["PixelData"].VR == "OW":
        packed = packed[: packed.size // 2 * 2].reshape(-1, 2)[:, ::-1].ravel()
    first, size = index * form.rows * form.columns, form.rows * form.columns
    pixels = np.unpackbits(packed[first // 8 : (first + size + 7) // 8], bitorder="little")[
        first % 8 :
    ][:size]
    return pixels.reshape(form.rows, form.columns)


def _coded_frames(
    frames: list[bytes], form: PixelFormat, data: bytes
) -> Iterator[tuple[Codes, Decoder]]:
    """JPEG, JPEG-LS and JPEG 2000, decoded by imagecodecs. GDCM is asked at most once a file."""
    decoder = DECODERS[form.syntax]
    by_gdcm: NDArray[np.generic] | None = None
    for index, frame in enumerate(frames):
        stream = codestream.until_its_end(frame)
        codestream.refuse_other_size(stream, form.rows, form.columns, form.samples)
        if form.samples == 3:
            colour.refuse_contradiction(stream, form.photometric, decoder.call)
        try:
            decoded, used = _decoded(stream, decoder, form), decoder
        except MemoryError:
            raise
        except Exception as error:  # codecs raise many kinds
            if form.samples == 3:  # GDCM gives what it takes the colours to be
                raise Failure("decode_error", type(error).__name__) from None
            if by_gdcm is None:
                by_gdcm = gdcm_child.decode(
                    data, len(frames), 2 * form.rows * form.columns * len(frames)
                )
            decoded, used = by_gdcm[index], _GDCM
        if used is _JPEG and _ran_out(decoded, stream, form):
            raise Failure("truncated", "data ends before the last row")
        codes = _fitting(decoded, form, stream)
        yield colour.grey_samples(codes, form.photometric) if form.samples == 3 else codes, used


def _decoded(stream: bytes, decoder: Decoder, form: PixelFormat) -> NDArray[np.generic]:
    options = (
        colour.jpeg_options(form.photometric) if decoder is _JPEG and form.samples == 3 else {}
    )
    pixels: NDArray[np.generic] = getattr(imagecodecs, decoder.call)(stream, **options)
    return pixels


def _encapsulated_frames(dataset: pydicom.Dataset, form: PixelFormat) -> list[bytes]:
    try:
        frames = list(generate_frames(dataset.PixelData, number_of_frames=form.frames))
    except Exception as error:  # as above
        raise Failure("truncated", type(error).__name__) from None
    if len(frames) != form.frames:
        raise Failure("truncated", f"{len(frames)} of {form.frames} frames")
    return frames


def _ran_out(decoded: NDArray[np.generic], stream: bytes, form: PixelFormat) -> bool:
    """Where data ends before the image does, libjpeg fills up with flat rows and says nothing. It
    would have taken more."""
    if not decoded.size or np.any(decoded[-1] != decoded[-1, 0]):
        return False
    try:
        more = _decoded(codestream.with_more_data(stream), _JPEG, form)
    except Exception:  # as above
        return True
    return not np.array_equal(more, decoded)


def _fitting(decoded: NDArray[np.generic], form: PixelFormat, stream: bytes) -> Codes:
    """Hold a codec's output against the header: same shape, integers, no value outside the bits
    stored."""
    shape = (
        (form.rows, form.columns) if form.samples == 1 else (form.rows, form.columns, form.samples)
    )
    if decoded.shape != shape or decoded.dtype.kind not in "iu" or decoded.dtype.itemsize > 2:
        raise Failure(
            "frame_does_not_fit",
            f"{decoded.dtype} {decoded.shape} for {form.rows} x {form.columns}",
        )
    codes: Codes = np.ascontiguousarray(decoded).view(
        np.uint8 if decoded.dtype.itemsize == 1 else np.uint16
    )
    if form.high_bit != form.stored - 1 and _cells_were_coded(form, stream):
        return _masked(codes, form)
    low = -(1 << form.stored - 1) if form.signed else 0
    high = (1 << form.stored) - 1  # a codec may give a signed value as its unsigned bits
    if int(decoded.min()) < low or int(decoded.max()) > high:
        raise Failure("frame_does_not_fit", f"values outside {form.stored} bits")
    return codes if decoded.dtype.kind == "u" else codes & codes.dtype.type((1 << form.stored) - 1)


def _cells_were_coded(form: PixelFormat, stream: bytes) -> bool:
    """A High Bit above the stored bits speaks of native cells (PS3.5 section 8.1.1): whether these
    went through the codec as they were, or their stored bits only, the stream's own precision
    tells. Raises Failure("unsupported_bits") where it tells neither."""
    precision = codestream.precision(stream) or 0
    if precision != form.stored and not form.high_bit < precision <= form.allocated:
        raise Failure(
            "unsupported_bits",
            f"stored {form.stored}, high bit {form.high_bit}, stream of {precision} bits",
        )
    return precision != form.stored


def _masked(codes: Codes, form: PixelFormat) -> Codes:
    """Take the stored bits out of the allocated ones: overlays of old machines stand in the others
    (PS3.5 section 8.1.1)."""
    if form.high_bit != form.stored - 1:
        codes = codes >> (form.high_bit + 1 - form.stored)
    if form.stored != form.allocated and codes.max() >> form.stored:
        codes = codes & codes.dtype.type((1 << form.stored) - 1)
    return codes


def decoder_table() -> dict[str, str]:
    """Name of each transfer syntax that can be read -> its decoder and version."""
    then = f", then gdcm {_GDCM.version} in a child process"
    return {
        UID(syntax).name: f"{decoder.name} {decoder.version}{'' if decoder is _PYDICOM else then}"
        for syntax, decoder in DECODERS.items()
    }
