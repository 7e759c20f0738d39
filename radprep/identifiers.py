"""Original identifiers beside pseudonyms, study by study, in the private tree."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from radprep import dataset
from radprep.private import IDENTIFIERS, make_private_folder, owner_only, private_root


def write_identifiers(out: Path, study_id: str, files: Iterable[Mapping[str, Any]]) -> None:
    """Write the identifiers of a study's files, in order of source_id. They stand before the study is marked complete."""
    ordered = sorted(files, key=lambda file: str(file["source_id"]))
    table = pa.table({name: pa.array([file[name] for file in ordered], kind) for name, kind in zip(
        IDENTIFIERS.names, IDENTIFIERS.types, strict=True)}, schema=IDENTIFIERS)
    path = _path(out, study_id)
    with dataset.explain_disk_errors(private_root(out)), owner_only():
        make_private_folder(path.parent)
        temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        dataset.write_table(table, temporary)
        dataset.sync(temporary)
        temporary.replace(path)


def read_identifiers(out: Path, study_id: str) -> list[dict[str, Any]]:
    """The identifiers of a study's files; empty where it has none."""
    path = _path(out, study_id)
    rows: list[dict[str, Any]] = dataset.read_table(path).to_pylist() if path.exists() else []
    return rows


def identified_studies(out: Path) -> list[str]:
    """Ids of the studies that have identifiers, in order."""
    return sorted(path.stem for path in (private_root(out) / "studies").glob("*/[!.]*.parquet"))


def remove_identifiers(out: Path, study_id: str) -> None:
    """Forget the identifiers of a study."""
    _path(out, study_id).unlink(missing_ok=True)


def collate_identifiers(out: Path) -> None:
    """Rebuild identifiers.parquet: one row a file."""
    paths = [_path(out, study_id) for study_id in identified_studies(out)]
    with owner_only():
        dataset.collate_tables(private_root(out), "identifiers.parquet", IDENTIFIERS, paths)


def identifiers_readable(out: Path) -> bool:
    """Whether identifiers.parquet is there and whole; it can be collated again at any time."""
    try:
        pq.read_metadata(private_root(out) / "identifiers.parquet")
    except (OSError, pa.ArrowException):
        return False
    return True


def identifiers_agree(out: Path) -> bool:
    """Whether identifiers.parquet holds the identifiers of the studies, all of them and as they are."""
    try:
        collated = pq.read_table(private_root(out) / "identifiers.parquet")
        place = 0
        for study_id in identified_studies(out):
            one = pq.read_table(_path(out, study_id), partitioning=None)
            if not collated.slice(place, one.num_rows).equals(one):
                return False
            place += one.num_rows
    except (OSError, ValueError, pa.ArrowException):
        return False
    return bool(place == collated.num_rows)


def _path(out: Path, study_id: str) -> Path:
    return private_root(out) / "studies" / study_id[:2] / f"{study_id}.parquet"
