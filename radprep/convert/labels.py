"""A hospital's labels.csv, joined to studies on a header field. What does not match is counted,
both ways."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anyascii import anyascii

from radprep.dataset.counts import LABEL_COUNTS
from radprep.errors import UsageError
from radprep.text.classes import is_class
from radprep.text.csv_file import LINE_BREAKS, find_column, read_lines
from radprep.text.vocabulary import MASK

KEYWORDS = {
    "accession": "AccessionNumber",
    "patient": "PatientID",
    "study": "StudyInstanceUID",
    "studyid": "StudyID",
}
"""Short names of the header fields that a label may be joined on."""

MAX_CLASSES = 50
"""As many classes as labels may be, where a person has named them."""

_PLAIN_CLASSES = 20
"""As many different texts as a column may have that becomes labels without a mapping."""
_FEW = 3
"""So many classes may be in the smallest file. More must stand on two studies each, on average."""
_KEYS_PER_NEEDED, _MOST_NEEDED = 20, 3
"""A text without a mapping must stand on one study, on one more for each so many keys of the file,
and on no more than so many: two sick of a hundred are a rare class, one may be a slip or a name."""
_MAX_LABEL = 40
"""Characters of a label that a person names."""
_SHOWN = 10
_MOST_MEANINGS = 200
"""Texts whose label dataset.json names: a list there has a bound."""
_LONG_NUMBER = re.compile("[0-9]{3}")


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
    unmapped: rows whose text the mapping does not name; unmapped_texts: those texts and their
    rows; meanings: `TEXT = label` of each text that gives a label (see `_meanings`)."""

    keyword: str
    by_key: Mapping[str, frozenset[str]]
    unmapped: int = 0
    unmapped_texts: Mapping[str, int] = field(default_factory=dict)
    meanings: tuple[str, ...] = ()


@dataclass
class LabelMatch:
    """What the join gave. label: of each study that has exactly one; the rest are lists for the
    private tree. values: of each study without a label or with several, the header field's values
    and the labels found for each."""

    label: dict[str, str] = field(default_factory=dict)
    studies_without_label: list[str] = field(default_factory=list)
    contradictory_studies: list[str] = field(default_factory=list)
    keys_without_study: list[str] = field(default_factory=list)
    unmapped_rows: int = 0
    unmapped_texts: Mapping[str, int] = field(default_factory=dict)
    values: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)

    def lists(self, keyword: str) -> dict[str, list[tuple[str, ...]]]:
        """Tables for the private tree by name, each with its header; keyword: the header field. A
        value has a row of its own, so that `forget` finds the patient's."""
        found = {
            study_id: [
                (study_id, _listed(value), "; ".join(sorted(labels)))
                for value, labels in sorted(values.items())
            ]
            or [(study_id, "", "")]
            for study_id, values in self.values.items()
        }
        return {
            "studies_without_label": [
                ("study_id", keyword),
                *(
                    row[:2]
                    for study_id in sorted(self.studies_without_label)
                    for row in found[study_id]
                ),
            ],
            "contradictory_studies": [
                ("study_id", keyword, "labels"),
                *(
                    row
                    for study_id in sorted(self.contradictory_studies)
                    for row in found[study_id]
                ),
            ],
            "keys_without_study": [
                (keyword,),
                *((key,) for key in sorted(self.keys_without_study)),
            ],
            "unmapped_texts": [
                ("text", "rows"),
                *((text, str(count)) for text, count in sorted(self.unmapped_texts.items())),
            ],
        }

    def parameters(self, labels: Labels) -> dict[str, Any]:
        """What dataset.json says of the join: the header field, what texts mean, and numbers. Never
        a key, and of the texts those that are plainly classes."""
        return {
            "label_key": labels.keyword,
            "label_map": list(labels.meanings),
            **self.counts(),
        }

    def counts(self) -> dict[str, int]:
        """The lists as numbers, under LABEL_COUNTS."""
        found = (
            len(self.label),
            len(self.studies_without_label),
            len(self.contradictory_studies),
            len(self.keys_without_study),
            self.unmapped_rows,
        )
        return dict(zip(LABEL_COUNTS, found, strict=True))


