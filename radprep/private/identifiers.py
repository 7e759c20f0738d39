"""Original identifiers beside pseudonyms, study by study, in the private tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from radprep.dataset.durable import explain_disk_errors, write_whole
from radprep.dataset.layout import ARROW, read_table, study_ids
from radprep.dataset.tables import collate_table
from radprep.errors import UsageError
from radprep.private.key import IDENTIFIERS, make_private_folder, owner_only, private_root


def write_identifiers(out: Path, study_id: str, files: Iterable[Mapping[str, Any]]) -> None:
    """Write the identifiers of a study's files, in order of source_id. They stand before the study
    is marked complete."""
    ordered = sorted(files, key=lambda file: str(file["source_id"]))
    table = pa.table(
        {
            name: pa.array([file[name] for file in ordered], kind)
            for name, kind in zip(IDENTIFIERS.names, IDENTIFIERS.types, strict=True)
        },
        schema=IDENTIFIERS,
    )
    path = _path(out, study_id)
    with explain_disk_errors(private_root(out)), owner_only():
        make_private_folder(path.parent)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, IDENTIFIERS) as writer:
            writer.write_table(table)
        write_whole(path, sink.getvalue())


def read_identifiers(out: Path, study_id: str) -> list[dict[str, Any]]:
    """The identifiers of a study's files; empty where it has none."""
    path = _path(out, study_id)
    rows: list[dict[str, Any]] = read_table(path).to_pylist() if path.exists() else []
    return rows


def identified_studies(out: Path) -> list[str]:
    """Ids of the studies that have identifiers, in order."""
    return study_ids(private_root(out), ARROW)


class KnownSources:
    """What the private tree knows of the files converted before. Ask for the studies in order: the
    collated table is read as a stream. collated: that table may be trusted; otherwise each study's
    own is read."""

    def __init__(self, out: Path, *, collated: bool) -> None:
        self._out = out
        self.study_ids = frozenset(identified_studies(out))
        self._collated = collated and identifiers_readable(out)
        self._stream = _sources_by_study(out) if self._collated else iter(())
        self._next = next(self._stream, None)

    def of(self, study_id: str) -> dict[str, tuple[int, int, str]]:
        """source_id -> (size, time, hash) of a study's files."""
        if not self._collated:
            return (
                {}
                if study_id not in self.study_ids
                else {
                    file["source_id"]: (
                        file["source_size"],
                        file["source_mtime_ns"],
                        file["source_hash"],
                    )
                    for file in read_identifiers(self._out, study_id)
                }
            )
        while self._next and self._next[0] < study_id:
            self._next = next(self._stream, None)
        return self._next[1] if self._next and self._next[0] == study_id else {}


def _sources_by_study(out: Path) -> Iterator[tuple[str, dict[str, tuple[int, int, str]]]]:
    names = ["study_id", "source_id", "source_size", "source_mtime_ns", "source_hash"]
    with pq.ParquetFile(private_root(out) / "identifiers.parquet") as table:
        batches = table.iter_batches(batch_size=10_000, columns=names)
        rows = (
            row
            for batch in batches
            for row in zip(*(batch[name].to_pylist() for name in names), strict=True)
        )
        for study_id, files in groupby(rows, key=itemgetter(0)):
            yield (
                study_id,
                {
                    source_id: (size, time, source_hash)
                    for _, source_id, size, time, source_hash in files
                },
            )


def remove_identifiers(out: Path, study_id: str) -> None:
    """Forget the identifiers of a study."""
    _path(out, study_id).unlink(missing_ok=True)


def collate_identifiers(out: Path) -> None:
    """Rebuild identifiers.parquet: one row a file."""
    with owner_only():
        collate_table(
            private_root(out),
            "identifiers.parquet",
            IDENTIFIERS,
            identified_studies(out),
            partial(_path, out),
        )


def identifiers_readable(out: Path) -> bool:
    """Whether identifiers.parquet is there and whole; it can be collated again at any time."""
    try:
        pq.read_metadata(private_root(out) / "identifiers.parquet")
    except (OSError, pa.ArrowException):
        return False
    return True


def identifiers_agree(out: Path) -> bool:
    """Whether identifiers.parquet holds the identifiers of the studies, all of them and as they
    are."""
    try:
        collated = pq.read_table(private_root(out) / "identifiers.parquet")
        place = 0
        for study_id in identified_studies(out):
            one = read_table(_path(out, study_id))
            if not collated.slice(place, one.num_rows).equals(one):
                return False
            place += one.num_rows
    except (OSError, ValueError, UsageError, pa.ArrowException):
        return False
    return bool(place == collated.num_rows)


def _path(out: Path, study_id: str) -> Path:
    return private_root(out) / "studies" / study_id[:2] / f"{study_id}{ARROW}"
