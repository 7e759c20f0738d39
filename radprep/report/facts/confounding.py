"""What a classifier could learn instead of the disease: the machine, the polarity and the depth,
held against rejection and label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from radprep.dataset.schema import KEPT, REJECTED, Row
from radprep.report.facts.association import Association, association

STRONG = 0.2
"""Cramer's V above which an attribute tells enough of the label to be spoken of (Cohen 1988 calls
0.1 small, 0.3 medium), where its interval does not reach 0."""

OTHERS = "others"


@dataclass(frozen=True)
class Group:
    """Files and studies of one value of an attribute. rejected, monochrome1: shares of the files;
    studies: those with a label and a kept image; labels: share of each label among these studies;
    None where none is labelled."""

    value: str
    files: int
    rejected: float
    monochrome1: float
    studies: int
    labels: Mapping[str, float | None]


@dataclass(frozen=True)
class Attribute:
    """One attribute of the source. groups: its most frequent values, the others together;
    pooled: how many values these others are. association: Cramer's V between it and the label, by
    study; None where there is one value or one label only."""

    title: str
    groups: list[Group]
    association: Association | None
    pooled: int = 0


def source_attributes(
    rows: Sequence[Row], labels: Sequence[str], shown: int = 5
) -> list[Attribute]:
    """Maker and model, polarity in the file, and depth. rows: one a file, those without a header
    left out.

    A label belongs to a study, so that studies are counted wherever labels are: the films of a
    study are no observations of their own. A study counts by the value of most of its films, and
    once with each label where its films have several."""
    known = [row for row in rows if row["patient_id"] is not None]
    return [
        _attribute(title, known, labels, value_of, shown)
        for title, value_of in (
            ("Maker and model", _machine),
            (
                "Photometric interpretation",
                lambda row: row["PhotometricInterpretation"] or "unknown",
            ),
            ("Bits stored", lambda row: str(row["BitsStored"] or "unknown")),
        )
    ]


def _machine(row: Row) -> str:
    return (
        " ".join(name for name in (row["Manufacturer"], row["ManufacturerModelName"]) if name)
        or "unknown"
    )


def _attribute(
    title: str,
    rows: Sequence[Row],
    labels: Sequence[str],
    value_of: Callable[[Row], str],
    shown: int,
) -> Attribute:
    values = Counter(map(value_of, rows))
    frequent = [value for value, _ in values.most_common(shown)]

    def shown_value(row: Row) -> str:
        """The value of a row, as the table lists it."""
        value = value_of(row)
        return value if value in frequent else OTHERS

    groups: dict[str, list[Row]] = {value: [] for value in frequent}
    for row in rows:
        groups.setdefault(shown_value(row), []).append(row)
    studies = labelled_studies(rows, shown_value)
    return Attribute(
        title,
        [_group(value, found, studies, labels) for value, found in groups.items()],
        association(
            [study.value for study in studies],
            [study.label or "" for study in studies],
            [study.patient or "" for study in studies],
        ),
        len(values) - len(frequent),
    )


@dataclass(frozen=True)
class LabelledStudy:
    """A study with a label and a kept image. value: that of most of its films."""

    value: str
    label: str | None
    patient: str | None


def labelled_studies(rows: Sequence[Row], value_of: Callable[[Row], str]) -> list[LabelledStudy]:
    """The studies that have a label and a kept image, each with one value: that of most of its kept
    films, the first by name of those that are equally many. One whose films have several labels is
    there with each."""
    kept: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row["status"] == KEPT and row["label"]:
            kept.setdefault((row["study_id"], row["label"]), []).append(row)
    return [
        LabelledStudy(
            _most_frequent(map(value_of, films)), films[0]["label"], films[0]["patient_id"]
        )
        for films in kept.values()
    ]


def _most_frequent(values: Iterable[str]) -> str:
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value))


def _group(
    value: str, rows: Sequence[Row], studies: Sequence[LabelledStudy], labels: Sequence[str]
) -> Group:
    labelled = Counter(study.label for study in studies if study.value == value)
    return Group(
        value,
        len(rows),
        sum(row["status"] == REJECTED for row in rows) / len(rows),
        sum(row["PhotometricInterpretation"] == "MONOCHROME1" for row in rows) / len(rows),
        labelled.total(),
        {label: labelled[label] / labelled.total() if labelled else None for label in labels},
    )
