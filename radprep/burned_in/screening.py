"""What becomes of the text on a film: found, read where that can be done, and left, marked or
painted over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from radprep.burned_in.finder import FoundText, find_text
from radprep.burned_in.glyphs import Window
from radprep.burned_in.reader import Reader
from radprep.image.image import Pixels, to_8_bits


@dataclass(frozen=True)
class Screening:
    """The text on a film.

    personal: boxes of the lines that may name a person, x, y, width and height in pixels. harmless:
    number of lines that hold words of the vocabulary only. was_read: whether a reader was there; if
    none was, every line is personal.
    """

    personal: tuple[Window, ...]
    harmless: int
    was_read: bool


def screen(pixels: Pixels, reader: Reader | None) -> Screening:
    """Look for text on a film. pixels: uint8 or uint16, shape (h, w). A line is personal until it
    was read as harmless."""
    found = find_text(pixels)
    personal = [text.box for text in found if not _is_harmless(pixels, text, reader)]
    return Screening(tuple(personal), len(found) - len(personal), reader is not None)


def _is_harmless(pixels: Pixels, text: FoundText, reader: Reader | None) -> bool:
    if reader is None:
        return False
    x, y, width, height = text.box
    line = to_8_bits(pixels[y : y + height, x : x + width])
    return reader.is_harmless(line, turned=text.turned)


def clipped(boxes: Sequence[Window], width: int, height: int) -> tuple[Window, ...]:
    """The parts of boxes that lie on a film of this size; a box beside it is gone."""
    found = []
    for x, y, wide, high in boxes:
        left, top = max(0, x), max(0, y)
        right, bottom = min(width, x + wide), min(height, y + high)
        if left < right and top < bottom:
            found.append((left, top, right - left, bottom - top))
    return tuple(found)
