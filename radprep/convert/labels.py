"""A hospital's labels.csv: what it says of which key."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from radprep.convert.label_file import LabelRow, read_rows
from radprep.convert.label_texts import check_mapping, labels_of_texts, meanings
from radprep.errors import UsageError
from radprep.text.classes import is_class
from radprep.text.no_class import is_list, no_class

KEYWORDS = {
    "accession": "AccessionNumber",
    "patient": "PatientID",
    "study": "StudyInstanceUID",
    "studyid": "StudyID",
}
"""Short names of the header fields that a label may be joined on."""

_SHOWN = 10


@dataclass(frozen=True)
class LabelOptions:
    """How to read labels: key is `NAME` or `CSV COLUMN=NAME`, NAME one of KEYWORDS or its DICOM
    keyword; mapping turns the file's texts into labels, a text it does not name gives no label."""

    path: Path
    key: str = "accession"
    column: str = "diagnosis"
    mapping: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Labels:
    """by_key: key -> labels (several where the rows contradict each other); keyword: header field;
    unmapped: rows whose text the mapping does not name; unmapped_texts: texts that give no label,
    and their rows; meanings: what texts mean (see `meanings`). missing, uncertain: rows whose text
    is no class (see `no_class`); lists: rows whose text names several findings, and is a class of
    its own; quoted: keys around which more than spaces stood."""

    keyword: str
    by_key: Mapping[str, frozenset[str]]
    unmapped: int = 0
    unmapped_texts: Mapping[str, int] = field(default_factory=dict)
    meanings: tuple[str, ...] = ()
    missing: int = 0
    uncertain: int = 0
    lists: int = 0
    quoted: int = 0


def read_labels(options: LabelOptions) -> Labels:
    """Read a labels.csv: commas, semicolons or tabs; UTF-8, UTF-16 or Latin-1, with or without a
    byte order mark.

    Raises UsageError where it cannot be read, has not the columns, or has texts that give no usable
    label.
    """
    column, _, name = options.key.rpartition("=")
    keyword = _keyword(name)
    check_mapping(options.mapping)
    rows = read_rows(options.path, column or name, options.column)
    texts = Counter(row.text for row in rows if row.text)
    names = labels_of_texts(rows, dict(options.mapping), options.column, options.path)
    why = {text: no_class(text) or "unmapped" for text in {"", *texts} - names.keys()}
    by_key: dict[str, set[str]] = defaultdict(set)
    without: Counter[str] = Counter()
    for row in rows:
        if row.key and row.text in names:
            by_key[row.key].add(names[row.text])
        elif row.key or row.text:
            without[why.get(row.text, "unmapped")] += 1
    if not by_key:
        raise UsageError(
            f"{options.path} gives no label: {_why_no_label(rows, texts, names, options)}"
        )
    lists = set() if options.mapping else {text for text in names if is_list(text)}
    return Labels(
        keyword,
        {key: frozenset(labels) for key, labels in by_key.items()},
        without["unmapped"],
        {text: count for text, count in texts.items() if text not in names},
        meanings(names, filter(None, why)),
        without["missing"],
        without["uncertain"],
        sum(texts[text] for text in lists),
        len({row.key for row in rows if row.quoted}),
    )


def parse_mapping(pairs: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Read `TEXT=LABEL` pairs of --label-map. Raises UsageError for one without `=`."""
    mapping = []
    for pair in pairs:
        text, equals, label = pair.rpartition("=")
        if not equals or not text.strip():
            raise UsageError(
                f"--label-map {pair!r} is not TEXT=LABEL, for example --label-map "
                "FRACTURA=fracture."
            )
        mapping.append((text.strip(), label.strip()))
    return tuple(mapping)


def _keyword(name: str) -> str:
    found = KEYWORDS.get(name.lower()) or next(
        (keyword for keyword in KEYWORDS.values() if keyword.lower() == name.lower()), None
    )
    if found is None:
        raise UsageError(
            f"--label-key {name!r} is unknown. Labels can be joined on: {', '.join(KEYWORDS)}; "
            "write COLUMN=accession where the CSV's column has another name."
        )
    return found


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
