"""Sex and age of the patients, and the years of their studies."""

from __future__ import annotations

from typing import Any

from radprep.dataset.patients import unknown_patients
from radprep.report.facts.patients import dates_are, distributions
from radprep.report.findings import Findings
from radprep.report.sections.base import Section
from radprep.upkeep.uniqueness import SMALL

MOST_STUDIES = 100
"""Studies of several patients that are listed."""


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    material = findings.material
    several = material.several_patients
    return {
        "distributions": distributions(material),
        "dates": dates_are(material.provenance.retained),
        "small": SMALL,
        "unknown": unknown_patients(material.counts),
        "several": list(several.items())[:MOST_STUDIES],
        "several_left": max(0, len(several) - MOST_STUDIES),
    }


SECTION = Section("patients", "Patients", values)
