"""What the stages share: what a study's work gives back, when an existing result may be gone on
with, and how a run ends."""

from __future__ import annotations

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pyarrow.parquet as pq

from radprep import __version__, dataset, png
from radprep.errors import InterruptedRunError, UsageError
from radprep.hashes import key_of
from radprep.schema import FAILED, FORMAT_VERSION, KEPT, Row, file_status
from radprep.shard import WHOLE, Shard
from radprep.stopwatch import Stopwatch
from radprep.study import Pixels
from radprep.tables import collate_instances

Job = TypeVar("Job", bound="StudyJob", contravariant=True)

VERSIONED = (
    "imagecodecs",
    "isal",
    "numpy",
    "opencv-python-headless",
    "pandas",
    "pyarrow",
    "pydicom",
    "python-gdcm",
)
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
    """What became of one study: its files by status, the images written, and the seconds it took by
    stage of the work."""

    study_id: str
    kept: int = 0
    rejected: int = 0
    failed: int = 0
    images: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, study_id: str, rows: Iterable[Row], seconds: Mapping[str, float]) -> Outcome:
        """Count the files of a study's rows."""
        listed = list(rows)
        counts = count_files(listed)
        return cls(
            study_id,
            counts["kept"],
            counts["rejected"],
            counts["failed"],
            sum(row["status"] == KEPT for row in listed),
            seconds,
        )


class Stage(Protocol[Job]):
    """Work on one study that does not know how it is run. Stages are small and picklable: they hold
    paths, never pixels."""

    def do(self, job: Job) -> Outcome:
        """Do one study and commit it. What a file holds never makes it raise."""

    def fail(self, job: Job, code: str) -> Outcome:
        """Commit a study whose work could not be done: every undecided row of it failed, with this
        code."""


@dataclass(frozen=True)
class Selection:
    """Which studies a run is about. shard: only those that it holds; retry: also studies that are
    as they must be, but hold failures that this stage has made: with this code, or with any where
    it is empty."""

    shard: Shard = WHOLE
    retry: str | None = None

    def tries_again(self, failed: Collection[str]) -> bool:
        """Whether a study with these codes of failures is to be done again."""
        return self.retry is not None and (self.retry in failed if self.retry else bool(failed))


EVERYTHING = Selection()


@dataclass
class Plan:
    """What a run has to do. jobs: studies to do, and reasons: why, one for each; relabel: study ->
    label, where nothing else has changed; remove: studies that no longer belong; done: number of
    studies that are as they must be; absent: that stay, though they or some of their files are no
    longer in the input; studies: that there are in all shards."""

    root: Path
    selection: Selection
    jobs: list[Any] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    relabel: dict[str, str | None] = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)
    done: int = 0
    absent: int = 0
    studies: int = 0

    def __post_init__(self) -> None:
        self._tops = dataset.image_tops(self.root)

    def sort_in(self, job: StudyJob, parts: Mapping[str, str] | None, label: str | None) -> None:
        """Hold what a study would be made from against what stands on disk. parts: those of its
        key; None: a source file of it is new or has changed."""
        footer = dataset.read_footer(self.root, job.study_id)
        why = self._why(job.study_id, footer, parts)
        if why:
            self.jobs.append(job)
            self.reasons.append(why)
        elif footer and footer.get("label") != label:
            self.relabel[job.study_id] = label
        else:
            self.done += 1

    def _why(
        self, study_id: str, footer: Mapping[str, Any] | None, parts: Mapping[str, str] | None
    ) -> str | None:
        """Why a study must be done (REASONS), or None."""
        if footer is None:
            return "new"
        if parts is None or footer.get("key") is None:
            return "input"
        if footer["key"] != key_of(parts):
            before = footer.get("parts", {})
            return next(
                (name for name in (*parts, *before) if before.get(name) != parts.get(name)), "input"
            )
        if footer.get("images") != sum(
            1 for _ in dataset.study_files(self.root, study_id, self._tops)
        ):
            return "images"
        return "retry" if self.selection.tries_again(footer.get("failed", ())) else None

    @property
    def why(self) -> dict[str, str]:
        """Study -> reason, for each that is to be done."""
        return {job.study_id: reason for job, reason in zip(self.jobs, self.reasons, strict=True)}

    @property
    def is_empty(self) -> bool:
        """Nothing to do."""
        return not (self.jobs or self.relabel or self.remove)


REASONS = {
    "new": "not made yet",
    "parameters": "a parameter has changed",
    "versions": "another version of radprep, a step or a library",
    "input": "what it is made from has changed",
    "corrections": "a person's corrections were given or taken back",
    "images": "images are missing or were added",
    "retry": "it failed and is tried again",
}
"""Why a study is done, as `Plan.why` says it."""


