"""A hospital's file of labels: each of its label columns is a label with a name, of studies, of
images, or of both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from radprep.convert.label_file import LabelTable, read_table
from radprep.convert.label_keys import clean_key
from radprep.convert.label_texts import MAX_LABEL, check_mapping, is_name_of_class, slug
from radprep.convert.labels import LabelOptions, Labels, labels_of_rows
from radprep.dataset.labels import MOST_NAMES
from radprep.errors import UsageError
from radprep.text.paths import plain_path

STUDY_KEYWORDS = {
    "accession": "AccessionNumber",
    "patient": "PatientID",
    "study": "StudyInstanceUID",
    "studyid": "StudyID",
}
"""Short names of the header fields that the labels of studies may be joined on."""

PATH = "path"
IMAGE_KEYWORDS = {"image": "SOPInstanceUID", "path": PATH}
"""Short names of what the labels of images may be joined on: a header field, or the path of the
file in the dump."""


@dataclass(frozen=True)
class LabelsWanted:
    """How to read a file of labels.

    keys: each `NAME` or `CSV COLUMN=NAME`, NAME one of STUDY_KEYWORDS or IMAGE_KEYWORDS or its
    DICOM keyword; at most one of each kind. columns: each `CSV COLUMN` or `CSV COLUMN=NAME OF THE
    LABEL`. mapping: `TEXT` or `COLUMN:TEXT` -> label. main: name of the label that becomes the
    folder; empty for that of the first column. folder: see `LabelOptions`.
    """

    path: Path
    keys: tuple[str, ...] = ("accession",)
    columns: tuple[str, ...] = ("diagnosis",)
    mapping: tuple[tuple[str, str], ...] = ()
    main: str = ""
    folder: tuple[str, str] | None = None


@dataclass(frozen=True)
class NamedLabels:
    """What a file says. keyword, image_keyword: what its keys of studies and of images are; None
    where it has none. by_name: name of a label -> what the file says of it; studies_of_images: key
    of an image -> keys of studies in the same rows."""

    keyword: str | None
    image_keyword: str | None
    main: str
    by_name: Mapping[str, Labels]
    studies_of_images: Mapping[str, frozenset[str]]

    @cached_property
    def image_keys(self) -> frozenset[str]:
        """The keys of images that have a label."""
        named = (labels.by_image.keys() | labels.doubted for labels in self.by_name.values())
        return frozenset().union(*named)

    @property
    def keywords(self) -> list[str]:
        """What the keys are."""
        return [one for one in (self.keyword, self.image_keyword) if one]


def read_named_labels(wanted: LabelsWanted) -> NamedLabels:
    """Read a file of labels: commas, semicolons or tabs; UTF-8, UTF-16 or Latin-1, with or without
    a byte order mark.

    Raises UsageError where it cannot be read, has not the columns, or has texts that give no usable
    label.
    """
    check_mapping(wanted.mapping)
    study, image = _keys(wanted.keys)
    columns = _columns(wanted.columns)
    main = _main(wanted.main, columns)
    table = read_table(
        wanted.path,
        study.column if study else None,
        image.column if image else None,
        list(columns.values()),
    )
    if image:
        table = _with_image_keys(table, plain_path if image.keyword == PATH else clean_key)
    keywords = (study.keyword if study else None, image.keyword if image else None)
    return _named(table, wanted, columns, main, keywords)


def labels_of_paths(
    rows: Sequence[tuple[int, str, Sequence[str]]], wanted: LabelsWanted
) -> NamedLabels:
    """What a layout says of the labels of pictures, read as a file of labels is. rows: number of a
    line, the path of a picture, and its texts under the columns. wanted: its path stands in
    messages, and its keys are not asked for. Raises UsageError as `read_named_labels` does."""
    check_mapping(wanted.mapping)
    columns = _columns(wanted.columns)
    main = _main(wanted.main, columns)
    table = LabelTable([(line, [path], texts) for line, path, texts in rows], None, 0)
    return _named(_with_image_keys(table, plain_path), wanted, columns, main, (None, PATH))


def _named(
    table: LabelTable,
    wanted: LabelsWanted,
    columns: Mapping[str, str],
    main: str,
    keywords: tuple[str | None, str | None],
) -> NamedLabels:
    """The labels of a table. columns: name of each label -> its column; keywords: what the keys of
    studies and of images are."""
    _refuse_unknown_column(wanted.mapping, columns, table)
    named = {}
    for number, (name, column) in enumerate(columns.items()):
        rows = table.of_column(number)
        texts = {row.text for row in rows}
        mapping = _mapping_of(wanted.mapping, name, columns, texts, is_main=name == main)
        options = LabelOptions(wanted.path, column, mapping, wanted.folder)
        is_empty = name != main and texts <= {""}
        named[name] = Labels({}) if is_empty else labels_of_rows(rows, options)
    of_images = _studies_of_images(table) if all(keywords) else {}
    return NamedLabels(*keywords, main, named, of_images)


@dataclass(frozen=True)
class _Key:
    """column: its name in the file; keyword: what it holds."""

    column: str
    keyword: str


def _keys(texts: Sequence[str]) -> tuple[_Key | None, _Key | None]:
    """The key of studies and the key of images. Raises UsageError."""
    found: dict[bool, _Key] = {}
    for text in texts:
        column, _, name = text.rpartition("=")
        keyword = _keyword(name.strip())
        is_image = keyword in IMAGE_KEYWORDS.values()
        if is_image in found:
            raise UsageError(
                f"--label-key names two keys of {'images' if is_image else 'studies'}: "
                f"{found[is_image].keyword} and {keyword}. A file may be joined on one for studies "
                "and one for images."
            )
        found[is_image] = _Key(column.strip() or name.strip(), keyword)
    if not found:
        raise UsageError("--label-key names no key: give one, such as accession.")
    return found.get(False), found.get(True)


def _keyword(name: str) -> str:
    keywords = STUDY_KEYWORDS | IMAGE_KEYWORDS
    found = keywords.get(name.lower()) or next(
        (keyword for keyword in keywords.values() if keyword.lower() == name.lower()), None
    )
    if found is None:
        raise UsageError(
            f"--label-key {name!r} is unknown. Labels can be joined on: {', '.join(keywords)}; "
            "write COLUMN=accession where the CSV's column has another name."
        )
    return found


def _columns(texts: Sequence[str]) -> dict[str, str]:
    """Name of each label -> its column in the file. Raises UsageError for a name that is none."""
    found: dict[str, str] = {}
    for text in texts:
        column, _, wanted = text.rpartition("=")
        name = slug(wanted)
        if not name or not is_name_of_class(wanted):
            raise UsageError(
                f"--label-column {text!r} gives no name to a label: a name has a letter or digit, "
                f"at most {MAX_LABEL} characters, no number of more than two digits, and no @. "
                "Write COLUMN=NAME, for example --label-column 'Result 2019=fracture'."
            )
        if name in found:
            raise UsageError(
                f"--label-column names two labels {name!r}. Tell them apart with COLUMN=NAME."
            )
        found[name] = column.strip() or wanted.strip()
    if not 0 < len(found) <= MOST_NAMES:
        raise UsageError(f"--label-column names {len(found)} labels: give 1 to {MOST_NAMES}.")
    return found


def _main(wanted: str, columns: Mapping[str, str]) -> str:
    """Name of the label that becomes the folder. Raises UsageError for one that no column gives."""
    if not wanted:
        return next(iter(columns))
    key = wanted.strip().lower()
    name = key if key in columns else _of_column(key, columns)
    if name is None:
        raise UsageError(
            f"--label-main {wanted!r} is none of the labels that --label-column names: "
            f"{', '.join(columns)}."
        )
    return name


def _of_column(text: str, columns: Mapping[str, str]) -> str | None:
    """Name of the label whose column has this name; None where there is no such column."""
    key = text.strip().lower()
    return next((one for one, column in columns.items() if column.strip().lower() == key), None)


def _owner(text: str, columns: Mapping[str, str]) -> str | None:
    """Name of the label that `COLUMN:TEXT` is for: the column counts before a label's name."""
    before, colon, _ = text.partition(":")
    key = before.strip().lower()
    named = key if key in columns else None
    return (_of_column(before, columns) or named) if colon else None


