"""An evaluation as a reviewer would ask for it: images and studies, intervals by patient,
subgroups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radprep.dataset.durable import write_json
from radprep.errors import UsageError
from radprep.text.csv_file import write_file
from radprep.text.small_file import read_small
from radprep.train.data.samples import Sample, read_columns
from radprep.train.experiment import Rule, plain
from radprep.train.judging import metrics, plots, voting
from radprep.train.judging.metrics import Bin, Confusion, Figure, Interval, Scored

Floats = NDArray[np.float64]

METRICS, IMAGES, STUDIES, FIGURE = "metrics.json", "images.csv", "studies.csv", "figure.svg"

_MOST_BYTES = 512_000_000
_SCORES: dict[str, Any] = {"label": np.int64, **dict.fromkeys(voting.RULES, np.float64)}

AGE_BANDS = ((0, 17), (18, 39), (40, 64), (65, 200))

_FACTS = ("Manufacturer", "PatientSex", "PatientAge", "review")
_IMAGE_COLUMNS = ("image_id", "study_id", "patient_id", "label", "score")
_HALF = 0.5

_FEW_PATIENTS, _FEW_STUDIES = 20, 5
"""With fewer patients, or fewer studies of a class, no figure is worth printing without a word."""


class Thresholds(TypedDict):
    """What thresholds.json holds: the threshold of images, and that of studies for each way to
    vote."""

    image: float
    alo: float
    majority: float
    mean: float
    max: float


class Counts(TypedDict):
    """How many there are of what. mixed_studies: those with images of both classes, which count as
    positive."""

    patients: int
    studies: int
    images: int
    positive_studies: int
    positive_images: int
    mixed_studies: int


class Judgement(TypedDict):
    """Images, or studies by one way to vote: figures at the chosen threshold and, without a choice,
    at one half; the confusion matrix; the bins of the calibration."""

    threshold: float
    figures: dict[Figure, Interval]
    at_half: dict[Figure, Interval]
    confusion: Confusion
    calibration: list[Bin]


class Group(TypedDict):
    """Some of the studies, such as those of one maker."""

    studies: int
    positive_studies: int
    auroc: Interval
    sensitivity: Interval
    specificity: Interval


class Evaluation(TypedDict):
    """What metrics.json holds. beware: why no figure of it means much, if that is so; groups: name
    -> value of the group -> figures."""

    counts: Counts
    beware: str | None
    intervals: str
    rule: Rule
    image: Judgement
    study: dict[Rule, Judgement]
    groups: dict[str, dict[str, Group]]


@dataclass(frozen=True)
class Predictions:
    """Samples and the probability of each, float64, shape (len(samples),)."""

    samples: Sequence[Sample]
    scores: Floats

    def studies(self, rule: Rule) -> Scored:
        """The studies as cases, in the order of their ids."""
        return voting.studies(self.samples, self.scores, rule)


def choose_thresholds(predictions: Predictions) -> Thresholds:
    """By Youden's J: `image` on images, and for each rule of voting one on studies."""
    images = voting.images(predictions.samples, predictions.scores)
    return {
        "image": metrics.choose_threshold(images),
        "alo": metrics.choose_threshold(predictions.studies("alo")),
        "majority": metrics.choose_threshold(predictions.studies("majority")),
        "mean": metrics.choose_threshold(predictions.studies("mean")),
        "max": metrics.choose_threshold(predictions.studies("max")),
    }


