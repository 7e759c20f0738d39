"""The works that a paragraph cites, numbered from 1 in the order in which it cites them."""

from __future__ import annotations

import re

from radprep.steps.works import WORKS

_CITATION = re.compile(r"\[([0-9]+)\]")


def cited(text: str) -> list[int]:
    """Numbers in WORKS of what a text cites, each once, in the order of their first mention."""
    numbers = (int(number) for number in _CITATION.findall(text))
    return list(dict.fromkeys(number for number in numbers if number in WORKS))


def renumbered(text: str) -> str:
    """The same text with its works numbered from 1 in the order in which they are cited."""
    places = {number: place for place, number in enumerate(cited(text), 1)}
    return _CITATION.sub(lambda found: f"[{places.get(int(found[1]), found[1])}]", text)


def references(text: str) -> list[tuple[int, str]]:
    """(number, work) of what a text cites, by its new number. text: as it was before
    `renumbered`."""
    return [(place, WORKS[number]) for place, number in enumerate(cited(text), 1)]
