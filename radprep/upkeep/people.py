"""Whose the studies of a dump are, by their headers: the rule of `dataset/patients.py`, before
there is a data set."""

from __future__ import annotations

from collections import Counter, defaultdict

from radprep.dataset.patients import PatientGroups
from radprep.text.no_patient import named_patient

Patient = tuple[str, str, str]
"""_ID, a PatientID and who gave it; of a film that names nobody, _STUDY, its study and nothing."""

_ID, _STUDY = "id", "study"

_BINS = ((1, "1"), (2, "2"), (3, "3"), (4, "4"), (10, "5-10"), (50, "11-50"))
_LAST_BIN = ">50"
SIZES = (*(name for _, name in _BINS), _LAST_BIN)
"""The bars of a histogram of how many instances a study, or studies a patient, has."""


class People:
    """Counts patients and their studies, by what is added of each file."""

    def __init__(self) -> None:
        self._of_study: dict[str, set[Patient]] = defaultdict(set)
        self._without_study: set[Patient] = set()

    def add(self, study: str | None, patient: str | None, issuer: str | None) -> None:
        """One file. study: None where it names none."""
        named = named_patient(patient)
        one = (_ID, named, issuer or "") if named else (_STUDY, study or "", "")
        (self._of_study[study] if study else self._without_study).add(one)

    @property
    def several(self) -> int:
        """Studies whose films carry several PatientIDs."""
        return sum(
            len([one for one in patients if one[0] == _ID]) > 1
            for patients in self._of_study.values()
        )

    @property
    def several_issuers(self) -> frozenset[str]:
        """The PatientIDs that stand under more than one issuer."""
        issued = Counter(patient for _, patient, issuer in self._everyone() if issuer)
        return frozenset(patient for patient, issuers in issued.items() if issuers > 1)

    def studies(self) -> list[int]:
        """How many studies each patient has; patients who share a study are one."""
        everyone = self._everyone()
        groups = PatientGroups()
        for patients in self._of_study.values():
            groups.tie(patients)
        for one in everyone:
            alone = (*one[:2], "")
            if one != alone and alone in everyone:
                groups.tie((one, alone))
        found = {groups.of(one): set[str]() for one in everyone}
        for study, patients in self._of_study.items():
            found[groups.of(min(patients))].add(study)
        return [len(studies) for studies in found.values()]

    def _everyone(self) -> set[Patient]:
        return self._without_study.union(*self._of_study.values())


def size_class(number: int) -> str:
    """The one of SIZES that a number of instances or studies belongs to."""
    return next((name for upper, name in _BINS if number <= upper), _LAST_BIN)
