"""What a scan has found out about every file of a dump: in memory, and remembered privately between
runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from radprep.dataset.durable import replacing, write_table
from radprep.dataset.names import UNASSIGNED
from radprep.dicom.files import FoundFile
from radprep.dicom.scan import GROUPING, ScannedFile
from radprep.private.forgotten import read_forgotten
from radprep.private.key import Pseudonyms
from radprep.private.tree import PrivateTree, owner_only

_FILE_COLUMNS = (
    ("path", pa.binary()),
    ("size", pa.int64()),
    ("mtime_ns", pa.int64()),
    ("archive", pa.binary()),
    ("member", pa.int32()),
)
_INDEX = pa.schema([*_FILE_COLUMNS, *((name, pa.string()) for name in GROUPING)])
_ROWS = 2_000


class Scanned:
    """Scanned files, held as columns (0.2 KB a file; as objects 0.8) and made into objects a few at
    a time."""

    def __init__(self, table: pa.Table | None = None) -> None:
        self._tables = [_INDEX.empty_table() if table is None else table]
        self._waiting: list[ScannedFile] = []

    def add(self, found: Iterable[ScannedFile]) -> None:
        """Take more of them."""
        self._waiting += found
        if len(self._waiting) >= _ROWS:
            self._settle()

    def table(self) -> pa.Table:
        """All of them, a row each."""
        self._settle()
        return pa.concat_tables(self._tables)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._waiting) + sum(int(table.num_rows) for table in self._tables)

    def __iter__(self) -> Iterator[ScannedFile]:
        """Each of them."""
        for batch in self.table().to_batches(max_chunksize=_ROWS):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield ScannedFile(FoundFile(*row[: len(_FILE_COLUMNS)]), *row[len(_FILE_COLUMNS) :])

    def _settle(self) -> None:
        columns: list[list[Any]] = [
            [getattr(one.file, name) for one in self._waiting] for name, _ in _FILE_COLUMNS
        ]
        columns += [[getattr(one, name) for one in self._waiting] for name in GROUPING]
        self._tables.append(
            pa.table(
                [pa.array(*column) for column in zip(columns, _INDEX.types, strict=True)],
                schema=_INDEX,
            )
        )
        self._waiting = []


def study_of(pseudonyms: Pseudonyms, one: ScannedFile) -> str:
    """study_id of a scanned file."""
    return pseudonyms.make("study", one.StudyInstanceUID) if one.StudyInstanceUID else UNASSIGNED


def set_forgotten_aside(
    tree: PrivateTree,
    pseudonyms: Pseudonyms,
    scanned: Iterable[ScannedFile],
    aside: list[ScannedFile],
) -> Iterator[ScannedFile]:
    """The scanned files but those of patients whom OUT has forgotten, which join `aside`."""
    patients = read_forgotten(tree)
    for one in scanned:
        if patients and pseudonyms.patient_id(one.PatientID, study_of(pseudonyms, one)) in patients:
            aside.append(one)
        else:
            yield one


def write_index(tree: PrivateTree, pseudonyms: Pseudonyms, scanned: Scanned) -> None:
    """Remember, privately, what the headers said, so that an unchanged file is not opened again. Of
    a forgotten patient nothing is remembered: those files, and archives that hold one, are scanned
    in every run."""
    table = (
        _without_forgotten(tree, pseudonyms, scanned).table()
        if read_forgotten(tree)
        else scanned.table()
    )
    with owner_only(), replacing(tree.index) as temporary:
        write_table(table.take(pc.sort_indices(table["path"])).combine_chunks(), temporary)


def _without_forgotten(tree: PrivateTree, pseudonyms: Pseudonyms, scanned: Scanned) -> Scanned:
    forgotten: list[ScannedFile] = []
    remaining = Scanned()
    for one in set_forgotten_aside(tree, pseudonyms, scanned, forgotten):
        remaining.add([one])
    on_disk = {one.file.on_disk for one in forgotten}
    return Scanned(
        remaining.table().filter(
            pa.array([one.file.on_disk not in on_disk for one in remaining], pa.bool_())
        )
    )


def read_index(tree: PrivateTree) -> Scanned:
    """What an earlier scan has remembered; nothing where it cannot be read, for it only saves
    time."""
    try:
        with pq.ParquetFile(tree.index) as file:
            table = file.read(use_threads=False).replace_schema_metadata(None)
        # it would keep more than the table takes, 0.3 KB a file
        pa.default_memory_pool().release_unused()
    except (OSError, ValueError, pa.ArrowException):
        return Scanned()
    return Scanned(table if table.schema.equals(_INDEX) else None)


def still_true(remembered: Scanned, files: Iterable[FoundFile]) -> tuple[Scanned, list[FoundFile]]:
    """What is remembered of files (or archives) that have neither another size nor time now, and
    the files of which nothing is."""
    here = {file.path: file for file in files}
    unchanged, wanted = set(), []
    for one in remembered:
        file = here.get(one.file.on_disk)
        same = file is not None and (file.size, file.mtime_ns) == (one.file.size, one.file.mtime_ns)
        wanted.append(same)
        if file is not None and same:
            unchanged.add(file.path)  # not the path remembered, which would live on beside it
    kept = (
        remembered
        if all(wanted)
        else Scanned(remembered.table().filter(pa.array(wanted, pa.bool_())))
    )
    return kept, [here[path] for path in here if path not in unchanged]
