"""How many patients stand alone by what others may know of them, and what sets them apart."""

from __future__ import annotations

from typing import Any

from radprep.report.findings import Findings
from radprep.report.sections.base import Section
from radprep.upkeep.uniqueness import BAND, NAMES, SMALL, titled


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    found = findings.uniqueness
    return {
        "together": found.together,
        "rows": titled(found),
        "telling": found.telling,
        "names": NAMES,
        "small": SMALL,
        "band": BAND,
    }


SECTION = Section("uniqueness", "Uniqueness", values)
