"""The tables that join the Parquet files of all studies, row by row in the order of the studies.
What has not changed since the last time is taken from the table as it stands: to read a study's
file takes a millisecond."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from radprep.dataset.checked import check_rows, damaged, open_parquet
from radprep.dataset.durable import explain_disk_errors, replacing, write_whole
from radprep.dataset.layout import DataSet, read_table
from radprep.dataset.schema import arrow_schema
from radprep.errors import UsageError

_ROWS_A_GROUP = 10_000

Stamp = str
"""Time of change, size and inode: what tells a file that was replaced. One text, since there is one
a study (as a list 0.2 KB)."""


def collate_instances(data_set: DataSet) -> None:
    """Rebuild instances.parquet from the complete studies. Raises UsageError where a row of one is
    not what it must be."""

    def check(rows: pa.Table) -> None:
        """Raise UsageError for a row that is not what it must be."""
        check_rows(rows, data_set.root / "studies")

    def marker_of(study_id: str) -> Path:
        """The study's file, which is in the data set."""
        return data_set.within(data_set.marker(study_id))

    collate_table(
        data_set.within(data_set.instances),
        arrow_schema(),
        data_set.study_ids(),
        marker_of,
        check,
    )


def collate_table(
    table: Path,
    schema: pa.Schema,
    studies: Sequence[str],
    path_of: Callable[[str], Path],
    check: Callable[[pa.Table], None] = lambda rows: None,
) -> None:
    """Join the files of studies into one table. The bytes do not depend on what stood there before.
    studies: their ids, in order. check: called with some rows at a time before they are written; it
    raises for rows that must not be."""
    stamps = {study_id: stamp for study_id in studies if (stamp := _stamp(path_of(study_id)))}
    unchanged = _unchanged(table, stamps)
    changed = ((study_id, path_of(study_id)) for study_id in stamps if study_id not in unchanged)
    with replacing(table) as temporary:
        with pq.ParquetWriter(temporary, schema, compression="zstd", store_schema=False) as writer:
            for group in _in_groups(_merged(table, schema, unchanged, changed), _ROWS_A_GROUP):
                check(group)
                writer.write_table(group)
        # asked now, and not of the table in its place: another run may put its own there any moment
        written = _stamp(temporary)
    with explain_disk_errors(table.parent):
        _remember(table, written, stamps)


def distrust(table: Path) -> None:
    """Have a table made from nothing but the studies' files next time."""
    _record(table).unlink(missing_ok=True)


def _record(table: Path) -> Path:
    return table.parent / "logs" / f"{table.name}.collated.tsv"


def _remember(table: Path, written: Stamp | None, stamps: Mapping[str, Stamp]) -> None:
    """Note of which table the studies' files are as they stand in it. written: its stamp."""
    _record(table).parent.mkdir(exist_ok=True)
    lines = (f"{study_id}\t{stamp}\n" for study_id, stamp in stamps.items())
    write_whole(_record(table), "".join((f"{written}\n", *lines)).encode())


def _unchanged(table: Path, stamps: Mapping[str, Stamp]) -> frozenset[str]:
    """The studies whose rows stand in the table as they are in their files."""
    try:
        with _record(table).open(encoding="utf-8") as lines:
            if next(lines, "").rstrip("\n") != _stamp(table):
                return frozenset()
            remembered = (line.rstrip("\n").partition("\t") for line in lines)
            return frozenset(
                study_id for study_id, _, stamp in remembered if stamps.get(study_id) == stamp
            )
    except (OSError, ValueError):
        return frozenset()


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except FileNotFoundError:  # another run has it in its hands
        return None
    return f"{status.st_mtime_ns} {status.st_size} {status.st_ino}"


def _merged(
    table: Path, schema: pa.Schema, unchanged: frozenset[str], changed: Iterator[tuple[str, Path]]
) -> Iterator[pa.Table]:
    """The rows of unchanged studies from the table as it stands, between them those of the changed
    ones from their files."""
    following = next(changed, None)
    if unchanged:
        kept = pa.array(sorted(unchanged))
        with open_parquet(table) as file:
            if not file.schema_arrow.remove_metadata().equals(schema):
                raise UsageError(damaged(table))
            for batch in file.iter_batches(batch_size=_ROWS_A_GROUP, use_threads=False):
                last = batch["study_id"][-1].as_py() or ""
                parts = [pa.Table.from_batches([batch]).filter(pc.is_in(batch["study_id"], kept))]
                while following and following[0] <= last:
                    parts += _read(following[1], schema)
                    following = next(changed, None)
                joined = pa.concat_tables(parts)
                yield joined.take(pc.sort_indices(joined["study_id"])) if len(parts) > 1 else joined
    while following:
        yield from _read(following[1], schema)
        following = next(changed, None)


def _read(path: Path, schema: pa.Schema) -> list[pa.Table]:
    with contextlib.suppress(FileNotFoundError):  # another run has it in its hands
        found = read_table(path).replace_schema_metadata(None)
        if not found.schema.equals(schema):
            raise UsageError(damaged(path))
        return [found]
    return []


def _in_groups(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The same rows in tables of just so many, the last one of fewer. Small ones are joined soon: a
    table of one row takes 170 KB."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if len(waiting) >= 100 or table.num_rows >= 100:
            waiting = [pa.concat_tables(waiting).combine_chunks()]
            while waiting[0].num_rows >= rows:
                yield waiting[0].slice(0, rows)
                waiting = [waiting[0].slice(rows)]
    if waiting:
        yield from _slices(pa.concat_tables(waiting).combine_chunks(), rows)


def _slices(table: pa.Table, rows: int) -> Iterator[pa.Table]:
    for start in range(0, table.num_rows, rows):
        yield table.slice(start, rows)
