"""Stored values out of pixel data. A fault has a stable code; nothing that looks cut off or does
not fit is let through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import imagecodecs
import numpy as np
import pydicom
from numpy.typing import NDArray

from radprep.dataset.image_file import MOST_PIXELS
from radprep.dicom import codestream, colour, gdcm_child, header, native
from radprep.dicom.codestream import Samples
from radprep.dicom.fitting import STRAY_BITS, Codes, Fitted, fitted, masked, stray_bits
from radprep.dicom.frames import MORE_FRAMES, encapsulated_frames, native_frame, native_frames
from radprep.dicom.pixel_format import (
    PixelFormat,
    bits_of,
    overlays_of,
    photometric_of,
    required,
    samples_of,
)
from radprep.dicom.syntaxes import (
    ASKS_GDCM,
    DECODERS,
    DEFLATED_FRAMES,
    GDCM,
    JPEG,
    JPEG2K,
    JPEG_IN_JPEG_XL,
    JPEGXL,
    LOSSY,
    PYDICOM,
    RLE,
    named_syntax,
)
from radprep.dicom.wide import narrowed
from radprep.errors import Failure
from radprep.pictures.decoded import Decoder
from radprep.pictures.segments import with_more_data

_WIDE = 16
"""Cells of more bits become codes of so many."""
_JPEG2K_BITS = 24
"""OpenJPEG computes in 32 bits, and its transforms need some of them: noise of 25 bits does not
come back as it was."""


@dataclass(frozen=True)
class How:
    """How a frame was read. form: what its codes mean; marks: what a person is to look at; seen:
    numbers for the record."""

    decoder: Decoder
    form: PixelFormat
    marks: tuple[str, ...] = ()
    seen: Mapping[str, int] = field(default_factory=dict)


class Frame(NamedTuple):
    """A frame as codes: the stored bits of a pixel as an unsigned number, shape (rows, columns),
    uint8 or uint16. A signed value is its two's complement in the bits of `how.form.stored`. Colour
    is luminance, but for a palette's numbers, which stay what they are."""

    codes: Codes
    how: How


def pixel_format(
    dataset: pydicom.Dataset, max_pixels: int, max_frames: int, *, first_only: bool = False
) -> PixelFormat:
    """Check the attributes that say how pixels are stored, before anything is allocated.

    first_only: only the first frame will be decoded, so that only it counts against max_pixels and
    max_frames. Raises Failure: bad_pixel_attributes, too_many_pixels, too_many_frames,
    unsupported_bits, unsupported_syntax, unsupported_photometric.
    """
    rows, columns = required(dataset, "Rows"), required(dataset, "Columns")
    photometric = photometric_of(dataset)
    samples = samples_of(dataset, photometric)
    frames = max(1, header.integer(dataset, "NumberOfFrames") or 1)
    refuse_too_many((rows, columns, samples, 1 if first_only else frames), max_pixels, max_frames)
    allocated, stored, high_bit = bits_of(dataset)
    syntax = header.text(dataset.file_meta, "TransferSyntaxUID") or _guessed_syntax(dataset)
    if syntax not in DECODERS:
        raise Failure("unsupported_syntax", named_syntax(syntax))
    signed = header.integer(dataset, "PixelRepresentation") == 1
    form = PixelFormat(
        *(rows, columns, samples, photometric, allocated, stored, high_bit, signed, frames, syntax),
        overlays=overlays_of(dataset),
    )
    coding = DECODERS[syntax].call or ("rle" if syntax == RLE else "native")
    if not colour.can_be_read(form, coding):
        raise Failure("unsupported_photometric", f"{samples} samples")
    planes = header.integer(dataset, "PlanarConfiguration")
    if samples > 1 and coding == "native" and planes not in (0, 1):
        raise Failure("bad_pixel_attributes", "PlanarConfiguration")
    return form


def refuse_too_many(size: tuple[int, int, int, int], max_pixels: int, max_frames: int) -> None:
    """Hold rows, columns, samples and the frames that will be decoded against what a person allows.
    Raises Failure: too_many_pixels, too_many_frames."""
    rows, columns, samples, frames = size
    # no image that is larger than this is read again: see `read_image_bytes`
    if rows * columns * samples * frames > max_pixels or rows * columns > MOST_PIXELS:
        most = MOST_PIXELS if rows * columns > MOST_PIXELS else max_pixels
        raise Failure("too_many_pixels", f"{columns} x {rows} x {frames} x {samples} > {most}")
    if frames > max_frames:
        raise Failure("too_many_frames", f"{frames} > {max_frames}")