def digest_of(*values: Any) -> str:
    """A part of a study's key: parameters, versions or input. The key is the hash of all three;
    they stand beside it in the study's footer, to say what has changed."""
    return key_of(*values)[:16]


def stage_png(pixels: Pixels, attempt: dataset.Attempt, watch: Stopwatch) -> Path:
    """Write an image into the attempt at its study."""
    with watch.timing("encode"):
        data = png.encode(pixels)
    with watch.timing("write"):
        return attempt.stage(data)


def count_files(rows: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Files by status: a file is kept if any of its rows is, else failed if any failed, else
    rejected."""
    statuses: dict[str, set[str]] = {}
    for row in rows:
        statuses.setdefault(row["source_id"], set()).add(row["status"])
    return Counter(file_status(found) for found in statuses.values())


def failure_codes(rows: Iterable[Row]) -> list[str]:
    """Codes of the failures in rows, each once."""
    return sorted({row["reason"] for row in rows if row["status"] == FAILED})


def versions() -> dict[str, str]:
    """Versions of radprep and of the packages behind a result."""
    return {
        "radprep": __version__,
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in VERSIONED},
    }


def check_folders(source: Path, out: Path) -> None:
    """Raise UsageError where one of the two folders lies inside the other: the output would be read
    as input."""
    inner, outer = out.resolve(), source.resolve()
    if inner == outer:
        raise UsageError(f"OUT is the same folder as the input: {out}. Choose another OUT.")
    if outer in inner.parents:
        raise UsageError(
            f"OUT ({out}) lies inside the input ({source}). Choose a folder outside of it."
        )
    if inner in outer.parents:
        raise UsageError(f"The input ({source}) lies inside OUT ({out}). Choose another OUT.")


def check_out(out: Path, stage: str, made_from: Mapping[str, Any]) -> dict[str, Any] | None:
    """Say whether a run may write to OUT: it is missing, empty, or was made by the same stage from
    the same things.

    made_from: entries of dataset.json that must be equal. Returns the existing dataset.json. Raises
    UsageError.
    """
    if not out.exists() or (
        out.is_dir()
        and all(
            path.name == ".tmp" or path.name.startswith(".dataset.json.") for path in out.iterdir()
        )
    ):
        return None  # or its run was killed at the very beginning
    if not out.is_dir():
        raise UsageError(f"OUT ({out}) is a file. Give a folder.")
    info = dataset.read_info(out) if (out / "dataset.json").exists() else _info_from_studies(out)
    if info["stage"] != stage:
        raise UsageError(f"OUT ({out}) was made by `radprep {info['stage']}`. Give a new folder.")
    for name, value in made_from.items():
        if info["made_from"].get(name) != value:
            raise UsageError(
                f"OUT ({out}) was made from another {name.replace('_', ' ')} "
                f"({info['made_from'].get(name)}, now {value}). Give a new folder, or what it was "
                "made from."
            )
    return info


def _info_from_studies(out: Path) -> dict[str, Any]:
    """What can be said of a data set whose dataset.json was lost: every study says what it was made
    by."""
    footers = (dataset.read_footer(out, study_id) for study_id in dataset.study_ids(out))
    footer = next((footer for footer in footers if footer and "made_from" in footer), None)
    if footer is None:
        raise UsageError(f"OUT ({out}) is not empty and not a radprep data set. Give a new folder.")
    return {
        "stage": footer["stage"],
        "made_from": footer["made_from"],
        "parameters": {"labels": footer["label"] is not None},
        "complete": False,
    }


def write_info(
    out: Path,
    stage: str,
    made_from: Mapping[str, Any],
    parameters: Mapping[str, Any],
    *,
    complete: bool,
    planned: int = 0,
    left: int = 0,
) -> dict[str, Any]:
    """Write dataset.json: before the work, so that an interrupted run can be told and gone on with,
    and after it with the counts. It holds no time and no path: the same result gives the same
    bytes. planned: studies that it is to hold; left: those that are not done."""
    info: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "stage": stage,
        "complete": complete,
        "made_from": dict(made_from),
        "parameters": dict(parameters),
        "versions": versions(),
        "architecture": platform.machine(),
        "studies_planned": planned,
    }
    if complete:
        info |= {
            "fingerprint": fingerprint(out),
            "instances_bytes": _instances_bytes(out),
            "studies_left": left,
            "counts": count_data_set(out),
        }
    if info != _existing_info(out):
        dataset.write_json(out / "dataset.json", info)
    return info


def refuse_mixture(out: Path, parameters: Mapping[str, Any]) -> None:
    """Raise InterruptedRunError, and mark OUT as incomplete, where another run has meanwhile said
    that it makes OUT with other parameters than this one did."""
    info = dataset.read_info(out)
    if info["parameters"] != parameters:
        dataset.write_json(out / "dataset.json", {**info, "complete": False})
        raise InterruptedRunError(
            f"Another run with other parameters has been writing to {out} meanwhile, and both have "
            "left studies. Decide for one, end the other, and run its command again."
        )


def refresh_info(out: Path) -> dict[str, Any]:
    """Rebuild instances.parquet, the counts and the fingerprint after studies were removed or
    rewritten; how the data set was made stays as it was written, and an incomplete one stays
    incomplete."""
    info = dataset.read_info(out)
    if info["complete"] or (out / "instances.parquet").exists():
        collate_instances(out)
    if info["complete"]:
        info |= {
            "fingerprint": fingerprint(out),
            "instances_bytes": _instances_bytes(out),
            "counts": count_data_set(out),
        }
        dataset.write_json(out / "dataset.json", info)
    return info


def is_complete(out: Path, info: Mapping[str, Any] | None) -> bool:
    """Whether the shared tables stand for the studies on disk."""
    return bool(
        info
        and info["complete"]
        and info["instances_bytes"] == _instances_bytes(out)
        and info["fingerprint"] == fingerprint(out)
    )


def _instances_bytes(out: Path) -> int:
    """Size of instances.parquet, which tells a damaged or older one; 0 where there is none."""
    path = out / "instances.parquet"
    return path.stat().st_size if path.exists() else 0


def fingerprint(root: Path) -> str:
    """Names the contents of a data set: the keys and labels of its studies."""
    digest = hashlib.sha256()
    for study_id in dataset.study_ids(root):
        digest.update(
            json.dumps([study_id, dataset.read_footer(root, study_id)], sort_keys=True).encode()
        )
    return digest.hexdigest()[:32]


def count_data_set(root: Path) -> dict[str, Any]:
    """Counts of a data set, from instances.parquet: files by status, images, studies, patients,
    labels, reasons, review marks, and images that stand in several studies."""
    columns = [
        "source_id",
        "study_id",
        "patient_id",
        "label",
        "status",
        "reason",
        "step",
        "review",
        "pixel_hash",
    ]
    files: Counter[str] = Counter()
    why: dict[str, Counter[str]] = {"rejected": Counter(), "failed": Counter()}
    labels: Counter[str] = Counter()
    marks: Counter[str] = Counter()
    studies: Counter[str] = Counter()
    studies_of_pixels: Counter[bytes] = Counter()
    patients: set[str] = set()
    for rows in rows_by_study(root, columns):
        files += count_files(rows)
        kept = [row for row in rows if row["status"] == KEPT]
        if rows[0]["study_id"] != dataset.UNASSIGNED:
            studies.update(all=1, kept=bool(kept))
        for row in rows:
            if row["status"] != KEPT:
                why[row["status"]][f"{row['step']}:{row['reason']}"] += 1
        patients.update(row["patient_id"] for row in kept)
        labels.update(row["label"] or "" for row in kept)
        marks.update(mark for row in kept for mark in row["review"])
        studies_of_pixels.update({bytes.fromhex(row["pixel_hash"]) for row in kept})
    return {
        "files": sum(files.values()),
        "kept": files["kept"],
        "rejected": files["rejected"],
        "failed": files["failed"],
        "images": sum(labels.values()),
        "studies": studies["all"],
        "studies_kept": studies["kept"],
        "patients": len(patients),
        "labels": dict(sorted(labels.items())),
        "rejected_rows": dict(sorted(why["rejected"].items())),
        "failed_rows": dict(sorted(why["failed"].items())),
        "review": dict(sorted(marks.items())),
        "images_in_several_studies": sum(number > 1 for number in studies_of_pixels.values()),
    }


def rows_by_study(root: Path, columns: list[str] | None) -> Iterable[list[dict[str, Any]]]:
    """The rows of instances.parquet, study by study (they stand together). columns: those read;
    None: all."""
    waiting: list[dict[str, Any]] = []
    for batch in pq.ParquetFile(root / "instances.parquet").iter_batches(
        batch_size=2_000, columns=columns
    ):
        for row in batch.to_pylist():
            if waiting and waiting[0]["study_id"] != row["study_id"]:
                yield waiting
                waiting = []
            waiting.append(row)
    if waiting:
        yield waiting


def _existing_info(out: Path) -> dict[str, Any] | None:
    return dataset.read_info(out) if (out / "dataset.json").exists() else None
