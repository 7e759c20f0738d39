"""What the stages share: what a study's work gives back, when an existing result may be gone on with, and how a run ends."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pyarrow.parquet as pq

from radprep import __version__, dataset
from radprep.errors import UsageError
from radprep.hashes import key_of
from radprep.schema import FORMAT_VERSION, KEPT, Row, file_status

Job = TypeVar("Job", bound="StudyJob", contravariant=True)

VERSIONED = ("imagecodecs", "isal", "numpy", "opencv-python-headless", "pandas", "pyarrow", "pydicom", "python-gdcm")
"""Packages whose versions are written beside a result."""


class StudyJob(Protocol):
    """The work on one study."""

    @property
    def study_id(self) -> str:
        """Which study it is."""

    @property
    def weight(self) -> int:
        """About how much work it is, to begin with the largest."""


@dataclass(frozen=True)
class Outcome:
    """What became of one study: its files by status, and the images written."""

    study_id: str
    kept: int = 0
    rejected: int = 0
    failed: int = 0
    images: int = 0

    @classmethod
    def of(cls, study_id: str, rows: Iterable[Row]) -> Outcome:
        """Count the files of a study's rows."""
        listed = list(rows)
        counts = count_files(listed)
        return cls(study_id, counts["kept"], counts["rejected"], counts["failed"], sum(row["status"] == KEPT for row in listed))


class Stage(Protocol[Job]):
    """Work on one study that does not know how it is run. Stages are small and picklable: they hold paths, never pixels."""

    def do(self, job: Job) -> Outcome:
        """Do one study and commit it. What a file holds never makes it raise."""

    def fail(self, job: Job, code: str) -> Outcome:
        """Commit a study whose work could not be done: every undecided row of it failed, with this code."""


@dataclass
class Plan:
    """What a run has to do. jobs: studies to do; relabel: study -> label, where nothing else has changed; remove: studies
    that no longer belong; done: studies that are as they must be."""

    jobs: list[Any] = field(default_factory=list)
    relabel: dict[str, str | None] = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)
    done: int = 0

    def sort_in(self, root: Path, job: Any, key: str | None, label: str | None) -> None:
        """Hold what a study would be made from against what stands on disk. key None: it must be done."""
        footer = dataset.read_footer(root, job.study_id)
        if footer is None or key is None or footer.get("key") != key or not _has_all_images(root, job.study_id, footer):
            self.jobs.append(job)
        elif footer.get("label") != label:
            self.relabel[job.study_id] = label
        else:
            self.done += 1

    @property
    def is_empty(self) -> bool:
        """Nothing to do."""
        return not (self.jobs or self.relabel or self.remove)


def _has_all_images(root: Path, study_id: str, footer: Mapping[str, Any]) -> bool:
    return footer.get("images") == sum(1 for _ in dataset.study_files(root, study_id))


