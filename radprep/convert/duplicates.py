"""The same SOP instance twice in a study."""

from __future__ import annotations

from collections import defaultdict
from typing import cast

from radprep.convert.identify import conflict_id
from radprep.convert.job import STEP, Converted
from radprep.dataset.schema import OF_IMAGE, REJECTED, Row, new_row
from radprep.private.key import Pseudonyms

_CONFLICT = f"{STEP}:uid_conflict"
_DUPLICATE, _OF = "duplicate", "of source "
_IMAGE_COLUMNS = frozenset(
    {
        *OF_IMAGE,
        *("image_id", "frame", "part", "inverted", "rotation_degrees", "source_matrix"),
        *("width", "height", "bits", "review", "history"),
        *("pixel_spacing", "pixel_spacing_source"),
    }
)
"""What a file without an image does not have."""


def settle_duplicates(found: list[Converted], pseudonyms: Pseudonyms) -> None:
    """Within a study, the same SOP instance with the same pixels stays once: the file with the
    lowest hash. With other pixels both stay, and the hash of their bytes joins their ids, so that
    neither depends on which came first."""
    instances: dict[str, list[Converted]] = defaultdict(list)
    for converted in sorted(found, key=_place):
        if converted.pixels:
            ids = converted.identifiers
            instances[ids["SOPInstanceUID"] or ids["source_hash"]].append(converted)
    for same_name in instances.values():
        by_pixels: dict[tuple[str, ...], list[Converted]] = defaultdict(list)
        for converted in same_name:
            by_pixels[converted.pixels].append(converted)
        for first, *others in by_pixels.values():
            if len(by_pixels) > 1:
                _rename_conflict(first, pseudonyms)
            for other in others:
                _reject_duplicate(other, first)


def _place(converted: Converted) -> tuple[str, str]:
    return converted.identifiers["source_hash"], converted.identifiers["source_id"]


def _rename_conflict(converted: Converted, pseudonyms: Pseudonyms) -> None:
    ids = converted.identifiers
    renamed = conflict_id(pseudonyms, ids)
    ids["instance_id"] = renamed
    for row in converted.rows:
        row["instance_id"] = renamed
        row["review"] = [*(mark for mark in row["review"] if mark != _CONFLICT), _CONFLICT]


def _reject_duplicate(other: Converted, first: Converted) -> None:
    instance_id = first.identifiers["instance_id"]
    other.identifiers["instance_id"] = instance_id
    rejected = without_image(other.rows[0])
    rejected["instance_id"] = instance_id
    rejected["status"], rejected["reason"] = REJECTED, _DUPLICATE
    rejected["step"], rejected["detail"] = STEP, f"{_OF}{first.rows[0]['source_id']}"
    other.rows, other.staged = [rejected], []


def keeper_of(rows: list[Row]) -> str | None:
    """The source_id of the file that a duplicate repeats. rows: those of a file; None where it is
    no duplicate."""
    for row in rows:
        if row["reason"] == _DUPLICATE:
            return (row["detail"] or "").removeprefix(_OF)
    return None


def without_image(row: Row) -> Row:
    """A row of which only what describes its file is left."""
    left = {name: value for name, value in row.items() if name not in _IMAGE_COLUMNS}
    return new_row(**cast(Row, left))
