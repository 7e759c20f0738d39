"""The hold-out, opened: what a finished run is worth on patients that nothing was chosen by."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from radprep.convert.label_texts import slug
from radprep.errors import UsageError
from radprep.text.small_file import parse_json, read_small
from radprep.train.data.samples import (
    Sample,
    fingerprint,
    name_of_label,
    patient_groups,
    read_classes,
)
from radprep.train.data.splits import BY_PATIENT, FILE_NAME, HOLDOUT, read_splits
from radprep.train.experiment import experiment_of, plain
from radprep.train.judging.card import Opened, write_card
from radprep.train.judging.evaluation import (
    Predictions,
    evaluate,
    read_subset,
    study_groups,
    write_evaluation,
)
from radprep.train.training import trained

OPENED = "opened.jsonl"


@dataclass(frozen=True)
class Question:
    """What a finished run is asked. subset: a file that names the images or studies to take;
    external: the data set is another one; label, positive, negative: the label to hold the run
    against and its classes, where these are not those that it has learnt."""

    subset: Path | None = None
    external: bool = False
    label: str | None = None
    positive: str | None = None
    negative: tuple[str, ...] = ()


def open_holdout(
    root: Path,
    run: Path,
    question: Question,
    *,
    cache: Path | None = None,
    workers: int = 1,
    quiet: bool = False,
) -> tuple[Path, Opened]:
    """Evaluate a finished run on its hold-out, or on another data set's patients that it has not
    seen.

    Returns the folder of the results, and
    metrics.json. Each opening is a line of opened.jsonl, and the model card says how many there
    were. Raises UsageError.
    """
    experiment, trained_on = experiment_of(run)
    now = fingerprint(root)
    external, subset = question.external, question.subset
    if external == (now == trained_on):
        raise UsageError(
            f"{root} is the data set that the run was trained on: leave --external away."
            if external
            else f"{root} is not the data set that {run} was trained on, or it has changed since. "
            "Train again, or give --external to evaluate on its patients that the run has not seen."
        )
    experiment, learner, thresholds = trained(root, run, cache, workers=workers, quiet=quiet)
    name = name_of_label(root, question.label or experiment.label)
    positive = question.positive or experiment.positive
    learnt = (experiment.label, experiment.positive, experiment.negative)
    negative = question.negative
    if not negative and (name, positive) == learnt[:2]:
        negative = experiment.negative
    classes, samples = read_classes(root, positive, negative, name)
    samples = _unseen(root, run, samples, external=external)
    if subset:
        samples = read_subset(subset, samples)
    predictions = Predictions(samples, learner.predict(samples))
    result = evaluate(
        predictions, thresholds, experiment.rule, study_groups(root, samples), experiment.seed
    )
    part = f"external-{now[:8]}" if external else HOLDOUT
    if (name, positive, negative) != learnt:
        part += f"-{name}-{slug(positive)}"
    folder = run / (f"{part}-{slug(subset.stem)}" if subset else part)
    opened: Opened = {
        **result,
        "classes": classes.told(),
        "part": folder.name,
        "dataset": now,
        "label": name,
        "positive": positive,
        "opened": _count_opening(run, folder.name),
    }
    write_evaluation(folder, predictions, thresholds, opened)
    write_card(run, opened)
    return folder, plain(opened)


def _unseen(root: Path, run: Path, samples: Sequence[Sample], *, external: bool) -> list[Sample]:
    """The samples that the run may be judged by."""
    table = read_splits(run / FILE_NAME)
    if external:
        groups = patient_groups(root)
        seen = {groups.of(one) for name in BY_PATIENT for one in table[name]}
        found = [sample for sample in samples if sample.person not in seen]
    else:
        held = set(table.loc[table["split"] == HOLDOUT, "image_id"])
        found = [sample for sample in samples if sample.image_id in held]
    if not found:
        raise UsageError(
            "There is no patient to evaluate on: the run has seen all of them."
            if external
            else "The run has no hold-out. Train with --holdout, such as --holdout 0.15."
        )
    return found


def _count_opening(run: Path, part: str) -> int:
    """Note that the part was opened now; returns how often it was."""
    path = run / OPENED
    try:
        before = read_small(path).splitlines() if path.exists() else []
        parts = [str(parse_json(line)["part"]) for line in before]
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            f"{path} is damaged. It counts how often the hold-out was opened: mend it, or train "
            "again."
        ) from None
    time = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with path.open("a", encoding="utf-8") as handle:
        handle.write(json.dumps({"time": time, "part": part}) + "\n")
    return 1 + parts.count(part)
