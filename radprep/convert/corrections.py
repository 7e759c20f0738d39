"""A person's corrections of what convert decides: a film is accepted or rejected, where text
about a person stands in its pixels, or which boxes are drawn on it."""

from __future__ import annotations

from pathlib import Path

from radprep.burned_in.places import BURNED_IN, boxes_of
from radprep.dataset.box_decisions import BOXES
from radprep.dataset.info import Info
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import REJECTED
from radprep.errors import UsageError
from radprep.stage.acceptance import REVIEW
from radprep.stage.corrections import (
    STATUS,
    Corrections,
    Fields,
    KnownImage,
    corrected_images,
    known_images,
    merged,
    read_corrections,
    refuse_lost,
    remembered,
    some_of,
    value_of,
    wanted,
)
from radprep.stage.drawn_boxes import refuse_beside
from radprep.stage.person import with_what_was_seen


def settle(out: DataSet, info: Info | None, path: Path | None) -> Corrections:
    """The corrections of a run: what OUT remembers, and the file that a person gives now. info:
    dataset.json of OUT, if there is one.

    Raises UsageError where a line is about something else than convert decides, or about an image
    that OUT does not have: the ids are those of an earlier run.
    """
    before = remembered(out)
    if path is None:
        refuse_lost(out, info)
        return before
    given = read_corrections(path)
    for image_id, fields in given.items():
        foreign = sorted(fields.keys() - {BOXES, BURNED_IN, REVIEW, STATUS})
        if foreign:
            raise UsageError(
                f"{path}: {foreign[0]} of {image_id} is decided by `radprep preprocess`. Give this "
                f"line to it. Convert takes corrections of {BOXES}, {BURNED_IN}, {REVIEW} and "
                f"{STATUS}."
            )
        if wanted(given, image_id, STATUS) not in (None, REJECTED):
            raise UsageError(
                f"{path}: {image_id} can only be {REJECTED} by a person here. To take that back, "
                "leave the value empty."
            )
    named, known = corrected_images(given), known_images(out)
    for image_id in sorted(named & known.keys()):
        _check_boxes(image_id, given[image_id], known[image_id], path)
    refuse_beside(given, known, out, path)
    unknown = sorted(named - known.keys())
    if unknown:
        raise UsageError(
            f"{path} names images that OUT does not have: {some_of(unknown)}. "
            "Copy the ids from the column image_id of its instances.parquet. The first run of "
            "convert has no images to correct yet."
        )
    return merged(before, with_what_was_seen(given, out, known, path))


def _check_boxes(image_id: str, fields: Fields, image: KnownImage, path: Path) -> None:
    """Raise UsageError where a box is not on the image: what it was to hide would stay."""
    if image.width is None or image.height is None:
        return
    for box in boxes_of(str(value_of(fields, BURNED_IN) or "none")) or ():
        x, y, width, height = box
        if min(x, y) < 0 or x + width > image.width or y + height > image.height:
            raise UsageError(
                f"{path}: the box {' '.join(map(str, box))} of {image_id} leaves the image, which "
                f"has {image.width} x {image.height} pixels. Give x, y, width and height of a box "
                "on it."
            )
