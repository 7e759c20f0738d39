"""Whose each file of a dump is: by its own PatientID or, where it has none, by its study."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from radprep.dataset.names import UNASSIGNED
from radprep.dicom.scan import ScannedFile
from radprep.private.key import Pseudonyms
from radprep.text.no_patient import named_patient

_NAMING = ("PatientID", "IssuerOfPatientID")


class Named(NamedTuple):
    """A patient as a header names it. issuer: who gave the PatientID, as `issuer_of` says it."""

    patient: str
    issuer: str | None


class Whose:
    """Tells whose the files of a dump are. scanned: all of them, with those of forgotten patients;
    a file without a PatientID is of the patient whom the other films of its study name, where that
    is one."""

    def __init__(self, pseudonyms: Pseudonyms, scanned: pa.Table) -> None:
        self._pseudonyms = pseudonyms
        self._of_study = _one_patient_of_nameless(scanned)

    def by_study(self, one: ScannedFile) -> Named | None:
        """The patient whom the other films of its study name, for a file that names none itself;
        else None."""
        found = self._of_study.get(one.StudyInstanceUID or "")
        return found if found and named_patient(one.PatientID) is None else None

    def patient_id(self, one: ScannedFile) -> str:
        """Our pseudonym of a file's patient."""
        patient, issuer = self.by_study(one) or (one.PatientID, one.IssuerOfPatientID)
        return self._pseudonyms.patient_id(patient, study_of(self._pseudonyms, one), issuer)

    def digest(self, one: ScannedFile) -> str | None:
        """By what a picture is remembered when its patient is forgotten; None for another file."""
        return self._pseudonyms.of_forgotten(one.picture) if one.picture else None


def study_of(pseudonyms: Pseudonyms, one: ScannedFile) -> str:
    """study_id of a scanned file."""
    return pseudonyms.make("study", one.StudyInstanceUID) if one.StudyInstanceUID else UNASSIGNED


def several_issuers(scanned: pa.Table) -> frozenset[str]:
    """The PatientIDs that stand under more than one issuer: nobody can say whose of these patients
    is meant where a PatientID stands alone."""
    pairs = scanned.filter(pc.is_valid(scanned["IssuerOfPatientID"]))
    pairs = pairs.group_by(["PatientID", "IssuerOfPatientID"]).aggregate([])
    numbers = pairs.group_by("PatientID").aggregate([("IssuerOfPatientID", "count")])
    several = numbers.filter(pc.greater(numbers["IssuerOfPatientID_count"], 1))
    return frozenset(one for one in several["PatientID"].to_pylist() if one)


def _one_patient_of_nameless(scanned: pa.Table) -> Mapping[str, Named]:
    """StudyInstanceUID -> the one patient of a study some of whose files name none."""
    placed = scanned.filter(pc.is_valid(scanned["StudyInstanceUID"]))
    texts = pc.unique(placed["PatientID"])
    nobody = pa.array([one for one in texts.to_pylist() if not named_patient(one)], pa.string())
    nameless = pc.is_in(placed["PatientID"], value_set=nobody)
    studies = pc.unique(placed.filter(nameless)["StudyInstanceUID"])
    if not len(studies):
        return {}
    theirs = pc.is_in(placed["StudyInstanceUID"], value_set=studies)
    named = placed.filter(pc.and_(pc.invert(nameless), theirs))
    found: dict[str, set[Named]] = {}
    for row in named.select(("StudyInstanceUID", *_NAMING)).to_pylist():
        found.setdefault(row["StudyInstanceUID"], set()).add(Named(*(row[one] for one in _NAMING)))
    return {study: min(patients) for study, patients in found.items() if len(patients) == 1}


def joinable(
    keyword: str | None, study_keys: Mapping[str, Set[str | None]], several: Set[str]
) -> Mapping[str, Set[str | None]]:
    """The values that labels may be joined on. keyword: their field, None where there
    is none; several: see
    `several_issuers`. A text that stands for no number, such as 0 or UNKNOWN, is none, nor is a
    PatientID of several patients: whoever has it would get the label of another patient."""
    if keyword is None:
        return study_keys
    others = several if keyword == "PatientID" else frozenset[str]()
    return {
        study_id: {one for one in keys if named_patient(one) and one not in others}
        for study_id, keys in study_keys.items()
    }
