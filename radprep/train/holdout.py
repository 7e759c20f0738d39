"""The hold-out, opened: what a finished run is worth on patients that nothing was chosen by."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from radprep.convert.label_texts import slug
from radprep.dataset.info import have_same_key, read_info
from radprep.dataset.layout import DataSet
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
from radprep.train.experiment import experiment_of, plain, read_dataset
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

    Returns the folder of the results, and metrics.json. Each opening is a line of opened.jsonl, and
    the model card says how many there were. Raises UsageError.
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
    is_learnt = (name, positive, {*negative}) == (*learnt[:2], {*learnt[2]})
    classes, samples = read_classes(root, positive, negative, name)
    if question.negative:
        classes.refuse_unknown()
    samples = _unseen(root, run, samples, external=external, is_learnt=is_learnt)
    if subset:
        samples = read_subset(subset, samples)
    predictions = Predictions(samples, learner.predict(samples))
    result = evaluate(
        predictions, thresholds, experiment.rule, study_groups(root, samples), experiment.seed
    )
    part = base = f"external-{now[:8]}" if external else HOLDOUT
    if not is_learnt:
        part += f"-{name}-{slug(positive)}"
    if not is_learnt and question.negative:
        part += f"-not-{'-'.join(sorted(map(slug, question.negative)))}"
    folder = run / (f"{part}-{slug(subset.stem)}" if subset else part)
    opened: Opened = {
        **result,
        "beware": _beware(result["beware"], root, run) if external else result["beware"],
        "classes": classes.told(),
        "part": folder.name,
        "dataset": now,
        "label": name,
        "positive": positive,
        "opened": _count_opening(run, folder.name, base),
    }
    write_evaluation(folder, predictions, thresholds, opened)
    write_card(run, opened)
    return folder, plain(opened)


def _unseen(
    root: Path, run: Path, samples: Sequence[Sample], *, external: bool, is_learnt: bool
) -> list[Sample]:
    """The samples that the run may be judged by. is_learnt: by the classes that it has learnt."""
    table = read_splits(run / FILE_NAME)
    if external:
        groups = patient_groups(root)
        seen = {groups.of(one) for name in BY_PATIENT for one in table[name]}
        found = [sample for sample in samples if sample.person not in seen]
    else:
        part_of = dict(zip(table["image_id"], table["split"], strict=True))
        of_holdout, others = (
            set(table.loc[is_held, "patient_group"])
            for is_held in (table["split"] == HOLDOUT, table["split"] != HOLDOUT)
        )
        # of other classes some images have no part, since their label was left out in the training
        unseen = set() if is_learnt else of_holdout - others
        found = [
            sample
            for sample in samples
            if part_of.get(sample.image_id, HOLDOUT if sample.person in unseen else None) == HOLDOUT
        ]
    if not found:
        raise UsageError(
            "There is no patient to evaluate on: the run has seen all of them."
            if external
            else "The run has no hold-out. Train with --holdout, such as --holdout 0.15."
        )
    return found


def _beware(too_few: str | None, root: Path, run: Path) -> str | None:
    """Why the figures of another data set mean little, if that is so."""
    if have_same_key(read_info(DataSet(root)), read_dataset(run)):
        return too_few
    unknown = (
        "the pseudonyms of this data set were made with another key than those of the run's, so "
        "nobody knows which of its patients the run has seen"
    )
    return f"{too_few}; {unknown}" if too_few else unknown


def _count_opening(run: Path, part: str, base: str) -> int:
    """Note that the part was opened now. Returns how often its films were, whichever label or
    subset they were opened for. base: what the names of all such parts begin with."""
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
    return 1 + sum(one == base or one.startswith(f"{base}-") for one in parts)
