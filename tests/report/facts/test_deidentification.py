"""The groups of the page say what docs/explanation/de-identification.md says of each attribute."""

import re
from pathlib import Path

import pytest

from radprep.dataset.schema import DICOM_COLUMNS
from radprep.dicom.deidentify import RETAINABLE
from radprep.report.facts.deidentification import burned_in_risks, masked_values, treatments
from tests.report.report_rows import kept

TEXT = (Path(__file__).parents[3] / "docs" / "explanation" / "de-identification.md").read_text(
    encoding="utf-8"
)
DOCUMENTED = dict(re.findall(r"^\| (\w+) \| [-XZDU/]+ \| (.+) \|$", TEXT, re.MULTILINE))
SAID = {
    "Dropped": ("empty",),
    "Hashed": ("pseudonyms", "`patient_id`"),
    "Shifted": ("moved",),
    "Capped": ("89 years",),
    "Masked": ("vocabulary",),
    "Terms only": ("Standard", "registers"),
    "Numbers": ("a number", "numbers, each"),
}


def test_every_column_stands_in_one_group_as_documented():
    groups = {name: one.title for one in treatments(()) for name in one.attributes}
    assert set(DICOM_COLUMNS) <= set(groups)
    assert sum(len(one.attributes) for one in treatments(())) == len(groups)
    for name in DICOM_COLUMNS:
        assert any(word in DOCUMENTED[name] for word in SAID[groups[name]]), (
            name,
            groups[name],
            DOCUMENTED[name],
        )


@pytest.mark.parametrize("option", RETAINABLE)
def test_what_is_retained_is_said_first(option):
    first, *others = treatments([option])
    assert (first.title, set(first.attributes)) == ("Retained", set(RETAINABLE[option]))
    assert not set(RETAINABLE[option]) & {name for one in others for name in one.attributes}


def test_counts():
    rows = [
        kept(1, BodyPartExamined="*** WRIST"),
        kept(2, burned_in_risk="high"),
        kept(3, burned_in_risk=None),
    ]
    assert masked_values(rows) == {"BodyPartExamined": 1}
    assert burned_in_risks(rows) == {"high": 1, "low": 1, "unknown": 1}