def evaluate(
    predictions: Predictions,
    thresholds: Thresholds,
    rule: Rule,
    groups: Mapping[str, Sequence[str]],
    seed: int,
) -> Evaluation:
    """Every figure, as JSON values. groups: name -> the group of each study, in the order of study
    ids (see `study_groups`).

    rule: the one that decides; figures of the others are there besides. Raises UsageError where
    there is no image.
    """
    if not len(predictions.samples):
        raise UsageError("There is no image to evaluate.")
    images = voting.images(predictions.samples, predictions.scores)
    studies = {name: predictions.studies(name) for name in voting.RULES}
    weights = metrics.bootstrap_weights(images.patients, seed)
    study_weights = metrics.bootstrap_weights(studies[rule].patients, seed)
    counts: Counts = {
        "patients": len(set(images.patients)),
        "studies": len(studies[rule]),
        "images": len(images),
        "positive_studies": int(studies[rule].labels.sum()),
        "positive_images": int(images.labels.sum()),
        "mixed_studies": _mixed_studies(predictions.samples),
    }
    return {
        "counts": counts,
        "beware": too_few(counts),
        "intervals": f"95 %, percentiles of {metrics.RESAMPLES} resamples of patients, seed {seed}",
        "rule": rule,
        "image": _judged(images, thresholds["image"], weights),
        "study": {
            name: _judged(cases, thresholds[name], study_weights) for name, cases in studies.items()
        },
        "groups": {
            name: _by_group(studies[rule], thresholds[rule], values, seed)
            for name, values in groups.items()
        },
    }


def _mixed_studies(samples: Sequence[Sample]) -> int:
    """How many studies have images of both classes."""
    places = voting.study_places(samples).values()
    return sum(len({samples[place].label for place in found}) > 1 for found in places)


def too_few(counts: Counts) -> str | None:
    """A sentence where there are too few patients, or too few studies of one class, for any figure
    to mean something: an AUROC of 1.000 with an interval of no width comes from a handful of
    studies. None where there are enough to look."""
    positive, negative = (
        counts["positive_studies"],
        counts["studies"] - counts["positive_studies"],
    )
    if counts["patients"] >= _FEW_PATIENTS and min(positive, negative) >= _FEW_STUDIES:
        return None
    return (
        f"{counts['patients']} patients with {positive} positive and {negative} negative studies "
        "are too few for any of these figures to mean something"
    )


def study_groups(root: Path, samples: Sequence[Sample]) -> dict[str, list[str]]:
    """The group of each study, in the order of study ids: maker, sex, age band, number of views,
    and whether a step left a mark."""
    facts = read_columns(root, _FACTS)
    views = voting.study_places(samples)
    found: dict[str, list[str]] = {"maker": [], "sex": [], "age": [], "views": [], "review": []}
    for places in views.values():
        rows = facts.loc[[samples[place].image_id for place in places]]
        first = rows.iloc[0]
        found["maker"].append(_text(first["Manufacturer"]))
        found["sex"].append(_text(first["PatientSex"]))
        found["age"].append(_age_band(first["PatientAge"]))
        found["views"].append(str(len(places)) if len(places) < 4 else "4 or more")
        found["review"].append(
            "marked" if any(len(marks) for marks in rows["review"]) else "not marked"
        )
    return found


