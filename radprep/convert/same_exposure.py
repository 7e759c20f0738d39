"""Whether two images of a study may be of one exposure, by what their headers say."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from radprep.convert.job import Converted
from radprep.dataset.schema import Row
from radprep.dicom.exposure import Exposure, read_exposure

_STATED = ("Modality", "patient_id", "body_part", "AcquisitionNumber")
"""Columns in which the images of one exposure do not differ, where both have a value."""
_MEASURED = (
    *("KVP", "ExposureTime", "XRayTubeCurrent", "Exposure", "ExposureInuAs"),
    *("DistanceSourceToDetector", "ImageAndFluoroscopyAreaDoseProduct"),
)
"""Columns of what the tube gave. They are rounded in different ways, and 0 is an empty field."""
_ROUNDING = 0.02
_ONE_SECOND, _FEW_SECONDS = 1, 5
"""Two machines or formats may round one moment to seconds next to one another. The time of the
content is that of the processing, which follows the exposure."""
_KINDS = ("views", "sides")
"""What the texts of two images are compared for."""


class Image:
    """What is compared of the image or images of a file."""

    def __init__(self, converted: Converted) -> None:
        self.converted = converted
        self.row: Row = converted.rows[0]
        self.instance = converted.identifiers["SOPInstanceUID"]
        self.said: Exposure = read_exposure(converted.identifiers["exposure"])

    @property
    def has_moment(self) -> bool:
        """Whether it tells when it was acquired."""
        return "second" in self.said or "events" in self.said

    def is_made_of(self, other: Image) -> bool:
        """Whether it names another image as its source."""
        return other.instance is not None and other.instance in self.said.get("sources", ())


def of_one_event(one: Image, other: Image) -> bool:
    """Whether both name the same irradiation. The film may be turned or flipped for display."""
    return _shares(one, other, "events") and not _contradict(one, other, "PatientOrientation")


def of_one_moment(one: Image, other: Image) -> bool:
    """Whether both were acquired in the same second, or in one next to it, and nothing speaks
    against it."""
    seconds = one.said.get("second"), other.said.get("second")
    return None not in seconds and not _contradict(one, other)


def agree(one: Image, other: Image) -> bool:
    """Whether images that tell no moment agree in the view and in something else, and contradict
    each other in nothing."""
    views = (_named(image, "views") for image in (one, other))
    return all(views) and _may_be(one, other) and _agree_besides(one, other)


def may_be_one(one: Image, other: Image) -> bool:
    """Whether images of one series that tell no moment contradict each other in nothing, and
    neither names a view or a side of which the other is silent."""
    series = one.row["series_id"]
    is_one_series = series is not None and series == other.row["series_id"]
    as_much = all(bool(_named(one, kind)) == bool(_named(other, kind)) for kind in _KINDS)
    return is_one_series and as_much and _may_be(one, other)


def differ_in_side_or_view(one: Image, other: Image) -> bool:
    """Whether two images name different sides or different views."""
    opposed = any(_opposed(one, other, kind) for kind in _KINDS)
    names = ("view_code", "unread_view")
    return opposed or any(_differ(one.said, other.said, name) for name in names)


def _may_be(one: Image, other: Image) -> bool:
    return not (one.has_moment or other.has_moment) and not _contradict(one, other)


def _shares(one: Image, other: Image, name: str) -> bool:
    mine, others = (set(_list(image.said, name)) for image in (one, other))
    return not mine.isdisjoint(others)


def _list(said: Mapping[str, Any], name: str) -> list[str]:
    found: list[str] = said.get(name, [])
    return found


def _contradict(one: Image, other: Image, but: str | None = None) -> bool:
    """Whether any attribute that both have says that these are two exposures. but: a column that
    may differ."""
    columns = {*_STATED, "PatientOrientation"} - {but}
    return (
        any(mine != others for mine, others in _pairs(one, other, columns))
        or any(not _is_near(*pair) for pair in _pairs(one, other, _MEASURED) if all(pair))
        or _times_differ(one.said, other.said)
        or _differ(one.said, other.said, "region_code")
        or _opposed(one, other, "parts")
        or differ_in_side_or_view(one, other)
    )


def _pairs(one: Image, other: Image, columns: Any) -> Iterator[tuple[Any, Any]]:
    """The values of columns that both have."""
    rows: tuple[Mapping[str, Any], Mapping[str, Any]] = (one.row, other.row)
    for name in columns:
        if rows[0][name] is not None and rows[1][name] is not None:
            yield rows[0][name], rows[1][name]


def _is_near(mine: float, others: float) -> bool:
    return math.isclose(mine, others, rel_tol=_ROUNDING)


def _times_differ(one: Exposure, other: Exposure) -> bool:
    """By the irradiation and the acquisition; only where both tell neither, by the times of content
    and series."""
    if "events" in one and "events" in other and set(one["events"]).isdisjoint(other["events"]):
        return True
    if _differ(one, other, "day"):
        return True
    if "second" in one and "second" in other:
        return _apart(one, other, "second", _ONE_SECOND)
    if "events" in one and "events" in other:
        return False
    return any(_apart(one, other, f"{name}_second", _FEW_SECONDS) for name in ("content", "series"))


def _apart(one: Mapping[str, Any], other: Mapping[str, Any], name: str, most: int) -> bool:
    return name in one and name in other and abs(int(one[name]) - int(other[name])) > most


def _opposed(one: Image, other: Image, kind: str) -> bool:
    """Whether an attribute of both, or the most trusted one of each, names different sides, views
    or body parts. kind: views, sides or parts."""
    mine, others = (_named(image, kind) for image in (one, other))
    pairs = [(mine[name], others[name]) for name in mine.keys() & others.keys()]
    if mine and others:
        pairs.append((next(iter(mine.values())), next(iter(others.values()))))
    return any(set(first).isdisjoint(second) for first, second in pairs)


def _named(image: Image, kind: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = image.said.get(kind, {})  # type: ignore[assignment]
    return found


def _differ(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> bool:
    return name in one and name in other and one[name] != other[name]


def _agree_besides(one: Image, other: Image) -> bool:
    """Whether both name a side, a body part, the number of the acquisition or what the tube gave.
    They are known not to contradict each other."""
    return (
        all(_named(image, "sides") for image in (one, other))
        or any(_pairs(one, other, ("body_part", "AcquisitionNumber")))
        or any(all(pair) for pair in _pairs(one, other, _MEASURED))
    )