def _mapping_of(
    mapping: Sequence[tuple[str, str]],
    name: str,
    columns: Mapping[str, str],
    texts: set[str],
    *,
    is_main: bool,
) -> tuple[tuple[str, str], ...]:
    """The pairs that are for one label: those that name its column or, where none does, those that
    name no column. These are for the main label, and for another one only if they name one of its
    texts."""
    own, shared = [], []
    for text, label in mapping:
        owner = _owner(text, columns)
        if owner == name:
            own.append((text.partition(":")[2].strip(), label))
        elif not owner:
            shared.append((text, label))
    if own:
        return tuple(own)
    is_meant = is_main or any(text in texts for text, _ in shared)
    return tuple(shared) if is_meant else ()


def _refuse_unknown_column(
    mapping: Sequence[tuple[str, str]], columns: Mapping[str, str], table: LabelTable
) -> None:
    """Raise UsageError for a `COLUMN:TEXT` whose column is none and that is no text of the file: it
    is mistyped, and would count for nothing."""
    known = {text for _, _, texts in table.rows for text in texts}
    for text, _ in mapping:
        before, colon, _ = text.partition(":")
        if colon and text not in known and not _owner(text, columns):
            raise UsageError(
                f"--label-map {text!r}: {before!r} is none of the label columns "
                f"({', '.join(columns.values())}), and no row has the whole text."
            )


def _with_image_keys(table: LabelTable, plain: Callable[[str], str]) -> LabelTable:
    """The table with each key of an image in the form in which the dump's are compared."""
    place = table.image_key
    rows = [
        (line, [plain(key) if one == place else key for one, key in enumerate(keys)], texts)
        for line, keys, texts in table.rows
    ]
    return LabelTable(rows, table.study_key, place)


def _studies_of_images(table: LabelTable) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in table.of_column(0):
        if row.image and row.key:
            found[row.image].add(row.key)
    return {image: frozenset(keys) for image, keys in found.items()}
