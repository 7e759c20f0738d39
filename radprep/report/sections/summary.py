"""The first section: how many files were kept, how far the others came, what to look at."""

from __future__ import annotations

from typing import Any

from radprep.report.facts import accounting, delivered
from radprep.report.facts.attention import points
from radprep.report.facts.material import Material
from radprep.report.findings import Findings
from radprep.report.pictures.examples import caption, examples, figure
from radprep.report.sections.base import Section

_MOST_FILMS = 6
"""Films shown before and after."""


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    material = findings.material
    strip = _strip(material)
    return {
        "made_by": material.info["versions"]["radprep"],
        "pipeline": material.pipeline_name,
        "sampled": findings.sampled,
        "duration": duration(material.seconds),
        "levels": accounting.funnel(material),
        "delivered": delivered.delivered(material),
        "deliveries_left": len(delivered.deliveries(material)) > delivered.MOST_DELIVERIES,
        "studies_of_several": delivered.studies_of_several(material),
        "points": points(
            material, findings.identical, findings.near_identical, findings.attributes
        ),
        "rows": len(material.rows),
        "strip": strip,
        "strip_left": len(material.kept) - len(strip),
    }


def _strip(material: Material) -> list[dict[str, str]]:
    return [figure(material, row, caption(row)) for row in examples(material, _MOST_FILMS)]


def duration(seconds: int | None) -> str:
    """A time for people, in its two largest units; "" where nobody knows it."""
    if seconds is None:
        return ""
    hours = seconds // 3600
    minutes = seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


SECTION = Section("summary", "Summary", values)
