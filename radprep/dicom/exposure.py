"""What an image says of the exposure that it comes from: whether it is raw, when the detector was
read, what was in its view, and of which images it was made.

A digital detector may give two images of one exposure: the raw one, FOR PROCESSING, and one that
was made from it, FOR PRESENTATION (PS3.3 C.8.11.1).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import TypedDict, cast

import pydicom

from radprep.dicom import dates, functional_groups, header
from radprep.dicom.modality import sop_class
from radprep.text.bodypart import parts_in
from radprep.text.views import sides_in, views_in

PRESENTATION, PROCESSING = "FOR PRESENTATION", "FOR PROCESSING"

_PROCESSING_CLASSES = frozenset(
    f"1.2.840.10008.5.1.4.1.1.{end}"
    for end in ("1.1.1", "1.2.1", "1.3.1", "13.1.5", "14.2", "501.2.2")
)
"""SOP classes whose names end in `For Processing` (PS3.6 table A-1)."""
_PRESENTATION_CLASSES = frozenset(
    f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("1.1", "1.2", "1.3", "13.1.4", "14.1", "501.2.1")
)
_SPACES = re.compile(r"[\s_-]+")
_LONGEST = 64
"""Characters of a UID (PS3.5 section 6.2), and of a code that is noted."""
_MOST_UIDS = 16
"""Images that one was made of, and events that it is of, of which note is taken."""
_TIME = re.compile(r"([01][0-9]|2[0-3]):?([0-5][0-9]):?([0-5][0-9]|60)(?:\.[0-9]*)?")
"""TM (PS3.5 section 6.2) down to the second, with the colons of ACR-NEMA allowed."""
_DAY_AND_TIME = re.compile(r"([0-9]{8})([0-9]{6})(?:[.+-].*)?")
_VIEW_CODE, _REGION_CODE = "ViewCodeSequence", "AnatomicRegionSequence"
_STEPS = ("AcquisitionDeviceProcessingDescription", "PerformedProcedureStepDescription")
_VIEWS_FROM = (
    *("ViewPosition", _VIEW_CODE, "SeriesDescription", "ProtocolName", "BodyPartExamined"),
    *_STEPS,
)
_SIDES_FROM = (
    *("ImageLaterality", "FrameLaterality", "Laterality", "BodyPartExamined", "SeriesDescription"),
    *("ProtocolName", "ViewPosition", *_STEPS, _REGION_CODE),
)
"""Where a view or a side may be told, in order of trust."""
_PARTS_FROM = ("SeriesDescription", "ProtocolName")
"""Where a body part is told besides BodyPartExamined, which many machines never change."""


Named = dict[str, list[str]]


class Exposure(TypedDict, total=False):
    """What a header says of the exposure; what it does not say is absent.

    events: UIDs of the irradiation. sources: SOPInstanceUIDs of the images it was made of. day:
    YYYYMMDD. second, content_second, series_second: seconds since midnight of AcquisitionTime,
    ContentTime and SeriesTime. views, sides, parts: attribute -> what it names, the most trusted
    attribute first. unread_view: a ViewPosition that names no view we know. view_code, region_code:
    scheme and value of a code (PS3.3 section 8).
    """

    events: list[str]
    sources: list[str]
    day: str | None
    second: int | None
    content_second: int | None
    series_second: int | None
    views: Named
    sides: Named
    parts: Named
    unread_view: str | None
    view_code: str
    region_code: str


def intent_of(dataset: pydicom.Dataset) -> str | None:
    """PresentationIntentType, or what the SOP class says of it; None for the many images of which
    neither says anything, such as those of CR."""
    said = _SPACES.sub(" ", header.code(dataset, "PresentationIntentType") or "")
    for intent in (PRESENTATION, PROCESSING):
        if said in (intent, intent.removeprefix("FOR ")):
            return intent
    kind = sop_class(dataset)
    if kind in _PROCESSING_CLASSES:
        return PROCESSING
    return PRESENTATION if kind in _PRESENTATION_CLASSES else None


def exposure_of(dataset: pydicom.Dataset) -> Exposure:
    """What a header says of its exposure. It holds times and UIDs, so it stays in the private
    tree."""
    day, second = _acquired(dataset)
    (view_code, view), (region_code, region) = (
        _coded(dataset, keyword) for keyword in (_VIEW_CODE, _REGION_CODE)
    )
    meanings = {_VIEW_CODE: view, _REGION_CODE: region}
    texts = {
        one: meanings[one] if one in meanings else header.text(dataset, one) or ""
        for one in dict.fromkeys((*_VIEWS_FROM, *_SIDES_FROM, *_PARTS_FROM))
        if one in dataset
    }

    def told(keywords: tuple[str, ...], read: Callable[[str], frozenset[str]]) -> Named:
        """What each of some attributes names, as `read` reads its text; none that name nothing."""
        found = {one: sorted(read(texts[one])) for one in keywords if texts.get(one)}
        return {one: names for one, names in found.items() if names}

    said: Exposure = {
        "events": _uids(header.values(dataset, "IrradiationEventUID")),
        "sources": sources_of(dataset),
        "day": day,
        "second": second,
        "content_second": _second(header.text(dataset, "ContentTime")),
        "series_second": _second(header.text(dataset, "SeriesTime")),
        "views": told(_VIEWS_FROM, views_in),
        "sides": told(_SIDES_FROM, sides_in),
        "parts": told(_PARTS_FROM, _parts),
        "unread_view": _unread(texts.get("ViewPosition", "").upper()[:_LONGEST]),
        "view_code": view_code,
        "region_code": region_code,
    }
    return cast(Exposure, {name: value for name, value in said.items() if value})


def _unread(view: str) -> str | None:
    return None if views_in(view) else view


def _parts(text: str) -> frozenset[str]:
    return frozenset(part for part, _ in parts_in(text))


def exposure_text(said: Exposure) -> str | None:
    """As JSON, in which the order of the attributes stays; None where nothing is said."""
    return json.dumps(said) if said else None


def read_exposure(text: str | None) -> Exposure:
    """What `exposure_text` wrote."""
    return cast(Exposure, json.loads(text or "{}"))


def _acquired(dataset: pydicom.Dataset) -> tuple[str | None, int | None]:
    """The day and the second in which the image was acquired; None for what is not told."""
    day = dates.retained_date(dataset, "AcquisitionDate")
    whole = _DAY_AND_TIME.fullmatch(header.text(dataset, "AcquisitionDateTime") or "")
    second = _second(header.text(dataset, "AcquisitionTime"))
    if second is None and whole:
        second = _second(whole[2])
    return (f"{day:%Y%m%d}" if day else whole[1] if whole else None), second


def _second(time: str | None) -> int | None:
    """Seconds since midnight; None where the time is not told. Midnight is what anonymisers write
    into every image, and tells nothing."""
    clock = _TIME.fullmatch(time or "")
    hours, minutes, seconds = map(int, clock.groups()) if clock else (0, 0, 0)
    return 3600 * hours + 60 * minutes + seconds or None


def _coded(dataset: pydicom.Dataset, keyword: str) -> tuple[str, str]:
    """The code of the first item of a sequence of codes, with its scheme, and its meaning; empty
    where there is none."""
    item = functional_groups.item(dataset, keyword, 0)
    if item is None:
        return "", ""
    value = header.text(item, "CodeValue") or header.text(item, "LongCodeValue")
    code = f"{header.text(item, 'CodingSchemeDesignator') or ''} {value}" if value else ""
    return code[:_LONGEST], header.text(item, "CodeMeaning") or ""


def sources_of(dataset: pydicom.Dataset) -> list[str]:
    """The SOPInstanceUIDs of the images that this one was made of (PS3.3 C.7.6.1.1.4)."""
    items = header.values(dataset, "SourceImageSequence")[:_MOST_UIDS]
    found = [
        header.text(item, "ReferencedSOPInstanceUID")
        for item in items
        if isinstance(item, pydicom.Dataset)
    ]
    return _uids(found)


def _uids(found: Sequence[object]) -> list[str]:
    """The first of some values that may be UIDs."""
    return [str(uid) for uid in found[:_MOST_UIDS] if uid and len(str(uid)) <= _LONGEST]
