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
    from radprep.layouts.wanted import TableColumns


def table_columns(
    path: str,
    patient: str | None,
    study: str | None,
    split: str | None,
    body_part: Texts,
    view: Texts,
    laterality: Texts,
) -> TableColumns:
    """The columns of a table of pictures."""
    from radprep.layouts.wanted import TableColumns

    return TableColumns(
        path,
        patient or "",
        study or "",
        split or "",
        several(body_part),
        several(view),
        several(laterality),
    )


def layout_and_labels(
    layout: str,
    source: tuple[StrPath | None, TableColumns, int | None],
    labels: StrPath | None,
    keys: Texts,
    columns: Texts,
    mapping: Mapping[str, str] | None,
    main: str | None,
) -> tuple[Layout, LabelsWanted | None]:
    """How pictures are laid out, and how a file of labels is read. source: the table, its columns,
    and the level of the folder that is the class. Beside a file of labels a table gives none:
    --label-column names columns of that file. Raises UsageError for options that contradict each
    other."""
    from dataclasses import replace

    from radprep.convert.laying_out import Layout
    from radprep.convert.named_labels import LabelsWanted
    from radprep.layouts.wanted import DICOM, TABLE, checked_layout

    table, named, class_level = source
    pairs = tuple((mapping or {}).items())
    of_table = several(columns) if layout == TABLE and labels is None else ()
    is_usual = of_table == USUAL_COLUMNS
    asked = replace(named, label=of_table, is_usual=is_usual)
    wanted = checked_layout(layout, path_or_none(table), asked, class_level, pairs)
    if layout == DICOM:
        return Layout(), label_options(labels, keys, columns, mapping, main)
    read_so = LabelsWanted(path_or_none(table) or Path(layout), mapping=pairs, main=main or "")
    if labels is not None:
        return Layout(wanted, read_so), label_options(labels, keys, columns, mapping, main)
    if several(keys) != USUAL_KEYS:
        raise UsageError("--label-key needs --labels FILE.")
    if layout != TABLE and several(columns) != USUAL_COLUMNS:
        raise UsageError("--label-column needs --labels FILE or --layout table.")
    return Layout(wanted, read_so), None
