"""The sizes of films, before and after."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from radprep.report import plots
from radprep.report.accounting import DECODED, level_of
from radprep.report.findings import Findings
from radprep.report.material import Material, unique
from radprep.report.sections.base import Section


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    return {"size_plot": Markup(_plot(findings.material))}


def _plot(material: Material) -> str:
    decoded = [
        row for row in material.rows if level_of(row) >= DECODED and row["Columns"] and row["Rows"]
    ]
    before = [
        (row["Columns"], row["Rows"]) for row in unique(decoded, lambda row: row["instance_id"])
    ]
    after = [(row["width"], row["height"]) for row in material.kept]
    return plots.sizes(before, after, "Width and height")


SECTION = Section("geometry", "Geometry", values)
