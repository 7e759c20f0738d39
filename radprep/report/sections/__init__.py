"""The sections of the page: a module says what a section shows, the template beside it says how.
They may import the rest of radprep.report, but neither one another nor `page`, which renders them.
To add one, write both files and name the section below, where it is to stand.
"""

from __future__ import annotations

from radprep.report.sections import (
    deidentification,
    duplicates,
    films,
    geometry,
    labels,
    methods,
    patients,
    rejected,
    review,
    sources,
    split,
    steps,
    summary,
    uniqueness,
)
from radprep.report.sections.base import Section

SECTIONS: tuple[Section, ...] = (
    summary.SECTION,
    steps.SECTION,
    review.SECTION,
    rejected.SECTION,
    duplicates.SECTION,
    labels.SECTION,
    patients.SECTION,
    split.SECTION,
    geometry.SECTION,
    sources.SECTION,
    deidentification.SECTION,
    uniqueness.SECTION,
    films.SECTION,
    methods.SECTION,
)
"""Every section, in the order in which the page shows them."""
