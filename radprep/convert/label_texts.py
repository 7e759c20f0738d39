"""What the texts of a label column become: labels, which are names of folders that leave the
hospital. A column that may name people is refused."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from anyascii import anyascii

from radprep.convert.label_file import LabelRow
from radprep.errors import UsageError
from radprep.text.classes import MAX_CHARACTERS, is_class
from radprep.text.no_class import ambiguous_text, asked_text, may_be_shown, no_class, same_text
from radprep.text.vocabulary import MASK

MAX_CLASSES = 50
"""As many classes as labels may be, where a person has named them."""

_PLAIN_CLASSES = 20
"""As many different texts as a column may have that becomes labels without a mapping."""
_FEW = 3
"""So many classes may be in the smallest file. More must stand on two studies each, on average."""
_KEYS_PER_NEEDED, _MOST_NEEDED = 20, 3
"""A text without a mapping must stand on one study, on one more for each so many keys of the file,
and on no more than so many: two sick of a hundred are a rare class, one may be a slip or a name."""
MAX_LABEL = 40
"""Characters of a label that a person names."""
_MOST_MEANINGS = 200
"""Texts whose label dataset.json names: a list there has a bound."""
_LONG_NUMBER = re.compile("[0-9]{3}")


def slug(text: str) -> str:
    """A label as the name of a folder: lower-case letters, digits and underscores; "" where nothing
    is left."""
    return re.sub(r"[^a-z0-9]+", "_", anyascii(text).lower()).strip("_")[:64]


def labels_of_texts(
    rows: Sequence[LabelRow], mapping: Mapping[str, str], place: tuple[str, str], path: Path
) -> dict[str, str]:
    """Text -> label, of the texts of a column that give one. mapping: text -> label; without one
    every text is its own label, but those that are no class; place: what holds the texts, and what
    a person may do to choose another, for the messages.

    Raises UsageError where texts give no usable label, or may name people.
    """
    names = _names({row.text for row in rows if row.text}, mapping, path)
    labelled = [row for row in rows if row.place and row.text in names]
    for row in labelled:
        _refuse_own_key(row, names[row.text], path)
    if labelled and not mapping:
        _refuse_what_may_name_people(labelled, place, path)
    return names


def _names(texts: Iterable[str], mapping: Mapping[str, str], path: Path) -> dict[str, str]:
    """Text of the file -> label. Without a mapping every text is its own label, but those that say
    nothing or that nobody is sure."""
    texts = sorted(texts)
    if not mapping and (why := ambiguous_text(texts)):
        raise UsageError(
            f"{path}: {why}. Say what each text means, once for each: --label-map TEXT=LABEL, for "
            "example --label-map 1=fracture --label-map none=normal. Texts that are not named give "
            "no label."
        )
    names = {}
    for text in texts:
        if mapping:
            wanted = asked_text(text, mapping) or ""
        else:
            wanted = "" if no_class(text) else same_text(text)
        if wanted:
            names[text] = slug(wanted)
    if len(set(names.values())) > MAX_CLASSES:
        raise UsageError(
            f"{path} has {len(names)} different texts in the label column: a label is one of at "
            f"most {MAX_CLASSES} classes. Choose another --label-column, or name the texts that "
            "matter with --label-map TEXT=LABEL."
        )
    if "" in names.values():
        raise UsageError(
            f"{path} has a label without any letter or digit. Name it with --label-map TEXT=LABEL."
        )
    first: dict[str, str] = {}
    for text, label in names.items():
        other = first.setdefault(label, text)
        if not mapping and _folded(same_text(other)) != _folded(same_text(text)):
            raise UsageError(
                f"{path}: two different texts would both become one label, which keeps only "
                "letters and digits. Say what is meant with --label-map TEXT=LABEL."
            )
    return names


def is_name_of_class(text: str) -> bool:
    """Whether a text that a person chose may leave the hospital as a label, or as the name of one.
    What has no label is told as `unlabelled`."""
    if slug(text) == "unlabelled":
        return False
    return len(text) <= MAX_LABEL and not _LONG_NUMBER.search(anyascii(text)) and "@" not in text


def check_mapping(mapping: Iterable[tuple[str, str]], flag: str = "--label-map") -> None:
    """A label leaves the hospital, as the name of a folder or of a box. flag: the option that the
    mapping was given with. Raises UsageError for a label that is no name of a class."""
    for number, (_, label) in enumerate(mapping, 1):
        if not is_name_of_class(label):
            raise UsageError(
                f"The label of {flag} number {number} is no name of a class: a label has at most "
                f"{MAX_LABEL} characters, no number of more than two digits, and no @. It leaves "
                "the hospital in names: choose a short word such as fracture."
            )


def _refuse_own_key(row: LabelRow, label: str, path: Path) -> None:
    """A label that names its row's key would show an identifier. Keys such as `7` or `12`, which
    classes have too, are let pass."""
    keys = [slug(key) for key in (row.key, row.image)]
    if any(key in label and len(key) > 1 and (len(key) > 3 or not key.isdigit()) for key in keys):
        raise UsageError(
            f"{path}, line {row.line}: the label contains the row's own key, and an identifier "
            "must not become a label. Choose another --label-column, or name the texts that "
            "matter with --label-map TEXT=LABEL."
        )


def _refuse_what_may_name_people(
    rows: Iterable[LabelRow], place: tuple[str, str], path: Path
) -> None:
    """Without a mapping each text becomes the name of a folder, so that a column passes only if it
    looks like classes as a whole. Raises UsageError with counts: a text itself may be a name."""
    keys: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        keys[same_text(row.text)].add(row.place)
    labelled = len(set[str]().union(*keys.values()))
    needed = min(_MOST_NEEDED, 1 + labelled // _KEYS_PER_NEEDED)
    if len(keys) > _PLAIN_CLASSES:
        why = f"it has {len(keys)} different texts, and at most {_PLAIN_CLASSES} look like classes"
    elif strange := [text for text in keys if not is_class(text)]:
        why = (
            f"{len(strange)} of its {len(keys)} different texts "
            f"({sum(len(keys[text]) for text in strange)} of {labelled} keys) hold a word that "
            "radprep does not know as one of classes, a long number, or too much"
        )
    elif len(keys) > _FEW and 2 * len(keys) > labelled:
        why = f"it has {len(keys)} different texts on {labelled} keys, which looks like free text"
    elif rare := [text for text in keys if len(keys[text]) < needed]:
        why = (
            f"{len(rare)} of its {len(keys)} different texts stand on fewer than {needed} of "
            f"{labelled} keys"
        )
    else:
        return
    raise UsageError(
        f"{path}: {place[0]} may name people: {why}. Labels become names "
        f"of folders. {place[1]}, or say which of its texts are classes, once "
        'for each: --label-map "TEXT=LABEL", for example --label-map "FRACTURA=fracture". Texts '
        "that are not named give no label."
    )


def meanings(names: Mapping[str, str], others: Iterable[str] = ()) -> tuple[str, ...]:
    """`TEXT = label` of each text, in order, and `TEXT = no label (why)` of the others that are no
    class. A text was typed by a person and may hold a name: one that is not plainly a class stands
    as ***."""
    said = [*names.items()]
    said += [(text, f"no label ({why})") for text in others if (why := no_class(text))]
    shown = {f"{text if _may_leave(text) else MASK} = {label}" for text, label in said}
    return tuple(sorted(shown)[:_MOST_MEANINGS])


def _may_leave(text: str) -> bool:
    fits = len(text) <= MAX_CHARACTERS and text.isprintable()
    return fits and (is_class(text) or may_be_shown(text))


def _folded(text: str) -> str:
    return " ".join(anyascii(text).lower().split())