def write_evaluation(
    folder: Path,
    predictions: Predictions,
    thresholds: Thresholds,
    result: Evaluation,
) -> None:
    """Write metrics.json, the scores of images and studies, and the figure of the deciding rule."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / METRICS, plain(result))
    _write_table(
        folder / IMAGES,
        _IMAGE_COLUMNS,
        (
            (s.image_id, s.study_id, s.patient_id, s.label, f"{score:.6g}")
            for s, score in zip(predictions.samples, predictions.scores, strict=True)
        ),
    )
    scored = {rule: predictions.studies(rule) for rule in voting.RULES}
    cases = scored[result["rule"]]
    places = voting.study_places(predictions.samples)
    _write_table(
        folder / STUDIES,
        ("study_id", "patient_id", "label", "views", *scored),
        (
            (
                study_id,
                cases.patients[place],
                cases.labels[place],
                len(images),
                *(f"{one.scores[place]:.6g}" for one in scored.values()),
            )
            for place, (study_id, images) in enumerate(places.items())
        ),
    )
    plots.draw(folder / FIGURE, cases, thresholds[result["rule"]])


def read_studies(folder: Path, made_by: str) -> pd.DataFrame:
    """studies.csv, indexed by study_id. Raises UsageError where it is missing or damaged."""
    try:
        data = BytesIO(read_small(folder / STUDIES, _MOST_BYTES))
        table = pd.read_csv(data, dtype={"study_id": str, "patient_id": str, **_SCORES})
    except (OSError, ValueError):
        table = pd.DataFrame()
    if (
        not {"study_id", "patient_id", *_SCORES} <= set(table)
        or not np.isfinite(table[list(voting.RULES)].to_numpy()).all()
        or not table["label"].isin((0, 1)).all()
        or table["study_id"].duplicated().any()
        or table[["study_id", "patient_id"]].isna().any(axis=None)
    ):
        raise UsageError(f"{folder / STUDIES} is missing or damaged: `{made_by}` makes it.")
    return table.set_index("study_id").sort_index()


def read_subset(path: Path, samples: Sequence[Sample]) -> list[Sample]:
    """The samples named in a text file: in each line an image_id or study_id, up to the first
    comma.

    Raises UsageError where the file cannot be read or names none of them.
    """
    try:
        names = {
            line.split(",")[0].strip().strip('"')
            for line in read_small(path, _MOST_BYTES).decode("utf-8-sig").splitlines()
        }
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} cannot be read: {type(error).__name__}. --subset takes an image_id or "
            "study_id a line."
        ) from None
    found = [sample for sample in samples if sample.image_id in names or sample.study_id in names]
    if not found:
        raise UsageError(
            f"{path} names none of the {len(samples)} images to evaluate. --subset takes an "
            "image_id or study_id a line."
        )
    return found


def _judged(cases: Scored, threshold: float, weights: Floats) -> Judgement:
    return {
        "threshold": threshold,
        "figures": metrics.with_intervals(
            cases, weights, lambda some, one: metrics.figures(some, threshold, one)
        ),
        "at_half": metrics.with_intervals(
            cases, weights, lambda some, one: metrics.decisions(some, _HALF, one)
        ),
        "confusion": metrics.confusion(cases, threshold),
        "calibration": metrics.calibration(cases),
    }


def _by_group(
    cases: Scored, threshold: float, values: Sequence[str], seed: int
) -> dict[str, Group]:
    def measure(part: Scored, one: Floats | None) -> dict[Figure, float]:
        """Figures of a group; one: weights of its cases in a resample."""
        decided = metrics.decisions(part, threshold, one)
        return {
            "auroc": metrics.auroc(part, one),
            "sensitivity": decided["sensitivity"],
            "specificity": decided["specificity"],
        }

    found: dict[str, Group] = {}
    for name in sorted(set(values)):
        some = cases.only(np.array([value == name for value in values]))
        weights = metrics.bootstrap_weights(some.patients, seed)
        figures = metrics.with_intervals(some, weights, measure)
        found[name] = {
            "studies": len(some),
            "positive_studies": int(some.labels.sum()),
            "auroc": figures["auroc"],
            "sensitivity": figures["sensitivity"],
            "specificity": figures["specificity"],
        }
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value else "unknown"


def _age_band(age: Any) -> str:
    """The band of an age as DICOM writes it: three digits and D, W, M or Y (PS3.5, 6.2)."""
    text = _text(age)
    if len(text) != 4 or not text[:3].isdigit() or text[3] not in "DWMY":
        return "unknown"
    years = int(text[:3]) if text[3] == "Y" else 0
    low, high = (
        next((low, high) for low, high in AGE_BANDS if low <= years <= high)
        if years <= AGE_BANDS[-1][1]
        else AGE_BANDS[-1]
    )
    return f"{low} to {high}" if high < AGE_BANDS[-1][1] else f"{low} and over"


def _write_table(path: Path, columns: Sequence[str], lines: Any) -> None:
    write_file(path, chain([columns], lines))
