"""Text that is burnt into a film: where its lines are. Nothing is read here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

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
from radprep.burned_in.lines import FEWEST, LETTER, Line, find_lines, letters
from radprep.image.image import to_8_bits

VERSION = 1
"""Raise it when the same pixels give other lines."""

SURE = 0.0
"""Score from which a line is text."""
BESIDE_TEXT = -1.0
"""Score from which a line is text where it stands by another that surely is."""
BLOCK = 3
"""How far such a line may be from the other, in heights."""
WORD_GAP = 2.5
"""Greatest distance between two pieces of one line, in heights."""
SPECK_REACH = 1.5
"""How far punctuation and short words may stand from their line, in heights."""
SEARCH = 3
"""How far before and behind a line they are looked for, in heights."""
WORD = 5
"""Longest piece that is taken in, in heights: letters that touch."""
MOSTLY = 0.4
"""Share of a line's box that better lines may cover before they are what it consists of."""
PARTLY = 0.25
"""Share of a line's box that letters of the other kind must cover, if they are what it is made of:
black letters in a white box leave white slivers."""
SLENDER = 2.2
"""Greatest length of such letters, in their widths. What lies between the letters of a line is one
long strip."""
PAD = 0.25
"""What a box takes in around the letters, in heights: their edges, and dots on them."""
TWICE_FROM = 1200
"""Pixels of a film's longer side from which a copy of half the size is looked at, too: it may have
letters twice as high."""
LARGE = 20
"""Height in that copy from which a line counts. The strokes of larger letters are too far apart to
make a place busy."""
MOST_PIECES = 600
"""More than a film has: it is a page of writing then, or was made to keep this busy."""
FAINT = 42
"""Grey levels at either end of the scale that are looked at once more, three times as far apart:
black text on a dark ground, and white text on a bright one."""
_LEVELS = np.arange(256)
_ENDS = np.clip(
    128 + 3 * (np.minimum(_LEVELS - FAINT, 0) + np.maximum(_LEVELS - 255 + FAINT, 0)), 0, 255
).astype(np.uint8)


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
    A page of writing is one line as large as the film.
    """
    grey = to_8_bits(pixels)
    likely = (line for line in _pieces(grey) if line.score >= BESIDE_TEXT)
    lines = list(islice(likely, MOST_PIECES + 1))
    if len(lines) > MOST_PIECES:
        return [FoundText((0, 0, grey.shape[1], grey.shape[0]), False, SURE)]
    sure = _best([line for line in lines if line.score >= SURE])
    texts = sure + [
        line
        for line in lines
        if line.score < SURE and any(_is_beside(line, other) for other in sure)
    ]
    grown = {text.box: text for text in (_grown(line, grey) for line in _joined(texts))}
    found = [text for text in grown.values() if not any(_holds(box, text.box) for box in grown)]
    return sorted(found, key=lambda text: (text.box[1], text.box[0], text.box))


def _pieces(grey: Grey) -> Iterator[Line]:
    """What looks like a line or a part of one: on the film, on its faint ends, and in a copy of
    half the size."""
    yield from _lines_of(grey)
    yield from _lines_of(_with_faint(grey))
    if max(grey.shape) >= TWICE_FROM:
        size = grey.shape[1] // 2, grey.shape[0] // 2
        half = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        yield from (_doubled(line) for line in _lines_of(half) if line.height >= LARGE)


def _with_faint(grey: Grey) -> Grey:
    """The film with the ends of its grey scale three times as far apart, and all between them
    flat."""
    return np.asarray(cv2.LUT(grey, _ENDS), dtype=np.uint8)


def _lines_of(grey: Grey) -> Iterator[Line]:
    """Every line of three letters and more, with the score it has."""
    for x, y, width, height in busy_windows(grey):
        crop = grey[y : y + height, x : x + width]
        glyphs = {light: find_glyphs(crop, light=light) for light in (True, False)}
        for light, found in glyphs.items():
            for line in find_lines(found, light=light):
                if not _is_in_a_marker(line, glyphs[not light]):
                    left, top, *size = line.box
                    yield replace(line, box=(left + x, top + y, size[0], size[1]))


def _is_in_a_marker(line: Line, others: Glyphs) -> bool:
    """Whether a line is what one or two letters enclose, such as the gaps of an R or of AP. others:
    the glyphs that are light where the line is dark, or dark where it is light."""
    x, y, width, height = line.box
    wide = np.minimum(others.x + others.width, x + width) - np.maximum(others.x, x)
    high = np.minimum(others.y + others.height, y + height) - np.maximum(others.y, y)
    shared = np.maximum(wide, 0) * np.maximum(high, 0)
    longer = np.maximum(others.width, others.height)
    shared[longer > SLENDER * np.minimum(others.width, others.height)] = 0
    around = others[shared > 0]
    fewest = min(letters(around), letters(around.turned()))
    return fewest < FEWEST and bool(shared.sum() > PARTLY * width * height)


def _doubled(line: Line) -> Line:
    x, y, width, height = (2 * value for value in line.box)
    return replace(line, box=(x, y, width, height), height=2 * line.height)


def _best(lines: Sequence[Line]) -> list[Line]:
    """The lines without those that better ones explain: the letters of a paragraph make columns,
    too, and the gaps inside letters make rows."""
    found: list[Line] = []
    for line in sorted(lines, key=lambda line: (-line.score, line.box)):
        others = [
            other.box for other in found if (other.turned, other.light) != (line.turned, line.light)
        ]
        taken = sum(_shared(line.box, box) for box in others) / (line.box[2] * line.box[3])
        left = (1 - taken) * max(line.box[2:]) / line.height
        if taken == 0 or (taken <= MOSTLY and left >= FEWEST * LETTER):
            found.append(line)
    return found


def _is_beside(line: Line, other: Line) -> bool:
    """Whether a line may belong to a paragraph with another."""
    near = BLOCK * max(line.height, other.height)
    return (line.turned, line.light) == (other.turned, other.light) and all(
        _gap(line.box, other.box, axis) <= near for axis in (0, 1)
    )


def _joined(lines: Sequence[Line]) -> list[Line]:
    """Pieces of one line put together: words, and what two windows or both copies of the film
    show."""
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
    """Whether two pieces run the same way, on the same height, and near each other."""
    if one.turned != other.turned or one.light != other.light:
        return False
    gap_x, gap_y = (_gap(one.box, other.box, axis) for axis in (0, 1))
    along, across = (gap_y, gap_x) if one.turned else (gap_x, gap_y)
    high, low = max(one.height, other.height), min(one.height, other.height)
    return along <= WORD_GAP * high and across <= -0.5 * low


def _shared(one: Window, other: Window) -> int:
    """Pixels that two boxes have in common."""
    wide, high = (max(0, -_gap(one, other, axis)) for axis in (0, 1))
    return wide * high


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
        for shown in (crop, _with_faint(crop))
        for left, top, wide, high in find_specks(shown, light=line.light)
    ]
    specks = [speck for speck in specks if _is_level(speck, line)]
    box, before = line.box, None
    while box != before:
        before = box
        for speck in specks:
            if _gap(box, speck, int(line.turned)) <= SPECK_REACH * line.height:
                box = _around(box, speck)
    rim = 2 + round(PAD * line.height)
    return FoundText(_inside(box, rim, grey), line.turned, round(line.score, 3))


def _is_level(speck: Window, line: Line) -> bool:
    """Whether a speck is as high as a line or lower, and stands on its level: it may be a part."""
    along, across = int(line.turned), int(not line.turned)
    middle = speck[across] + speck[across + 2] / 2 - line.box[across]
    return (
        speck[across + 2] <= line.box[across + 2] + line.height / 2
        and speck[along + 2] <= WORD * line.height
        and -line.height / 4 <= middle <= line.box[across + 2] + line.height / 4
    )


def _holds(outer: Window, inner: Window) -> bool:
    return _around(outer, inner) == outer and outer != inner


def _inside(box: Window, rim: int, grey: Grey) -> Window:
    """A box with a rim, as far as the film goes."""
    x, y = max(0, box[0] - rim), max(0, box[1] - rim)
    right = min(grey.shape[1], box[0] + box[2] + rim)
    bottom = min(grey.shape[0], box[1] + box[3] + rim)
    return x, y, right - x, bottom - y
