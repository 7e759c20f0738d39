"""Original identifiers beside pseudonyms, study by study, in the private tree."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, TypedDict, cast

import pyarrow as pa
import pyarrow.parquet as pq

from radprep.dataset.durable import explain_disk_errors, write_whole
from radprep.dataset.layout import read_table
from radprep.dataset.tables import collate_table
from radprep.errors import UsageError
from radprep.private.guard import check_file, check_folder
from radprep.private.tree import PrivateTree, make_private_folder, owner_only


class Identifiers(TypedDict):
    """What is known of one file of the dump: its original identifiers and path beside our
    pseudonyms. source_hash is empty where the file could not be read; source_size (bytes) and
    source_mtime_ns (nanoseconds) tell an unchanged file; delivery is the number of the dump that
    it came with; made_with is a digest of the options and versions that its rows were made
    with; exposure is what its header says of the exposure, as JSON: it tells copies and raw images
    that belong together when a later delivery comes; rejected_pixels are the hashes of its images
    that a person rejected, with spaces between: copies that come later stay out, too; boxes is what
    files of boxes say of the film, as JSON, and null where none speaks of it."""

    source_id: str
    source_path: str
    source_hash: str
    PatientID: str | None
    StudyInstanceUID: str | None
    SeriesInstanceUID: str | None
    SOPInstanceUID: str | None
    AccessionNumber: str | None
    IssuerOfPatientID: str | None
    patient_id: str | None
    patient_from: str | None
    patient_without_issuer: str | None
    study_id: str
    series_id: str | None
    instance_id: str
    source_size: int
    source_mtime_ns: int
    delivery: int
    made_with: str
    exposure: str | None
    rejected_pixels: str | None
    boxes: str | None


IDENTIFIERS = pa.schema(
    [
        (name, pa.int64() if kind is int else pa.string())
        for name, kind in typing.get_type_hints(Identifiers).items()
    ]
)
"""The schema of the files that hold them."""


def is_picture(one: Identifiers) -> bool:
    """Whether a file is a picture that a layout told of: it has a study, no name of its own, and
    was read."""
    return bool(one["StudyInstanceUID"] and not one["SOPInstanceUID"] and one["source_hash"])


def write_identifiers(tree: PrivateTree, study_id: str, files: Iterable[Identifiers]) -> None:
    """Write the identifiers of a study's files, in order of source_id. They stand before the study
    is marked complete."""
    ordered = cast(list[Mapping[str, object]], sorted(files, key=itemgetter("source_id")))
    table = pa.table(
        {
            field.name: pa.array([file[field.name] for file in ordered], field.type)
            for field in IDENTIFIERS
        },
        schema=IDENTIFIERS,
    )
    path = tree.identifiers_of(study_id)
    with explain_disk_errors(tree.root), owner_only():
        make_private_folder(path.parent)
        check_folder(tree.root)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, IDENTIFIERS) as writer:
            writer.write_table(table)
        write_whole(path, sink.getvalue())


def read_identifiers(tree: PrivateTree, study_id: str) -> list[Identifiers]:
    """The identifiers of a study's files; empty where it has none."""
    path = tree.identifiers_of(study_id)
    check_file(path)
    rows: list[Identifiers] = read_table(path).to_pylist() if path.exists() else []
    return rows


class KnownSource(NamedTuple):
    """A file that was converted: size (bytes), time of change (nanoseconds) and hash that it had,
    its delivery, its patient, the digest of what it was made with, and the boxes that are drawn on
    it."""

    size: int
    mtime_ns: int
    hash: str
    delivery: int
    patient_id: str | None
    made_with: str
    boxes: str | None = None


_KNOWN = (
    *("source_size", "source_mtime_ns", "source_hash", "delivery", "patient_id", "made_with"),
    "boxes",
)
"""The columns that a KnownSource is made of."""


class KnownSources:
    """What the private tree knows of the files converted before. Ask for the studies in order: the
    collated table is read as a stream. collated: that table may be trusted; otherwise each study's
    own is read."""

    def __init__(self, tree: PrivateTree, *, collated: bool) -> None:
        self._tree = tree
        self.study_ids = frozenset(tree.study_ids())
        self._collated = collated and identifiers_readable(tree)
        self._stream = _sources_by_study(tree) if self._collated else iter(())
        self._next = next(self._stream, None)

    def of(self, study_id: str) -> dict[str, KnownSource]:
        """source_id -> what is known of each of a study's files."""
        if not self._collated:
            return (
                known_sources(read_identifiers(self._tree, study_id))
                if study_id in self.study_ids
                else {}
            )
        while self._next and self._next[0] < study_id:
            self._next = next(self._stream, None)
        return self._next[1] if self._next and self._next[0] == study_id else {}


def _sources_by_study(tree: PrivateTree) -> Iterator[tuple[str, dict[str, KnownSource]]]:
    names = ["study_id", "source_id", *_KNOWN]
    with pq.ParquetFile(tree.identifiers) as table:
        batches = table.iter_batches(batch_size=10_000, columns=names)
        rows = (
            row
            for batch in batches
            for row in zip(*(batch[name].to_pylist() for name in names), strict=True)
        )
        for study_id, files in groupby(rows, key=itemgetter(0)):
            yield study_id, {source_id: KnownSource(*known) for _, source_id, *known in files}


def known_sources(files: Iterable[Identifiers]) -> dict[str, KnownSource]:
    """source_id -> what is known of the file."""
    return {
        file["source_id"]: KnownSource(
            file["source_size"],
            file["source_mtime_ns"],
            file["source_hash"],
            file["delivery"],
            file["patient_id"],
            file["made_with"],
            file["boxes"],
        )
        for file in files
    }


def remove_identifiers(tree: PrivateTree, study_id: str) -> None:
    """Forget the identifiers of a study."""
    tree.identifiers_of(study_id).unlink(missing_ok=True)


def collate_identifiers(tree: PrivateTree) -> None:
    """Rebuild identifiers.parquet: one row a file."""
    with owner_only():
        collate_table(tree.identifiers, IDENTIFIERS, tree.study_ids(), tree.identifiers_of)


def identifiers_readable(tree: PrivateTree) -> bool:
    """Whether identifiers.parquet is there and whole; it can be collated again at any time."""
    try:
        pq.read_metadata(tree.identifiers)
    except (OSError, pa.ArrowException):
        return False
    return True


def identifiers_agree(tree: PrivateTree) -> bool:
    """Whether identifiers.parquet holds the identifiers of the studies, all of them and as they
    are."""
    try:
        collated = pq.read_table(tree.identifiers)
        place = 0
        for study_id in tree.study_ids():
            one = read_table(tree.identifiers_of(study_id))
            if not collated.slice(place, one.num_rows).equals(one):
                return False
            place += one.num_rows
    except (OSError, ValueError, UsageError, pa.ArrowException):
        return False
    return bool(place == collated.num_rows)
