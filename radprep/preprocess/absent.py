"""Studies of OUT that its source does not have (any more). They stay until --prune, but for what
would make OUT contradict itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from radprep.dataset.checked import read_columns
from radprep.dataset.layout import DataSet
from radprep.errors import UsageError


@dataclass(frozen=True)
class Moved:
    """The sources of an absent study that the source has in another study by now, as it
    has those of a forgotten patient. is_all: the study has no others."""

    sources: frozenset[str]
    is_all: bool


def moved_sources(source: DataSet, out: DataSet, absent: Collection[str]) -> dict[str, Moved]:
    """Absent study -> its sources that have moved: OUT would count them twice. absent: ids of
    studies of OUT; one of which nothing has moved is left out.

    Raises UsageError where a table is missing or damaged.
    """
    if not absent:
        return {}
    try:
        column = read_columns(source.within(source.instances), ["source_id"])["source_id"]
    except FileNotFoundError:
        raise UsageError(
            f"{source.instances} is missing. Run the command that made {source} again: it is "
            "rebuilt."
        ) from None
    here = set(column.to_pylist())
    found = {}
    for study_id in sorted(absent):
        own = frozenset(row["source_id"] for row in out.rows(study_id))
        if own & here:
            found[study_id] = Moved(own & here, own <= here)
    return found


def strays(out: DataSet, wanted: Collection[str]) -> list[str]:
    """Studies of which OUT has images and no row, and which no run will make: `radprep verify
    --repair` or a kill has taken the file of a study that the source does not have. wanted: the
    studies of the source."""
    known = {*wanted, *out.study_ids()}
    known |= {path.name.partition(".")[0] for path in out.all_replaced_markers()}
    return sorted(out.studies_with_images() - known)
