"""What a row says of its header besides the columns: what was read from where, and of which
exposure the image is."""

from __future__ import annotations

from typing import Any

from radprep.convert.job import STEP
from radprep.dicom import dates
from radprep.dicom.exposure import moment_of, sources_of
from radprep.dicom.header import Header
from radprep.dicom.modality import modality_of
from radprep.private.identifiers import Identifiers
from radprep.private.key import Pseudonyms

GUESSED_MODALITY = f"{STEP}:modality_guessed"
EXPOSURE, MADE_OF = "exposure", "made_of"
"""Names in `decisions` of what tells the images of one exposure: a pseudonym of its moment, and the
instance_ids of the images that an image was made of."""


def told_by(parsed: Header, ids: Identifiers, pseudonyms: Pseudonyms) -> dict[str, Any]:
    """What `decisions` says of a header, with pseudonyms for whatever could name somebody."""
    study = ids["StudyInstanceUID"] or ""
    moment = moment_of(parsed)
    made_of = [pseudonyms.make("instance", study, uid) for uid in sources_of(parsed)]
    said = {
        "modality_from": modality_of(parsed).read_from,
        "age_from": dates.shown_age(parsed)[1],
        EXPOSURE: pseudonyms.make("exposure", ids["study_id"], moment) if moment else None,
        MADE_OF: made_of,
    }
    return {name: value for name, value in said.items() if value}


def marks_of(parsed: Header, ids: Identifiers) -> list[str]:
    """The marks for review that a header gives to each image of its file."""
    marks = [] if ids["StudyInstanceUID"] else [f"{STEP}:no_study_uid"]
    return marks if modality_of(parsed).sure else [*marks, GUESSED_MODALITY]
