"""What came with each delivery, where there are several."""

from __future__ import annotations

from dataclasses import dataclass

from radprep.dataset.counts import DeliveryCounts
from radprep.dataset.info import merged_from
from radprep.report.facts.material import Material

MOST_DELIVERIES = 6
"""Lines of the table; where there are more deliveries, the earliest share one."""


@dataclass(frozen=True)
class Delivered:
    """A line of the table of deliveries. name: the number of a delivery, or how many share the
    line; counts: figures in the order of the columns files, kept, rejected, failed, images and
    studies."""

    name: str
    counts: tuple[int, ...]


def deliveries(material: Material) -> list[DeliveryCounts]:
    """Counts of each delivery that files came with, in their order; empty where there is one."""
    found: list[DeliveryCounts] = material.counts["deliveries"]
    return found if len(found) > 1 else []


def delivered(material: Material, most: int = MOST_DELIVERIES) -> list[Delivered]:
    """The lines of the table, at most so many; empty where there is one delivery."""
    found = deliveries(material)
    early = found[: len(found) - most + 1] if len(found) > most else []
    first = [Delivered(f"the first {len(early):,}", _sums(early))] if early else []
    return first + [Delivered(f"{one['delivery']}", _sums([one])) for one in found[len(early) :]]


def studies_of_several(material: Material) -> int:
    """How much larger the studies of all deliveries together are than those of the data set: a
    study whose films came with several stands under each of them."""
    counted: int = sum(one["studies"] for one in deliveries(material))
    return counted - material.counts["studies_kept"] if counted else 0


def said(material: Material) -> str:
    """A sentence for a paper; "" where there is one delivery, or where data sets were merged, of
    which another sentence tells."""
    found = deliveries(material)
    if not found or merged_from(material.info):
        return ""
    files = [f"{one['files']:,}" for one in found]
    return (
        f"The files came in {len(found):,} deliveries, one after the other (of "
        f"{', '.join(files[:-1])} and {files[-1]} files)."
        if len(found) <= MOST_DELIVERIES
        else f"The files came in {len(found):,} deliveries, one after the other."
    )


def _sums(found: list[DeliveryCounts]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*map(_figures, found), strict=True)))


def _figures(one: DeliveryCounts) -> tuple[int, ...]:
    return (
        *(one["files"], one["kept"], one["rejected"], one["failed"]),
        *(one["images"], one["studies"]),
    )
