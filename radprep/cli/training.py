"""What the commands of the trainer print: text for a person, JSON for a machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from radprep.train.data.classes import ClassesTold, told_in_words
from radprep.train.judging.metrics import SHOWN_FIGURES

if TYPE_CHECKING:
    from radprep.train.judging.card import Opened
    from radprep.train.judging.comparison import Comparison
    from radprep.train.judging.evaluation import Evaluation
    from radprep.train.judging.metrics import Figure, Interval
    from radprep.train.prediction import Answers
    from radprep.train.training import Trained

_MOST_STUDIES = 20


def print_training(found: Trained, where: str, *, as_json: bool) -> None:
    """The parts, the leaks and the figures of the validation part."""
    if as_json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['model']}: trained; {where}/card.md comes with `radprep evaluate`")
    _print_classes(found["label"], found["classes"])
    for name, part in found["splits"].items():
        print(
            f"  {name:<11} {part['patients']} patients, {part['studies']} studies "
            f"({part['positive_studies']} positive), {part['images']} images"
        )
    if found["leaks"]:
        print(
            f"  {'leaks':<11} {len(found['leaks'])} pairs of near-identical images stood on two "
            f"sides: see {where}/leaks.csv"
        )
    if "folds" in found:
        cross = found["folds"]
        print(
            f"  {'folds':<11} AUROC of studies {cross['auroc_mean']:.3f}, sd "
            f"{cross['auroc_sd']:.3f} over {len(cross['folds'])} folds"
        )
    _print_beware(found["validation"])
    print(
        f"  {'validation':<11} AUROC of studies {_shown(_deciding(found['validation'])['auroc'])}; "
        "thresholds were chosen on it"
    )


def print_what_to_know(dataset: Path, run: Path) -> None:
    """What the data set says of itself that a split of it must be read by: that no patient is
    known, and that it brings a published split which the run did not use."""
    from radprep.dataset.info import read_complete
    from radprep.dataset.layout import DataSet
    from radprep.dataset.patients import unknown_patients
    from radprep.train.data.samples import read_texts
    from radprep.train.experiment import experiment_of

    if unknown := unknown_patients(read_complete(DataSet(dataset))["counts"]):
        print(f"  {'BEWARE':<11} {unknown}")
    published = read_texts(dataset, "split")
    if published and not experiment_of(run)[0].split_column:
        print(
            f"  {'split':<11} {len(published)} images have a published split in the column `split`"
            ", which was not used: --split-column split takes it"
        )


def print_evaluation(result: Opened, where: str, *, as_json: bool) -> None:
    """The figures of studies and images, and of each rule."""
    if as_json:
        print(json.dumps(result, indent=2))
        return
    counts = result["counts"]
    print(
        f"{result['part']}: {counts['patients']} patients, {counts['studies']} studies "
        f"({counts['positive_studies']} positive), {counts['images']} images; intervals: "
        f"{result['intervals']}"
    )
    _print_classes(result["label"], result["classes"])
    if counts["mixed_studies"]:
        print(
            f"  {counts['mixed_studies']} of the studies have images of both classes; each counts "
            "as positive"
        )
    _print_beware(result)
    print(f"  {'':<19}{'studies, rule ' + result['rule']:<27}images")
    for name in SHOWN_FIGURES:
        print(
            f"  {name.replace('_', ' '):<19}{_shown(_deciding(result)[name]):<27}"
            f"{_shown(result['image']['figures'][name])}"
        )
    for rule, study in result["study"].items():
        print(
            f"  accuracy by {rule:<9} {_shown(study['figures']['accuracy'])}, at one half "
            f"{_shown(study['at_half']['accuracy'])}"
        )
    if result["opened"] > 1:
        print(
            f"  opened      {result['opened']} times by this run: figures that were looked at "
            "before are no longer blind"
        )
    print(f"  look at     {where}/, card.md beside it")


def print_comparison(found: Comparison, names: tuple[str, str], *, as_json: bool) -> None:
    """Both runs, the differences and DeLong's p."""
    if as_json:
        print(json.dumps(found, indent=2))
        return
    print(
        f"{found['part']}: {found['studies']} studies ({found['positive_studies']} positive) that "
        f"both runs were evaluated on; left out {found['studies_left_out'][0]} of the first, "
        f"{found['studies_left_out'][1]} of the second"
    )
    print(
        f"  first {names[0]} (rule {found['rules'][0]}), second {names[1]} (rule "
        f"{found['rules'][1]})"
    )
    for name, one in found["figures"].items():
        print(
            f"  {name.replace('_', ' '):<19}{_number(one['first'])}  {_number(one['second'])}  "
            f"difference {_number(one['difference'])} ({_number(one['low'])} to "
            f"{_number(one['high'])})"
        )
    print(f"  DeLong's p of equal AUROCs: {_number(found['delong_p'])}")


def print_predictions(found: Answers, where: str, *, as_json: bool) -> None:
    """The first studies with their scores, and where the others are."""
    if as_json:
        print(json.dumps(found, indent=2))
        return
    studies = found["studies"]
    print(
        f"{len(studies)} studies, {sum(one['positive'] for one in studies)} of them "
        f"{found['positive']} (rule {found['rule']}, threshold {_number(found['threshold'])}); "
        f"{found['files']['rejected']} files rejected, {found['files']['failed']} failed"
    )
    for one in studies[:_MOST_STUDIES]:
        print(
            f"  {one['study_id']}  {_number(one['score'])}  "
            f"{'positive' if one['positive'] else 'negative'}{_seen(one['seen'])}"
        )
    if len(studies) > _MOST_STUDIES:
        print(f"  and {len(studies) - _MOST_STUDIES} more in studies.csv")
    _print_without_answer(found)
    unknown = sum(one["seen"] == "unknown" for one in studies)
    if unknown:
        print(
            f"  unknown     whether the run has seen the patients of {unknown} studies: their "
            "pseudonyms have another key. Give the project's with --key"
        )
    print(f"  look at     {where}/studies.csv and images.csv; a classifier's score is no diagnosis")


def _print_classes(label: str, classes: ClassesTold) -> None:
    """Which label it is about, where the data set says, and its classes."""
    if label:
        print(f"  {'label':<11} {label}")
    print(f"  {'classes':<11} {told_in_words(classes)}")


def _print_beware(result: Evaluation) -> None:
    """Say before any figure that there are too few to have one."""
    if result["beware"]:
        print(f"  {'beware':<11} {result['beware']}")


def _seen(part: str) -> str:
    """What to say of a patient whom the run knows: its answer there is worth little."""
    return "" if part in ("no", "unknown") else f"  (the patient is in its {part} part)"


def _print_without_answer(found: Answers) -> None:
    """The first studies that have no answer, with the reasons."""
    without = found["no_answer"]
    if without:
        print(f"  no answer   {len(without)} studies, for the reasons in rejected.csv:")
    for one in without[:_MOST_STUDIES]:
        print(f"  {one['study_id']}  {', '.join(one['reasons'])}")
    if len(without) > _MOST_STUDIES:
        print(f"  and {len(without) - _MOST_STUDIES} more in rejected.csv")


def _deciding(result: Evaluation) -> dict[Figure, Interval]:
    return result["study"][result["rule"]]["figures"]


def _shown(figure: Interval) -> str:
    if figure["value"] is None:
        return "-"
    bounds = (
        f" ({_number(figure['low'])} to {_number(figure['high'])})"
        if figure["low"] is not None
        else ""
    )
    return _number(figure["value"]) + bounds


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
