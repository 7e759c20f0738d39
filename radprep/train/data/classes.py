"""Which labels are the two classes of a classifier. Nothing is a negative because it is left
over: of more than two labels, a person says which are negative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from radprep.errors import UsageError

UNLABELLED = ""
"""What stands for no label in the counts of studies."""


USUAL_POSITIVE = "fracture"
"""The positive class where nobody names one and the data set has it."""

NEGATIVE_WORDS = frozenset(
    (
        *("normal", "negative", "healthy", "unremarkable", "none", "no", "false", "absent", "0"),
        *("no fracture", "no_fracture", "nofracture", "no finding", "no_finding", "nofinding"),
    )
)
"""Labels that plainly are the negative class of two."""


class ClassesTold(TypedDict):
    """The classes as the command prints them with --json. studies: label -> studies, of the labels
    of both classes; left_out: the same of all other labels; unlabelled: studies without a label."""

    positive: str
    negative: list[str]
    studies: dict[str, int]
    left_out: dict[str, int]
    unlabelled: int


@dataclass(frozen=True)
class Classes:
    """The labels of both classes, and how many studies each label of the data set has."""

    positive: str
    negative: tuple[str, ...]
    studies: Mapping[str, int]

    def number(self, label: str | None) -> int | None:
        """The class of a label: 1 positive, 0 negative, None neither."""
        return 1 if label == self.positive else 0 if label in self.negative else None

    def told(self) -> ClassesTold:
        """The classes for a person or a program."""
        mine = (self.positive, *self.negative)
        return {
            "positive": self.positive,
            "negative": list(self.negative),
            "studies": {label: self.studies[label] for label in mine if label in self.studies},
            "left_out": {
                label: number
                for label, number in self.studies.items()
                if label not in (*mine, UNLABELLED)
            },
            "unlabelled": self.studies.get(UNLABELLED, 0),
        }

    def refuse_unknown(self) -> None:
        """Raise UsageError where a label that was named as negative is no study's."""
        unknown = [label for label in self.negative if label not in self.studies]
        if unknown:
            raise UsageError(
                f"--negative {unknown[0]} is no label of the data set, which has "
                f"{_listed(self.studies)}."
            )


def settle_classes(
    root: Path, studies: Mapping[str, int], positive: str, negative: Sequence[str]
) -> Classes:
    """The classes of a data set. studies: label -> studies, UNLABELLED for those without; positive:
    the label that a person named, or "" (see `_found_positive`); negative: the labels that a person
    named, or none, which is enough where there are two labels.

    Raises UsageError where a class has no study, or nobody has said which of several labels are
    negative.
    """
    labels = sorted(label for label in studies if label != UNLABELLED)
    positive = positive or _found_positive(labels, negative)
    if positive in negative:
        raise UsageError(f"The label {positive} is positive and cannot be --negative, too.")
    others = [label for label in labels if label != positive]
    if positive not in labels or not others:
        raise UsageError(
            f"{root} has these labels: {_listed(studies)}. "
            f"{'' if positive in labels or not labels else f'{positive} is none of them. '}"
            f"A classifier needs two: name the positive one with --positive LABEL"
            f"{'' if labels else '; labels come with `radprep convert --labels`'}."
        )
    if negative and set(negative).isdisjoint(others):
        raise UsageError(
            f"{root} has no study of the negative class ({', '.join(negative)}). Its labels are: "
            f"{_listed(studies)}."
        )
    if not negative and len(others) > 1:
        raise UsageError(
            f"{root} has more than two labels: {_listed(studies)}. Say which of them are negative, "
            f"once for each: --negative {_most(others, studies)}. Studies of labels that are "
            "neither are left out. Or make two labels when you convert: --label-map TEXT=LABEL."
        )
    return Classes(positive, tuple(negative) or tuple(others), dict(sorted(studies.items())))


def _found_positive(labels: Sequence[str], negative: Sequence[str]) -> str:
    """The positive class where nobody has named it: the usual one or, of two labels of which one is
    plainly negative, or was named so, the other."""
    if USUAL_POSITIVE not in labels and len(labels) == 2:
        known = NEGATIVE_WORDS.union(negative)
        others = [label for label in labels if label.casefold() not in known]
        if len(others) == 1:
            return others[0]
    return USUAL_POSITIVE


def told_in_words(told: ClassesTold) -> str:
    """The classes on one line."""
    negative = ", ".join(_counted(label, told["studies"]) for label in told["negative"])
    left = [_counted(label, told["left_out"]) for label in told["left_out"]]
    left += [f"{told['unlabelled']} without a label"] if told["unlabelled"] else []
    return (
        f"positive: {_counted(told['positive'], told['studies'])}; negative: {negative}; left out: "
        f"{', '.join(left) or 'none'}"
    )


def _counted(label: str, studies: Mapping[str, int]) -> str:
    number = studies.get(label, 0)
    return f"{label} ({number} {'study' if number == 1 else 'studies'})"


def _listed(studies: Mapping[str, int]) -> str:
    """Labels with their studies, by name."""
    found = [f"{label} ({studies[label]})" for label in sorted(studies) if label != UNLABELLED]
    return f"{', '.join(found)}; in brackets the number of studies" if found else "none"


def _most(labels: Sequence[str], studies: Mapping[str, int]) -> str:
    """The label of most studies, as an example."""
    return max(labels, key=lambda label: studies[label])