def read_labels(options: LabelOptions) -> Labels:
    """Read a labels.csv: commas, semicolons or tabs; UTF-8, UTF-16 or Latin-1, with or without a
    byte order mark.

    Raises UsageError where it cannot be read, has not the columns, or has texts that give no usable
    label.
    """
    column, _, name = options.key.rpartition("=")
    keyword = _keyword(name)
    rows = _key_and_text(options, column or name)
    texts = Counter(row.text for row in rows if row.text)
    if options.mapping:
        _check_mapping(options)
    names = _label_names(texts, dict(options.mapping), options.path)
    by_key: dict[str, set[str]] = defaultdict(set)
    unmapped = 0
    for row in rows:
        if row.key and row.text in names:
            _refuse_own_key(row, names[row.text], options.path)
            by_key[row.key].add(names[row.text])
        elif row.text:
            unmapped += 1
    if not by_key:
        raise UsageError(
            f"{options.path} gives no label: {_why_no_label(rows, texts, names, options)}"
        )
    if not options.mapping:
        _refuse_what_may_name_people(rows, options)
    others = {text: count for text, count in texts.items() if text not in names}
    found = {key: frozenset(labels) for key, labels in by_key.items()}
    return Labels(keyword, found, unmapped, others, _meanings(names))


def match_labels(
    labels: Labels,
    study_keys: Mapping[str, Iterable[str | None]],
    left_out: Iterable[str | None] = (),
) -> LabelMatch:
    """Join labels to studies. study_keys: study id -> the values of the header field in its files;
    left_out: values whose files are left out on purpose, so that nobody looks for a study of
    theirs."""
    match = LabelMatch(unmapped_rows=labels.unmapped, unmapped_texts=labels.unmapped_texts)
    used = {key for key in left_out if key}
    for study_id, keys in study_keys.items():
        present = {key for key in keys if key in labels.by_key}
        used |= {key for key in present if key}
        found = frozenset[str]().union(*(labels.by_key[key] for key in present if key))
        if len(found) == 1:
            match.label[study_id] = next(iter(found))
            continue
        match.values[study_id] = {key: labels.by_key.get(key, frozenset()) for key in keys if key}
        if found:
            match.contradictory_studies.append(study_id)
        else:
            match.studies_without_label.append(study_id)
    match.keys_without_study = sorted(set(labels.by_key) - used)
    return match


def slug(text: str) -> str:
    """A label as the name of a folder: lower-case letters, digits and underscores; "" where nothing
    is left."""
    return re.sub(r"[^a-z0-9]+", "_", anyascii(text).lower()).strip("_")[:64]


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


@dataclass(frozen=True)
class _Row:
    """What counts of a row. line: where it begins in the file."""

    line: int
    key: str
    text: str


def _key_and_text(options: LabelOptions, key_name: str) -> list[_Row]:
    """The two columns of the file. Raises UsageError for cells of them that cannot be meant."""
    path = options.path
    lines = list(read_lines(path, "--labels"))
    columns = lines[0][1] if lines else []
    key_column = find_column(columns, key_name, path, "--label-key")
    text_column = find_column(columns, options.column, path, "--label-column")
    if key_column == text_column:
        raise UsageError(
            f"{path}: --label-key and --label-column both name the column {columns[key_column]!r}, "
            "so that identifiers would become labels. Choose the column that holds the label with "
            "--label-column."
        )
    rows = []
    for line, cells in lines[1:]:
        if any(cell.strip() for cell in cells[len(columns) :]):
            raise UsageError(
                f"{path}, line {line}: {len(cells)} cells, but the header has {len(columns)}. The "
                "likely cause is a delimiter inside a cell: put that cell in quotation marks."
            )
        cells += [""] * (len(columns) - len(cells))
        for number in (key_column, text_column):
            if not LINE_BREAKS.isdisjoint(cells[number]):
                raise UsageError(
                    f"{path}, line {line}: the cell of column {columns[number]!r} goes over "
                    "several lines, maybe because of quotation marks that do not pair up. Mend "
                    "this row."
                )
        rows.append(_Row(line, cells[key_column].strip(), cells[text_column].strip()))
    return rows


