"""From stored values to grey: modality LUT, then VOI LUT or window, then the photometric
interpretation, once and last; or from a palette's numbers and from luminance, which know none of
these.

All of it is one table with an entry for every possible stored value, so that a film is touched once
(PS3.4 annex N.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pydicom

from radprep.dicom import decimal_text, functional_groups, header, voi
from radprep.dicom.fitting import Codes
from radprep.dicom.lut_tables import FAR_BELOW, Values, read_lut, says_something
from radprep.dicom.modality import sop_class
from radprep.dicom.pixel_format import PALETTE, PixelFormat
from radprep.errors import Failure
from radprep.image.greys import luminance
from radprep.image.image import Pixels

PRESENTATION_LUT = "presentation_lut"

_NOT_LINEAR = ("LOG", "DISP")
_XA_XRF = (
    "1.2.840.10008.5.1.4.1.1.12.1",
    "1.2.840.10008.5.1.4.1.1.12.2",
    "1.2.840.10008.5.1.4.1.1.12.3",
)
"""X-Ray Angiographic, X-Ray Radiofluoroscopic and the retired biplane storage."""
_MODALITY_LUT = ("ModalityLUTSequence", "RescaleSlope")

_TOO_LARGE = 1e30
"""No rescaled value means as much; sums and products of smaller ones stay finite."""


@dataclass(frozen=True)
class GreyTable:
    """table: grey value for each code, uint8 or uint16; applied: what was chosen, for the record;
    marks: codes for a person, without the name of the stage."""

    table: Pixels
    applied: dict[str, Any]
    marks: tuple[str, ...] = ()

    def render(self, codes: Codes) -> Pixels:
        """Grey values of the same shape as the codes, which are all in the table."""
        # OpenCV asks for an entry for every value of the dtype
        full = np.zeros(1 << 8 * codes.dtype.itemsize, self.table.dtype)
        full[: self.table.size] = self.table[: full.size]
        grey: Pixels = cv2.LUT(codes, full)
        return grey


def grey_table(
    dataset: pydicom.Dataset,
    form: PixelFormat,
    codes: Codes,
    bits: int,
    window: str = "auto",
    frame: int = 0,
) -> GreyTable:
    """Build the table for one frame.

    codes: the frame, looked at for percentiles and for what a window leaves of it. bits: of the
    output, 8 or 16. window: one of voi.WINDOWS. frame: its number in the file, from 0. Raises
    Failure("unsupported_photometric") for a palette that cannot be read.
    """
    stored = form.stored_values()
    if form.grey:
        values, applied, marks = _modality_lut(dataset, stored, frame)
        film = voi.Film(dataset, form, codes, values, frame)
        share, chosen, of_voi = voi.shown(film, window)
        marks |= of_voi | _marks_of_presentation(dataset, form)
    else:
        values, top, applied = _colour(dataset, form, stored)
        share, chosen = (
            voi.percentiles(voi.Film(dataset, form, codes, values))
            if window == "percentile"
            else voi.full_range(values, 0.0, top)
        )
        marks = set()
    inverse = form.grey and (
        form.photometric == "MONOCHROME1"
        or header.code(dataset, "PresentationLUTShape") == "INVERSE"
    )
    if inverse:
        share = 1 - share
    white = (1 << bits) - 1
    table = np.rint(np.clip(share, 0, 1) * white).astype(np.uint8 if bits == 8 else np.uint16)
    said = {**applied, **chosen, "monochrome1": inverse, "photometric": form.photometric}
    return GreyTable(table, said, tuple(sorted(marks)))


def _marks_of_presentation(dataset: pydicom.Dataset, form: PixelFormat) -> set[str]:
    """What a person should look at: a shape that its photometric interpretation forbids (PS3.3
    C.8.11.3), where viewers differ on black and white; or a table, which is for presentation states
    and print only (PS3.3 C.11.4, C.11.6) and is not applied."""
    forbidden = "INVERSE" if form.photometric == "MONOCHROME2" else "IDENTITY"
    contradicts = header.code(dataset, "PresentationLUTShape") == forbidden
    has_table = bool(header.values(dataset, "PresentationLUTSequence"))
    return {PRESENTATION_LUT} if contradicts or has_table else set()


def _colour(
    dataset: pydicom.Dataset, form: PixelFormat, stored: Values
) -> tuple[Values, float, dict[str, Any]]:
    """Luminance for each code, the greatest possible one, and a record: neither LUT is for colour
    (PS3.3 C.11.1, C.11.2)."""
    values, top = (
        _palette(dataset, stored)
        if form.photometric == PALETTE
        else (stored, float(stored.size - 1))
    )
    return values, top, {"modality_lut": "none", "colour": True}


def _palette(dataset: pydicom.Dataset, stored: Values) -> tuple[Values, float]:
    """Luminance of a palette's colours for each number (PS3.3 C.7.6.3.1.5, C.7.6.3.1.6). Not by
    pydicom's apply_color_lut, which wraps numbers from 256 where entries have 8 bits. Raises
    Failure("unsupported_photometric"): segmented, or unusable."""
    inputs = float(stored.min()), float(stored.max())
    found = [
        read_lut(
            dataset, f"{name}PaletteColorLookupTable", header.is_little_endian(dataset), inputs
        )
        for name in ("Red", "Green", "Blue")
    ]
    luts = [lut for lut in found if lut is not None and not lut.is_short and lut.low >= 0]
    if len(luts) < 3 or len({(lut.first, lut.table.size, lut.bits) for lut in luts}) > 1:
        raise Failure("unsupported_photometric", "no palette that can be read")
    first, bits = luts[0].first, luts[0].bits
    rgb = np.stack([lut.table for lut in luts], -1).astype(np.uint16)
    # entries of 8 bits stand in the low byte of a word, or its high byte is used all the same
    wide = bits > 8 or rgb.max() > 255
    index = np.clip(stored - first, 0, len(rgb) - 1).astype(np.int64)
    return luminance(rgb)[index].astype(np.float64), 65535.0 if wide else 255.0


def _modality_lut(
    dataset: pydicom.Dataset, stored: Values, frame: int
) -> tuple[Values, dict[str, Any], set[str]]:
    """PS3.3 C.11.1: a look-up table, or a slope and an intercept; which, for the record; and marks
    for a person."""
    if _is_only_for_intensity(dataset):
        return stored, {"modality_lut": "excluded"}, set()
    marks: set[str] = set()
    if header.is_too_large(dataset, "PerFrameFunctionalGroupsSequence"):
        marks.add(voi.UNUSABLE_NUMBER)
    item = functional_groups.item(dataset, "ModalityLUTSequence", 0)
    is_there = item is not None and says_something(item)
    if is_there or header.is_too_large(dataset, "ModalityLUTSequence"):
        inputs = float(stored.min()), float(stored.max())
        lut = read_lut(item, "LUT", header.is_little_endian(dataset), inputs) if item else None
        if lut is not None:
            # a table may use as few of its bits as it likes: its output is no grey yet
            faults = [fault for fault in lut.faults if fault != FAR_BELOW]
            applied: dict[str, Any] = {"modality_lut": "table"}
            if faults:
                applied["modality_lut_faults"] = faults
            return lut.at(stored), applied, {voi.LUT_MENDED} if faults else set()
        marks.add(voi.LUT_UNUSABLE)
    for source in functional_groups.sources(dataset, "PixelValueTransformationSequence", frame):
        values, is_read = _rescaled(source, stored)
        if values is not None:
            return values, {"modality_lut": "none" if values is stored else "rescale"}, marks
        if not is_read:
            marks.add(voi.UNUSABLE_NUMBER)
    return stored, {"modality_lut": "none"}, marks


def _is_only_for_intensity(dataset: pydicom.Dataset) -> bool:
    """Whether what the header has for a modality LUT leads back to the intensity of the X-rays, and
    is not for display: in angiography and fluoroscopy, where values are logarithms (PS3.3
    C.8.7.1.1.2, PS3.4 N.2.1.2)."""
    if header.code(dataset, "PixelIntensityRelationship") not in _NOT_LINEAR:
        return False
    kind = sop_class(dataset)
    of_kind = kind in _XA_XRF if kind else header.code(dataset, "Modality") in ("XA", "RF", "XRF")
    return of_kind and any(keyword in dataset for keyword in _MODALITY_LUT)


def _rescaled(source: pydicom.Dataset, stored: Values) -> tuple[Values | None, bool]:
    """Values by slope and intercept, None where there are none or they cannot be used; and whether
    what stands there could be used."""
    written = [header.written(source, keyword) for keyword in ("RescaleSlope", "RescaleIntercept")]
    texts = [found[0] if found else None for found in written]
    slope, intercept = (decimal_text.number(text) for text in texts)
    empty = [decimal_text.is_empty(text) for text in texts]
    if all(empty):
        return None, True
    if (slope == 1 or empty[0]) and (intercept == 0 or empty[1]):
        return stored, True
    if not slope or intercept is None:
        return None, False
    with np.errstate(over="ignore"):
        values = stored * slope + intercept
    return (values, True) if np.abs(values).max() < _TOO_LARGE else (None, False)
