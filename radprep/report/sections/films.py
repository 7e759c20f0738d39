"""The gallery of all films, which the scripts in templates/ fill."""

from __future__ import annotations

from typing import Any

from radprep.report.findings import Findings
from radprep.report.sections.base import Section


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    return {"pipeline": findings.material.pipeline_name}


SECTION = Section("films", "Films", values)
