"""What the studies, images and masks of a data set are called, in forms that can be checked.

A name is built from a label's slug and from pseudonyms, so that a name which has its form can
never lead out of the data set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from radprep.dataset.schema import Row
from radprep.text.small_file import parse_json

IMAGE_TREES = ("images", "unlabelled", "masks")
"""The folders of a data set that hold images and masks."""

UNASSIGNED = "unassigned"
"""The study of files whose study is unknown."""

PSEUDONYM = "[0-9a-f]{16}"
"""Pattern of every id but image_id."""

STUDY = f"(?:{PSEUDONYM}|{UNASSIGNED})"
"""Pattern of a study_id."""

SLUG = "[a-z0-9][a-z0-9_]{0,63}"
"""Pattern of a label: it is the name of a folder."""

_STUDY = re.compile(STUDY)


def is_study_id(text: str) -> bool:
    """Whether a text could be the id of a study, so that names may be built from it."""
    return _STUDY.fullmatch(text) is not None


def image_folder(label: str | None, study_id: str) -> str:
    """Folder of a study's images, relative to the data set. Built from a label's slug and
    pseudonyms only."""
    top = f"images/{label}" if label else "unlabelled"
    return f"{top}/{study_id[:2]}/{study_id}"


def mask_folder(label: str | None, study_id: str) -> str:
    """Folder of a study's masks, relative to the data set: under masks/, named as its images are
    there."""
    return f"masks/{label or 'unlabelled'}/{study_id[:2]}/{study_id}"


def image_name(row: Row) -> str:
    """What the image of a kept row is called, relative to the data set."""
    return f"{image_folder(row['label'], row['study_id'])}/{row['image_id']}.png"


def mask_name(row: Row) -> str:
    """What the mask of a kept row is called, relative to the data set."""
    return f"{mask_folder(row['label'], row['study_id'])}/{row['image_id']}.png"


def mask_hash(row: Row) -> str | None:
    """Hash of the mask's pixels, as the stage that wrote the mask noted it in `decisions`; None
    where that cannot be read."""
    try:
        return str(parse_json(row["decisions"])["mask"]["pixel_hash"])
    except (TypeError, ValueError, KeyError):
        return None


def well_named(ids: Iterable[str]) -> list[str]:
    """Those of some texts that could be ids of studies, in order."""
    return sorted(filter(is_study_id, ids))
