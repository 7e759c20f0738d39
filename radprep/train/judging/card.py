"""The model card: what a run learnt from, what it is worth, and what nobody knows about it
(Mitchell et al. 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from radprep.dataset.footer import is_name
from radprep.dataset.info import Info
from radprep.dataset.patients import unknown_patients
from radprep.errors import UsageError
from radprep.train.data.classes import ClassesTold
from radprep.train.data.splits import FILE_NAME, SPLITS, read_splits
from radprep.train.experiment import ENVIRONMENT, Experiment, experiment_of, read_dataset, read_json
from radprep.train.judging.evaluation import Evaluation
from radprep.train.judging.metrics import SHOWN_FIGURES, Interval

CARD = "card.md"

_LIMITS = """\
- It is a classifier of studies from one data set. On films of other makers, hospitals, body parts
  or ages nobody knows what it is worth: evaluate it there (`radprep evaluate --external`).
- Most labels are those of studies. An image of a positive study need not show what the study was
  labelled for.
- A study counts as positive where one of its images does.
- The steps of the pipeline err (see `review` in the data set); what they got wrong, the model was
  shown.
- It may have learnt what goes with the label rather than the finding, such as casts and metal: look
  at `radprep explain`, and evaluate without such films (`--subset`).
- Copies of one film under two patients are found unless they were turned; patients with two
  identities are not found.
- It is no medical device and must not decide on a patient."""


class Opened(Evaluation):
    """An evaluation of patients that the run has not seen. part: its folder in RUN; dataset: the
    fingerprint of the data; label, positive: the label that it was held against, and its
    positive class; classes: its labels, and which of them are positive, negative or left out;
    opened: how often the run was evaluated on these films, by whatever label or subset, this
    time included."""

    classes: ClassesTold
    part: str
    dataset: str
    label: str
    positive: str
    opened: int


def write_card(run: Path, result: Opened) -> None:
    """Write RUN/card.md about an evaluation."""
    experiment, trained_on = experiment_of(run)
    made = read_dataset(run)
    version, revision = _made_with(run)
    lines = [
        f"# {experiment.model}, positive class `{experiment.positive}`",
        "",
        *_labels(experiment, result),
        f"Data set `{trained_on}`, {_pipeline(made)}. radprep {version}, revision {revision}, "
        f"seed {experiment.seed}.",
        "",
        "## Classes",
        "",
        *_classes(result["classes"]),
        "",
        "## Patients",
        "",
        *_split_table(run),
        "",
        *_unknown_patients(made),
        f"## Worth on `{result['part']}`",
        "",
        f"Studies by the rule `{result['rule']}`, threshold "
        f"{result['study'][result['rule']]['threshold']:.4f}, chosen on the validation part. "
        f"Intervals: {result['intervals']}. These films were opened {_times(result['opened'])} by "
        "this run.",
        "",
        *_mixed(result),
        *([f"**Beware:** {result['beware']}.", ""] if result["beware"] else []),
        *_figures(result),
        "",
        "## By group",
        "",
        *_groups(result),
        "",
        "## Parameters",
        "",
        *(f"- {name}: {value}" for name, value in experiment.parameters.items()),
        "",
        "## Limits",
        "",
        _LIMITS,
        "",
    ]
    (run / CARD).write_text("\n".join(lines), encoding="utf-8")


def _labels(experiment: Experiment, result: Opened) -> list[str]:
    """Which label was learnt and, where it is another one, which the run is held against."""
    said = f"It has learnt the label `{experiment.label}`" if experiment.label else ""
    if (result["label"], result["positive"]) != (experiment.label, experiment.positive):
        said += f"{', and' if said else 'It'} was evaluated on the label `{result['label']}`, "
        said += f"positive class `{result['positive']}`"
    return [f"{said}.", ""] if said else []


def _mixed(result: Opened) -> list[str]:
    mixed = result["counts"]["mixed_studies"]
    if not mixed:
        return []
    return [f"{mixed} of the studies have images of both classes; each counts as positive.", ""]


def shown(figure: Interval) -> str:
    """A figure with its interval, as 0.812 (0.744 to 0.871); a dash where it is not defined."""
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value != value:
        return "-"
    return f"{value:.3f}" if low != low else f"{value:.3f} ({low:.3f} to {high:.3f})"


def _made_with(run: Path) -> tuple[str, str]:
    """The version and the revision of radprep that trained a run. Raises UsageError."""
    environment = read_json(run / ENVIRONMENT, "radprep train")
    versions = environment.get("versions")
    version = versions.get("radprep") if isinstance(versions, dict) else None
    revision = environment.get("revision") or "unknown"
    if not is_name(version) or not is_name(revision):
        raise UsageError(f"{run / ENVIRONMENT} is missing or damaged: `radprep train` makes it.")
    return version, revision


def _pipeline(made: Mapping[str, Any]) -> str:
    pipeline = made["parameters"].get("pipeline")
    if not pipeline:
        return "as converted, no pipeline"
    steps = ", ".join(f"{step['name']}@{step['version']}" for step in pipeline["steps"])
    return f"pipeline `{pipeline['name']}` (`{pipeline['digest']}`: {steps})"


def _split_table(run: Path) -> list[str]:
    table = read_splits(run / FILE_NAME)
    lines = ["| part | patients | studies | positive studies | images |", "|---|---|---|---|---|"]
    for name in SPLITS:
        part = table[table["split"] == name]
        positive = part.loc[part["label"] == 1, "study_id"].nunique()
        lines.append(
            f"| {name} | {part['patient_group'].nunique()} | {part['study_id'].nunique()} | "
            f"{positive} | {len(part)} |"
        )
    return lines


def _unknown_patients(made: Info) -> list[str]:
    """That nobody knows whose the films are, where that is so."""
    unknown = unknown_patients(made["counts"]) if "counts" in made else ""
    return [f"**Beware:** {unknown}.", ""] if unknown else []


def _classes(told: ClassesTold) -> list[str]:
    """What is positive, what negative, and what the model was not asked about."""
    lines = ["| label | class | studies of the data set |", "|---|---|---|"]
    for name, labels in (("positive", [told["positive"]]), ("negative", told["negative"])):
        lines += [f"| {label} | {name} | {told['studies'].get(label, 0)} |" for label in labels]
    lines += [f"| {label} | left out | {number} |" for label, number in told["left_out"].items()]
    unlabelled = told["unlabelled"]
    return lines + [f"| no label | left out | {unlabelled} |"] * bool(unlabelled)


def _figures(result: Opened) -> list[str]:
    study, image = result["study"][result["rule"]]["figures"], result["image"]["figures"]
    lines = ["| figure | studies | images |", "|---|---|---|"]
    return lines + [
        f"| {name.replace('_', ' ')} | {shown(study[name])} | {shown(image[name])} |"
        for name in SHOWN_FIGURES
    ]


def _groups(result: Opened) -> list[str]:
    lines = [
        "| group | | studies (positive) | AUROC | sensitivity | specificity |",
        "|---|---|---|---|---|---|",
    ]
    for group, found in result["groups"].items():
        lines += [
            f"| {group} | {name} | {one['studies']} ({one['positive_studies']}) | "
            f"{shown(one['auroc'])} | {shown(one['sensitivity'])} | {shown(one['specificity'])} |"
            for name, one in found.items()
        ]
    return lines


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
