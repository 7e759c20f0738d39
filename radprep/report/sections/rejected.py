"""Why files gave no image."""

from __future__ import annotations

from typing import Any

from radprep.report.facts.accounting import reasons
from radprep.report.findings import Findings
from radprep.report.sections.base import Section

MOST_REASONS = 10
"""Reasons that are listed."""


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    found = reasons(findings.material.rows)
    return {"reasons": found[:MOST_REASONS], "reasons_left": max(0, len(found) - MOST_REASONS)}


SECTION = Section("rejected", "Rejected and failed", values)
