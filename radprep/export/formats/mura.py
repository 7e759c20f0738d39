"""MURA-v1.1: the tree of folders and the tables of paths that classifiers of bones are written for.

::

    MURA-v1.1/<train|valid|test>/XR_<PART>/patient00001/study1_positive/image1.png
    MURA-v1.1/<train|valid|test>_image_paths.csv        a path a line
    MURA-v1.1/<train|valid|test>_labeled_studies.csv    a folder of a study, and 1 or 0

There a study is positive or negative as a whole. One whose films are of both classes, or show
several body parts, becomes a folder for each; all have the number of the study. A film of neither
class or of no single body part has no place in that tree. MURA's own test part was never given
away; ours holds the hold-out. https://stanfordmlgroup.github.io/competitions/mura/
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

FOLDERS = {"training": "train", "validation": "valid", "holdout": "test"}
"""What the parts are called there."""

ROOT = "MURA-v1.1"
"""The folder that every path of the tables begins with."""

Numbers = Mapping[tuple[str, str], tuple[int, int]]
"""patient_id and study_id -> number of the patient, number of the study among that patient's."""

_CLASSES = ("negative", "positive")
_ONE_PART = re.compile(r"[a-z0-9][a-z0-9_ -]*")


def part_folder(body_part: str | None) -> str | None:
    """The folder of a body part, such as XR_WRIST; None where it is unknown, or where there are
    several."""
    if not body_part or not _ONE_PART.fullmatch(body_part):
        return None
    return "XR_" + re.sub("[ -]", "_", body_part).upper()


def numbered(studies: Iterable[tuple[str, str]]) -> Numbers:
    """Numbers of patients and studies, both from 1 and in the order of their pseudonyms, so that
    the same films always get the same names. studies: patient_id and study_id."""
    found: dict[str, set[str]] = defaultdict(set)
    for patient_id, study_id in studies:
        found[patient_id].add(study_id)
    return {
        (patient_id, study_id): (patient, study)
        for patient, patient_id in enumerate(sorted(found), start=1)
        for study, study_id in enumerate(sorted(found[patient_id]), start=1)
    }


def study_folder(folder: str, body_part: str, numbers: tuple[int, int], positive: int) -> str:
    """Where a study stands. folder: of FOLDERS; body_part: as `part_folder` writes it; numbers: of
    the patient and the study; positive: its class, 1 or 0."""
    patient, study = numbers
    name = f"study{study}_{_CLASSES[positive]}"
    return f"{ROOT}/{folder}/{body_part}/patient{patient:05d}/{name}"
