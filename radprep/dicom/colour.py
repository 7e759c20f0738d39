"""Colour becomes luminance: a film has no colour, and what has one (secondary captures, scanned
films) is read as grey."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from radprep.dicom import codestream, jpegxl
from radprep.dicom.pixel_format import PALETTE, PixelFormat
from radprep.dicom.syntaxes import LOSSY
from radprep.errors import Failure
from radprep.image.greys import luminance
from radprep.pictures.segments import colours_of_jpeg

OTHER_COLOURS = "stream_colour"
"""Mark for review."""

_OF_THREE_SAMPLES = {
    "native": ("RGB", "YBR_FULL", "YBR_FULL_422"),
    "rle": ("RGB", "YBR_FULL"),
    "jpeg8_decode": ("RGB", "YBR_FULL", "YBR_FULL_422"),
    "jpegls_decode": ("RGB", "YBR_FULL"),
    "jpeg2k_decode": ("RGB", "YBR_FULL", "YBR_ICT", "YBR_RCT"),
    "jpegxl_decode": ("RGB", "XYB", "YBR_FULL", "YBR_FULL_422"),
}
"""Photometric interpretations of colour that each way of coding may have (PS3.5 section 8.2)."""

_WIDEST_NUMBER = 16

_UNDONE = {True: ("RGB", "YBR_ICT", "YBR_RCT"), False: ("RGB", "YBR_FULL")}
"""With and without a multiple component transform in a JPEG 2000 stream: what its header may say
(PS3.5 section 8.2.4). RGB stands in both: many writers name what comes out of the decoder."""


def can_be_read(form: PixelFormat, coding: str) -> bool:
    """Whether a photometric interpretation (PS3.3 C.7.6.3.1.2) fits its image and can be read.
    coding: "native", "rle" or the name of a decoding function."""
    if form.grey:
        return form.samples == 1
    if form.photometric == PALETTE:
        return (
            form.samples == 1
            and 1 < form.allocated <= _WIDEST_NUMBER
            and form.syntax not in LOSSY  # numbers of a palette must arrive as they were
        )
    pairs_fit = form.allocated == 8 and form.columns % 2 == 0
    if form.photometric == "YBR_FULL_422" and coding == "native" and not pairs_fit:
        return False
    return (
        form.samples == 3
        and form.allocated > 1
        and not form.signed
        and form.photometric in _OF_THREE_SAMPLES[coding]
    )


def colours_of(stream: bytes, photometric: str, call: str) -> str:
    """The photometric interpretation to read a coded colour frame by. What a JPEG stream says of
    its colours counts, as for every other reader of JPEG; a JPEG XL decoder turns the colours that
    the stream names into RGB. In a JPEG 2000 stream only a transform is named: where it and the
    header contradict each other, nobody knows which is right.

    Raises Failure("unsupported_photometric").
    """
    if call == "jpeg8_decode":
        said = colours_of_jpeg(stream)
        if said == "unknown":
            raise Failure("unsupported_photometric", "colours that DICOM does not have")
        if said is None or (said == "RGB") == (photometric == "RGB"):
            return photometric
        return "RGB" if said == "RGB" else "YBR_FULL"
    if call == "jpegxl_decode":
        has_names = jpegxl.head_of(stream).named
        return "RGB" if has_names and photometric.startswith("YBR") else photometric
    if call == "jpeg2k_decode":
        transformed = codestream.components_transformed(stream)
        if transformed is None or photometric not in _UNDONE[transformed]:
            raise Failure("unsupported_photometric", "stream and header name different colours")
    return photometric


def jpeg_options(photometric: str) -> dict[str, str]:
    """Have libjpeg give the components as they are stored: it would guess a colour space, where the
    header knows it."""
    space = "RGB" if photometric == "RGB" else "YCBCR"
    return {"colorspace": space, "outcolorspace": space}


def grey_samples(pixels: NDArray[Any], photometric: str) -> NDArray[Any]:
    """Luminance of decoded pixels of shape (rows, columns, 3), of the same dtype: YBR has it as its
    first component; a JPEG 2000 decoder gives YBR_ICT and YBR_RCT as RGB."""
    return (
        np.ascontiguousarray(pixels[..., 0])
        if photometric in ("YBR_FULL", "YBR_FULL_422")
        else luminance(pixels)
    )
