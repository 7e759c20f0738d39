"""Images that stand in the data set more than once, and images that look the same."""

from __future__ import annotations

from typing import Any

from radprep.report.facts.duplicates import NEAR_BITS
from radprep.report.findings import Findings
from radprep.report.sections.base import Section

_MOST_GROUPS = 6
"""Groups that are listed."""


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    twins = findings.identical + findings.near_identical
    return {
        "twins": twins[:_MOST_GROUPS],
        "twins_left": max(0, len(twins) - _MOST_GROUPS),
        "near_bits": NEAR_BITS,
        "sampled": findings.sampled,
    }


SECTION = Section("duplicates", "Duplicates", values)
