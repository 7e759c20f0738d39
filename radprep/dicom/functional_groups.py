"""The attributes of enhanced multi-frame images that stand in functional groups: some for each
frame, others for all of them (PS3.3 C.7.6.16)."""

from __future__ import annotations

import pydicom

from radprep.dicom import header

_OF_FRAME = "PerFrameFunctionalGroupsSequence"
_OF_ALL = "SharedFunctionalGroupsSequence"


def sources(dataset: pydicom.Dataset, macro: str, frame: int) -> list[pydicom.Dataset]:
    """Where the attributes of a functional group macro may stand, the nearest first: its item of
    the frame, that of all frames, and the data set itself.

    macro: keyword of the macro's sequence. frame: from 0.
    """
    groups = (item(dataset, _OF_FRAME, frame), item(dataset, _OF_ALL, 0))
    found = [item(group, macro, 0) for group in groups if group is not None]
    return [*(one for one in found if one is not None), dataset]


def item(dataset: pydicom.Dataset, sequence: str, index: int) -> pydicom.Dataset | None:
    """An item of a sequence, from 0; None where there is no such item."""
    items = header.values(dataset, sequence)
    found = items[index] if index < len(items) else None
    return found if isinstance(found, pydicom.Dataset) else None
