"""What an image says of the exposure that it comes from."""

from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset

from radprep.dicom.exposure import (
    PRESENTATION,
    PROCESSING,
    exposure_of,
    exposure_text,
    intent_of,
    read_exposure,
    sources_of,
)

DX = "1.2.840.10008.5.1.4.1.1.1.1"


def header(**attributes: Any) -> Dataset:
    dataset = Dataset()
    with pydicom.config.disable_value_validation():
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
    return dataset


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("FOR PROCESSING", PROCESSING),
        ("for processing ", PROCESSING),
        ("FOR_PROCESSING", PROCESSING),
        ("PROCESSING", PROCESSING),
        ("FOR PRESENTATION", PRESENTATION),
        ("x", None),
        ("", None),
    ],
)
def test_the_intent_is_read_as_it_is_written(text: str, intent: str | None) -> None:
    assert intent_of(header(PresentationIntentType=text)) == intent


def test_where_it_is_not_written_the_sop_class_says_it() -> None:
    assert intent_of(header(SOPClassUID=DX)) == PRESENTATION
    assert intent_of(header(SOPClassUID=DX + ".1")) == PROCESSING
    assert intent_of(header(SOPClassUID="1.2.840.10008.5.1.4.1.1.1")) is None
    said = header(SOPClassUID=DX, PresentationIntentType="FOR PROCESSING")
    assert intent_of(said) == PROCESSING


def test_the_moment_is_told_to_the_second() -> None:
    said = [
        exposure_of(header(AcquisitionDate="20200115", AcquisitionTime="101112.25")),
        exposure_of(header(AcquisitionDate="20200115", AcquisitionTime="10:11:12")),
        exposure_of(header(AcquisitionDateTime="20200115101112.5+0100")),
    ]
    assert said == [{"day": "20200115", "second": 36672}] * 3


@pytest.mark.parametrize("time", ["", "10", "1011", "000000.00", "x"])
def test_a_time_that_tells_no_moment_is_none(time: str) -> None:
    event = header(AcquisitionTime=time, IrradiationEventUID="1.2.3", ContentTime=time)
    assert exposure_of(event) == {"events": ["1.2.3"]}


def test_views_and_sides_are_read_where_they_stand_the_most_trusted_attribute_first() -> None:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator = "R-10206", "SRT"
    code.CodeMeaning = "antero-posterior"
    said = exposure_of(
        header(
            SeriesDescription="HAND LATERAL",
            ViewCodeSequence=[code],
            BodyPartExamined="LEFT HAND",
            ImageLaterality="R",
            ProtocolName="secret",
        )
    )
    assert said == {
        "views": {"ViewCodeSequence": ["ap"], "SeriesDescription": ["left", "right"]},
        "sides": {"ImageLaterality": ["R"], "BodyPartExamined": ["L"]},
        "parts": {"SeriesDescription": ["hand"]},
        "view_code": "SRT R-10206",
    }
    assert list(said["views"]) == ["ViewCodeSequence", "SeriesDescription"]
    assert read_exposure(exposure_text(said)) == said
    assert exposure_text(exposure_of(header())) is None


def test_the_images_that_one_was_made_of() -> None:
    items = [header(ReferencedSOPInstanceUID=f"1.2.{number}") for number in range(40)]
    assert sources_of(header(SourceImageSequence=[Dataset(), *items]))[:2] == ["1.2.0", "1.2.1"]
    assert len(sources_of(header(SourceImageSequence=items))) == 16
    assert sources_of(header()) == []


def test_a_view_that_nobody_knows_is_kept_as_it_stands() -> None:
    assert exposure_of(header(ViewPosition="Zither")) == {"unread_view": "ZITHER"}


def test_no_text_of_a_header_makes_it_long() -> None:
    item = Dataset()
    item.CodeValue = "9" * 9_000
    said = exposure_of(
        header(
            IrradiationEventUID=["1" * 9_000, *(f"1.{number}" for number in range(99))],
            ViewCodeSequence=[item],
            ViewPosition="x" * 9_000,
        )
    )
    assert len(exposure_text(said) or "") < 500
