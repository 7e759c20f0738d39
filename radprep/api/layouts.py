"""How the arguments of the API say in which way pictures are laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
    from radprep.layouts.wanted import TableColumns


def layout_and_labels(
    name: str,
    table: StrPath | None,
    columns: TableColumns,
    *,
    levels: tuple[int | None, int | None],
    body_part: str | None,
    labels: StrPath | None,
    label_key: Texts,
    label_column: Texts,
    label_map: Mapping[str, str] | None,
    label_main: str | None,
) -> tuple[Layout, LabelsWanted | None]:
    """How pictures are laid out, and how a file of labels is read.

    columns: of the table, without those of labels; levels: of the folders that are the class and
    the patient; body_part: of all pictures. The others are
    called as the options. Beside a file of labels a table gives none: --label-column names columns
    of that file. Raises UsageError for options that contradict each other.
    """
    from radprep.convert.laying_out import Layout
    from radprep.convert.named_labels import LabelsWanted
    from radprep.layouts.layout import with_name_of_label
    from radprep.layouts.wanted import DICOM, TABLE, checked_layout, with_body_part

    pairs = tuple((label_map or {}).items())
    of_table = several(label_column) if name == TABLE and labels is None else ()
    asked = replace(columns, label=of_table, is_usual=of_table == USUAL_COLUMNS)
    wanted = with_body_part(
        checked_layout(name, path_or_none(table), asked, levels, pairs), body_part
    )
    read_so = LabelsWanted(path_or_none(table) or Path(name), mapping=pairs, main=label_main or "")
    laid_out = Layout() if name == DICOM else Layout(wanted, read_so)
    if name == DICOM or labels is not None:
        return laid_out, label_options(labels, label_key, label_column, label_map, label_main)
    if several(label_key) != USUAL_KEYS:
        raise UsageError("--label-key needs --labels FILE.")
    if name != TABLE and several(label_column) != USUAL_COLUMNS and wanted:
        return Layout(with_name_of_label(wanted, several(label_column)), read_so), None
    return laid_out, None


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
