"""The split of a training run, where one is given."""

from __future__ import annotations

from typing import Any

from radprep.report.facts.split import ALL, gone, split_lines
from radprep.report.findings import Findings
from radprep.report.sections.base import Section


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    material = findings.material
    split = material.split
    if split is None:
        return {"lines": [], "gone": 0, "same": True, "all": ALL, "is_given": False}
    return {
        "lines": split_lines(material, split, findings.labels),
        "gone": gone(material, split),
        "same": split.same,
        "all": ALL,
        "is_given": True,
    }


SECTION = Section("split", "Split", values)
