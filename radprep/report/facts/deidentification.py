"""What became of the attributes of the DICOM headers, in groups. The page
docs/explanation/de-identification.md has them one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from radprep.dataset.schema import DICOM_COLUMNS, Row
from radprep.dataset.withheld import WORDS
from radprep.dicom.deidentify import RETAINABLE
from radprep.report.facts.material import Material

_HASHED = ("PatientID", *RETAINABLE["uids"])
_MASKED = ("BodyPartExamined", "ViewPosition", "Manufacturer", "ManufacturerModelName")
_DESCRIPTIONS = ("StudyDescription", "SeriesDescription", "ProtocolName")
_NUMBERS = ("DS", "IS", "US")


@dataclass(frozen=True)
class Treatment:
    """What was done to some attributes. title: in a word; how: in a sentence."""

    title: str
    how: str
    attributes: tuple[str, ...]


def treatments(retain: Sequence[str]) -> list[Treatment]:
    """Every attribute that a data set knows of, by what was done to it. retain: names of RETAINABLE
    that convert let leave."""
    raw = {keyword for name in retain for keyword in RETAINABLE[name]}
    dates = tuple(keyword for keyword, form in DICOM_COLUMNS.items() if form.vr == "DA")
    numbers = tuple(keyword for keyword, form in DICOM_COLUMNS.items() if form.vr in _NUMBERS)
    special = {*_HASHED, *_MASKED, *_DESCRIPTIONS, *dates, *numbers, "PatientAge"}
    coded = tuple(keyword for keyword in DICOM_COLUMNS if keyword not in special)
    found = [
        Treatment(
            "Dropped",
            "Left out: these, and every attribute that is not named here (deny by default), "
            "private ones too.",
            (
                "PatientName",
                "PatientBirthDate",
                "AccessionNumber",
                "InstitutionName",
                "ReferringPhysicianName",
                *_DESCRIPTIONS,
            ),
        ),
        Treatment(
            "Hashed",
            "Replaced by keyed pseudonyms (HMAC-SHA256, 16 hex digits); so is the path of the "
            "file.",
            _HASHED,
        ),
        Treatment(
            "Shifted",
            "Moved into the past by a number of days that is the same for all of a patient's "
            "dates; empty if not plausible, and for patients over 89.",
            dates,
        ),
        Treatment("Capped", "Ages stop at 90 years.", ("PatientAge",)),
        Treatment("Masked", "Translated by a vocabulary; *** if there is any other word.", _MASKED),
        Treatment("Terms only", "Shown where they are terms or UIDs of the Standard.", coded),
        Treatment(
            "Numbers", "Shown rounded, within a plausible range for each attribute.", numbers
        ),
    ]
    return _with_retained(found, raw, retain)


def _with_retained(
    found: Sequence[Treatment], raw: set[str], retain: Sequence[str]
) -> list[Treatment]:
    """The treatments without the attributes that convert let leave, and these before them."""
    how = f"Left as they were, because convert was told to: --retain {', '.join(retain)}."
    retained = Treatment("Retained", how, tuple(sorted(raw)))
    others = [
        Treatment(one.title, one.how, tuple(name for name in one.attributes if name not in raw))
        for one in found
    ]
    return [one for one in (retained, *others) if one.attributes]


def masked_values(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many rows hold a masked word, by attribute."""
    counts = Counter(name for row in rows for name in _MASKED if "***" in str(row.get(name) or ""))
    return {name: counts[name] for name in _MASKED if counts[name]}


def withheld_counts(material: Material) -> dict[str, int]:
    """Why the page shows no picture of some films, in words -> how many they are."""
    counts = Counter(material.withheld.values())
    return {meaning: counts[why] for why, meaning in WORDS.items() if counts[why]}


def burned_in_risks(kept: Sequence[Row]) -> dict[str, int]:
    """Images by the risk that text stands in their pixels."""
    counts = Counter(row["burned_in_risk"] or "unknown" for row in kept)
    return {risk: counts[risk] for risk in ("high", "medium", "low", "unknown") if counts[risk]}