def _refuse_own_key(row: _Row, label: str, path: Path) -> None:
    """A label that names its row's key would show an identifier. Keys such as `7` or `12`, which
    classes have too, are let pass."""
    key = slug(row.key)
    if key in label and len(key) > 1 and (len(key) > 3 or not key.isdigit()):
        raise UsageError(
            f"{path}, line {row.line}: the label contains the row's own key, and an identifier "
            "must not become a label. Choose another --label-column, or name the texts that "
            "matter with --label-map TEXT=LABEL."
        )


def _why_no_label(
    rows: Sequence[_Row], texts: Counter[str], names: Mapping[str, str], options: LabelOptions
) -> str:
    if not rows:
        return "it has no row below its header."
    if not texts:
        return f"column {options.column!r} is empty in every row."
    if names:
        return "no row has both a key and a text that gives a label."
    plain = [repr(text) for text, _ in texts.most_common() if is_class(text)][:_SHOWN]
    among = f", among them {', '.join(plain)}" if plain else ""
    return (
        f"--label-map names none of the {len(texts)} different texts of column "
        f"{options.column!r}{among}. Write them as they stand there: upper and lower case count."
    )


def _check_mapping(options: LabelOptions) -> None:
    """A label names folders that leave the hospital. Raises UsageError for one that is no name of
    a class."""
    for number, (_, label) in enumerate(options.mapping, 1):
        if len(label) > _MAX_LABEL or _LONG_NUMBER.search(anyascii(label)) or "@" in label:
            raise UsageError(
                f"The label of --label-map number {number} is no name of a class: a label has at "
                f"most {_MAX_LABEL} characters, no number of more than two digits, and no @. It "
                "becomes the name of a folder that leaves the hospital: choose a short word such "
                "as fracture."
            )


def _refuse_what_may_name_people(rows: Sequence[_Row], options: LabelOptions) -> None:
    """Without a mapping each text becomes the name of a folder, so that a column passes only if it
    looks like classes as a whole. Raises UsageError with counts: a text itself may be a name."""
    keys: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.key and row.text:
            keys[row.text].add(row.key)
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
        f"{options.path}: column {options.column!r} may name people: {why}. Labels become names "
        "of folders. Choose another --label-column, or say which of its texts are classes, once "
        'for each: --label-map "TEXT=LABEL", for example --label-map "FRACTURA=fracture". Texts '
        "that are not named give no label."
    )


def _listed(value: str) -> str:
    """A header's value as a cell of a list, which must stay on one line."""
    return value if LINE_BREAKS.isdisjoint(value) else "(goes over several lines)"


def _label_names(texts: Counter[str], mapping: Mapping[str, str], path: Path) -> dict[str, str]:
    """Text of the file -> label. Without a mapping every text is its own label."""
    names = {}
    for text in sorted(texts):
        wanted = mapping.get(text, "") if mapping else text
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
        if not mapping and _folded(other) != _folded(text):
            raise UsageError(
                f"{path}: two different texts would both become one label, which keeps only "
                "letters and digits. Say what is meant with --label-map TEXT=LABEL."
            )
    return names


def _meanings(names: Mapping[str, str]) -> tuple[str, ...]:
    """`TEXT = label` of each text, in order. A text was typed by a person and may hold a name: one
    that is not plainly a class stands as ***."""
    shown = {
        f"{text if is_class(text) and text.isprintable() else MASK} = {label}"
        for text, label in names.items()
    }
    return tuple(sorted(shown)[:_MOST_MEANINGS])


def _folded(text: str) -> str:
    return " ".join(anyascii(text).lower().split())
