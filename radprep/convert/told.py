"""What a row says of its header besides the columns: what was read from where."""

from __future__ import annotations

from typing import Any

from radprep.convert.job import STEP
from radprep.dicom import dates, header
from radprep.dicom.header import Header
from radprep.dicom.modality import modality_of

GUESSED_MODALITY = f"{STEP}:modality_guessed"


def told_by(parsed: Header) -> dict[str, Any]:
    """What `decisions` says of a header."""
    said = {
        "modality_from": modality_of(parsed).read_from,
        "age_from": dates.shown_age(parsed)[1],
    }
    return {name: value for name, value in said.items() if value}


def marks_of(parsed: Header) -> list[str]:
    """The marks for review that a header gives to each image of its file."""
    marks = [] if header.whole_text(parsed, "StudyInstanceUID") else [f"{STEP}:no_study_uid"]
    return marks if modality_of(parsed).sure else [*marks, GUESSED_MODALITY]
