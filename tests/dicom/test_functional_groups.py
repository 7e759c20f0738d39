from __future__ import annotations

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from radprep.dicom import header
from radprep.dicom.functional_groups import item, sources
from tests.made import make_dicom

MACRO, PER_FRAME, SHARED = (
    "FrameVOILUTSequence",
    "PerFrameFunctionalGroupsSequence",
    "SharedFunctionalGroupsSequence",
)


def group(center: int | None) -> Dataset:
    made, inner = Dataset(), Dataset()
    if center is not None:
        inner.WindowCenter = center
        setattr(made, MACRO, [inner])
    return made


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_the_nearest_comes_first(syntax: str) -> None:
    data = make_dicom(
        syntax=syntax,
        WindowCenter=9,
        **{PER_FRAME: [group(1), group(None)], SHARED: [group(5)]},
    )
    parsed = header.read_header(data)
    centers = [
        [header.number(one, "WindowCenter") for one in sources(parsed, MACRO, frame)]
        for frame in range(3)
    ]
    assert centers == [[1, 5, 9], [5, 9], [5, 9]]


def test_a_file_without_groups_has_itself() -> None:
    parsed = header.read_header(make_dicom())
    assert sources(parsed, MACRO, 7) == [parsed]
    assert item(parsed, PER_FRAME, 0) is None


def test_groups_of_a_thousand_frames_are_read() -> None:
    data = make_dicom(**{PER_FRAME: [group(frame) for frame in range(1000)]})
    found = sources(header.read_header(data), MACRO, 999)
    assert [header.number(one, "WindowCenter") for one in found] == [999, None]


def test_groups_of_more_items_than_a_film_has_are_not() -> None:
    data = make_dicom(**{PER_FRAME: [Dataset()] * 20_001})
    parsed = header.read_header(data)
    assert header.is_too_large(parsed, PER_FRAME)
    assert sources(parsed, MACRO, 0) == [parsed]
