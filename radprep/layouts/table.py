"""A table says what each picture is: a row a picture, whose columns a person names.

A picture without a row is kept as a patient of its own, marked and counted: the table may be of a
part of the folder. A row without a picture, and one that may mean several, are counted and listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from radprep.errors import UsageError
from radprep.layouts.matching import Files
from radprep.layouts.table_file import Rows, names_of_columns, read_columns
from radprep.layouts.told import LaidOut, Told, study_text
from radprep.layouts.wanted import LayoutWanted, TableColumns, is_known
from radprep.text.csv_file import shortened
from radprep.text.no_patient import named_patient
from radprep.text.splits import split_in

_TRUE = frozenset(("1", "1.0", "true", "yes", "y", "x", "t"))
_FALSE = frozenset(("", "0", "0.0", "false", "no", "n", "f"))

EMPTY = "(empty)"
"""How --label-map names an empty cell, which gives no label unless a person says what it means."""

_MOST_SHOWN = 20
"""Names of columns in a message."""

_Cells = dict[str, list[str]]
"""What is asked for (patient, view and so on) -> the cells of its columns in one row."""


def lay_out(pictures: Sequence[str], wanted: LayoutWanted) -> LaidOut:
    """What the table tells of each picture. Raises UsageError where it cannot be read, lacks a
    column, or names none of the pictures."""
    path = wanted.table or Path()
    columns, hint = _with_label_there_is(path, wanted)
    asked = _asked(columns)
    rows = read_columns(path, [(column, flag) for _, column, _, flag in asked])
    flags = _flags(rows, asked)
    _refuse_unknown_flags(path, rows, asked, flags)
    says_something = _empty_says_something(columns.label, wanted)
    files, laid = Files(pictures), LaidOut(columns=columns.label, hint=hint)
    told: dict[str, list[Told]] = defaultdict(list)
    absent: list[str] = []
    several: list[str] = []
    for line, cells in rows:
        found = files.found(cells[0])
        if len(found) == 1:
            of_row = _cells(cells, asked, flags)
            told[found[0]].append(_told(of_row, laid, has_patients=bool(columns.patient)))
            texts = cells[len(asked) - len(columns.label) :]
            laid.rows.append((line, found[0], _with_empty_named(texts, says_something)))
        else:
            (several if found else absent).append(cells[0])
    if rows and pictures and not told:
        raise UsageError(
            f"{path}: none of its {len(rows):,} rows names one of the {len(pictures):,} pictures. "
            "Name the column that holds the files with --path-column: paths, names, or names "
            "without their ending."
        )
    laid.told = {one: _agreed(found) for one, found in told.items()}
    laid.counts["rows"] = len(rows)
    laid.counts["pictures_named_twice"] = sum(len(found) > 1 for found in told.values())
    differing = [one for one, found in told.items() if len(set(found)) > 1]
    laid.list_paths("pictures_told_differently", differing)
    laid.list_paths("rows_without_picture", absent)
    laid.list_paths("rows_of_several_pictures", several)
    unnamed = [one for one in pictures if one not in told]
    laid.list_paths("pictures_without_row", unnamed)
    laid.told |= {one: Told(None, has_row=False) for one in unnamed}
    return laid


def _with_label_there_is(path: Path, wanted: LayoutWanted) -> tuple[TableColumns, str]:
    """The same without the usual column of labels, where the table does not have it, and what to
    say of that. Raises UsageError where a person says what its texts mean."""
    columns = wanted.columns
    names = names_of_columns(path)
    here = {name.strip().lower() for name in names}
    if not columns.is_usual or {one.lower() for one in columns.label} <= here:
        return columns, ""
    without = replace(columns, label=())
    asked = {name.strip().lower() for _, name, _, _ in _asked(without)}
    there = [repr(shortened(name))[1:-1] for name in names if name.strip().lower() not in asked]
    shown = ", ".join(there[:_MOST_SHOWN]) + ", ..." * (len(there) > _MOST_SHOWN)
    if wanted.mapping:
        raise UsageError(
            f"{path} has no column {columns.label[0]!r}, and --label-map says what the texts of a "
            f"label mean. Name the column with --label-column (other columns: {shown or 'none'})."
        )
    hint = f"no label: name the column with --label-column (other columns: {shown or 'none'})"
    return without, hint


_Asked = list[tuple[str, str, str, str]]
"""What is asked for, the column, what a flag in it says, and the option."""


def _asked(columns: TableColumns) -> _Asked:
    """Each column that is wanted; the path is the first, and labels are the last."""
    found = [("path", columns.path, "", "--path-column")]
    plain = ((name, getattr(columns, name)) for name in ("patient", "study", "split"))
    found += [(name, column, "", f"--{name}-column") for name, column in plain if column]
    for name in ("body_part", "view", "laterality"):
        for text in getattr(columns, name):
            column, _, said = text.rpartition("=")
            flag = f"--{name.replace('_', '-')}-column"
            found.append((name, column or said, said, flag))
    for text in columns.label:
        column, _, named = text.rpartition("=")
        found.append(("label", column or named, "", "--label-column"))
    return found


def _flags(rows: Rows, asked: _Asked) -> list[bool]:
    """Which columns hold flags: nothing but yes and no."""
    return [
        bool(said) and all(cells[at].casefold() in _TRUE | _FALSE for _, cells in rows)
        for at, (_, _, said, _) in enumerate(asked)
    ]


def _refuse_unknown_flags(path: Path, rows: Rows, asked: _Asked, flags: Sequence[bool]) -> None:
    """Raise UsageError where a column of 0 and 1 is called as the vocabulary calls nothing."""
    for at, (kind, column, said, flag) in enumerate(asked):
        if not flags[at] or is_known(kind, said):
            continue
        if any(cells[at].casefold() in _TRUE for _, cells in rows):
            raise UsageError(
                f"{path}: column {column!r} holds 0 and 1, and its name is no "
                f"{kind.replace('_', ' ')} that radprep knows. Say what 1 means with {flag} "
                f"{column}=NAME."
            )


def _empty_says_something(labels: Sequence[str], wanted: LayoutWanted) -> list[bool]:
    """For each column of labels, whether a person says what an empty cell of it means."""
    said = {text.casefold() for text, _ in wanted.mapping}
    return [
        not said.isdisjoint({EMPTY, *(f"{name.strip().casefold()}:{EMPTY}" for name in names)})
        for names in (text.rpartition("=")[::2] for text in labels)
    ]


def _with_empty_named(texts: Sequence[str], says_something: Sequence[bool]) -> tuple[str, ...]:
    return tuple(
        text or (EMPTY if says else "") for text, says in zip(texts, says_something, strict=True)
    )


def _cells(cells: Sequence[str], asked: _Asked, flags: Sequence[bool]) -> _Cells:
    found: _Cells = defaultdict(list)
    for cell, (name, _, said, _), is_flag in zip(cells, asked, flags, strict=True):
        if is_flag:
            cell = said if cell.casefold() in _TRUE else ""
        if cell:
            found[name].append(cell)
    return found


def _told(cells: _Cells, laid: LaidOut, *, has_patients: bool) -> Told:
    """What one row tells of its picture. A part, view or side that several columns tell is all of
    them: a film may show a hand and a shoulder. has_patients: studies are numbered within patients,
    so that such a number says nothing where the patient is unknown: many have a study 1."""
    patient = ", ".join(cells["patient"]) or None
    number = ", ".join(cells["study"])
    is_whole = not has_patients or named_patient(patient) is not None
    split = split_in(", ".join(cells["split"]))
    laid.counts["splits_not_known"] += bool(cells["split"]) and split is None
    part, view, side = (", ".join(cells[name]) for name in ("body_part", "view", "laterality"))
    return Told(
        patient,
        study_text(patient, number) if number and is_whole else None,
        part or None,
        view or None,
        side or None,
        split,
    )


def _agreed(found: Sequence[Told]) -> Told:
    """What the rows of one picture tell together: where they contradict each other, nothing. Its
    patient is then unknown, and its study the picture itself."""
    if len(set(found)) == 1:
        return found[0]

    def same(name: str) -> str | None:
        """What all rows tell alike."""
        values = {getattr(one, name) for one in found}
        return next(iter(values)) if len(values) == 1 else None

    return Told(
        same("patient"),
        same("study"),
        same("body_part"),
        same("view"),
        same("laterality"),
        same("split"),
    )
