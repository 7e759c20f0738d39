"""What became of the attributes of the DICOM headers."""

from __future__ import annotations

from typing import Any

from radprep.report.facts.deidentification import (
    burned_in_risks,
    masked_values,
    treatments,
    withheld_counts,
)
from radprep.report.findings import Findings
from radprep.report.sections.base import Section


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    material = findings.material
    retained = material.provenance.retained
    return {
        "is_known": retained is not None,
        "treatments": treatments(retained or ()),
        "masked": masked_values(material.rows),
        "burned_in": material.provenance.burned_in,
        "risks": burned_in_risks(material.kept),
        "withheld": withheld_counts(material),
    }


SECTION = Section("deidentification", "De-identification", values)