def count_files(rows: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Files by status: a file is kept if any of its rows is, else failed if any failed, else rejected."""
    statuses: dict[str, set[str]] = {}
    for row in rows:
        statuses.setdefault(row["source_id"], set()).add(row["status"])
    return Counter(file_status(found) for found in statuses.values())


def versions() -> dict[str, str]:
    """Versions of radprep and of the packages behind a result."""
    return {"radprep": __version__, "python": platform.python_version(), **{name: metadata.version(name) for name in VERSIONED}}


def check_folders(source: Path, out: Path) -> None:
    """Raise UsageError where one of the two folders lies inside the other: the output would be read as input."""
    inner, outer = out.resolve(), source.resolve()
    if inner == outer:
        raise UsageError(f"OUT is the same folder as the input: {out}. Choose another OUT.")
    if outer in inner.parents:
        raise UsageError(f"OUT ({out}) lies inside the input ({source}). Choose a folder outside of it.")
    if inner in outer.parents:
        raise UsageError(f"The input ({source}) lies inside OUT ({out}). Choose another OUT.")


def check_out(out: Path, stage: str, made_from: Mapping[str, Any]) -> dict[str, Any] | None:
    """Say whether a run may write to OUT: it is missing, empty, or was made by the same stage from the same things.

    made_from: entries of dataset.json that must be equal. Returns the existing dataset.json. Raises UsageError.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    if not out.is_dir():
        raise UsageError(f"OUT ({out}) is a file. Give a folder.")
    info = dataset.read_info(out) if (out / "dataset.json").exists() else _info_from_studies(out)
    if info["stage"] != stage:
        raise UsageError(f"OUT ({out}) was made by `radprep {info['stage']}`. Give a new folder.")
    for name, value in made_from.items():
        if info["made_from"].get(name) != value:
            raise UsageError(f"OUT ({out}) was made from another {name.replace('_', ' ')} ({info['made_from'].get(name)}, now {value}). "
                             "Give a new folder, or what it was made from.")
    return info


def _info_from_studies(out: Path) -> dict[str, Any]:
    """What can be said of a data set whose dataset.json was lost: every study says what it was made by."""
    footers = (dataset.read_footer(out, study_id) for study_id in dataset.study_ids(out))
    footer = next((footer for footer in footers if footer and "made_from" in footer), None)
    if footer is None:
        raise UsageError(f"OUT ({out}) is not empty and not a radprep data set. Give a new folder.")
    return {"stage": footer["stage"], "made_from": footer["made_from"], "parameters": {"labels": footer["label"] is not None},
            "complete": False}


def write_info(out: Path, stage: str, made_from: Mapping[str, Any], parameters: Mapping[str, Any], *, complete: bool,
               left: int = 0) -> dict[str, Any]:
    """Write dataset.json: before the work, so that an interrupted run can be told and gone on with, and after it with the
    counts. It holds no time and no path: the same result gives the same bytes. left: studies that `--limit` left undone."""
    info: dict[str, Any] = {"format_version": FORMAT_VERSION, "stage": stage, "complete": complete, "made_from": dict(made_from),
                            "parameters": dict(parameters), "versions": versions(), "architecture": platform.machine()}
    if complete:
        info |= {"fingerprint": fingerprint(out), "instances_bytes": _instances_bytes(out), "studies_left": left,
                 "counts": count_data_set(out)}
    if info != _existing_info(out):
        dataset.write_json(out / "dataset.json", info)
    return info


def refresh_info(out: Path) -> dict[str, Any]:
    """Rebuild instances.parquet, the counts and the fingerprint after studies were removed or rewritten; how the data set was made
    stays as it was written, and an incomplete one stays incomplete."""
    info = dataset.read_info(out)
    if info["complete"] or (out / "instances.parquet").exists():
        dataset.collate_instances(out)
    if info["complete"]:
        info |= {"fingerprint": fingerprint(out), "instances_bytes": _instances_bytes(out), "counts": count_data_set(out)}
        dataset.write_json(out / "dataset.json", info)
    return info


def is_complete(out: Path, info: Mapping[str, Any] | None) -> bool:
    """Whether the shared tables stand for the studies on disk."""
    return bool(info and info["complete"] and info["instances_bytes"] == _instances_bytes(out) and info["fingerprint"] == fingerprint(out))


def _instances_bytes(out: Path) -> int:
    """Size of instances.parquet, which tells a damaged or older one; 0 where there is none."""
    path = out / "instances.parquet"
    return path.stat().st_size if path.exists() else 0


def fingerprint(root: Path) -> str:
    """Names the contents of a data set: the keys and labels of its studies."""
    return key_of([(study_id, dataset.read_footer(root, study_id)) for study_id in dataset.study_ids(root)])


def count_data_set(root: Path) -> dict[str, Any]:
    """Counts of a data set, from instances.parquet: files by status, images, studies, patients, labels, reasons, review marks,
    and images that stand in several studies."""
    columns = ["source_id", "study_id", "patient_id", "label", "status", "reason", "step", "review", "pixel_hash"]
    files: Counter[str] = Counter()
    why: dict[str, Counter[str]] = {"rejected": Counter(), "failed": Counter()}
    labels: Counter[str] = Counter()
    marks: Counter[str] = Counter()
    seen: dict[str, set[str]] = {"studies": set(), "studies_kept": set(), "patients": set()}
    studies_of_pixels: dict[str, set[str]] = {}
    images = 0
    for study in rows_by_study(root, columns):
        files += count_files(study)
        for row in study:
            seen["studies"].add(row["study_id"])
            if row["status"] != KEPT:
                why[row["status"]][f"{row['step']}:{row['reason']}"] += 1
                continue
            images += 1
            seen["studies_kept"].add(row["study_id"])
            seen["patients"].add(row["patient_id"])
            labels[row["label"] or ""] += 1
            marks.update(row["review"])
            studies_of_pixels.setdefault(row["pixel_hash"], set()).add(row["study_id"])
    return {
        "files": sum(files.values()), "kept": files["kept"], "rejected": files["rejected"], "failed": files["failed"], "images": images,
        **{name: len(found) for name, found in seen.items()}, "labels": dict(sorted(labels.items())),
        "rejected_rows": dict(sorted(why["rejected"].items())), "failed_rows": dict(sorted(why["failed"].items())),
        "review": dict(sorted(marks.items())),
        "images_in_several_studies": sum(len(found) > 1 for found in studies_of_pixels.values()),
    }


def rows_by_study(root: Path, columns: list[str] | None) -> Iterable[list[dict[str, Any]]]:
    """The rows of instances.parquet, study by study (they stand together). columns: those read; None: all."""
    waiting: list[dict[str, Any]] = []
    for batch in pq.ParquetFile(root / "instances.parquet").iter_batches(columns=columns):
        for row in batch.to_pylist():
            if waiting and waiting[0]["study_id"] != row["study_id"]:
                yield waiting
                waiting = []
            waiting.append(row)
    if waiting:
        yield waiting


def _existing_info(out: Path) -> dict[str, Any] | None:
    return dataset.read_info(out) if (out / "dataset.json").exists() else None
