"""What the labels of a data set are called, and which one is meant."""

from __future__ import annotations

import re
from pathlib import Path

from radprep.dataset.info import Info, stages_of
from radprep.dataset.names import SLUG
from radprep.errors import UsageError
from radprep.text.small_file import shown

_SLUG = re.compile(SLUG)
_MOST_SHOWN = 40


def main_name(info: Info) -> str | None:
    """Name of the label that the folders of a data set are named by; None where it has no labels,
    or does not say."""
    said = (one["parameters"].get("label_main") for one in stages_of(info, "convert"))
    found = {name for name in said if isinstance(name, str) and _SLUG.fullmatch(name)}
    return found.pop() if len(found) == 1 else None


def label_names(info: Info) -> list[str]:
    """Names of the labels that images of a complete data set have, in order."""
    return sorted(info["counts"]["named_labels"])


def chosen_name(root: Path, info: Info, wanted: str | None) -> str | None:
    """Name of the label that is meant: the one that a person names, else the main one. None where
    nobody names one and the data set does not say. Raises UsageError for a label that no image
    has."""
    if not wanted:
        return main_name(info)
    wanted = wanted.strip().lower()
    if wanted not in (main_name(info), *label_names(info)):
        names = ", ".join(label_names(info)) or "none"
        raise UsageError(
            f"{root} has no label named {shown(wanted)[:_MOST_SHOWN]!r} (--label). Its labels are: "
            f"{names}. They come with `radprep convert --labels CSV --label-column COLUMN`."
        )
    return wanted
