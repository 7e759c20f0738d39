"""dataset.json: how a data set was made, and whether a run may go on with it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from radprep import __version__
from radprep.dataset.counts import count_data_set
from radprep.dataset.durable import write_json
from radprep.dataset.layout import read_footer, study_ids
from radprep.dataset.schema import FORMAT_VERSION
from radprep.dataset.tables import collate_instances
from radprep.errors import InterruptedRunError, UsageError


def read_info(root: Path) -> dict[str, Any]:
    """The contents of dataset.json. Raises UsageError where the folder is no data set of ours, or
    of another format."""
    path = root / "dataset.json"
    try:
        info: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"{root} is not a radprep data set: it has no dataset.json, which `radprep convert` "
            "writes once it has scanned the dump."
        ) from None
    except (OSError, ValueError):
        info = {}
    if (
        not isinstance(info, dict)
        or not {"format_version", "stage", "made_from", "parameters", "complete"} <= info.keys()
    ):
        raise UsageError(
            f"{path} is damaged. Remove it and run the command that made the data set again: it is "
            "rebuilt from the studies."
        )
    if info.get("format_version") != FORMAT_VERSION:
        raise UsageError(
            f"{root} has format {info.get('format_version')}; this version of radprep reads format "
            f"{FORMAT_VERSION}. Make it again with `radprep convert`."
        )
    return info


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
    info = read_info(out) if (out / "dataset.json").exists() else _info_from_studies(out)
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
    footers = (read_footer(out, study_id) for study_id in study_ids(out))
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
        write_json(out / "dataset.json", info)
    return info


def refuse_mixture(out: Path, parameters: Mapping[str, Any]) -> None:
    """Raise InterruptedRunError, and mark OUT as incomplete, where another run has meanwhile said
    that it makes OUT with other parameters than this one did."""
    info = read_info(out)
    if info["parameters"] != parameters:
        write_json(out / "dataset.json", {**info, "complete": False})
        raise InterruptedRunError(
            f"Another run with other parameters has been writing to {out} meanwhile, and both have "
            "left studies. Decide for one, end the other, and run its command again."
        )


def refresh_info(out: Path) -> dict[str, Any]:
    """Rebuild instances.parquet, the counts and the fingerprint after studies were removed or
    rewritten; how the data set was made stays as it was written, and an incomplete one stays
    incomplete."""
    info = read_info(out)
    if info["complete"] or (out / "instances.parquet").exists():
        collate_instances(out)
    if info["complete"]:
        info |= {
            "fingerprint": fingerprint(out),
            "instances_bytes": _instances_bytes(out),
            "counts": count_data_set(out),
        }
        write_json(out / "dataset.json", info)
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
    for study_id in study_ids(root):
        digest.update(json.dumps([study_id, read_footer(root, study_id)], sort_keys=True).encode())
    return digest.hexdigest()[:32]


def _existing_info(out: Path) -> dict[str, Any] | None:
    return read_info(out) if (out / "dataset.json").exists() else None
