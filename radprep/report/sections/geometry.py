"""The sizes of films, before and after."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from radprep.dataset.schema import Row
from radprep.report.facts.accounting import is_converted
from radprep.report.facts.material import Material, unique
from radprep.report.findings import Findings
from radprep.report.pictures import plots
from radprep.report.sections.base import Section


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    return {"size_plot": Markup(_plot(findings.material))}


def _plot(material: Material) -> str:
    decoded = [row for row in material.rows if is_converted(row) and _size_before(row)]
    films = unique(decoded, lambda row: row["instance_id"])
    before = [size for row in films if (size := _size_before(row))]
    after = [(row["width"], row["height"]) for row in material.kept]
    return plots.sizes(before, after, "Width and height")


def _size_before(row: Row) -> tuple[int, int] | None:
    """Width and height of the film that a row is of, in pixels; None where its header says none."""
    width, height = row["Columns"], row["Rows"]
    return (width, height) if width and height else None


SECTION = Section("geometry", "Geometry", values)
