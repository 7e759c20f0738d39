"""Tables of rows, read and checked: nothing of a row is used before its table has come through
here.

What a row must be is said once, row by row, in `row_fault`. Many rows are looked at by whole
columns first (`_are_clean`), which takes half as long as it does to make Python objects of them;
only where that finds something are they looked at one by one, to say what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from radprep.dataset.image_file import MOST_PIXELS
from radprep.dataset.names import image_name, mask_name
from radprep.dataset.rules import (
    NEVER_NULL,
    NEVER_NULL_IF_KEPT,
    NEVER_NULL_UNLESS_KEPT,
    RULES,
    Rule,
)
from radprep.dataset.schema import KEPT, OF_IMAGE, Row, arrow_schema
from radprep.errors import UsageError
from radprep.text.small_file import opened

_MOST_FILE_BYTES = 64 * 2**30
_ROOM_BYTES = 256_000_000
_MOST_UNFOLDING = 100
"""A Parquet file may unfold to so many times its size, and to _ROOM_BYTES in any case."""
_FEW_ROWS = 64
"""So many rows are looked at one by one: to ask Arrow costs more."""

_MANY_ROWS = 20_000
_NAMED_BY = {"label", "study_id", "image_id"}
_AGREEING = {
    *_NAMED_BY,
    "labels",
    "width",
    "height",
    "instance_id",
    "file_name",
    "mask_file_name",
}

Fault = tuple[str, str]
"""A column whose value is not what it may hold, and what the rule asks for. The value itself is
never said."""


@contextmanager
def open_parquet(path: Path) -> Iterator[pq.ParquetFile]:
    """A Parquet file of ours, open for reading. Raises FileNotFoundError, and UsageError where it
    is damaged, no regular file, or says that it unfolds to more than anything that we write."""
    try:
        with opened(path, _MOST_FILE_BYTES) as handle:
            size = handle.seek(0, 2)
        with pq.ParquetFile(path) as file:
            if unfolds_without_bound(file, size):
                raise UsageError(
                    f"{path} says that it unfolds to far more than its size, as nothing does that "
                    "radprep writes. Do not use this data set."
                )
            yield file
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise UsageError(damaged(path)) from None


def unfolds_without_bound(file: pq.ParquetFile, size: int) -> bool:
    """Whether a Parquet file says that it unfolds to far more than its size, bytes."""
    found = file.metadata
    unfolded = sum(found.row_group(at).total_byte_size for at in range(found.num_row_groups))
    return bool(unfolded > max(_ROOM_BYTES, _MOST_UNFOLDING * size) or found.num_rows > size)


def damaged(path: Path) -> str:
    """The sentence on a table that cannot be read."""
    return (
        f"{path} is damaged. Remove it and run the command that made it again: it makes again what "
        "is missing."
    )


def read_study(path: Path, study_id: str) -> list[Row]:
    """The rows of one study's file, checked. Raises FileNotFoundError, and UsageError where the
    file is damaged, or a row is not what it must be."""
    with open_parquet(path) as file:
        table = file.read(use_threads=False)
    check_schema(table.schema, path)
    return checked_rows(table, path, study_id)


def read_batches(
    path: Path, columns: Sequence[str] | None = None, rows: int = 2_000
) -> Iterator[pa.Table]:
    """The checked rows of instances.parquet, so many at a time. columns: those read; None: all.
    What it raises: as `read_study`."""
    with open_parquet(path) as file:
        check_schema(file.schema_arrow, path)
        wanted = None if columns is None else list(columns)
        for batch in file.iter_batches(batch_size=rows, columns=wanted):
            table = pa.Table.from_batches([batch])
            check_rows(table, path)
            yield table


def is_empty(path: Path, column: str) -> bool:
    """Whether a column of instances.parquet is null in every row, as the file's own statistics say;
    nothing of it is read. What it raises: as `read_study`."""
    with open_parquet(path) as file:
        check_schema(file.schema_arrow, path)
        place = file.schema_arrow.names.index(column)
        groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
        # the columns before it may be lists, which are one column each there, too
        told = [(group.num_rows, group.column(place).statistics) for group in groups]
        return all(one is not None and one.null_count == rows for rows, one in told)


def read_columns(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """All checked rows of instances.parquet as one table; otherwise as `read_batches`."""
    names = arrow_schema().names if columns is None else columns
    schema = pa.schema([arrow_schema().field(name) for name in names])
    return pa.Table.from_batches(
        [
            batch
            for table in read_batches(path, columns, _MANY_ROWS)
            for batch in table.to_batches()
        ],
        schema,
    )


def check_schema(schema: pa.Schema, path: Path) -> None:
    """Raise UsageError where the columns of a table, or their types, are not those of the
    schema."""
    if not schema.remove_metadata().equals(arrow_schema()):
        raise UsageError(
            f"{path} has not the columns, or not their types, that this version of radprep writes "
            "(`radprep columns` lists them). Make the data set again."
        )


def check_rows(table: pa.Table, path: Path) -> None:
    """Raise UsageError that names the column and the rule where a row is not what it must be.
    table: some columns of the schema, or all."""
    try:
        clean = len(table) >= _FEW_ROWS and _are_clean(table)
    except (pa.ArrowException, ValueError):  # a text that is no UTF-8
        raise UsageError(damaged(path)) from None
    if not clean:
        checked_rows(table, path)


def checked_rows(table: pa.Table, path: Path, study_id: str | None = None) -> list[Row]:
    """The rows of a small table, each checked. study_id: the one that all rows must name; None:
    any. Raises as `check_rows`."""
    try:
        rows: list[Row] = table.to_pylist()
    except (ValueError, OverflowError):  # a text that is no UTF-8, a date that there is not
        raise UsageError(damaged(path)) from None
    for number, row in enumerate(rows, start=1):
        fault = row_fault(row, study_id)
        if fault:
            column, must = fault
            raise UsageError(
                f"{path}: the column {column} must hold {must}; row {number} does not. radprep "
                "writes no such row, so somebody has altered it. Make the data set again, or let "
                "`radprep verify --repair` queue what is wrong."
            )
    return rows


def row_fault(row: Row, study_id: str | None = None) -> Fault | None:
    """The first thing that is wrong with a row, or with some columns of one; None where nothing is.
    study_id: the study that it must name; None: any."""
    values = cast(Mapping[str, Any], row)
    for name, value in values.items():
        if value is not None and not RULES[name].holds(value):
            return name, RULES[name].must
    return _null_fault(values) or _disagreement(row, values, study_id)


def _null_fault(values: Mapping[str, Any]) -> Fault | None:
    def is_null(name: str) -> bool:
        """Whether a column that was read has no value."""
        return name in values and values[name] is None

    for name in NEVER_NULL:
        if is_null(name):
            return name, "a value in every row"
    if "status" not in values:
        return None
    if values["status"] == KEPT:
        lacking = next(filter(is_null, NEVER_NULL_IF_KEPT), None)
        return (lacking, "a value in the row of every image") if lacking else None
    lacking = next(filter(is_null, NEVER_NULL_UNLESS_KEPT), None)
    if lacking:
        return lacking, "a value in the row of what was not kept"
    present = next((name for name in OF_IMAGE if values.get(name) is not None), None)
    return (present, "nothing in the row of what was not kept") if present else None


def _disagreement(row: Row, values: Mapping[str, Any], study_id: str | None) -> Fault | None:
    """What columns say of each other: names follow from ids, and sizes stay in the budget."""
    if study_id is not None and values.get("study_id", study_id) != study_id:
        return "study_id", "the study that the file is named by"
    if (values.get("width") or 0) * (values.get("height") or 0) > MOST_PIXELS:
        return "width", f"with the height at most {MOST_PIXELS:,} pixels"
    image_id, instance_id = values.get("image_id"), values.get("instance_id")
    if image_id and instance_id and image_id[: len(instance_id)] != instance_id:
        return "image_id", "an id that begins with the row's instance_id"
    label = values.get("label")
    if label and "labels" in values and f':"{label}"' not in (values["labels"] or ""):
        return "label", "one of the labels of the column labels"
    if values.keys() >= _NAMED_BY:
        for name, name_of in (("file_name", image_name), ("mask_file_name", mask_name)):
            if values.get(name) is not None and values[name] != name_of(row):
                return name, "the name that its label and ids make up"
    return None


def _are_clean(table: pa.Table) -> bool:
    """Whether `row_fault` would find nothing in any row; False where that is to be asked. Raises
    pa.ArrowException where the table itself is broken."""
    table.validate(full=True)  # a text may be no UTF-8
    return _values_are_clean(table) and _nulls_are_clean(table) and _agreements_are_clean(table)


def _values_are_clean(table: pa.Table) -> bool:
    by_rule: dict[tuple[Rule, pa.DataType], list[pa.Array]] = {}
    for name in table.column_names:
        if table[name].null_count < len(table):
            by_rule.setdefault((RULES[name], table[name].type), []).extend(table[name].chunks)
    return all(
        rule.holds_for_all(pa.chunked_array(chunks)) for (rule, _), chunks in by_rule.items()
    )


def _nulls_are_clean(table: pa.Table) -> bool:
    present = set(table.column_names)
    if any(table[name].null_count for name in present.intersection(NEVER_NULL)):
        return False
    if "status" not in present:
        return True
    kept = table.filter(pc.equal(table["status"], KEPT))
    others = table.filter(pc.not_equal(table["status"], KEPT))
    return (
        not any(kept[name].null_count for name in present.intersection(NEVER_NULL_IF_KEPT))
        and not any(
            others[name].null_count for name in present.intersection(NEVER_NULL_UNLESS_KEPT)
        )
        and all(others[name].null_count == len(others) for name in present.intersection(OF_IMAGE))
    )


def _agreements_are_clean(table: pa.Table) -> bool:
    names = sorted(_AGREEING.intersection(table.column_names))
    columns = [table[name].to_pylist() for name in names]
    for values in zip(*columns, strict=True):
        row: Any = dict(zip(names, values, strict=True))
        if _disagreement(row, row, None):
            return False
    return True
