"""The columns of a table that a person gives, as texts: a CSV file in any of its forms, or a
Parquet file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from radprep.dataset.checked import unfolds_without_bound
from radprep.errors import UsageError
from radprep.text.csv_file import find_column, read_lines
from radprep.text.small_file import opened

FLAG = "--table"
_PARQUET = b"PAR1"
_MOST_BYTES = 256_000_000
_MOST_ROWS = 5_000_000
_MOST_CHARACTERS = 1000
"""Of a cell: a path has no more."""
_AT_A_TIME = 2_000
"""Rows of a Parquet file that are in memory as Arrow has them."""

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
        with opened(path, _MOST_BYTES) as handle:
            size = handle.seek(0, 2)
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            if file.metadata.num_rows > _MOST_ROWS or unfolds_without_bound(file, size):
                raise UsageError(
                    f"{path} says that it has {file.metadata.num_rows:,} rows and unfolds to far "
                    "more than its size, which is no table of pictures. Save it again, or as CSV."
                )
        header = list(schema.names)
        wanted = [header[find_column(header, name, path, flag)] for name, flag in columns]
        names = list(dict.fromkeys(wanted))
        if any(_is_nested(schema.field(name).type) for name in names):
            raise UsageError(
                f"{path}: a column that is asked for holds lists or other values of several parts. "
                "Name columns of texts, numbers or dates."
            )
        # a long text that many rows share is in memory once
        with pq.ParquetFile(path, read_dictionary=names) as file:
            rows: list[list[str]] = []
            for batch in file.iter_batches(_AT_A_TIME, columns=names, use_threads=False):
                cells = {name: _cells(batch[name]) for name in names}
                rows += (list(row) for row in zip(*(cells[name] for name in wanted), strict=True))
    except UsageError:
        raise
    except (OSError, ValueError, KeyError, OverflowError, MemoryError, pa.ArrowException):
        raise _broken(path) from None
    return list(enumerate(rows, 1))


def _is_nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind) or pa.types.is_fixed_size_binary(kind))


def _cells(column: pa.Array) -> list[str]:
    """The cells of a column in one batch. The texts of a dictionary are cut before rows share
    them."""
    if not pa.types.is_dictionary(column.type):
        return [_text(value) for value in column.to_pylist()]
    texts = [_text(value) for value in column.dictionary.to_pylist()]
    return ["" if at is None else texts[at] for at in column.indices.to_pylist()]


def _text(value: object) -> str:
    """A value as a CSV file would have it. A whole number that became a fraction, because its
    column has gaps, is a whole number again."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text[:_MOST_CHARACTERS]
