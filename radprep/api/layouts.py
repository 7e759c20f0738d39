"""How the arguments of the API say in which way pictures are laid out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from radprep.api.arguments import (
    USUAL_COLUMNS,
    USUAL_KEYS,
    StrPath,
    Texts,
    label_options,
    path_or_none,
    several,
)
from radprep.errors import UsageError

if TYPE_CHECKING:
    from radprep.convert.laying_out import Layout
    from radprep.convert.named_labels import LabelsWanted


def layout_and_labels(
    layout: tuple[str, StrPath | None, tuple[int | None, int | None], str | None],
    columns: tuple[str, str | None, str | None, str | None],
    flags: tuple[Texts, Texts, Texts],
    label: tuple[StrPath | None, Texts, Texts, Mapping[str, str] | None, str | None],
) -> tuple[Layout, LabelsWanted | None]:
    """How pictures are laid out, and how a file of labels is read.

    layout: its name, the table, the levels of the folders that are the class and the patient, and
    the body part of all pictures; columns: of the table, those of path, patient, study and split;
    flags: those of body part, view and side; label: the file of labels, its keys and columns, what
    texts mean, and the main label. Beside a file of labels a table gives none: --label-column names
    columns of that file. Raises UsageError for options that contradict each other.
    """
    from radprep.convert.laying_out import Layout
    from radprep.convert.named_labels import LabelsWanted
    from radprep.layouts.layout import with_name_of_label
    from radprep.layouts.wanted import (
        DICOM,
        TABLE,
        TableColumns,
        checked_layout,
        with_body_part,
    )

    name, table, levels, body_part = layout
    labels, keys, label_columns, mapping, main = label
    pairs = tuple((mapping or {}).items())
    of_table = several(label_columns) if name == TABLE and labels is None else ()
    path, patient, study, split = (column or "" for column in columns)
    part, view, side = map(several, flags)
    is_usual = of_table == USUAL_COLUMNS
    asked = TableColumns(path, patient, study, split, part, view, side, of_table, is_usual)
    wanted = with_body_part(
        checked_layout(name, path_or_none(table), asked, levels, pairs), body_part
    )
    if name == DICOM:
        return Layout(), label_options(*label)
    read_so = LabelsWanted(path_or_none(table) or Path(name), mapping=pairs, main=main or "")
    if labels is not None:
        return Layout(wanted, read_so), label_options(*label)
    if several(keys) != USUAL_KEYS:
        raise UsageError("--label-key needs --labels FILE.")
    if name != TABLE and several(label_columns) != USUAL_COLUMNS and wanted:
        wanted = with_name_of_label(wanted, several(label_columns))
    return Layout(wanted, read_so), None


def refuse_options_of_dicom(layout: str, **options: object) -> None:
    """Raise UsageError for an option about the headers of DICOM files where pictures are
    converted, which have none."""
    from radprep.layouts.wanted import DICOM

    given = next((name for name, value in options.items() if value), None)
    if given and layout != DICOM:
        raise UsageError(
            f"--{given.replace('_', '-')} is about DICOM files, and --layout {layout} converts "
            "pictures: leave it out."
        )
