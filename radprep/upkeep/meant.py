"""Which patient a person means who names one, and what the private tree knows of the name."""

from __future__ import annotations

from radprep.convert.identify import source_of
from radprep.convert.scan_index import read_index
from radprep.convert.whose import Whose
from radprep.dataset.names import UNASSIGNED
from radprep.dicom.scan import ScannedFile
from radprep.errors import UsageError
from radprep.private.identifiers import read_identifiers
from radprep.private.key import Pseudonyms
from radprep.private.tree import PrivateTree
from radprep.text.no_patient import named_patient


def names_of(patient: str, pseudonyms: Pseudonyms | None, tree: PrivateTree) -> set[str]:
    """What a patient may be called: as the person said it and, with the key, our pseudonyms of that
    as a PatientID or, where it is none, of whoever a file at that path is of. Raises UsageError for
    the pseudonym of nobody, and for a PatientID that names nobody or that several issuers gave."""
    if pseudonyms is None or not patient:
        return {patient}
    if pseudonyms.patient_id(None, UNASSIGNED) == patient:
        raise UsageError(
            "This id stands for every file that names neither a patient nor a study: it is no "
            "patient, and cannot be forgotten. Remove such files from the dump and convert again "
            "with --prune."
        )
    found = _ids_of_original(tree, patient) | ids_in_index(tree, pseudonyms, patient)
    if found and not named_patient(patient):
        raise UsageError(
            f"This PatientID names nobody: its films are of {len(found)} patients here, as far as "
            "their studies tell. Nothing was changed. Name the patient_id of the one who is meant: "
            "`radprep locate` leads to it from a study's own identifiers."
        )
    if len(found) > 1:
        raise UsageError(
            f"Several issuers gave this PatientID (or one did, and some films name none): it is "
            f"{len(found)} patients here, {', '.join(sorted(found))}. Nothing was changed. "
            "`radprep locate` shows the films of each; forget each that is meant by its patient_id."
        )
    if not found:
        found = _ids_of_path(tree, patient)
    return {patient, pseudonyms.patient_id(patient, ""), *found}


def _ids_of_path(tree: PrivateTree, path: str) -> set[str]:
    """Our patient_id of whom the file at a path of a dump is of. Raises UsageError where files of
    several patients stand there in different deliveries."""
    found = {
        one["patient_id"]
        for study_id in tree.study_ids()
        for one in read_identifiers(tree, study_id)
        if one["source_path"] == path and one["patient_id"]
    }
    if len(found) > 1:
        raise UsageError(
            f"Files of {len(found)} patients stand at this path in different deliveries. Nothing "
            "was changed. `radprep locate` shows them; forget the one who is meant by patient_id."
        )
    return found


def _ids_of_original(tree: PrivateTree, patient: str) -> set[str]:
    """Our patient_ids of the converted files with a PatientID."""
    return {
        one["patient_id"]
        for study_id in tree.study_ids()
        for one in read_identifiers(tree, study_id)
        if one["PatientID"] == patient and one["patient_id"]
    }


def ids_in_index(tree: PrivateTree, pseudonyms: Pseudonyms, patient: str | None) -> set[str]:
    """Our patient_ids of the scanned files with a PatientID; None: of all."""
    found = set()
    for delivery in tree.deliveries:
        scanned = read_index(tree, delivery)
        whose = Whose(pseudonyms, scanned.table())
        found |= {whose.patient_id(one) for one in scanned if patient in (None, one.PatientID)}
    return found


def scanned_files(
    tree: PrivateTree, pseudonyms: Pseudonyms | None, names: set[str]
) -> dict[str, list[ScannedFile]]:
    """source_id -> the patient's files in the scan indices."""
    found: dict[str, list[ScannedFile]] = {}
    if pseudonyms is None:
        return found
    for delivery in tree.deliveries:
        remembered_files = read_index(tree, delivery)
        whose = Whose(pseudonyms, remembered_files.table())
        for one in remembered_files:
            if whose.patient_id(one) in names:
                source_id = source_of(pseudonyms, delivery, one).source_id
                found.setdefault(source_id, []).append(one)
    return found
