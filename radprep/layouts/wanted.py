"""Which layout a person asks for, and the columns of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from radprep.errors import UsageError
from radprep.text.bodypart import find_body_part
from radprep.text.views import sides_in, views_in

DICOM, MURA, CLASSES, NAMES, TABLE = "dicom", "mura", "classes", "names", "table"
LAYOUTS = (DICOM, MURA, CLASSES, NAMES, TABLE)
"""How the source may be laid out: DICOM files, or pictures in one of four ways."""

USUAL_PATH = "path"
"""The column of a table that names the file, unless somebody says so."""


_EXAMPLES = {"body_part": "wrist", "view": "PA or lateral", "laterality": "left or R"}
"""What columns may be called, and words that the vocabulary knows for it."""


@dataclass(frozen=True)
class TableColumns:
    """The columns of a table, each empty where there is none. body_part, view, laterality: columns
    that hold a text, or flags (0 and 1) that are each called as their column or as in
    `COLUMN=NAME`; label: `COLUMN[=NAME]` of each label; is_usual: nobody has named the column of
    the label, so that it need not be there."""

    path: str = USUAL_PATH
    patient: str = ""
    study: str = ""
    split: str = ""
    body_part: tuple[str, ...] = ()
    view: tuple[str, ...] = ()
    laterality: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    is_usual: bool = False

    @property
    def given(self) -> list[str]:
        """What the table tells, in words of ours: never the name of a column."""
        return [
            name
            for name in ("patient", "study", "split", "body_part", "view", "laterality")
            if getattr(self, name)
        ]


@dataclass(frozen=True)
class LayoutWanted:
    """How a folder of pictures is laid out. label: what its one label is called; empty for the
    usual name. table, columns: of the layout `table`; class_level,
    patient_level: of `classes`, which folder is the class and which is the patient, from 1;
    mapping: of `names`, text in a name -> label; tells_nothing: each picture is a study of its own,
    whatever the layout would tell; body_part: that of each picture of which the layout tells
    none."""

    name: str
    table: Path | None = None
    columns: TableColumns = field(default_factory=TableColumns)
    class_level: int | None = None
    mapping: tuple[tuple[str, str], ...] = ()
    tells_nothing: bool = False
    body_part: str | None = None
    patient_level: int | None = None
    label: str = ""

    @property
    def tells(self) -> list[str]:
        """What the columns of a table, or levels of folders, tell, in words of ours."""
        return self.columns.given + (["patient"] if self.patient_level else [])


def checked_layout(
    name: str,
    table: Path | None,
    columns: TableColumns,
    levels: tuple[int | None, int | None],
    mapping: Iterable[tuple[str, str]],
) -> LayoutWanted | None:
    """The layout that options ask for; None for DICOM. levels: of the folders of class and patient.
    Raises UsageError for one that is none, and for options that do not belong to it."""
    class_level, patient_level = levels
    if name not in LAYOUTS:
        raise UsageError(
            f"--layout {name!r} is not possible: give {', '.join(LAYOUTS[:-1])} or {TABLE}."
        )
    of_table = {
        "--table": table,
        "--path-column": columns.path != USUAL_PATH,
        **{f"--{one.replace('_', '-')}-column": True for one in columns.given},
    }
    _refuse_strange(name, TABLE, of_table)
    _refuse_unknown_words(columns)
    of_folders = {"--class-level": class_level, "--patient-level": patient_level}
    _refuse_strange(name, CLASSES, of_folders)
    if class_level is not None and class_level == patient_level:
        raise UsageError(
            f"--class-level and --patient-level are both {class_level}: a folder names a class or "
            "a patient."
        )
    if name == TABLE and table is None:
        raise UsageError(
            "--layout table needs --table FILE, a CSV or Parquet file with a row for each picture, "
            "and --path-column COLUMN where the files stand under another name than path."
        )
    pairs = tuple(mapping)
    if name == NAMES and not pairs:
        raise UsageError(
            "--layout names needs --label-map TEXT=LABEL, once for each text that file names hold: "
            "for example --label-map 'supracondylar fracture=injury' --label-map contusion=normal."
        )
    if name == DICOM:
        return None
    return LayoutWanted(name, table, columns, class_level, pairs, patient_level=patient_level)


def is_known(kind: str, word: str) -> bool:
    """Whether the vocabulary knows a word. kind: body_part, view or laterality."""
    if kind == "body_part":
        return find_body_part([("layout", word)]).part is not None
    return bool(views_in(word) if kind == "view" else sides_in(word))


def _refuse_unknown_words(columns: TableColumns) -> None:
    """Raise UsageError where a person calls a column as the vocabulary calls nothing: every film
    would be without it."""
    for kind, example in _EXAMPLES.items():
        for text in getattr(columns, kind):
            _, equals, word = text.rpartition("=")
            if equals and not is_known(kind, word):
                raise UsageError(
                    f"--{kind.replace('_', '-')}-column {text!r}: {word!r} is no "
                    f"{kind.replace('_', ' ')} that radprep knows, such as {example}."
                )


def with_body_part(wanted: LayoutWanted | None, part: str | None) -> LayoutWanted | None:
    """The same with a body part for all pictures. Raises UsageError for a text that names none, and
    for DICOM files, whose headers tell it."""
    if part is None:
        return wanted
    if wanted is None:
        raise UsageError("--body-part belongs to --layout: the headers of DICOM files tell theirs.")
    if not is_known("body_part", part):
        raise UsageError(f"--body-part {part!r} is no body part that radprep knows, such as wrist.")
    return replace(wanted, body_part=part)


def layout_of_scan(
    name: str,
    table: Path | None,
    columns: TableColumns,
    levels: tuple[int | None, int | None],
) -> LayoutWanted | None:
    """The layout of a scan, which asks for patients and studies, and for no label. Raises
    UsageError as `checked_layout` does."""
    if name == NAMES:
        return LayoutWanted(name, tells_nothing=True)
    return checked_layout(name, table, columns, levels, ())


def each_picture_alone(layout: str) -> LayoutWanted | None:
    """A layout that tells nothing but that each picture is a study of its own, for films to ask a
    model about; None where the model learnt from DICOM files, as it then is asked about these."""
    return None if layout == DICOM else LayoutWanted(layout, tells_nothing=True)


def _refuse_strange(name: str, owner: str, options: Mapping[str, object]) -> None:
    strange = next((option for option, value in options.items() if value), None)
    if strange and name != owner:
        raise UsageError(f"{strange} belongs to --layout {owner}, and the layout is {name}.")
