"""An experiment as a folder: what was asked for, with what it was done, and on which machine. No
path, host or user name is kept."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from radprep.dataset.durable import write_json
from radprep.dataset.info import Info, info_in, read_info, versions
from radprep.dataset.layout import DataSet
from radprep.dataset.names import SLUG
from radprep.errors import UsageError
from radprep.revision import revision
from radprep.text.small_file import parse_json, parse_toml, read_small
from radprep.train.data.leaks import OnLeak
from radprep.train.parameters import checked

CONFIG, ENVIRONMENT, DATASET = "config.toml", "environment.json", "dataset.json"

_MOST_BYTES = 1_000_000

Value = TypeVar("Value")

_LIBRARIES = ("scikit-learn", "torch", "torchvision", "timm")


Rule = Literal["mean", "alo", "majority", "max"]
"""From a study's images to its decision: the names of the ways to vote."""


Label = Annotated[str, Field(pattern=r"\A[^\p{C}\x{2028}\x{2029}]{1,64}\z")]
"""A label on one line."""


class Experiment(BaseModel):
    """Everything that decides on a trained model, but the data set and radprep's version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(default="classic", pattern=r"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\z")
    """Name of the model."""

    label: str = Field(default="", pattern=rf"\A(?:{SLUG})?\z")
    """Name of the label that is learnt; empty: the main one of the data set."""

    positive: Label = ""
    """Label of the positive class; empty before the data set is read: see `settle_classes`."""

    negative: tuple[Label, ...] = Field(default=(), max_length=100)
    """Labels of the negative class; empty: the other one of two labels."""

    seed: int = Field(default=0, ge=0)
    """Of the split and of everything random."""

    validation: float = Field(default=0.15, gt=0, lt=1)
    """Share of the patients by which thresholds are chosen, and when to stop."""

    holdout: float = Field(default=0.15, ge=0, lt=1)
    """Share of the patients that only `radprep evaluate` looks at."""

    folds: int = Field(default=0, ge=0)
    """Folds of a cross-validation outside the hold-out; 0: none."""

    on_leak: OnLeak = "error"
    """What becomes of near-identical images on two sides of a split."""

    split_column: str = ""
    """Column that says where each image belongs; empty: a hash of the patient does."""

    rule: Rule = "mean"
    """From a study's images to its decision."""

    weights: str = ""
    """Digest of the file of weights that the training began from; empty: none."""

    parameters: dict[str, Any] = Field(default_factory=dict)
    """Of the model."""


def read_config(path: Path) -> dict[str, Any]:
    """The values of a config.toml. Raises UsageError where it cannot be read."""
    try:
        return parse_toml(read_small(path, _MOST_BYTES))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} is no configuration of `radprep train`: {type(error).__name__}. Give the "
            "config.toml of a run."
        ) from None


def experiment_of(run: Path) -> tuple[Experiment, str]:
    """The experiment of a run folder, and the fingerprint of its data set. Raises UsageError where
    it is none."""
    if not (run / CONFIG).exists():
        raise UsageError(
            f"There is no training in {run}: it has no {CONFIG}. Give the folder of a `radprep "
            "train`."
        )
    values = read_config(run / CONFIG)
    trained_on = values.pop("dataset", "")
    if not isinstance(trained_on, str) or not re.fullmatch("[0-9a-f]{0,32}", trained_on):
        raise UsageError(f"{run / CONFIG}: dataset is no fingerprint. Train again.")
    return checked(Experiment, values), trained_on


def write_config(run: Path, experiment: Experiment, fingerprint: str) -> None:
    """Write config.toml, from which `radprep train --config` repeats the run."""
    values = {"dataset": fingerprint, **experiment.model_dump(exclude={"parameters"})}
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    lines += [
        "",
        "[parameters]",
        *(
            f"{name} = {json.dumps(value)}"
            for name, value in experiment.parameters.items()
            if value is not None
        ),
    ]
    (run / CONFIG).write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_environment(run: Path, root: Path, experiment: Experiment, fingerprint: str) -> None:
    """Write environment.json (versions, revision, hardware, command) and a copy of the data set's
    own dataset.json."""
    write_json(run / DATASET, read_info(DataSet(root)))
    write_json(
        run / ENVIRONMENT,
        {
            "command": f"radprep train {fingerprint} RUN --config config.toml",
            "model": experiment.model,
            "revision": revision(),
            "versions": {**versions(), **_library_versions()},
            "hardware": _hardware(),
        },
    )


def read_json(path: Path, made_by: str) -> dict[str, Any]:
    """A JSON object of a run folder. Raises UsageError that names the command that makes it."""
    try:
        found = parse_json(read_small(path))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise UsageError(f"{path} is missing or damaged: `{made_by}` makes it.")
    return found


def read_dataset(run: Path) -> Info:
    """The dataset.json of the data set that a run was trained on. Raises UsageError."""
    try:
        return info_in(run / DATASET)
    except OSError:
        raise UsageError(f"{run / DATASET} is missing: `radprep train` makes it.") from None


def plain(value: Value) -> Value:
    """A value as JSON has it: not-a-number becomes null, numbers keep six digits. Its type stays,
    so that a misspelt key is still found; but what is a number there may now be None."""
    found: Value = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return None if value != value else round(value, 6)
    return value


def _library_versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


class _Hardware(TypedDict):
    processor: str
    cores: int
    memory_gb: float
    accelerator: str | None


def _hardware() -> _Hardware:
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in _lines("/proc/cpuinfo")
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    torch = sys.modules.get("torch")  # loaded where a model needs it
    device = torch.cuda.get_device_name() if torch and torch.cuda.is_available() else None
    return {
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 1e9, 1),
        "accelerator": device,
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
