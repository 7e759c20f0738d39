"""What the classes of a file of boxes become: labels, which leave the hospital. The rule is that of
the labels of studies: a text leaves only if it is plainly a class, or if a person names it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from radprep.annotations.reading import Reading
from radprep.convert.label_texts import MAX_CLASSES, MAX_LABEL, is_name_of_class, slug
from radprep.errors import UsageError
from radprep.text.classes import is_class
from radprep.text.no_class import asked_text, no_class, same_text

USUAL_LABEL = "finding"
"""What a box without a class is drawn around, unless a person says it."""


def labels_of_boxes(
    readings: list[Reading], mapping: Mapping[str, str], usual: str
) -> dict[str, str]:
    """Text of a class -> label, of those that give one. mapping: what a person says; where it names
    anything, other classes give no box. usual: label of a box that has no class.

    Raises UsageError where a class may be no class.
    """
    texts: dict[str, Path] = {}
    for reading in readings:
        for film in reading.films.values():
            for box in film.boxes:
                texts.setdefault(box.text, reading.path)
    if not is_name_of_class(usual) or not slug(usual):
        raise UsageError(
            f"--box-label {usual!r} is no name of a class: a label has a letter or digit, at most "
            f"{MAX_LABEL} characters, no number of more than two digits, and no @."
        )
    names: dict[str, str] = {}
    for text in texts:
        wanted = _wanted(text, mapping, usual)
        if wanted and slug(wanted):
            names[text] = slug(wanted)
    if mapping and texts and not names:
        _refuse_map_of_nothing(texts)
    if not mapping:
        _refuse_strange(names, texts, usual)
    if len(set(names.values())) > MAX_CLASSES:
        raise UsageError(
            f"{next(iter(texts.values()))} has {len(set(names.values()))} different classes of "
            f"boxes, and there may be {MAX_CLASSES}. Name those that matter with --box-map "
            "TEXT=LABEL."
        )
    return names


def unclear_texts(readings: list[Reading], labels: Mapping[str, str]) -> frozenset[str]:
    """Texts of classes that give no label although nobody has left them out: they say that nobody
    was sure, or have no letter and no digit. A film with such a box is not one without a finding.
    labels: as `labels_of_boxes` gives them."""
    films = (film for reading in readings for film in reading.films.values())
    others = {box.text for film in films for box in film.boxes} - labels.keys()
    return frozenset(text for text in others if no_class(text) or not slug(same_text(text)))


def _wanted(text: str, mapping: Mapping[str, str], usual: str) -> str | None:
    """The label that a text gives; None where it gives none: it is not named, or says that nobody
    is sure."""
    named = asked_text(text, mapping)
    why = no_class(text)
    if named is None and why == "missing":
        return usual
    return named if mapping else None if why else same_text(text)


def _refuse_map_of_nothing(texts: Mapping[str, Path]) -> None:
    """Raise UsageError where a person names none of the classes: every box would be left out, and
    each film would have none."""
    raise UsageError(
        f"{next(iter(texts.values()))}: --box-map names none of the {len(texts)} classes of its "
        f"boxes.{_plain_among(texts)} Write them as they stand there: upper and lower case count."
    )


def _plain_among(texts: Iterable[str]) -> str:
    """A sentence on the texts that are plainly classes, which may be shown; empty where none is."""
    plain = [repr(text) for text in texts if is_class(text)][:10]
    return f" Plain classes are {', '.join(plain)}." if plain else ""


def _refuse_strange(names: Mapping[str, str], texts: Mapping[str, Path], usual: str) -> None:
    """Raise UsageError where a text that nobody named is not plainly a class. It says numbers: a
    text itself may be a name."""
    strange = [text for text, label in names.items() if not is_class(text) and label != slug(usual)]
    if strange:
        raise UsageError(
            f"{texts[strange[0]]}: {len(strange)} of the {len(names)} classes of its boxes hold a "
            "word that radprep does not know as one of classes, or a long number."
            f"{_plain_among(names)} A label leaves the hospital, so that a person must name it: "
            "say what each class means, once "
            'for each, with --box-map "TEXT=LABEL", such as --box-map "Fx radius=fracture". Boxes '
            "of classes that are not named are left out."
        )
