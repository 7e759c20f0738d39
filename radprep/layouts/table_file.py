"""The columns of a table that a person gives, as texts: a CSV file in any of its forms, or a
Parquet file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from radprep.errors import UsageError
from radprep.text.csv_file import find_column, read_lines
from radprep.text.small_file import opened

FLAG = "--table"
_PARQUET = b"PAR1"
_MOST_BYTES = 256_000_000
_MOST_ROWS = 5_000_000
_MOST_CHARACTERS = 1000
"""Of a cell: a path has no more."""

Rows = list[tuple[int, list[str]]]
"""Number of a line, and its cells under the columns asked for."""


def read_columns(path: Path, columns: Sequence[tuple[str, str]]) -> Rows:
    """The cells of some columns. columns: the name of each, and the option that asks for it. Raises
    UsageError for a file that is no table, a column that is not there, and a table that is too
    large."""
    rows = _of_parquet(path, columns) if _is_parquet(path) else _of_csv(path, columns)
    if len(rows) > _MOST_ROWS:
        raise UsageError(f"{path} has {len(rows):,} rows; at most {_MOST_ROWS:,} are read.")
    return [(line, [cell.strip()[:_MOST_CHARACTERS] for cell in cells]) for line, cells in rows]


def names_of_columns(path: Path) -> list[str]:
    """The names of the columns of a table, as they stand there. Raises UsageError."""
    if not _is_parquet(path):
        return next(iter(read_lines(path, FLAG)), (0, []))[1]
    try:
        return list(pq.read_schema(path).names)
    except (OSError, ValueError, pa.ArrowException):
        raise _broken(path) from None


def _is_parquet(path: Path) -> bool:
    try:
        with opened(path, _MOST_BYTES) as handle:
            return handle.read(len(_PARQUET)) == _PARQUET
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}. Give the table with {FLAG}."
        ) from None


def _broken(path: Path) -> UsageError:
    return UsageError(
        f"{path} begins as a Parquet file and cannot be read as one. Save it again, or as CSV."
    )


def _of_csv(path: Path, columns: Sequence[tuple[str, str]]) -> Rows:
    lines = list(read_lines(path, FLAG))
    header = lines[0][1] if lines else []
    places = [find_column(header, name, path, flag) for name, flag in columns]
    most = max(places, default=0)
    rows: Rows = []
    for line, cells in lines[1:]:
        if any(cell.strip() for cell in cells[len(header) :]):
            raise UsageError(
                f"{path}, line {line}: {len(cells)} cells, but the header has {len(header)}. The "
                "likely cause is a delimiter inside a cell: put that cell in quotation marks."
            )
        whole = [*cells, *[""] * (most + 1 - len(cells))]
        rows.append((line, [whole[place] for place in places]))
    return rows


def _of_parquet(path: Path, columns: Sequence[tuple[str, str]]) -> Rows:
    try:
        with pq.ParquetFile(path) as file:
            header = list(file.schema_arrow.names)
            rows = file.metadata.num_rows
            large = sum(
                file.metadata.row_group(at).total_byte_size
                for at in range(file.metadata.num_row_groups)
            )
            if rows > _MOST_ROWS or large > 8 * _MOST_BYTES:
                raise UsageError(
                    f"{path} has {rows:,} rows in {large:,} bytes, which is no table of pictures."
                )
            wanted = [header[find_column(header, name, path, flag)] for name, flag in columns]
            table = file.read(columns=list(dict.fromkeys(wanted)), use_threads=False)
    except UsageError:
        raise
    except (OSError, ValueError, KeyError, MemoryError, pa.ArrowException):
        raise _broken(path) from None
    cells = {name: [_text(value) for value in table[name].to_pylist()] for name in set(wanted)}
    return [(at + 1, [cells[name][at] for name in wanted]) for at in range(table.num_rows)]


def _text(value: object) -> str:
    """A value as a CSV file would have it. A whole number that became a fraction, because its
    column has gaps, is a whole number again."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
