"""The same film twice in a study: under one UID, or sent again under another one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import cast

from radprep.convert.identify import conflict_id
from radprep.convert.job import STEP, Converted, set_marks
from radprep.dataset.image_id import ImageId
from radprep.dataset.schema import DICOM_COLUMNS, OF_IMAGE, REJECTED, Row, new_row
from radprep.private.identifiers import Identifiers
from radprep.private.key import Pseudonyms

_CONFLICT = f"{STEP}:uid_conflict"
_DUPLICATE, _OF = "duplicate", "of source "
RAW_TWIN = "raw_twin"
"""Reason of a raw image whose film is in the study."""
_COPIES = (_DUPLICATE, RAW_TWIN)
_IMAGE_COLUMNS = frozenset(
    {
        *OF_IMAGE,
        *("image_id", "frame", "part", "inverted", "rotation_degrees", "source_matrix"),
        *("width", "height", "bits", "review", "history"),
        *("pixel_spacing", "pixel_spacing_source"),
    }
)
"""What a file without an image does not have."""
_OF_FILE = (
    *DICOM_COLUMNS,
    *("patient_id", "patient_from", "patient_without_issuer", "series_id", "instance_id"),
    *("source_id", "delivery", "body_part", "body_part_source", "body_part_score"),
)
"""What a row says of its file, whatever the image shows."""


def settle_duplicates(found: list[Converted], pseudonyms: Pseudonyms) -> None:
    """Within a study the same pixels stay once, whatever their UIDs are. With other pixels under
    one UID both stay, and the hash of their bytes joins their ids, so that neither depends on which
    came first."""
    _settle_same_names(found, pseudonyms)
    _settle_same_pixels(found)


def _settle_same_names(found: Iterable[Converted], pseudonyms: Pseudonyms) -> None:
    """Of one SOP instance the file with the lowest hash stays, and of the same bytes that of the
    earliest delivery."""
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
                instance_id = first.identifiers["instance_id"]
                other.identifiers["instance_id"] = instance_id
                other.rows[0]["instance_id"] = instance_id
                reject_beside(other, _DUPLICATE, first)


def _settle_same_pixels(found: Iterable[Converted]) -> None:
    """Of the same pixels under several UIDs the film of the earliest delivery stays, so that what
    is added later takes no image away. Where a person rejected one, none stays."""
    by_pixels: dict[tuple[str, ...], list[Converted]] = defaultdict(list)
    for converted in sorted(found, key=_arrival):
        if converted.seen:
            by_pixels[converted.seen].append(converted)
    for first, *others in by_pixels.values():
        for other in others:
            if other.pixels:
                reject_beside(other, _DUPLICATE, first)


def _place(converted: Converted) -> tuple[str, int, str]:
    ids = converted.identifiers
    return ids["source_hash"], ids["delivery"], ids["source_id"]


def _arrival(converted: Converted) -> tuple[bool, int, str, int, str]:
    """What a person rejected some of stands first."""
    delivery = converted.identifiers["delivery"]
    return not converted.rejected_pixels, delivery, *_place(converted)


def _rename_conflict(converted: Converted, pseudonyms: Pseudonyms) -> None:
    ids = converted.identifiers
    renamed = conflict_id(pseudonyms, ids)
    ids["instance_id"] = renamed
    for row in converted.rows:
        row["instance_id"] = renamed
        if row["image_id"]:  # a frame without an image has a name so that a person can speak of it
            row["image_id"] = str(ImageId(renamed, row["frame"]))
        set_marks(row, {_CONFLICT: True})


def reject_beside(other: Converted, reason: str, first: Converted) -> None:
    """Reject all images of a file because of another file, which its row names."""
    reject_whole(other, reason, f"{_OF}{first.rows[0]['source_id']}")


def reject_whole(converted: Converted, reason: str, detail: str | None = None) -> None:
    """Reject all images of a file: one row is left."""
    rejected = without_image(converted.rows[0])
    rejected["status"], rejected["reason"] = REJECTED, reason
    rejected["step"], rejected["detail"] = STEP, detail
    converted.rows, converted.staged = [rejected], []


def keeper_of(rows: list[Row]) -> str | None:
    """The source_id of the file that a duplicate repeats. rows: those of a file; None where it is
    no duplicate."""
    return next((kept for row in rows if (kept := _kept_for(row, (_DUPLICATE,)))), None)


def copies_in(rows: Iterable[Row]) -> dict[str, str]:
    """The files that were left out because they show what another one shows: their source_id -> its
    one. rows: those of a study."""
    return {row["source_id"]: kept for row in rows if (kept := _kept_for(row, _COPIES))}


def _kept_for(row: Row, reasons: Collection[str]) -> str | None:
    """The source_id of the file because of which a row was rejected, for one of these reasons."""
    detail = row["detail"] or ""
    is_beside = row["step"] == STEP and row["reason"] in reasons and detail.startswith(_OF)
    return detail.removeprefix(_OF) if is_beside else None


def in_place_of(keeper: list[Row], duplicate: Row, ids: Identifiers) -> list[Row]:
    """The rows of a file whose pixels are all that a duplicate has, as those of the duplicate.
    keeper: the rows of the file that it repeats; ids: the duplicate's identifiers."""
    own = {**duplicate, "source_id": ids["source_id"], "delivery": ids["delivery"]}
    described = {name: value for name, value in own.items() if name in _OF_FILE}
    return [cast(Row, {**row, **described}) for row in keeper]


def without_image(row: Row) -> Row:
    """A row of which only what describes its file is left."""
    left = {name: value for name, value in row.items() if name not in _IMAGE_COLUMNS}
    return new_row(**cast(Row, left))
