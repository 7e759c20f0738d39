"""What was measured and answered, in the words of Croissant for responsible AI."""

from __future__ import annotations

from typing import Any

from radprep.export.card.answers import Answers
from radprep.export.card.measured import Measured, Told
from radprep.upkeep.uniqueness import SMALL


def rai(found: Measured, answers: Answers) -> dict[str, Any]:
    """The properties by the names that mlcroissant has for them; those of which nothing is known
    are left out."""
    said = answers.get
    listed: dict[str, list[str | None]] = {
        "data_preprocessing_protocol": [found.methods],
        "data_annotation_protocol": [*_labelling(found), said("labelling")],
        "data_biases": [*_nobody(found), *map(_told, found.told), said("population")],
        "data_limitations": [found.limits, *found.beware, said("misuses")],
        "data_use_cases": [said("uses")],
        "personal_sensitive_information": [
            *_persons(found),
            said("ethics_approval"),
            said("consent"),
        ],
    }
    texts = {
        "data_collection": said("collection"),
        "data_collection_raw_data": _raw(found),
        "data_collection_missing_data": _missing(found),
        "data_release_maintenance_plan": said("maintenance"),
    }
    properties: dict[str, Any] = {name: list(filter(None, one)) for name, one in listed.items()}
    return {name: one for name, one in (properties | texts).items() if one}


def _raw(found: Measured) -> str:
    kinds = ["DICOM files" if one == "dicom" else f"pictures ({one})" for one in found.layouts]
    return f"{found.counts['files']:,} {' and '.join(kinds) or 'files'}"


def _missing(found: Measured) -> str:
    counts = found.counts
    why = "; ".join(f"{one.step}: {one.reason} {one.rows:,}" for one in found.lost)
    return f"{counts['rejected']:,} files were rejected and {counts['failed']:,} failed" + (
        f" (rows by reason: {why})." if why else "."
    )


def _labelling(found: Measured) -> list[str]:
    if found.join is None:
        return []
    return [f"Labels were joined to studies by {found.join.key}.", *found.join.told]


def _nobody(found: Measured) -> list[str]:
    if not found.nameless_studies:
        return []
    return [
        f"Whose films they are is not known for {found.nameless_studies:,} of "
        f"{found.counts['studies_kept']:,} studies: a split by patient protects from nothing there."
    ]


def _told(one: Told) -> str:
    if one.v is None:
        return f"How much {one.attribute.lower()} tells of the label cannot be said."
    return (
        f"{one.attribute} and label: Cramer's V {one.v:.2f} (95 % interval {one.low:.2f} to "
        f"{one.high:.2f}, {one.studies:,} studies)."
    )


def _persons(found: Measured) -> list[str]:
    first = found.uniqueness[0]
    return [
        f"Done about identifiers: {found.deidentification}.",
        f"Compared by {first.compared_by}, {first.alone:,} of {first.patients:,} patients stand "
        f"alone, and {first.small:,} are in groups of fewer than {SMALL}.",
    ]
