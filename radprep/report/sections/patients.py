"""Sex and age of the patients, and the years of their studies."""

from __future__ import annotations

from typing import Any

from radprep.report.facts.patients import dates_are, distributions
from radprep.report.findings import Findings
from radprep.report.sections.base import Section
from radprep.upkeep.uniqueness import SMALL


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    material = findings.material
    return {
        "distributions": distributions(material),
        "dates": dates_are(material.provenance.retained),
        "small": SMALL,
    }


SECTION = Section("patients", "Patients", values)
