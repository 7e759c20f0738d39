"""Who the patients are, as far as the page says it: sex, age and the years of their studies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from radprep.dataset.schema import Row
from radprep.report.facts.material import Material
from radprep.upkeep.uniqueness import SMALL, UNKNOWN, age_band

OTHERS = "others"
BAND = 10
"""Years of an age band."""

_OLDEST = 90
"""Ages stop here when they leave (see `dicom/deidentify.py`)."""
_SEXES = {"F": "female", "M": "male", "O": "other"}
"""What the values of PatientSex mean (PS3.3 C.7.1.1)."""


@dataclass(frozen=True)
class Share:
    """Patients and studies of one value."""

    value: str
    patients: int
    studies: int


@dataclass(frozen=True)
class Distribution:
    """How patients and studies are spread over the values of something. title: what it is; shares:
    in the order of the values, those that stand together last; pooled: how many values these are.
    """

    title: str
    shares: list[Share]
    pooled: int


class _Visit(NamedTuple):
    """A study and its patient."""

    study: str
    patient: str


@dataclass(frozen=True)
class _Study:
    """What the rows of one study say."""

    visit: _Visit
    sex: str
    age: str
    year: str


_Groups = Mapping[str, set[_Visit]]
"""Value -> the studies that have it."""


def distributions(material: Material) -> list[Distribution]:
    """Sex, age and year of the studies that have a kept image. A patient with several studies is
    counted with each value that they have."""
    studies = _studies(material.kept)
    return [
        _distribution("Sex", _grouped((one.sex, one.visit) for one in studies)),
        _distribution("Age in years", _grouped((one.age, one.visit) for one in studies)),
        _distribution("Year of the study", _grouped((one.year, one.visit) for one in studies)),
    ]


def distribution_of(
    title: str, kept: Iterable[Row], value_of: Callable[[Row], str | None]
) -> Distribution:
    """How patients and studies are spread over what images say of something. A study counts once
    with each value that its images have, and so does a patient."""
    found = ((value_of(row) or UNKNOWN, _Visit(row["study_id"], row["patient_id"])) for row in kept)
    return _distribution(title, _grouped(found))


def dates_are(retained: Sequence[str] | None) -> str:
    """What became of the dates, in a sentence. retained: what convert let leave as it was."""
    if retained is None:
        return "Whether dates were moved is not known here: --source RAW tells."
    if "dates" in retained:
        return "Dates are as they were: convert was told to retain them."
    return (
        "Years are those of the moved dates: all dates of a patient were moved into the past by "
        "the same 1 to 3,650 days, by other days for each patient. A real year is up to ten years "
        "later. Patients over 89 have no dates."
    )


def _studies(rows: Iterable[Row]) -> list[_Study]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["study_id"]].append(row)
    return [
        _Study(
            _Visit(study_id, of_study[0]["patient_id"]),
            _SEXES.get(_first(row["PatientSex"] for row in of_study), UNKNOWN),
            _age(_first(row["PatientAge"] for row in of_study)),
            _first(str(row["StudyDate"].year) for row in of_study if row["StudyDate"]) or UNKNOWN,
        )
        for study_id, of_study in found.items()
    ]


def _first(values: Iterable[str | None]) -> str:
    """The first of the values that says something; "" where none does."""
    return next(filter(None, values), "")


def _age(text: str) -> str:
    band = age_band(text, BAND)
    return f"{_OLDEST} and over" if band.startswith(f"{_OLDEST}-") else band


def _grouped(found: Iterable[tuple[str, _Visit]]) -> _Groups:
    groups: dict[str, set[_Visit]] = defaultdict(set)
    for value, visit in found:
        groups[value].add(visit)
    return groups


def _distribution(title: str, groups: _Groups) -> Distribution:
    """The values that SMALL patients or more have, one by one, and the others together. Those that
    stand together are SMALL patients at least wherever there are so many, so that nobody finds a
    small number by taking the others from the sum."""
    by_size = sorted(groups, key=lambda value: (_patients(groups[value]), value))
    pooled: list[str] = []
    together: set[_Visit] = set()
    for value in by_size:
        is_small = _patients(groups[value]) < SMALL
        if is_small or (pooled and _patients(together) < SMALL):
            pooled.append(value)
            together |= groups[value]
    shares = [_share(value, groups[value]) for value in sorted(groups, key=_order)]
    shares = [share for share in shares if share.value not in pooled]
    return Distribution(
        title, [*shares, *([_share(OTHERS, together)] if pooled else [])], len(pooled)
    )


def _share(value: str, visits: set[_Visit]) -> Share:
    return Share(value, _patients(visits), len(visits))


def _patients(visits: set[_Visit]) -> int:
    return len({visit.patient for visit in visits})


def _order(value: str) -> tuple[bool, int, str]:
    """Numbers by their size, what is not known last."""
    first = value.partition("-")[0].partition(" ")[0]
    return value == UNKNOWN, int(first) if first.isdigit() else 0, value