class FrameReader:
    """The frames of one file, each decoded when it is asked for, so that a broken one costs itself
    alone. form: of the file, with as many frames as there are.

    dataset: what header.read_with_pixels gives; form: of pixel_format; data: the whole file, for a
    decoder that must read it by itself; first_only: no other frame is asked for. Raises Failure:
    truncated, frame_does_not_fit, unsupported_bits, decode_error.
    """

    def __init__(
        self,
        dataset: pydicom.Dataset,
        form: PixelFormat,
        data: bytes,
        *,
        first_only: bool = False,
    ) -> None:
        form.write_into(dataset)
        self._dataset, self._file = dataset, data
        real = (one for one in native.REAL_PIXELS if header.values(dataset, one))
        self._keyword = next(real, "PixelData")
        self._pixels: bytes = dataset[self._keyword].value
        self._frames: list[bytes] = []
        self._is_coded = bool(DECODERS[form.syntax].call) or form.syntax in (RLE, DEFLATED_FRAMES)
        if self._keyword in native.REAL_PIXELS:
            _refuse_no_reals(form, self._keyword, self._is_coded)
        if self._is_coded:
            self._frames = encapsulated_frames(dataset, form)
            found = max(len(self._frames), form.frames)
        elif dataset[self._keyword].is_undefined_length:
            raise Failure("decode_error", "coded pixels under a native transfer syntax")
        else:
            self._pixels = native.in_order(dataset, form, self._pixels)
            found = native_frames(self._pixels, form)
        self._marks = (MORE_FRAMES,) if found > form.frames else ()
        self._declared = 1 if first_only else form.frames
        self.form = replace(form, frames=found)

    def read(self, index: int) -> Frame:
        """Decode one frame. Raises Failure: truncated, decode_error, frame_does_not_fit,
        unsupported_bits, unsupported_photometric, and those of gdcm_child."""
        form = self.form
        if not self._is_coded:
            return self._of_cells(self._native(index))
        if index >= len(self._frames):
            raise Failure("truncated", f"{len(self._frames)} of {form.frames} frames")
        frame = self._frames[index]
        if form.syntax == RLE:
            return self._of_cells(native.rle_frame(self._dataset, form, frame))
        if form.syntax == DEFLATED_FRAMES:
            return self._of_cells(native.inflated_frame(self._dataset, form, frame))
        return self._coded(index)

    def _native(self, index: int) -> Codes:
        """The cells of a native frame, or its real numbers."""
        form, body = self.form, native_frame(self._pixels, self.form, index)
        if form.allocated == 1:
            return native.bits_of(form, body, index * form.frame_bits % 8)
        if self._keyword in native.REAL_PIXELS:
            return native.reals_of(form, body, self._keyword)
        return native.cells_of(self._dataset, body, form.syntax)

    def _of_cells(self, cells: Codes) -> Frame:
        """A frame of cells that no codec has touched."""
        form = self.form
        codes = cells if cells.dtype.kind == "f" else masked(cells, form)
        stray = 0 if codes is cells else stray_bits(cells, form)
        marks = (STRAY_BITS,) if stray else ()
        return self._frame(Fitted(codes, form, marks, {"stray": stray} if stray else {}), PYDICOM)

    def _coded(self, index: int) -> Frame:
        """A frame of an image codec, decoded by imagecodecs or else by GDCM."""
        form, decoder = self.form, DECODERS[self.form.syntax]
        if decoder is JPEG2K and form.stored > _JPEG2K_BITS:
            raise Failure("unsupported_bits", f"JPEG 2000 of {form.stored} bits")
        stream = codestream.until_its_end(self._frames[index])
        codestream.refuse_other_size(stream, form.rows, form.columns, form.samples)
        if form.syntax == JPEG_IN_JPEG_XL:
            stream, decoder = _jpeg_in(stream)
            codestream.refuse_other_size(stream, form.rows, form.columns, form.samples)
        marks: tuple[str, ...] = ()
        if form.samples == 3:
            said = colour.colours_of(stream, form.photometric, decoder.call)
            differs = decoder in (JPEG, JPEGXL) and said != form.photometric
            marks = (colour.OTHER_COLOURS,) if differs else ()
            form = replace(form, photometric=said)
        decoded, used = self._decoded_by_one(index, stream, decoder, form)
        if used is JPEG and _ran_out(decoded, stream, form):
            raise Failure("truncated", "data ends before the last row")
        samples = codestream.samples_of(stream)
        if used is GDCM:
            decoded = _without_sign(decoded, samples)
        found = fitted(decoded, form, samples, lossy=form.syntax in LOSSY)
        return self._frame(replace(found, marks=(*marks, *found.marks)), used)

    def _decoded_by_one(
        self, index: int, stream: bytes, decoder: Decoder, form: PixelFormat
    ) -> tuple[NDArray[np.generic], Decoder]:
        try:
            return _decoded(stream, decoder, form), decoder
        except MemoryError:
            raise
        except Exception as error:  # codecs raise many kinds
            # of colours GDCM gives what it takes them to be
            if form.samples == 3 or form.syntax not in ASKS_GDCM:
                raise Failure("decode_error", type(error).__name__) from None
        if isinstance(self._by_gdcm, Failure):
            raise self._by_gdcm
        if index >= len(self._by_gdcm):  # GDCM goes by the header's number of frames
            raise Failure("decode_error", "a frame that the header does not count")
        return self._by_gdcm[index], GDCM

    @cached_property
    def _by_gdcm(self) -> NDArray[np.generic] | Failure:
        """All frames that the file says it has, or what was wrong: GDCM is asked once a file."""
        count, cell = self._declared, max(2, self.form.allocated // 8)
        try:
            return gdcm_child.decode(
                self._file, count, cell * self.form.rows * self.form.columns * count
            )
        except Failure as failure:
            return failure

    def _frame(self, found: Fitted, decoder: Decoder) -> Frame:
        """Luminance where there is colour, and codes of at most 16 bits."""
        codes, form = found.codes, found.form
        if form.samples == 3:
            if form.stored > _WIDE:
                codes = (codes >> (form.stored - _WIDE)).astype(np.uint16)
                form = replace(form, stored=_WIDE, high_bit=_WIDE - 1)
            codes = colour.grey_samples(codes, form.photometric)
        wide = Fitted(codes, form)
        if codes.dtype.itemsize > 2 or codes.dtype.kind == "f":
            wide = narrowed(codes, form)
        marks = (*self._marks, *found.marks, *wide.marks)
        return Frame(wide.codes, How(decoder, wide.form, marks, {**found.seen, **wide.seen}))


def decode_frames(
    dataset: pydicom.Dataset, form: PixelFormat, data: bytes, *, first_only: bool = False
) -> Iterator[Frame]:
    """Yield each frame, or only the first. Raises what FrameReader does."""
    reader = FrameReader(dataset, form, data, first_only=first_only)
    for index in range(1 if first_only else reader.form.frames):
        yield reader.read(index)


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


def _refuse_no_reals(form: PixelFormat, keyword: str, is_coded: bool) -> None:
    """Real numbers are native, one a pixel, and as wide as their attribute says (PS3.3 C.7.6.24,
    C.7.6.25). Raises Failure("unsupported_bits")."""
    bits = 8 * np.dtype(native.REAL_PIXELS[keyword]).itemsize
    if is_coded or form.samples != 1 or form.allocated != bits:
        raise Failure("unsupported_bits", f"allocated {form.allocated} for real numbers")


def _decoded(stream: bytes, decoder: Decoder, form: PixelFormat) -> NDArray[np.generic]:
    options: dict[str, Any] = {}
    if decoder is JPEG and form.samples == 3:
        options = colour.jpeg_options(form.photometric)
    elif decoder is JPEGXL:
        options = {"keeporientation": True}
    pixels: NDArray[np.generic] = getattr(imagecodecs, decoder.call)(stream, **options)
    return pixels


def _jpeg_in(stream: bytes) -> tuple[bytes, Decoder]:
    """The JPEG stream that was put into a JPEG XL stream, as it was; where it cannot be had, the
    JPEG XL stream itself."""
    try:
        jpeg = bytes(imagecodecs.jpegxl_decode_jpeg(stream))  # type: ignore[call-arg] # its stub is wrong
        return codestream.until_its_end(jpeg), JPEG
    except MemoryError:
        raise
    except Exception:  # codecs raise many kinds
        return stream, JPEGXL


def _without_sign(decoded: NDArray[np.generic], said: Samples | None) -> NDArray[np.generic]:
    """GDCM's values as a codec without sign gives them: GDCM takes the sign from the header."""
    cells = np.ascontiguousarray(decoded).view(f"u{decoded.dtype.itemsize}")
    bits = said.bits if said else 8 * cells.dtype.itemsize
    kept: Codes = cells & cells.dtype.type((1 << min(bits, 8 * cells.dtype.itemsize)) - 1)
    return kept


def _ran_out(decoded: NDArray[np.generic], stream: bytes, form: PixelFormat) -> bool:
    """Where data ends before the image does, libjpeg fills up with flat rows and says nothing. It
    would have taken more."""
    if not decoded.size or np.any(decoded[-1] != decoded[-1, 0]):
        return False
    try:
        more = _decoded(with_more_data(stream), JPEG, form)
    except Exception:  # as above
        return True
    return not np.array_equal(more, decoded)
