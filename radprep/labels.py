"""A hospital's labels.csv, joined to studies on a header field. What does not match is counted, both ways."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from anyascii import anyascii

from radprep.errors import UsageError

KEYWORDS = {"accession": "AccessionNumber", "patient": "PatientID", "study": "StudyInstanceUID", "studyid": "StudyID"}
"""Short names of the header fields that a label may be joined on."""

MAX_CLASSES = 50


@dataclass(frozen=True)
class LabelOptions:
    """How to read labels: key is `NAME` or `CSV COLUMN=NAME`, NAME one of KEYWORDS or its DICOM keyword; mapping turns the
    file's texts into labels, a text it does not name gives no label."""

    path: Path
    key: str = "accession"
    column: str = "diagnosis"
    mapping: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Labels:
    """by_key: key -> labels (several where the rows contradict each other); keyword: header field; unmapped: rows whose text
    the mapping does not name."""

    keyword: str
    by_key: Mapping[str, frozenset[str]]
    unmapped: int = 0


@dataclass
class LabelMatch:
    """What the join gave. label: of each study that has exactly one; the rest are lists for the private tree."""

    label: dict[str, str] = field(default_factory=dict)
    studies_without_label: list[str] = field(default_factory=list)
    contradictory_studies: list[str] = field(default_factory=list)
    keys_without_study: list[str] = field(default_factory=list)
    unmapped_rows: int = 0

    def counts(self) -> dict[str, int]:
        """The lists as numbers, for the summary."""
        return {"labelled_studies": len(self.label), "studies_without_label": len(self.studies_without_label),
                "contradictory_studies": len(self.contradictory_studies), "label_keys_without_study": len(self.keys_without_study),
                "unmapped_label_rows": self.unmapped_rows}


def read_labels(options: LabelOptions) -> Labels:
    """Read a labels.csv: commas, semicolons or tabs; UTF-8, UTF-16 or Latin-1, with or without a byte order mark.

    Raises UsageError where it cannot be read, has not the columns, or has texts that give no usable label.
    """
    column, _, name = options.key.rpartition("=")
    keyword = _keyword(name)
    rows, columns = _read_table(options.path)
    key_column = _find_column(columns, column or name, options.path, "--label-key")
    value_column = _find_column(columns, options.column, options.path, "--label-column")
    texts = {(row[value_column] or "").strip() for row in rows} - {""}
    names = _label_names(texts, dict(options.mapping), options.path)
    by_key: dict[str, set[str]] = defaultdict(set)
    unmapped = 0
    for row in rows:
        key, text = (row[key_column] or "").strip(), (row[value_column] or "").strip()
        if key and text in names:
            by_key[key].add(names[text])
        elif text:
            unmapped += 1
    if not by_key:
        raise UsageError(f"{options.path} gives no label: no row has both a value in column {key_column!r} and a text that "
                         "--label-map names.")
    return Labels(keyword, {key: frozenset(labels) for key, labels in by_key.items()}, unmapped)


def match_labels(labels: Labels, study_keys: Mapping[str, Iterable[str | None]], left_out: Iterable[str | None] = ()) -> LabelMatch:
    """Join labels to studies. study_keys: study id -> the values of the header field in its files; left_out: values whose files
    are left out on purpose, so that nobody looks for a study of theirs."""
    match = LabelMatch(unmapped_rows=labels.unmapped)
    used = {key for key in left_out if key}
    for study_id, keys in study_keys.items():
        present = {key for key in keys if key in labels.by_key}
        used |= {key for key in present if key}
        found = frozenset[str]().union(*(labels.by_key[key] for key in present if key))
        if len(found) == 1:
            match.label[study_id] = next(iter(found))
        elif found:
            match.contradictory_studies.append(study_id)
        else:
            match.studies_without_label.append(study_id)
    match.keys_without_study = sorted(set(labels.by_key) - used)
    return match


def slug(text: str) -> str:
    """A label as the name of a folder: lower-case letters, digits and underscores; "" where nothing is left."""
    return re.sub(r"[^a-z0-9]+", "_", anyascii(text).lower()).strip("_")[:64]


def parse_mapping(pairs: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Read `TEXT=LABEL` pairs of --label-map. Raises UsageError for one without `=`."""
    mapping = []
    for pair in pairs:
        text, equals, label = pair.rpartition("=")
        if not equals or not text.strip():
            raise UsageError(f"--label-map {pair!r} is not TEXT=LABEL, for example --label-map FRACTURA=fracture.")
        mapping.append((text.strip(), label.strip()))
    return tuple(mapping)


def _keyword(name: str) -> str:
    found = KEYWORDS.get(name.lower()) or next((keyword for keyword in KEYWORDS.values() if keyword.lower() == name.lower()), None)
    if found is None:
        raise UsageError(f"--label-key {name!r} is unknown. Labels can be joined on: {', '.join(KEYWORDS)}; "
                         "write COLUMN=accession where the CSV's column has another name.")
    return found


def _label_names(texts: Iterable[str], mapping: Mapping[str, str], path: Path) -> dict[str, str]:
    """Text of the file -> label. Without a mapping every text is its own label."""
    names = {}
    for text in sorted(texts):
        wanted = mapping.get(text, "") if mapping else text
        if wanted:
            names[text] = slug(wanted)
    if len(set(names.values())) > MAX_CLASSES:
        raise UsageError(f"{path} has {len(names)} different texts in the label column: a label is one of at most {MAX_CLASSES} "
                         "classes. Choose another --label-column, or name the texts that matter with --label-map TEXT=LABEL.")
    if "" in names.values():
        raise UsageError(f"{path} has a label without any letter or digit. Name it with --label-map TEXT=LABEL.")
    first: dict[str, str] = {}
    for text, label in names.items():
        other = first.setdefault(label, text)
        if not mapping and _folded(other) != _folded(text):
            raise UsageError(f"{path}: two different texts would both become the label {label!r}. "
                             "Say what is meant with --label-map TEXT=LABEL.")
    return names


def _folded(text: str) -> str:
    return " ".join(anyascii(text).lower().split())


def _read_table(path: Path) -> tuple[list[dict[str, str | None]], list[str]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}. Give the labels file with --labels.") from None
    text = _decoded(data)
    first_line = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
    try:
        rows = list(reader)
    except csv.Error:
        raise UsageError(f"{path} is not a CSV file. Save it as CSV with commas or semicolons.") from None
    return rows, [name for name in reader.fieldnames or [] if name]


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _find_column(columns: list[str], wanted: str, path: Path, flag: str) -> str:
    found = [column for column in columns if column.strip().lower() == wanted.strip().lower()]
    if not found:
        raise UsageError(f"{path} has no column {wanted!r} ({flag}). Its columns are: {', '.join(columns) or 'none'}.")
    return found[0]
