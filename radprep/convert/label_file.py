"""The rows of a hospital's file of labels: a key and a text each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from radprep.convert.label_keys import clean_key
from radprep.errors import UsageError
from radprep.text.csv_file import LINE_BREAKS, find_column, read_lines


@dataclass(frozen=True)
class LabelRow:
    """What counts of a row: its key and a text that may give a label. line: where it begins in the
    file; quoted: whether more than spaces stood around the key (see `clean_key`)."""

    line: int
    key: str
    text: str
    quoted: bool = False


def read_rows(path: Path, key_name: str, column: str) -> list[LabelRow]:
    """The two columns of the file. Raises UsageError for cells of them that cannot be meant."""
    lines = list(read_lines(path, "--labels"))
    columns = lines[0][1] if lines else []
    key_column = find_column(columns, key_name, path, "--label-key")
    text_column = find_column(columns, column, path, "--label-column")
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
        cell = cells[key_column].strip(" ")
        key = clean_key(cell)
        rows.append(LabelRow(line, key, cells[text_column].strip(), quoted=key != cell))
    return rows
