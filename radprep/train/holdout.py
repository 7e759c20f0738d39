"""The hold-out, opened: what a finished run is worth on patients that nothing was chosen by."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path

from radprep.convert.label_texts import slug
from radprep.errors import UsageError
from radprep.text.small_file import parse_json, read_small
from radprep.train.data.samples import Sample, fingerprint, patient_groups, read_classes
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


def open_holdout(
    root: Path,
    run: Path,
    *,
    subset: Path | None = None,
    external: bool = False,
    cache: Path | None = None,
    workers: int = 1,
    quiet: bool = False,
) -> tuple[Path, Opened]:
    """Evaluate a finished run on its hold-out, or with `external` on another data set's patients
    that it has not seen.

    subset: a file that names the images or studies to take. Returns the folder of the results, and
    metrics.json. Each opening is a line of opened.jsonl, and the model card says how many there
    were. Raises UsageError.
    """
    experiment, trained_on = experiment_of(run)
    now = fingerprint(root)
    if external == (now == trained_on):
        raise UsageError(
            f"{root} is the data set that the run was trained on: leave --external away."
            if external
            else f"{root} is not the data set that {run} was trained on, or it has changed since. "
            "Train again, or give --external to evaluate on its patients that the run has not seen."
        )
    experiment, learner, thresholds = trained(root, run, cache, workers=workers, quiet=quiet)
    classes, samples = read_classes(root, experiment.positive, experiment.negative)
    samples = _unseen(root, run, samples, external=external)
    if subset:
        samples = read_subset(subset, samples)
    predictions = Predictions(samples, learner.predict(samples))
    result = evaluate(
        predictions, thresholds, experiment.rule, study_groups(root, samples), experiment.seed
    )
    name = f"external-{now[:8]}" if external else HOLDOUT
    folder = run / (f"{name}-{slug(subset.stem)}" if subset else name)
    opened: Opened = {
        **result,
        "classes": classes.told(),
        "part": folder.name,
        "dataset": now,
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
