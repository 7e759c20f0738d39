"""The entries of dataset.json, each held against what we write: its names stand on a page and on a
terminal, its parameters are handed to steps, its counts are added."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from radprep.dataset.counts import (
    IMAGE_LABEL_COUNTS,
    LABEL_COUNTS,
    MOST_LISTED,
    Counts,
    DeliveryCounts,
    FileCounts,
)
from radprep.dataset.footer import STAGES, is_name
from radprep.dataset.labels import MOST_NAMES
from radprep.dataset.names import PSEUDONYM, SLUG
from radprep.dataset.ways import MERGE, MOST_PARTS, PartSaid, StageBefore

_SLUG = re.compile(SLUG)
_SLUG_OR_NONE = re.compile(f"(?:{SLUG})?")
_CHANGED_KEYS = re.compile("label_keys_[a-z_]{1,32}")
_CODE = re.compile("[A-Za-z0-9_.-]{1,64}:[A-Za-z0-9_.-]{1,64}")
_WORD = re.compile("[a-z_]{1,64}")
_PSEUDONYM = re.compile(PSEUDONYM)
_DIGEST = re.compile("[0-9a-f]{32}")
_MOST_STEPS = 64
_MOST_DEPTH = 8
_MOST_VALUES = 1000
MOST_NAMES_OF_SET = 32 * MOST_NAMES
"""Names of labels in a data set: those of several deliveries may differ."""


_OWN_FORM = {"pipeline", "label_join", "box_join", "parts"}
"""Parameters that are objects."""
_JOINED = {*LABEL_COUNTS, *IMAGE_LABEL_COUNTS}
_OF_COMPLETE = {"fingerprint", "instances_bytes", "studies_left", "counts"}
_COUNTED_BY = {
    "labels": _SLUG_OR_NONE,
    "rejected_rows": _CODE,
    "failed_rows": _CODE,
    "review": _CODE,
    "by_person": _WORD,
    "boxes": _WORD,
    "without_patient_id": _WORD,
}
"""Entries of the counts that are objects, and what their keys are."""


def wrong_entry(info: Any, always: AbstractSet[str]) -> str | None:
    """The first entry of a dataset.json that is not what we write: its name, "" where it is none at
    all, None where nothing is wrong. always: entries that are always there."""
    if not isinstance(info, dict) or not always <= info.keys():
        return ""
    if type(info["complete"]) is not bool:
        return "complete"
    for name in ("studies_planned", "studies_left", "instances_bytes"):
        if name in info and not _is_count(info[name]):
            return name
    if "fingerprint" in info and not _fits(_DIGEST, info["fingerprint"]):
        return "fingerprint"
    return (
        _wrong_stage(info)
        or _wrong_before(info.get("stages_before", []), _MOST_DEPTH)
        or _wrong_counts(info)
    )


def _wrong_before(before: Any, depth: int) -> str | None:
    """What is wrong in a list of stages. depth: so often may a part be merged from others."""
    if not isinstance(before, list) or len(before) > _MOST_STEPS:
        return "stages_before"
    for one in before:
        if not isinstance(one, dict) or not one.keys() >= StageBefore.__required_keys__:
            return "stages_before"
        wrong = _wrong_stage(one, depth)
        if wrong:
            return f"stages_before: {wrong}"
    return None


def _wrong_stage(info: Mapping[str, Any], depth: int = _MOST_DEPTH) -> str | None:
    """What is wrong in the entries that each stage has; None where nothing is."""
    if info["stage"] not in STAGES:
        return "stage"
    for name in ("made_from", "versions"):
        found = info.get(name, {})
        if not isinstance(found, dict) or not all(map(is_name, (*found, *found.values()))):
            return name
    parameters = info["parameters"]
    others = (
        {name: value for name, value in parameters.items() if name not in _OWN_FORM}
        if (isinstance(parameters, dict))
        else None
    )
    if not _are_plain(others):
        return "parameters"
    return _wrong_parameter(info["stage"], parameters, depth)


def _wrong_parameter(stage: str, parameters: Mapping[str, Any], depth: int) -> str | None:
    """What is wrong in the parameters that are more than numbers and short texts."""
    if (wrong := _wrong_join(parameters)) is not None:
        return f"parameters: {wrong}"
    if stage == "preprocess" and not _is_pipeline(parameters.get("pipeline")):
        return "parameters: pipeline"
    if "pipeline" in parameters and not _is_pipeline(parameters["pipeline"]):
        return "parameters: pipeline"
    for name in ("source_fingerprint", "corrections"):
        if name in parameters and not is_name(parameters[name]):
            return f"parameters: {name}"
    if stage == MERGE and not _are_parts(parameters.get("parts"), depth):
        return "parameters: parts"
    return None


def _wrong_join(parameters: Mapping[str, Any]) -> str | None:
    """What is wrong in what convert says of files of labels and of boxes; None where nothing is."""
    for name, is_right in (("label_join", _is_join), ("box_join", _counts_words)):
        if not is_right(parameters.get(name, {})):
            return name
    return None


def _are_parts(found: Any, depth: int) -> bool:
    """Whether something is what a merged data set says of its parts."""
    return (
        isinstance(found, list)
        and 0 < len(found) <= MOST_PARTS
        and depth > 0
        and all(_is_part(one, depth - 1) for one in found)
    )


def _is_part(found: Any, depth: int) -> bool:
    return (
        isinstance(found, dict)
        and found.keys() == PartSaid.__required_keys__
        and _fits(_PSEUDONYM, found["name"])
        and _fits(_DIGEST, found["fingerprint"])
        and found["stages"] != []
        and _wrong_before(found["stages"], depth) is None
        and isinstance(found["counts"], dict)
        and found["counts"].keys() == FileCounts.__required_keys__
        and all(map(_is_count, found["counts"].values()))
        and _are_named_labels(found["labels"])
        and _are_plain(found["columns"])
        and all(map(_is_count, found["columns"].values()))
        and _is_count(found["deliveries"])
    )


def _is_by_name(found: Any) -> bool:
    """Whether something is an object of objects by the names of labels."""
    return (
        isinstance(found, dict)
        and len(found) <= MOST_NAMES_OF_SET
        and all(_fits(_SLUG, name) and isinstance(one, dict) for name, one in found.items())
    )


def _are_named_labels(found: Any) -> bool:
    """Whether something says of each name of a label how many images have which."""
    return _is_by_name(found) and all(
        _fits(_SLUG, label) and _is_count(number)
        for labels in found.values()
        for label, number in labels.items()
    )


def _is_join(found: Any) -> bool:
    """Whether something is what convert says of each label of a labels file: its counts, and what
    the texts of its column mean."""
    return _is_by_name(found) and all(
        _are_plain({"label_map": one.get("label_map", [])})
        and all(
            (name in _JOINED or _fits(_CHANGED_KEYS, name)) and _is_count(value)
            for name, value in one.items()
            if name != "label_map"
        )
        for one in found.values()
    )


def _counts_words(found: Any) -> bool:
    """Whether something is an object of counts by words, as convert counts boxes."""
    return (
        isinstance(found, dict)
        and len(found) <= _MOST_STEPS
        and all(_fits(_WORD, name) and _is_count(value) for name, value in found.items())
    )


def _is_pipeline(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and is_name(found.get("name"))
        and _fits(_DIGEST, found.get("digest"))
        and isinstance(found.get("steps"), list)
        and len(found["steps"]) <= _MOST_STEPS
        and all(
            isinstance(step, dict)
            and step.keys() == {"name", "version", "parameters"}
            and is_name(step["name"])
            and type(step["version"]) is int
            and _are_plain(step["parameters"])
            for step in found["steps"]
        )
    )


def _wrong_counts(info: Mapping[str, Any]) -> str | None:
    if not info["complete"]:
        return None
    missing = _OF_COMPLETE - info.keys()
    if missing:
        return min(missing)
    counts = info["counts"]
    if not isinstance(counts, dict) or counts.keys() != Counts.__required_keys__:
        return "counts"
    for name, value in counts.items():
        if name == "deliveries":
            right = isinstance(value, list) and all(map(_counts_delivery, value))
        elif name == "several_patients_in":
            right = (
                isinstance(value, list)
                and len(value) <= MOST_LISTED
                and all(_fits(_PSEUDONYM, study_id) for study_id in value)
            )
        elif name == "named_labels":
            right = _are_named_labels(value)
        elif name not in _COUNTED_BY:
            right = _is_count(value)
        else:
            right = isinstance(value, dict) and all(
                _fits(_COUNTED_BY[name], key) and _is_count(number) for key, number in value.items()
            )
        if not right:
            return f"counts: {name}"
    return None


def _counts_delivery(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and found.keys() == DeliveryCounts.__required_keys__
        and all(map(_is_count, found.values()))
    )


def _are_plain(found: Any) -> bool:
    """Whether something is an object of numbers, short texts and lists of these."""
    return isinstance(found, dict) and all(
        is_name(name)
        and (
            _is_plain(value)
            or (
                isinstance(value, list)
                and len(value) <= _MOST_VALUES
                and all(map(_is_plain, value))
            )
        )
        for name, value in found.items()
    )


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float)) or is_name(value)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _fits(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
