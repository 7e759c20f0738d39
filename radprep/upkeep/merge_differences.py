"""In what data sets that are merged differ, as far as their dataset.json tells: how they were made,
and what their labels mean. The command says it of folders, and the page of a merged data set says
it again of its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

from radprep.convert.options import ConvertOptions
from radprep.dataset.ways import PartSaid, StageBefore, pipelines_of, ways_of

_HARMLESS = frozenset({"max_pixels", "max_frames", "require_label"})
"""Options of convert that only refuse files: nothing that is kept looks otherwise."""

_MEANT = {"boxes": "boxes", "mask_file_name": "masks", "split": "a published split"}
"""Column -> what an image has where it says something."""

_SHOWN = 8


@dataclass(frozen=True)
class Difference:
    """One thing in which parts differ. is_grave: whoever learns from the merged data set could
    learn it instead of the disease, so that a person must want it."""

    text: str
    is_grave: bool


def differences(parts: Sequence[PartSaid], names: Sequence[str]) -> list[Difference]:
    """Everything in which parts differ, the grave things first. names: what each is called."""
    found = [
        *_options(parts, names),
        *_pipelines(parts, names),
        *_labels(parts, names),
        *_columns(parts, names),
        *_versions(parts, names),
    ]
    return sorted(found, key=lambda one: not one.is_grave)


def several_keys(parts: Sequence[PartSaid]) -> str:
    """What somebody must know of a data set whose pseudonyms were made with several keys; "" where
    there is one."""
    keys = {_key(way) for part in parts for way in ways_of(part["stages"])}
    if len(keys) == 1 and None not in keys:
        return ""
    made = f"with {len(keys)} keys" if None not in keys else "with keys that are not all known"
    return (
        f"the pseudonyms of its parts were made {made}: a patient who is in several parts has "
        "another patient_id in each, and nobody can tell, so that a split by patient may put one "
        "person on two sides"
    )


def shapes(part: PartSaid) -> set[tuple[str, ...]]:
    """The names of the stages that films of a part went through, in their order."""
    return {tuple(one["stage"] for one in way) for way in ways_of(part["stages"])}


def main_labels(part: PartSaid) -> set[str]:
    """The labels that name the folders of a part: one, or none where it has no labels."""
    said = {
        one["parameters"].get("label_main")
        for way in ways_of(part["stages"])
        for one in way
        if one["stage"] == "convert"
    }
    return {name for name in said if isinstance(name, str)} if part["labels"] else set()


def by_value(values: Sequence[set[str]], names: Sequence[str]) -> str:
    """`auto in A and C, full in B`: what parts say of one thing."""
    holders: dict[str, list[str]] = {}
    for found, name in zip(values, names, strict=True):
        holders.setdefault(" or ".join(sorted(found)) or "nothing", []).append(name)
    return ", ".join(f"{value} in {joined(who)}" for value, who in holders.items())


def joined(names: Sequence[str]) -> str:
    """`A, B and C`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _key(way: Sequence[StageBefore]) -> Any:
    keys = [one["made_from"].get("key") for one in way if one["stage"] == "convert"]
    return keys[-1] if keys else None


def _of_each(
    parts: Sequence[PartSaid], say: Callable[[Sequence[StageBefore]], str]
) -> list[set[str]]:
    """What is to be said of each part, by the ways of its films."""
    return [{say(way) for way in ways_of(part["stages"])} for part in parts]


def _options(parts: Sequence[PartSaid], names: Sequence[str]) -> Iterator[Difference]:
    """Options of convert."""
    for option in (one.name for one in fields(ConvertOptions)):
        values = _of_each(parts, partial(_option, option))
        if len(set[str]().union(*values)) > 1:
            typed = option.replace("_", "-")
            yield Difference(
                f"they were converted with another --{typed}: {by_value(values, names)}",
                option not in _HARMLESS,
            )


def _option(option: str, way: Sequence[StageBefore]) -> str:
    said = [one["parameters"].get(option) for one in way if one["stage"] == "convert"]
    value = said[-1] if said else None
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    return "unknown" if value is None else str(value)


def _pipelines(parts: Sequence[PartSaid], names: Sequence[str]) -> Iterator[Difference]:
    digests = _of_each(parts, lambda way: " ".join(one["digest"] for one in pipelines_of(way)))
    if len(set[str]().union(*digests)) < 2:
        return
    called = _of_each(parts, lambda way: " then ".join(one["name"] for one in pipelines_of(way)))
    same = len(set[str]().union(*called)) == 1
    what = "with other values or versions of its steps" if same else by_value(called, names)
    yield Difference(f"they went through other pipelines: {what}", is_grave=True)


def _labels(parts: Sequence[PartSaid], names: Sequence[str]) -> Iterator[Difference]:
    """Labels of one name that say other things, and labels that only some parts have."""
    for label in sorted({label for part in parts for label in part["labels"]}):
        said = [set(part["labels"].get(label, {})) for part in parts]
        having = [(found, name) for found, name in zip(said, names, strict=True) if found]
        if len(having) < len(parts):
            without = [name for found, name in zip(said, names, strict=True) if not found]
            yield Difference(f"no image of {joined(without)} has a label {label}", is_grave=False)
        if len({frozenset(found) for found, _ in having}) > 1:
            is_grave = any(
                one.isdisjoint(other)
                for one, _ in having
                for other, _ in having
                if one is not other
            )
            listed = "; ".join(f"{_some(found)} in {name}" for found, name in having)
            yield Difference(f"the label {label} says {listed}", is_grave)


def _some(labels: set[str]) -> str:
    listed = sorted(labels)
    return ", ".join(listed[:_SHOWN]) + (", ..." if len(listed) > _SHOWN else "")


def _columns(parts: Sequence[PartSaid], names: Sequence[str]) -> Iterator[Difference]:
    for column, meant in _MEANT.items():
        without = [
            name for part, name in zip(parts, names, strict=True) if not part["columns"].get(column)
        ]
        if 0 < len(without) < len(parts):
            yield Difference(f"no image of {joined(without)} has {meant}", is_grave=False)


def _versions(parts: Sequence[PartSaid], names: Sequence[str]) -> Iterator[Difference]:
    versions = _of_each(
        parts, lambda way: " then ".join(one["versions"].get("radprep", "unknown") for one in way)
    )
    if len(set[str]().union(*versions)) > 1:
        yield Difference(f"versions of radprep: {by_value(versions, names)}", is_grave=False)
