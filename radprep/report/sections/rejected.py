"""Why files gave no image."""

from __future__ import annotations

from typing import Any

from radprep.report.facts.accounting import reasons
from radprep.report.findings import Findings
from radprep.report.sections.base import Section

MOST_REASONS = 30
"""Reasons that are listed."""


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    found = reasons(findings.material.rows)
    shown = found[:MOST_REASONS]
    return {
        "reasons": shown,
        "reasons_left": len(found) - len(shown),
        "values_left": any(one.values_left for one in shown),
    }


SECTION = Section("rejected", "Rejected and failed", values)
