"""What a scan has found out about every file of a dump: in memory, and remembered privately between
runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from radprep.convert.whose import Whose
from radprep.dataset.durable import replacing, write_table
from radprep.dataset.footer import read_value
from radprep.dicom.files import FoundFile
from radprep.dicom.grouping import GROUPING
from radprep.dicom.scan import ScannedFile, scan_file
from radprep.errors import UsageError
from radprep.private.forgotten import forgotten_pictures, read_forgotten
from radprep.private.key import Pseudonyms
from radprep.private.tree import PrivateTree, owner_only

_FILE_COLUMNS = (
    ("path", pa.binary()),
    ("size", pa.int64()),
    ("mtime_ns", pa.int64()),
    ("archive", pa.binary()),
    ("place", pa.string()),
)
_OF_HEADER = (*GROUPING, "modality", "picture")
_INDEX = pa.schema([*_FILE_COLUMNS, *((name, pa.string()) for name in _OF_HEADER)])
_ROWS = 2_000
_PLACE, _TELLING = b"place", b"telling"
_SAMPLE = 16
"""About so many headers are read again to see whether an index is of this dump."""


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

    def modalities(self) -> dict[str, int]:
        """Modality -> how many images have it."""
        counted = pc.value_counts(self.table()["modality"].drop_null()).to_pylist()
        return {one["values"]: one["counts"] for one in counted}

    def _settle(self) -> None:
        columns: list[list[Any]] = [
            [getattr(one.file, name) for one in self._waiting] for name, _ in _FILE_COLUMNS
        ]
        columns += [[getattr(one, name) for one in self._waiting] for name in _OF_HEADER]
        self._tables.append(
            pa.table(
                [pa.array(*column) for column in zip(columns, _INDEX.types, strict=True)],
                schema=_INDEX,
            )
        )
        self._waiting = []


def set_forgotten_aside(
    tree: PrivateTree,
    whose: Whose,
    scanned: Iterable[ScannedFile],
    aside: list[ScannedFile],
) -> Iterator[ScannedFile]:
    """The scanned files but those of patients whom OUT has forgotten, which join `aside`. A picture
    of one of them is known by its bytes, whatever a layout calls its patient now."""
    patients, pictures = read_forgotten(tree), forgotten_pictures(tree)
    for one in scanned:
        if patients and (whose.patient_id(one) in patients or whose.digest(one) in pictures):
            aside.append(one)
        else:
            yield one


@dataclass(frozen=True)
class IndexOf:
    """What is remembered of a delivery beside its headers. place: names the folder in which it
    stands; telling: by what its patients are told apart, see `telling`; new: it has no index
    yet."""

    delivery: int
    place: str
    telling: str = ""
    new: bool = False


def write_index(tree: PrivateTree, of: IndexOf, pseudonyms: Pseudonyms, scanned: Scanned) -> None:
    """Remember, privately, what the headers of a delivery said, so that an unchanged file is not
    opened again. Of a forgotten patient nothing is remembered: those files, and archives that hold
    one, are scanned in every run. Raises FileExistsError where another run has taken the number of
    a new one."""
    table = _without_forgotten(tree, pseudonyms, scanned).table()
    path = tree.index(of.delivery)
    ordered = table.take(pc.sort_indices(table["path"])).combine_chunks()
    with owner_only(), replacing(path, if_new=of.new) as temporary:
        write_table(ordered, temporary, {_PLACE: of.place, _TELLING: of.telling})


def write_indices_again(tree: PrivateTree, pseudonyms: Pseudonyms) -> None:
    """Take out of each index what is a forgotten patient's by now."""
    for delivery in tree.deliveries:
        place, told = index_place(tree, delivery) or "", index_telling(tree, delivery) or ""
        write_index(tree, IndexOf(delivery, place, told), pseudonyms, read_index(tree, delivery))


def without_forgotten_files(
    tree: PrivateTree,
    pseudonyms: Pseudonyms,
    scanned: Scanned,
    aside: list[ScannedFile] | None = None,
) -> Scanned:
    """What was scanned but the files of forgotten patients, which join `aside`."""
    if not read_forgotten(tree):
        return scanned
    remaining, whose = Scanned(), Whose(pseudonyms, scanned.table())
    remaining.add(set_forgotten_aside(tree, whose, scanned, [] if aside is None else aside))
    return remaining


def _without_forgotten(tree: PrivateTree, pseudonyms: Pseudonyms, scanned: Scanned) -> Scanned:
    forgotten: list[ScannedFile] = []
    remaining = without_forgotten_files(tree, pseudonyms, scanned, forgotten)
    on_disk = {one.file.on_disk for one in forgotten}
    if not on_disk:
        return scanned
    return Scanned(
        remaining.table().filter(
            pa.array([one.file.on_disk not in on_disk for one in remaining], pa.bool_())
        )
    )


def place_of(pseudonyms: Pseudonyms, dump: Path) -> str:
    """Names the folder in which a dump stands: another disk that is mounted there is another
    place."""
    folder = dump.resolve()
    status = folder.stat()
    return pseudonyms.make("place", str(folder), str(status.st_dev), str(status.st_ino))


def index_place(tree: PrivateTree, delivery: int) -> str | None:
    """The place in which a delivery stood when it was scanned."""
    return _said_in_index(tree, delivery, _PLACE)


def index_telling(tree: PrivateTree, delivery: int) -> str | None:
    """By what the patients of a delivery were told apart; None where nothing is remembered."""
    return _said_in_index(tree, delivery, _TELLING)


def _said_in_index(tree: PrivateTree, delivery: int, name: bytes) -> str | None:
    try:
        return read_value(tree.index(delivery), name).decode()
    except (OSError, KeyError, ValueError, UsageError, pa.ArrowException):
        return None


def read_index(tree: PrivateTree, delivery: int) -> Scanned:
    """What an earlier scan of a delivery has remembered; nothing where it cannot be read, for it
    only saves time."""
    try:
        with pq.ParquetFile(tree.index(delivery)) as file:
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


def holds_true(remembered: Scanned, dump: Path) -> bool:
    """Whether some of the headers remembered still say what they did. A dump that stands in another
    place may be another one, whose files have the same names, sizes and times."""
    table = remembered.table()
    plain = table.filter(pc.equal(table["archive"], b""))
    step = max(1, plain.num_rows // _SAMPLE)
    some = Scanned(plain.take(pa.array(range(0, plain.num_rows, step), pa.int64())))
    return all(scan_file(dump, one.file) == [one] for one in some)
