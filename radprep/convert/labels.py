"""What a hospital's file says of one label, by the key of a study or of an image."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from radprep.convert.label_file import LabelRow
from radprep.convert.label_texts import labels_of_texts, meanings
from radprep.errors import UsageError
from radprep.text.classes import is_class
from radprep.text.no_class import is_list, no_class

_SHOWN = 10


@dataclass(frozen=True)
class LabelOptions:
    """How the texts of one column become labels. column: its name; folder: what holds the texts
    where no column does, and how to choose another; mapping: text -> label, where a
    text that it does not name gives no label; empty: every text is its own label."""

    path: Path
    column: str
    mapping: tuple[tuple[str, str], ...] = ()
    folder: tuple[str, str] | None = None

    @property
    def place(self) -> tuple[str, str]:
        """What holds the texts, and how to choose another."""
        return self.folder or (f"column {self.column!r}", "Choose another --label-column")


@dataclass(frozen=True)
class Labels:
    """What a file says of one label. by_key: key of a study -> labels (several where the rows
    contradict each other); by_image: the same of images; unmapped: rows whose text the mapping does
    not name; unmapped_texts: texts that give no label, and their rows; meanings: what texts mean
    (see `meanings`). missing, uncertain: rows whose text is no class (see `no_class`); lists: rows
    whose text names several findings, and is a class of its own; quoted: keys around which more
    than spaces stood; doubted: keys of images of which a row says that nobody is sure."""

    by_key: Mapping[str, frozenset[str]]
    by_image: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unmapped: int = 0
    unmapped_texts: Mapping[str, int] = field(default_factory=dict)
    meanings: tuple[str, ...] = ()
    missing: int = 0
    uncertain: int = 0
    lists: int = 0
    quoted: int = 0
    doubted: frozenset[str] = frozenset()


def labels_of_rows(rows: Sequence[LabelRow], options: LabelOptions) -> Labels:
    """What the rows of a file say of one label.

    Raises UsageError where they have texts that give no usable label.
    """
    texts = Counter(row.text for row in rows if row.text)
    names = labels_of_texts(rows, dict(options.mapping), options.place, options.path)
    why = {text: no_class(text) or "unmapped" for text in {"", *texts} - names.keys()}
    by_key: dict[str, set[str]] = defaultdict(set)
    by_image: dict[str, set[str]] = defaultdict(set)
    doubted: set[str] = set()
    without: Counter[str] = Counter()
    for row in rows:
        if row.place and row.text in names:
            (by_image if row.image else by_key)[row.place].add(names[row.text])
        elif row.place or row.text:
            reason = why.get(row.text, "unmapped")
            without[reason] += 1
            if row.image and reason == "uncertain":
                doubted.add(row.image)
    if not by_key and not by_image:
        raise UsageError(
            f"{options.path} gives no label: {_why_no_label(rows, texts, names, options)}"
        )
    lists = set() if options.mapping else {text for text in names if is_list(text)}
    return Labels(
        _frozen(by_key),
        _frozen(by_image),
        without["unmapped"],
        {text: count for text, count in texts.items() if text not in names},
        meanings(names, filter(None, why)),
        without["missing"],
        without["uncertain"],
        sum(texts[text] for text in lists),
        len({row.key for row in rows if row.quoted}),
        frozenset(doubted),
    )


def _frozen(found: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {key: frozenset(labels) for key, labels in found.items()}


def parse_mapping(pairs: Iterable[str], flag: str = "--label-map") -> tuple[tuple[str, str], ...]:
    """Read `TEXT=LABEL` pairs. flag: the option that they were given with. Raises UsageError for
    one without `=`."""
    mapping = []
    for pair in pairs:
        text, equals, label = pair.rpartition("=")
        if not equals or not text.strip():
            raise UsageError(
                f"{flag} {pair!r} is not TEXT=LABEL, for example {flag} FRACTURA=fracture."
            )
        mapping.append((text.strip(), label.strip()))
    twice = [
        text for text, number in Counter(text for text, _ in set(mapping)).items() if number > 1
    ]
    if twice:
        raise UsageError(f"{flag} gives {twice[0]!r} two labels: name it once.")
    return tuple(dict.fromkeys(mapping))


def _why_no_label(
    rows: Sequence[LabelRow], texts: Counter[str], names: Mapping[str, str], options: LabelOptions
) -> str:
    if not rows:
        return "it has no row below its header."
    if not texts:
        return f"column {options.column!r} is empty in every row."
    if names:
        return "no row has both a key and a text that gives a label."
    if not options.mapping:
        return f"every text of column {options.column!r} says nothing, or that nobody is sure."
    plain = [repr(text) for text, _ in texts.most_common() if is_class(text)][:_SHOWN]
    among = f", among them {', '.join(plain)}" if plain else ""
    return (
        f"--label-map names none of the {len(texts)} different texts of column "
        f"{options.column!r}{among}. Write them as they stand there: upper and lower case count."
    )
