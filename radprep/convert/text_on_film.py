"""What convert does about text that is burnt into a film: it marks it, paints it over, or rejects
the film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from radprep.burned_in.glyphs import Window
from radprep.burned_in.reader import Reader
from radprep.burned_in.redaction import redact
from radprep.burned_in.screening import clipped, screen
from radprep.image.image import Pixels, Rejected

MARK, REDACT, REJECT = "mark", "redact", "reject"
WAYS = (MARK, REDACT, REJECT)
"""What may be done about text that may name a person."""

SHOWS_TEXT = "burned_in_text"
"""Reason of a rejection, and mark for review."""

_RISKS = ("low", "medium", "high")


@dataclass(frozen=True)
class Treated:
    """A film after its text was dealt with.

    pixels: painted over where that was asked for, else as they were. risk: that the film shows text
    about a person, low, medium or high. is_marked: a person ought to look at it. seen: what is said
    in `decisions`, empty where there is no text.
    """

    pixels: Pixels
    risk: str
    is_marked: bool
    seen: dict[str, Any]


def treat_text(
    pixels: Pixels,
    risk: str,
    way: str,
    reader: Reader | None,
    corrected: tuple[Window, ...] | None = None,
) -> Treated:
    """Find the text of a film and do what was asked for.

    pixels: uint8 or uint16, shape (h, w). risk: what the header says. way: one of WAYS. corrected:
    boxes that a person gave instead of what is found; () where the person says that there is
    nothing. Raises Rejected where there is text and `way` is REJECT.
    """
    seen: dict[str, Any]
    if corrected is None:
        screening = screen(pixels, reader)
        boxes = screening.personal
        seen = {"harmless": screening.harmless, "read": screening.was_read}
    else:
        boxes, seen = clipped(corrected, pixels.shape[1], pixels.shape[0]), {"corrected": True}
    # It is not known what a box of a person was to hide that lies beside the film.
    is_all = corrected is None or len(boxes) == len(corrected)
    if not boxes and is_all:
        has_something = corrected is not None or seen["harmless"]
        return Treated(pixels, _after(risk, corrected), False, seen if has_something else {})
    if way == REJECT:
        raise Rejected(SHOWS_TEXT, f"{len(boxes)} lines")
    seen |= {"boxes": [list(box) for box in boxes], "redacted": way == REDACT}
    shown = redact(pixels, boxes) if way == REDACT else pixels
    if way == REDACT and is_all:
        return Treated(shown, max(risk, "medium", key=_RISKS.index), False, seen)
    # A person who gave the boxes need not look again.
    return Treated(shown, "high", corrected is None or not is_all, seen)


def _after(risk: str, corrected: tuple[Window, ...] | None) -> str:
    """The risk of a film without text: a person who has looked at it knows more than a header that
    does not say."""
    return "medium" if corrected is not None and risk == "high" else risk
