"""dataset.json: how a data set was made, and whether a run may go on with it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, TypedDict

from radprep.dataset.counts import Counts, count_data_set
from radprep.dataset.durable import name_of_temporary, write_json
from radprep.dataset.entries import wrong_entry
from radprep.dataset.footer import Footer
from radprep.dataset.keys import key_of
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import FORMAT_VERSION
from radprep.dataset.tables import collate_instances
from radprep.dataset.ways import PartSaid, StageBefore, agreed, parts_of, ways_of
from radprep.errors import InterruptedRunError, UsageError
from radprep.text.small_file import parse_json, read_small, shown
from radprep.version import __version__


class _AlwaysThere(TypedDict):
    """What every dataset.json says; without it, the file is damaged."""

    format_version: int
    stage: str
    complete: bool
    made_from: dict[str, Any]
    parameters: dict[str, Any]


class Info(_AlwaysThere, total=False):
    """The contents of dataset.json.

    made_from: decides whether a run may go on with the data set; parameters: of its stage;
    stages_before: the stages that its source went through, the first one first, so that the last
    data set of a chain says how it came about; studies_planned: studies that it is to hold. The
    last four stand there once the shared tables are made; instances_bytes: size of
    instances.parquet, which tells a damaged or older one.
    """

    stages_before: list[StageBefore]
    versions: dict[str, str]
    architecture: str
    studies_planned: int
    fingerprint: str
    instances_bytes: int
    studies_left: int
    counts: Counts


@dataclass(frozen=True)
class Making:
    """How a data set is made: what dataset.json says of it before any study is done."""

    stage: str
    made_from: Mapping[str, Any]
    parameters: Mapping[str, Any]
    stages_before: tuple[StageBefore, ...] = ()

    @classmethod
    def of(cls, info: Info) -> Making:
        """How an existing data set was made."""
        before = tuple(info.get("stages_before", ()))
        return cls(info["stage"], info["made_from"], info["parameters"], before)

    def is_said_by(self, info: Info, planned: int) -> bool:
        """Whether a dataset.json says just this, of a data set that is to hold so many studies. An
        older one names a source, corrections or parameters that are others by now."""
        said = key_of(asdict(Making.of(info)), info.get("studies_planned"))
        return said == key_of(asdict(self), planned)


def stages_up_to(info: Info) -> tuple[StageBefore, ...]:
    """The stages of a data set, its own last: what one made from it carries forward."""
    own: StageBefore = {
        "stage": info["stage"],
        "made_from": info["made_from"],
        "parameters": info["parameters"],
        "versions": info.get("versions", {}),
    }
    return (*info.get("stages_before", ()), own)


def stages_of(info: Info, name: str) -> list[StageBefore]:
    """The last stage of this name on each way by which films came into a data set, each once:
    several only where data sets were merged that were made otherwise."""
    found: list[StageBefore] = []
    for way in ways_of(stages_up_to(info)):
        last = [one for one in way if one["stage"] == name][-1:]
        found += [one for one in last if one not in found]
    return found


def stage_of(info: Info, name: str) -> StageBefore | None:
    """The last stage of this name that a data set went through: its own, or one before it. Of a
    merged one, what is the same for all its parts. None where there was none."""
    found = stages_of(info, name)
    if len(found) < 2:
        return found[0] if found else None
    return {
        "stage": name,
        "made_from": agreed([one["made_from"] for one in found]),
        "parameters": agreed([one["parameters"] for one in found]),
        "versions": agreed([one["versions"] for one in found]),
    }


def parameters_of(info: Info, name: str) -> dict[str, Any] | None:
    """The parameters of the last stage of this name; of a merged data set those that are the same
    for all its parts. None where there was none."""
    stage = stage_of(info, name)
    return stage["parameters"] if stage else None


def merged_from(info: Info) -> list[PartSaid]:
    """What a data set, or the source that it was made from, was merged from; empty where nothing
    was merged."""
    return parts_of(stages_up_to(info))


def keys_of(info: Info) -> frozenset[str]:
    """The fingerprints of the keys that the pseudonyms of a data set were made with; empty where
    one of them is not known."""
    keys = {one["made_from"].get("key") for one in stages_of(info, "convert")}
    return frozenset() if None in keys else frozenset(map(str, keys))


def have_same_key(one: Info, other: Info) -> bool:
    """Whether the pseudonyms of two data sets are known to be made with one key, so that a patient
    has the same in both; of merged ones, with the same keys."""
    return bool(keys_of(one)) and keys_of(one) == keys_of(other)


def read_info(data_set: DataSet) -> Info:
    """The contents of dataset.json. Raises UsageError where the folder is no data set of ours, or
    of another format, or holds a link that leads out of it where a run would write."""
    try:
        found = info_in(data_set.within(data_set.info_file))
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(
            f"{data_set} is not a radprep data set: it has no dataset.json, which `radprep "
            "convert` writes once it has scanned the dump."
        ) from None
    data_set.check_tops()
    return found


def info_in(path: Path) -> Info:
    """The contents of a dataset.json, wherever it stands. Raises FileNotFoundError, and UsageError
    where an entry is not what radprep writes, which the message names, or of another format."""
    try:
        info: Any = parse_json(read_small(path))
    except (FileNotFoundError, NotADirectoryError):
        raise
    except (OSError, ValueError):
        info = None
    if isinstance(info, dict) and info.get("format_version", FORMAT_VERSION) != FORMAT_VERSION:
        raise UsageError(
            f"{path.parent} has format {shown(str(info['format_version']))[:20]}; this version of "
            f"radprep reads format {FORMAT_VERSION}. Remove it or choose another OUT, and make it "
            "again from the dump."
        )
    wrong = wrong_entry(info, _AlwaysThere.__required_keys__)
    if wrong is not None:
        where = f" (see its entry {wrong})" if wrong else ""
        raise UsageError(
            f"{path} is damaged{where}. Remove it and run the command that made the data set "
            "again: it is rebuilt from the studies."
        )
    found: Info = info
    return found


def read_complete(data_set: DataSet) -> Info:
    """dataset.json of a data set whose last run ended. Raises UsageError as `read_info` does, and
    where the run was interrupted."""
    info = read_info(data_set)
    if not info["complete"]:
        raise UsageError(
            f"{data_set} is not complete: its `radprep {info['stage']}` was interrupted. Run that "
            "command again first."
        )
    return info


VERSIONED = (
    "imagecodecs",
    "isal",
    "numpy",
    "opencv-python-headless",
    "pandas",
    "pillow",
    "pyarrow",
    "pydicom",
    "python-gdcm",
    "tifffile",
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


def check_out(out: DataSet, stage: str, made_from: Mapping[str, Any]) -> Info | None:
    """Say whether a run may write to OUT: it is missing, empty, or was made by the same stage from
    the same things.

    made_from: entries of dataset.json that must be equal. Returns the existing dataset.json. Raises
    UsageError.
    """
    if not out.root.exists() or (out.root.is_dir() and _holds_nothing(out)):
        return None
    if not out.root.is_dir():
        raise UsageError(f"OUT ({out}) is a file. Give a folder.")
    info = read_info(out) if out.info_file.exists() else _info_from_studies(out)
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


def _holds_nothing(out: DataSet) -> bool:
    """Whether a folder is empty, but for what a run leaves that was killed as it began."""
    return all(
        path == out.attempts or name_of_temporary(path) == out.info_file.name
        for path in out.root.iterdir()
    )


def _info_from_studies(out: DataSet) -> Info:
    """What can be said of a data set whose dataset.json was lost: every study says what it was made
    by, and whether labels, boxes and corrections took part in it."""
    out.check_tops()
    made_by: Footer | None = None
    parameters: dict[str, Any] = {"labels": False}
    for footer in filter(None, map(out.footer, out.study_ids())):
        made_by = made_by or footer
        parameters["labels"] |= footer["labels"] is not None
        parameters |= {"boxes": True} if "boxes" in footer["parts"] else {}
        parameters |= {"corrections": "lost"} if "corrections" in footer["parts"] else {}
    if made_by is None:
        raise UsageError(f"OUT ({out}) is not empty and not a radprep data set. Give a new folder.")
    return {
        "format_version": FORMAT_VERSION,
        "stage": made_by["stage"],
        "made_from": made_by["made_from"],
        "parameters": parameters,
        "complete": False,
    }


def write_info(
    data_set: DataSet, making: Making, *, complete: bool, planned: int = 0, left: int = 0
) -> Info:
    """Write dataset.json: before the work, so that an interrupted run can be told and gone on with,
    and after it with the counts. It holds no time and no path: the same result gives the same
    bytes. planned: studies that it is to hold; left: those that are not done."""
    info: Info = {
        "format_version": FORMAT_VERSION,
        "stage": making.stage,
        "complete": complete,
        "made_from": dict(making.made_from),
        "parameters": dict(making.parameters),
        "stages_before": list(making.stages_before),
        "versions": versions(),
        "architecture": platform.machine(),
        "studies_planned": planned,
    }
    if complete:
        info["fingerprint"] = fingerprint(data_set)
        info["instances_bytes"] = _instances_bytes(data_set)
        info["studies_left"] = left
        info["counts"] = count_data_set(data_set)
    if not data_set.info_file.exists() or info != read_info(data_set):
        write_json(data_set.info_file, info)
    return info


def refuse_mixture(data_set: DataSet, parameters: Mapping[str, Any]) -> None:
    """Raise InterruptedRunError, and mark OUT as incomplete, where another run has meanwhile said
    that it makes OUT with other parameters than this one did."""
    info = read_info(data_set)
    if info["parameters"] != parameters:
        mark_incomplete(data_set, info)
        raise InterruptedRunError(
            f"Another run with other parameters has been writing to {data_set} meanwhile, and both "
            "have left studies. Decide for one, end the other, and run its command again."
        )


def mark_incomplete(data_set: DataSet, info: Info) -> None:
    """Say in dataset.json that a run is due."""
    write_json(data_set.info_file, {**info, "complete": False})


def refresh_info(data_set: DataSet) -> Info:
    """Rebuild instances.parquet, the counts and the fingerprint after studies were removed or
    rewritten; how the data set was made stays as it was written, and an incomplete one stays
    incomplete."""
    info = read_info(data_set)
    if info["complete"] or data_set.instances.exists():
        collate_instances(data_set)
    if info["complete"]:
        info["fingerprint"] = fingerprint(data_set)
        info["instances_bytes"] = _instances_bytes(data_set)
        info["counts"] = count_data_set(data_set)
        write_json(data_set.info_file, info)
    return info


def is_complete(data_set: DataSet, info: Info | None) -> bool:
    """Whether the shared tables stand for the studies on disk."""
    return bool(
        info
        and info["complete"]
        and info["instances_bytes"] == _instances_bytes(data_set)
        and info["fingerprint"] == fingerprint(data_set)
    )


def _instances_bytes(data_set: DataSet) -> int:
    """Size of instances.parquet, which tells a damaged or older one; 0 where there is none."""
    return data_set.instances.stat().st_size if data_set.instances.exists() else 0


def fingerprint(data_set: DataSet) -> str:
    """Names the contents of a data set: the keys and labels of its studies."""
    digest = hashlib.sha256()
    for study_id in data_set.study_ids():
        digest.update(json.dumps([study_id, data_set.footer(study_id)], sort_keys=True).encode())
    return digest.hexdigest()[:32]
