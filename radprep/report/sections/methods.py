"""A paragraph for a paper, and the data card."""

from __future__ import annotations

from typing import Any

from radprep.report.facts.methods import citations, data_card, paragraph, versions
from radprep.report.findings import Findings
from radprep.report.sections.base import Section


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    text = paragraph(findings.material)
    return {
        "methods": text,
        "citations": citations(findings.material),
        "data_card": data_card(findings.material),
        "versions": versions(findings.material),
    }


SECTION = Section("methods", "Methods", values)
