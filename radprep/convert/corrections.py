"""A person's corrections of what convert decides: a film is rejected, or where text about a person
stands in its pixels."""

from __future__ import annotations

from pathlib import Path

from radprep.burned_in.places import BURNED_IN
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import REJECTED
from radprep.errors import UsageError
from radprep.stage.corrections import (
    STATUS,
    Corrections,
    known_images,
    merged,
    read_corrections,
    remembered,
)

_SHOWN = 5


def settle(out: DataSet, path: Path | None) -> Corrections:
    """The corrections of a run: what OUT remembers, and the file that a person gives now.

    Raises UsageError where a line is about something else than convert decides, or about an image
    that OUT does not have: the ids are those of an earlier run.
    """
    before = remembered(out)
    if path is None:
        return before
    given = read_corrections(path)
    for image_id, fields in given.items():
        foreign = sorted(fields.keys() - {BURNED_IN, STATUS})
        if foreign:
            raise UsageError(
                f"{path}: {foreign[0]} of {image_id} is decided by `radprep preprocess`. Give this "
                f"line to it. Convert takes corrections of {BURNED_IN} and {STATUS}."
            )
        if fields.get(STATUS) not in (None, REJECTED):
            raise UsageError(
                f"{path}: {image_id} can only be {REJECTED} by a person here. To take that back, "
                "leave the value empty."
            )
    wanted = {name for name, fields in given.items() if any(fields.values())}
    unknown = sorted(wanted - known_images(out).keys())
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        raise UsageError(
            f"{path} names images that OUT does not have: {', '.join(unknown[:_SHOWN])}{more}. "
            "Copy the ids from the column image_id of its instances.parquet. The first run of "
            "convert has no images to correct yet."
        )
    return merged(before, given)
