"""Mark films that are of little use."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radprep.image.image import Image, Rejected
from radprep.steps import _draw
from radprep.steps._binary import Mask
from radprep.steps._field import field_of
from radprep.steps._foreground import foreground
from radprep.steps._limb import find_limb
from radprep.steps.base import ImageStep

Fault = Literal["near_blank", "saturated", "cut_off", "small_field"]

NEAR_SIDE = 0.03
"""How near to a side of the field, as a share of it, a limb touches that side."""
TOUCHED = 0.1
"""Least share of a side that the limb covers where it touches it: a finger's tip or a letter is
less."""


class Quality(ImageStep):
    """Mark films for review that show no limb, are burnt out, cut the limb off on most sides, or
    are hardly exposed. Changes no pixel.

    It rejects nothing unless `reject` says so. Put it behind colour_inversion: it takes bones for
    bright.
    """

    name: ClassVar[str] = "quality"
    summary: ClassVar[str] = (
        "Marks films without a limb, burnt out, cut off or hardly exposed; on request it rejects "
        "them."
    )
    for_paper: ClassVar[str] = "films of little use were marked"

    least_limb: float = Field(default=0.02, ge=0, le=1)
    """near_blank: less than this share of the field is limb. 874 real films had at least 0.033."""

    most_clipped: float = Field(default=0.25, ge=0, le=1)
    """saturated: more than this share of the limb is as bright as a pixel can be. 874 real films
    had at most 0.15."""

    most_sides: int = Field(default=2, ge=0, le=4)
    """cut_off: the limb leaves the field on more than this number of sides."""

    least_field: float = Field(default=0.25, ge=0, le=1)
    """small_field: less than this share of the image was exposed. 874 real films had at least
    0.37."""

    reject: tuple[Fault, ...] = ()
    """Faults that drop an image."""

    def apply(self, image: Image) -> list[Image]:
        """Return the image as it is, with a mark for each fault. Raises Rejected for a fault in
        `reject`."""
        field, limb = _field_and_limb(image)
        seen: dict[str, Any] = {
            "limb": round(float(limb.sum() / field.sum()), 4),
            "clipped": round(_share(image.view.pixels >= 254, limb), 4),
            "sides": sides_touched(limb, field),
            "field": round(float(field.mean()), 4),
        }
        faults = {
            "near_blank": (
                seen["limb"] < self.least_limb,
                f"limb {seen['limb']} < {self.least_limb}",
            ),
            "saturated": (
                seen["clipped"] > self.most_clipped,
                f"clipped {seen['clipped']} > {self.most_clipped}",
            ),
            "cut_off": (
                seen["sides"] > self.most_sides,
                f"sides {seen['sides']} > {self.most_sides}",
            ),
            "small_field": (
                seen["field"] < self.least_field,
                f"field {seen['field']} < {self.least_field}",
            ),
        }
        noted = image.note(self.name, **seen)
        for fault, (found, value) in faults.items():
            if found and fault in self.reject:
                raise Rejected(fault, value)
            if found:
                noted = noted.note(self.name, review=fault, **seen)
        return [noted]

    def draw(self, image: Image) -> _draw.Picture:
        """The field and the limb."""
        field, limb = _field_and_limb(image)
        drawn = _draw.outline(super().draw(image), field, _draw.FIELD)
        return _draw.outline(drawn, limb, _draw.LIMB)


def sides_touched(limb: Mask, field: Mask) -> int:
    """How many of the four sides of the field's upright box the limb reaches with a good part of
    its width."""
    x, y, width, height = cv2.boundingRect(field)
    inside = limb[y : y + height, x : x + width]
    near_x = max(1, round(NEAR_SIDE * width))
    near_y = max(1, round(NEAR_SIDE * height))
    along = (
        inside[:near_y].any(axis=0),
        inside[-near_y:].any(axis=0),
        inside[:, :near_x].any(axis=1),
        inside[:, -near_x:].any(axis=1),
    )
    return sum(bool(covered.mean() >= TOUCHED) for covered in along)


def _field_and_limb(image: Image) -> tuple[Mask, Mask]:
    return field_of(image.view), foreground(find_limb(image.view))


def _share(wanted: NDArray[np.bool_], mask: Mask) -> float:
    return float(wanted[mask > 0].mean()) if mask.any() else 0.0
