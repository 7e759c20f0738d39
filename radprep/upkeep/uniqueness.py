"""How unique the patients of a data set are, by what others may know of them.

A data set without names still points to a patient whose combination of age, sex, machine, body part
and time nobody else has: who knows these of a person finds that person's films. Patients who share
a combination are a group; a data set is k-anonymous where the smallest group has k patients.

Source: Sweeney, k-anonymity: a model for protecting privacy, Int J Uncertain Fuzz 10(5), 2002.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from radprep.dataset.checked import read_columns
from radprep.dataset.layout import DataSet
from radprep.dataset.patients import COLUMNS as PATIENTS
from radprep.dataset.patients import Patients
from radprep.errors import UsageError
from radprep.upkeep.table import Table

SMALL = 5
"""Groups of fewer patients are small: the threshold of many statistics offices."""

BAND = 5
"""Years of an age band."""

_COLUMNS = {
    "PatientAge": "age band",
    "PatientSex": "sex",
    "Manufacturer": "maker",
    "body_part": "body part",
    "StudyDate": "month",
}
"""Columns by which a patient may be known -> what is compared of them."""

NAMES = tuple(_COLUMNS.values())

AGE = NAMES[0]
UNKNOWN = "unknown"
_YEARS = {"D": 365.25, "W": 52.18, "M": 12.0, "Y": 1.0}
"""How many of an age's unit make a year (PS3.5 section 6.2, AS)."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """Patients, by what they share. names: of NAMES, what is compared; patients: in all; groups:
    how many there are; smallest: patients of the smallest; alone: patients whom nobody shares
    theirs with; small: patients in groups of fewer than SMALL; rarest: what the patients of a
    smallest group share."""

    names: tuple[str, ...]
    patients: int
    groups: int
    smallest: int
    alone: int
    small: int
    rarest: str


@dataclass(frozen=True)
class Uniqueness:
    """How unique patients are by all of NAMES together, by each alone, and by all but one."""

    together: Groups
    each: list[Groups]
    without: list[Groups]

    @property
    def telling(self) -> str | None:
        """What sets most patients apart: without it the fewest stand alone. None where leaving one
        out helps nobody."""
        fewest = min(self.without, key=lambda groups: groups.alone)
        if fewest.alone >= self.together.alone:
            return None
        return next(name for name in NAMES if name not in fewest.names)


def uniqueness(data_set: DataSet) -> Uniqueness:
    """Compare the patients of a data set, those of rejected and failed films too, since their rows
    leave with it. Raises UsageError where instances.parquet cannot be read."""
    columns = [*PATIENTS, *_COLUMNS]
    try:
        visits = _Visits.of(read_columns(data_set.within(data_set.instances), columns))
    except OSError:
        raise UsageError(
            f"{data_set.instances} cannot be read. Run the command that made the data set again."
        ) from None
    return Uniqueness(
        visits.groups(NAMES),
        [visits.groups((name,)) for name in NAMES],
        [visits.groups(tuple(other for other in NAMES if other != name)) for name in NAMES],
    )


def uniqueness_table(found: Uniqueness) -> Table:
    """The same as a table of `radprep inspect`."""
    rows = [
        (title, one.alone, one.small, one.groups, one.smallest, one.rarest)
        for title, one in titled(found)
    ]
    return Table(
        "uniqueness",
        "Patients told apart by",
        "alone",
        rows,
        ("name", "count", "in_small_groups", "groups", "smallest", "rarest"),
        f"Patients: {found.together.patients:,}. Alone: nobody shares these values with them. In "
        f"small groups: fewer than {SMALL} patients share them.",
    )


def titled(found: Uniqueness) -> list[tuple[str, Groups]]:
    """Each comparison with what it is called, all together first."""
    return [
        (", ".join(NAMES), found.together),
        *((one.names[0], one) for one in found.each),
        *((f"all but {name}", one) for name, one in zip(NAMES, found.without, strict=True)),
    ]


def age_band(text: str | None, width: int = BAND) -> str:
    """The band of so many years that an age (AS) lies in, such as `45-49`."""
    unit = (text or "")[-1:]
    number = (text or "")[:-1]
    if unit not in _YEARS or not number.isascii() or not number.isdigit():
        return UNKNOWN
    first = int(int(number) / _YEARS[unit]) // width * width
    return f"{first}-{first + width - 1}"


@dataclass(frozen=True)
class _Visits:
    """What is known of each visit of each patient. patients: number of the patient of each visit;
    codes: one of NAMES -> number of each visit's value; values: one of NAMES -> the values, by
    their numbers."""

    patients: Numbers
    codes: Mapping[str, Numbers]
    values: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, table: pa.Table) -> _Visits:
        """Those of rows with a patient; visits of a patient that say the same count once. Patients
        who share a study are one."""
        known = table.filter(pc.is_valid(table["patient_id"]))
        texts = {name: known[name].cast(pa.string()) for name in _COLUMNS}
        columns = {
            "patient_id": Patients.of_table(table).grouped(known["patient_id"]),
            **{name: texts[column] for column, name in _COLUMNS.items()},
            "month": pc.utf8_slice_codeunits(texts["StudyDate"], 0, len("2019-03")),
        }
        distinct = pa.table(columns).group_by([*columns]).aggregate([])
        values, codes = {}, {}
        for name in NAMES:
            values[name], codes[name] = _numbered(distinct[name], age_band if name == AGE else str)
        _, patients = _numbered(distinct["patient_id"], str)
        return cls(patients, codes, values)

    def groups(self, names: tuple[str, ...]) -> Groups:
        """Patients by what they share: an attacker may know of any visit, so that patients are
        alike only where all of theirs are."""
        combined = np.zeros(len(self.patients), np.int64)
        for name in names:
            more = combined * len(self.values[name]) + self.codes[name]
            _, first, combined = np.unique(more, return_index=True, return_inverse=True)
        shared, patients = self._shared(combined)
        smallest = min(shared.values(), default=0)
        rare = min((key for key, count in shared.items() if count == smallest), default=b"")
        said = [first[number] for number in np.frombuffer(rare, np.int64)]
        return Groups(
            names,
            patients,
            len(shared),
            smallest,
            sum(count for count in shared.values() if count == 1),
            sum(count for count in shared.values() if count < SMALL),
            "; ".join(sorted(self._told(visit, names) for visit in said)),
        )

    def _shared(self, combined: Numbers) -> tuple[Counter[bytes], int]:
        """What is known of all visits of a patient, as bytes -> how many patients share it; and how
        many patients there are."""
        most = len(combined) + 1
        pairs = np.sort(self.patients * most + combined)
        pairs = pairs[np.diff(pairs, prepend=-1) != 0]
        patients, known = np.divmod(pairs, most)
        bounds = np.append(np.flatnonzero(np.diff(patients, prepend=-1)), len(pairs)).tolist()
        shared = Counter(known[start:end].tobytes() for start, end in pairwise(bounds))
        return shared, len(bounds) - 1

    def _told(self, visit: int, names: Sequence[str]) -> str:
        return ", ".join(self.values[name][self.codes[name][visit]] for name in names)


def _numbered(column: pa.ChunkedArray, meaning: Callable[[str], str]) -> tuple[list[str], Numbers]:
    """The meanings of a column's texts, in order, and the number of each row's."""
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    meant = [UNKNOWN if text is None else meaning(text) for text in encoded.dictionary.to_pylist()]
    values = sorted(set(meant))
    place = {value: number for number, value in enumerate(values)}
    numbers = np.array([place[value] for value in meant], np.int64)
    return values, numbers[encoded.indices.to_numpy()] if len(numbers) else numbers
