"""Who belongs together: the one rule by which patients are told apart and counted.

Two patients who share a study are one group. A study is of one person, so that several PatientIDs
in it are one that was mistyped, changed or lost its zeros, or the films of a stranger. In both
cases the group must not stand on two sides of a split. A PatientID that stands in some films with
the name of who gave it, and in others without, may be one person too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from radprep.dataset.checked import read_columns
from radprep.dataset.layout import DataSet
from radprep.dataset.names import UNASSIGNED
from radprep.dataset.schema import NAMELESS

COLUMNS = ("study_id", "patient_id", "patient_without_issuer")
"""The columns of a data set that the rule asks for."""


class PatientGroups:
    """Groups of patients, by what is tied. Patients are patient_ids, or whatever else can be hashed
    and has an order; one that was never tied is a group of its own."""

    def __init__(self) -> None:
        self._above: dict[Any, Any] = {}

    def tie(self, patients: Iterable[Any]) -> None:
        """Make some patients one group from now on."""
        first, *others = patients
        for other in others:
            low, high = sorted((self.of(first), self.of(other)))
            if low != high:
                self._above[high] = low

    def of(self, patient: Any) -> Any:
        """The group of a patient: the first of its patients in their order."""
        root = patient
        while root in self._above:
            root = self._above[root]
        while patient != root:
            self._above[patient], patient = root, self._above[patient]
        return root

    def mapping(self) -> dict[Any, Any]:
        """Each patient that is not the first of its group -> the first."""
        return {patient: self.of(patient) for patient in list(self._above)}


@dataclass(frozen=True)
class Patients:
    """The patients of a data set. groups: who belongs together; several: the studies whose rows
    carry several patient_ids, each with these, in order; ids_of_several_issuers: PatientIDs that
    more than one issuer gave."""

    groups: PatientGroups
    several: Mapping[str, list[str]]
    ids_of_several_issuers: int

    @classmethod
    def of_table(cls, table: pa.Table) -> Patients:
        """Those of a table with COLUMNS: of every row, since a film that was rejected ties its
        study to its patient as well. Rows whose study is unknown tie nobody."""
        table = table.select(COLUMNS).filter(pc.is_valid(table["patient_id"]))
        placed = table.filter(pc.not_equal(table["study_id"], UNASSIGNED))
        pairs = placed.group_by(["study_id", "patient_id"]).aggregate([])
        numbers = pairs.group_by("study_id").aggregate([("patient_id", "count")])
        shared = numbers.filter(pc.greater(numbers["patient_id_count"], 1))["study_id"]
        several: dict[str, list[str]] = {}
        for row in pairs.filter(pc.is_in(pairs["study_id"], shared.combine_chunks())).to_pylist():
            several.setdefault(row["study_id"], []).append(row["patient_id"])
        groups = PatientGroups()
        for patients in several.values():
            groups.tie(patients)
        issued, known = _by_issuer(table), set(pc.unique(table["patient_id"]).to_pylist())
        for bare in issued.keys() & known:
            groups.tie((bare, *issued[bare]))
        return cls(
            groups,
            {study_id: sorted(several[study_id]) for study_id in sorted(several)},
            sum(len(patients) > 1 for patients in issued.values()),
        )

    def grouped(self, patients: pa.ChunkedArray) -> pa.ChunkedArray:
        """A column of patient_ids with the group of each."""
        first = self.groups.mapping()
        if not first:
            return patients
        return pa.chunked_array(
            [pa.array([first.get(one, one) for one in patients.to_pylist()], pa.string())]
        )


def unknown_patients(counts: Mapping[str, Any]) -> str:
    """What must be said of a data set in which nothing tells whose the films are; empty where
    something does. counts: those of dataset.json."""
    nameless = sum(counts["without_patient_id"].get(why, 0) for why in NAMELESS)
    if not nameless or nameless < counts["studies_kept"]:
        return ""
    return (
        f"No patient is known: each of the {counts['studies_kept']:,} studies counts as a patient "
        "of its own. A split by patient then protects from nothing: films of one person may stand "
        "on both sides of it"
    )


def read_patients(data_set: DataSet) -> Patients:
    """The patients of a data set, from instances.parquet. Raises OSError where it is not there, and
    UsageError where it is damaged."""
    return Patients.of_table(read_columns(data_set.within(data_set.instances), COLUMNS))


def _by_issuer(table: pa.Table) -> dict[str, set[str]]:
    """The patient that a PatientID is without its issuer -> those that it is with one."""
    found: dict[str, set[str]] = {}
    issued = table.filter(pc.is_valid(table["patient_without_issuer"])).group_by(list(COLUMNS[1:]))
    for row in issued.aggregate([]).to_pylist():
        found.setdefault(row["patient_without_issuer"], set()).add(row["patient_id"])
    return found
