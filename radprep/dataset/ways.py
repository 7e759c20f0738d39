"""The ways by which films came into a data set: one chain of stages or, where data sets were
merged, one for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from radprep.dataset.counts import FileCounts

MERGE = "merge"
"""The stage that makes one data set of several."""

MOST_PARTS = 64
"""As many data sets as one may be merged from."""


class StageBefore(TypedDict):
    """What a data set says of a stage that its source went through."""

    stage: str
    made_from: dict[str, Any]
    parameters: dict[str, Any]
    versions: dict[str, str]


class PartSaid(TypedDict):
    """What a merged data set says of one that it was merged from, its *part*.

    name: what every state of that data set is called (see `source_name`); fingerprint: of the state
    that was merged; stages: that it went through, its own last; counts: its own; labels: name of a
    label -> label -> images; columns: of a few columns that a part may lack, in how many rows they
    say something; deliveries: its deliveries have the numbers behind this one.
    """

    name: str
    fingerprint: str
    stages: list[StageBefore]
    counts: FileCounts
    labels: dict[str, dict[str, int]]
    columns: dict[str, int]
    deliveries: int


def ways_of(stages: Sequence[StageBefore]) -> list[tuple[StageBefore, ...]]:
    """Each chain of stages that films of a data set went through, without the merging itself, which
    does nothing to a film. stages: those of the data set, its own last."""
    merges = [place for place, one in enumerate(stages) if one["stage"] == MERGE]
    if not merges:
        return [tuple(stages)]
    parts: list[PartSaid] = stages[merges[-1]]["parameters"]["parts"]
    after = stages[merges[-1] + 1 :]
    return [(*way, *after) for part in parts for way in ways_of(part["stages"])]


def parts_of(stages: Sequence[StageBefore]) -> list[PartSaid]:
    """What a data set was merged from; empty where it was not. stages: as in `ways_of`."""
    merges = [one for one in stages if one["stage"] == MERGE]
    found: list[PartSaid] = merges[-1]["parameters"]["parts"] if merges else []
    return found


def pipelines_of(way: Sequence[StageBefore]) -> list[Mapping[str, Any]]:
    """The pipelines of one way, in their order, as dataset.json has them."""
    return [one["parameters"]["pipeline"] for one in way if "pipeline" in one["parameters"]]


def agreed(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The entries that all of some objects have, with the same value."""
    first, *others = found
    return {
        name: value
        for name, value in first.items()
        if all(name in other and other[name] == value for other in others)
    }
