"""Text that is burnt into a film: where its lines are. Nothing is read here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.burned_in.glyphs import (
    Glyphs,
    Grey,
    Window,
    busy_windows,
    find_glyphs,
    find_specks,
)
from radprep.burned_in.lines import Line, find_lines

VERSION = 1
"""Raise it when the same pixels give other lines."""

SURE = 0.0
"""Score from which a line is text."""
BESIDE_TEXT = -1.0
"""Score from which a line is text where the film has another that surely is."""
WORD_GAP = 2.5
"""Greatest distance between two pieces of one line, in heights."""
SPECK_REACH = 1.5
"""How far punctuation and short words may stand from their line, in heights."""
SEARCH = 5
"""How far before and behind a line they are looked for, in heights."""
PAD = 0.25
"""What a box takes in around the letters, in heights: their edges, and dots on them."""
TWICE_FROM = 1200
"""Pixels of a film's longer side from which a copy of half the size is looked at, too: it may have
letters twice as high."""
LARGE = 20
"""Height in that copy from which a line counts. The strokes of larger letters are too far apart to
make a place busy."""


@dataclass(frozen=True)
class FoundText:
    """A line of text on a film. box: x, y, width and height, pixels, with a rim around the letters.
    turned: it runs down or up the film. score: above 0 it is surely text."""

    box: Window
    turned: bool
    score: float


def find_text(pixels: NDArray[np.uint8 | np.uint16]) -> list[FoundText]:
    """The lines of text on a film, from the top down.

    pixels: shape (h, w). Lines of three characters and more are found, upright or turned by 90
    degrees, with capitals of 8 to 160 pixels. One or two characters alone are taken for a marker.
    """
    grey = np.asarray(pixels >> 8 if pixels.dtype == np.uint16 else pixels, dtype=np.uint8)
    lines = list(_lines_of(grey))
    if max(grey.shape) >= TWICE_FROM:
        size = grey.shape[1] // 2, grey.shape[0] // 2
        half = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        lines += [_doubled(line) for line in _lines_of(half) if line.height >= LARGE]
    best = max((line.score for line in lines), default=SURE)
    least = BESIDE_TEXT if best >= SURE else SURE
    texts = [line for line in lines if line.score >= least]
    grown = {text.box: text for text in (_grown(line, grey) for line in _joined(texts))}
    found = [text for text in grown.values() if not any(_holds(box, text.box) for box in grown)]
    return sorted(found, key=lambda text: (text.box[1], text.box[0], text.box))


def _lines_of(grey: Grey) -> Iterator[Line]:
    """Every line of three letters and more, with the score it has."""
    for x, y, width, height in busy_windows(grey):
        crop = grey[y : y + height, x : x + width]
        glyphs = {light: find_glyphs(crop, light=light) for light in (True, False)}
        for light, found in glyphs.items():
            for line in find_lines(found, light=light):
                if not _is_inside_a_letter(line, glyphs[not light]):
                    left, top, *size = line.box
                    yield replace(line, box=(left + x, top + y, size[0], size[1]))


def _is_inside_a_letter(line: Line, others: Glyphs) -> bool:
    """Whether a line is what one letter encloses, such as the gaps of an R. others: the glyphs that
    are light where the line is dark, or dark where it is light."""
    x, y, width, height = line.box
    holds = (others.x <= x) & (others.x + others.width >= x + width)
    holds &= (others.y <= y) & (others.y + others.height >= y + height)
    longer = np.maximum(others.width, others.height)
    return bool((holds & (longer < 2 * np.minimum(others.width, others.height))).any())


def _doubled(line: Line) -> Line:
    x, y, width, height = (2 * value for value in line.box)
    return replace(line, box=(x, y, width, height), height=2 * line.height)


def _joined(lines: Sequence[Line]) -> list[Line]:
    """Pieces of one line put together: words, and what both copies of the film show."""
    left, done = sorted(lines, key=lambda line: line.box), []
    while left:
        line = left.pop(0)
        while partner := next((other for other in left if _belong_together(line, other)), None):
            left.remove(partner)
            line = replace(
                line,
                box=_around(line.box, partner.box),
                score=max(line.score, partner.score),
                height=max(line.height, partner.height),
            )
        done.append(line)
    return done


def _belong_together(one: Line, other: Line) -> bool:
    """Whether two pieces run the same way, on the same height, and near each other; or one lies in
    the other."""
    gap_x, gap_y = (_gap(one.box, other.box, axis) for axis in (0, 1))
    if one.turned != other.turned or one.light != other.light:
        return gap_x < 0 and gap_y < 0 and min(gap_x, gap_y) < -0.5 * min(one.height, other.height)
    along, across = (gap_y, gap_x) if one.turned else (gap_x, gap_y)
    height = max(one.height, other.height)
    return along <= WORD_GAP * height and across <= -0.5 * min(one.height, other.height)


def _gap(one: Window, other: Window, axis: int) -> int:
    """Pixels between two boxes along an axis; negative where they overlap."""
    return max(one[axis], other[axis]) - min(
        one[axis] + one[axis + 2], other[axis] + other[axis + 2]
    )


def _around(one: Window, other: Window) -> Window:
    x, y = min(one[0], other[0]), min(one[1], other[1])
    right = max(one[0] + one[2], other[0] + other[2])
    bottom = max(one[1] + one[3], other[1] + other[3])
    return x, y, right - x, bottom - y


def _grown(line: Line, grey: Grey) -> FoundText:
    """The line with the short words and the punctuation beside it, and with a rim."""
    x, y, width, height = _inside(line.box, round(SEARCH * line.height), grey)
    crop = grey[y : y + height, x : x + width]
    specks = [
        (left + x, top + y, wide, high)
        for left, top, wide, high in find_specks(crop, light=line.light)
        if max(wide, high) <= 2 * line.height
    ]
    box, before = line.box, None
    while box != before:
        before = box
        for speck in specks:
            if _touches(box, speck, line):
                box = _around(box, speck)
    rim = 2 + round(PAD * line.height)
    return FoundText(_inside(box, rim, grey), line.turned, round(line.score, 3))


def _holds(outer: Window, inner: Window) -> bool:
    return _around(outer, inner) == outer and outer != inner


def _touches(box: Window, speck: Window, line: Line) -> bool:
    """Whether a speck stands in the line, or close before or behind it."""
    gap_x, gap_y = (_gap(box, speck, axis) for axis in (0, 1))
    along, across = (gap_y, gap_x) if line.turned else (gap_x, gap_y)
    return along <= SPECK_REACH * line.height and across < 0


def _inside(box: Window, rim: int, grey: Grey) -> Window:
    """A box with a rim, as far as the film goes."""
    x, y = max(0, box[0] - rim), max(0, box[1] - rim)
    right = min(grey.shape[1], box[0] + box[2] + rim)
    bottom = min(grey.shape[0], box[1] + box[3] + rim)
    return x, y, right - x, bottom - y
