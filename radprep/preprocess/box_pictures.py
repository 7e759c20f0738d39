"""Drawing the boxes of a film on a picture of it: an outline in the colour of its label above a
dark one, so that it is seen on black and on white."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import cv2
import numpy as np

from radprep.dataset.boxes import Box
from radprep.steps._draw import Colour, Picture

COLOURS: tuple[Colour, ...] = (
    (255, 110, 200),
    (120, 240, 255),
    (255, 165, 60),
    (190, 160, 255),
    (190, 255, 90),
    (255, 255, 255),
)
"""Colours of labels, none of which a step draws with. Where there are more labels they come
again."""

_HALO: Colour = (0, 0, 0)
_SUBPIXEL_BITS = 4
_THINNEST = 2
"""Pixels: of a thinner line a picture with losses keeps no colour."""

Outline = tuple[tuple[float, ...], Colour]
"""The four corners of a box on an image, x, y, x, y, ..., in pixels, and its colour."""


def colours_of(labels: Iterable[str]) -> dict[str, Colour]:
    """The colour of each label, in the order of their names."""
    listed = sorted(set(labels))
    return {label: COLOURS[place % len(COLOURS)] for place, label in enumerate(listed)}


def outlines_of(
    boxes: Iterable[Box], colours: Mapping[str, Colour] | None = None
) -> tuple[Outline, ...]:
    """What is drawn for some boxes. colours: label -> colour; None: those of these labels alone."""
    listed = list(boxes)
    chosen = colours_of(box.label for box in listed) if colours is None else colours
    return tuple((box.outline, chosen.get(box.label, COLOURS[0])) for box in listed)


def draw_outlines(on: Picture, outlines: Iterable[Outline], width: int, height: int) -> Picture:
    """Draw on a picture, RGB, and give it back. width, height: of the image that the outlines are
    of and that the picture shows, pixels."""
    scale = np.array([on.shape[1] / width, on.shape[0] / height])
    line = max(_THINNEST, max(on.shape[:2]) // 256)
    drawn = [
        (
            np.rint(
                (np.reshape(corners, (-1, 2)) * scale - 0.5) * 2**_SUBPIXEL_BITS,
            ).astype(np.int32),
            colour,
        )
        for corners, colour in outlines
    ]
    for colour_of, wide in ((lambda _: _HALO, line + 2), (lambda colour: colour, line)):
        for corners, colour in drawn:
            cv2.polylines(on, [corners], True, colour_of(colour), wide, cv2.LINE_AA, _SUBPIXEL_BITS)
    return on


def as_hex(colour: Colour) -> str:
    """A colour as style sheets write it, such as #ff6ec8."""
    return f"#{bytes(colour).hex()}"


def counted(boxes: Iterable[Box]) -> str:
    """Boxes in a few words: each label, and how often it is there."""
    found = Counter(box.label for box in boxes)
    return ", ".join(f"{label} {number}" for label, number in sorted(found.items())) or "none"
