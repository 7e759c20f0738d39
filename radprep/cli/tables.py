"""Tables of an inspection on a terminal, as plain text, as JSON and as CSV. What a file says never
reaches a terminal raw."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from radprep.text.csv_file import write_rows
from radprep.text.small_file import shown
from radprep.upkeep.table import Inspection, Table

_HEADINGS = {
    "part": "reads as",
    "read_as": "read as",
    "source": "read from",
    "least": "at least",
    "most": "at most",
    "in_small_groups": "in small groups",
    "smallest": "smallest group",
    "rarest": "what a smallest group shares",
}
_NUMBERS = {
    *("count", "images", "score", "min", "median", "max"),
    *("in_small_groups", "groups", "smallest", "least", "most"),
}
_MAX_CELL = 60
_GAP = 2
_CUT = "body_parts"


def plain_text(inspection: Inspection, top: int) -> str:
    """Aligned text, a table after the other. top: rows shown of the body parts."""
    return "\n\n".join(
        _plain_table(*_shortened(table, top)) for table in inspection.tables if table.rows
    )


def print_tables(inspection: Inspection, top: int, console: Console) -> None:
    """The same for a terminal, tables side by side as far as its width goes."""
    drawn = [_rich_table(*_shortened(table, top)) for table in inspection.tables if table.rows]
    line: list[RichTable] = []
    width = 0
    for table in drawn:
        wide = console.measure(table).maximum + _GAP
        if line and width + wide > console.width:
            console.print(_side_by_side(line))
            line, width = [], 0
        line.append(table)
        width += wide
    if line:
        console.print(_side_by_side(line))


def as_json(inspection: Inspection) -> str:
    """One object: a table is an object of counts, or a list of objects where its rows say more. In
    ASCII, texts unchanged."""
    tables: dict[str, Any] = {}
    for table in inspection.tables:
        if len(table.columns) == 2:
            tables[table.name] = {
                "unknown" if name is None else str(name): count for name, count in table.rows
            }
        else:
            tables[table.name] = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return json.dumps(
        {"source": inspection.source, "pipeline": inspection.pipeline, **tables}, indent=2
    )


def as_csv(inspection: Inspection) -> str:
    """One long table: section, name, count, and a column for each thing that some sections say
    besides. Control characters are escaped, and a text that a spreadsheet would take for a formula
    gets an apostrophe."""
    named = ("section", "name", "count")
    more = list(
        dict.fromkeys(column for table in inspection.tables for column in table.columns[2:])
    )
    lines: list[list[object]] = [[*named, *more]]
    for table in inspection.tables:
        for row in table.rows:
            cells = {"section": table.name, **dict(zip(table.columns, row, strict=True))}
            lines.append(
                [
                    shown(cell) if isinstance(cell, str) else cell
                    for cell in map(cells.get, (*named, *more))
                ]
            )
    buffer = io.StringIO()
    write_rows(buffer, lines)
    return buffer.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return "(none)"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.2f}"
    text = shown(str(value))
    return text if cell_len(text) <= _MAX_CELL else set_cell_size(text, _MAX_CELL - 3) + "..."


def _cells(table: Table) -> list[list[str]]:
    """The rows as people read them; our own names with spaces."""
    ours = table.name in ("overview", "kind", "label_join")
    return [
        [
            _cell(row[0]).replace("_", " ")
            if ours
            else str(row[0])
            if isinstance(row[0], int)
            else _cell(row[0]),
            *map(_cell, row[1:]),
        ]
        for row in table.rows
    ]


def _headings(table: Table) -> list[str]:
    return [table.title, table.unit, *(_HEADINGS.get(name, name) for name in table.columns[2:])]


def _shortened(table: Table, top: int) -> tuple[Table, str]:
    """The table as far as it is shown, and the sentence below it."""
    hidden = table.rows[top:] if table.name == _CUT else []
    if not hidden:
        return table, table.note
    more = (
        f"{len(hidden):,} more texts ({sum(row[1] for row in hidden):,} {table.unit}): --top "
        f"{len(table.rows)}, --csv or --json."
    )
    return Table(
        table.name, table.title, table.unit, table.rows[:top], table.columns
    ), f"{more} {table.note}"


def _plain_table(table: Table, note: str) -> str:
    cells = [_headings(table), *_cells(table)]
    widths = [max(cell_len(row[place]) for row in cells) for place in range(len(table.columns))]
    lines = ["  ".join(_aligned(row, widths, table)).rstrip() for row in cells]
    return "\n".join([*lines, *([note] if note else [])])


def _aligned(row: Sequence[str], widths: Sequence[int], table: Table) -> list[str]:
    pairs = zip(row, widths, table.columns, strict=True)
    return [
        " " * (width - cell_len(cell)) + cell if _is_number(name) else set_cell_size(cell, width)
        for cell, width, name in pairs
    ]


def _is_number(column: str) -> bool:
    return column in _NUMBERS


def _rich_table(table: Table, note: str) -> RichTable:
    """Cells are Text, so that no text is taken for markup."""
    drawn = RichTable(
        caption=Text(note, "dim") if note else None,
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for name, heading in zip(table.columns, _headings(table), strict=True):
        drawn.add_column(
            Text(heading, "bold"), justify="right" if _is_number(name) else "left", overflow="fold"
        )
    for row in _cells(table):
        drawn.add_row(*map(Text, row))
    return drawn


def _side_by_side(tables: Sequence[RichTable]) -> RichTable:
    grid = RichTable.grid(padding=(0, _GAP, 0, 0))
    grid.add_row(*tables)
    return grid
