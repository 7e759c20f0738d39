"""The machines, and what a classifier could learn from them instead of the disease."""

from __future__ import annotations

from typing import Any

from radprep.report.findings import Findings
from radprep.report.sections.base import Section


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    return {
        "attributes": findings.attributes,
        "label_names": findings.labels,
        "labels_left": findings.labels_left,
        "pooled": any(one.pooled for one in findings.attributes),
    }


SECTION = Section("sources", "Sources", values)
