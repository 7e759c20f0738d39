"""Which side and which view texts name, so that two images can be compared. Nothing of it leaves:
what may leave is for bodypart.py to say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from radprep.text.repair import MAX_TEXT, repaired
from radprep.text.vocabulary import entry_of, key_of, read_vocabulary

_WORD = re.compile(r"[^\W_]+")
_GLUED_SIDE = re.compile(r"(?P<before>right|left|rt|lt)[a-z]{4,}|[a-z]{3,}(?P<after>right|left)")
"""A side that is typed without a space: LEFTHAND, HANDRIGHT, RTWRIST."""
_WORDS_TOO = ("e", "i")
"""Sides (esquerra, izquierda) that mean "and" between two words."""
_LONGEST = 3
"""Words of the longest entry."""

_VIEWS: Mapping[str, str] = {
    "ap": "ap, anteroposterior, antero posterior, ventro dorsal, ventrodorsal",
    "pa": "pa, posteroanterior, postero anterior, dorsopalmar, dorso palmar, dorsovolar, dp, "
    "dorsoplantar, dorso plantar",
    "ap pa": "frontal, frente, face, de face, palmar, volar, plantar, coronal, front",
    "left right": "lat, lateral, laterals, laterale, profil, perfil, perfiles, seitlich, seitl, "
    "boczna, latero lateral, lateromedial, mediolateral, medio lateral, latero medial, lm, ml, "
    "side view",
    "left": "ll, left lateral, lat izq",
    "right": "rl, right lateral, lat der",
    "oblique": "obl, ob, oblique, obliqua, oblicua, oblicuas, oblicuo, schräg, skośna, rao, lao, "
    "rpo, lpo, llo, rlo, mlo, internal rotation, external rotation",
    "axial": "axial, axiale, axiales, tangential, skyline, sunrise, harris, carpal tunnel",
    "cc": "cc, craniocaudal, cranio caudal",
    "special": "scaphoid view, ulnar deviation, desviación cubital, tunnel, notch, mortise, frog, "
    "frogleg, swimmers, dens, towne, waters, caldwell, stress, flexion, extension",
}
"""The views that a name may mean -> its names. Names that share none of them contradict each
other: a frontal view may be an AP one, and is no lateral one."""


@lru_cache(maxsize=4096)
def views_in(text: str) -> frozenset[str]:
    """The views that a text may mean; empty where it names none."""
    views = _views()
    return frozenset(
        view for entry in _entries(text, frozenset(views)) for view in views.get(entry, ())
    )


@lru_cache(maxsize=4096)
def sides_in(text: str) -> frozenset[str]:
    """The sides that a text names, of R, L and B (both); empty where it names none."""
    sides = _sides()
    # "sin contraste" is no left side
    entries = _entries(text, frozenset({*sides, *read_vocabulary().sections["fillers"]}))
    last = len(entries) - 1
    return frozenset(
        side
        for place, entry in enumerate(entries)
        if entry not in _WORDS_TOO or place in (0, last)
        for side in _side_of(entry, sides)
    )


def _side_of(entry: str, sides: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if entry in sides:
        return sides[entry]
    glued = _GLUED_SIDE.fullmatch(entry)
    return sides[glued["before"] or glued["after"]] if glued else ()


def _entries(text: str, known: frozenset[str]) -> list[str]:
    """The words of a text; of several that make a known entry together, that entry."""
    words = [key_of(word) for word in _WORD.findall(repaired(text[:MAX_TEXT]))]
    found, start = [], 0
    while start < len(words):
        stop = next(
            (
                start + number
                for number in range(min(_LONGEST, len(words) - start), 1, -1)
                if " ".join(words[start : start + number]) in known
            ),
            start + 1,
        )
        found.append(" ".join(words[start:stop]))
        start = stop
    return found


@lru_cache(maxsize=1)
def _views() -> Mapping[str, tuple[str, ...]]:
    return {
        entry_of(name): tuple(views.split())
        for views, names in _VIEWS.items()
        for name in names.split(", ")
    }


@lru_cache(maxsize=1)
def _sides() -> Mapping[str, tuple[str, ...]]:
    return read_vocabulary().sections["sides"]
