"""docs/explanation/de-identification.md says what dicom/deidentify.py does."""

import re
from pathlib import Path

from radprep.dataset.schema import DICOM_COLUMNS
from radprep.dicom import deidentify

TEXT = (Path(__file__).parents[2] / "docs" / "explanation" / "de-identification.md").read_text(
    encoding="utf-8"
)
ROWS = {
    name: (action, how)
    for name, action, how in re.findall(r"^\| (\w+) \| ([-XZDU/]+) \| (.+) \|$", TEXT, re.MULTILINE)
}


def test_every_column_and_every_attribute_read_stands_in_the_table():
    assert set(ROWS) == {
        *DICOM_COLUMNS,
        "PatientID",
        "AccessionNumber",
        "StudyID",
        *deidentify._BODY_PART_TEXTS,
    }


def test_what_annex_e_acts_on_leaves_only_as_an_option_of_it_allows():
    allowed = {
        "Z": ("moved", "Standard", "`patient_id`", "joining", "`body_part`"),
        "X": ("up to 89", "empty", "`body_part`"),
        "D": ("moved", "`patient_id`", "`body_part`"),
        "U": ("pseudonyms",),
    }
    for keyword, (action, how) in ROWS.items():
        if action != "-":
            assert any(word in how for word in allowed[action[-1]]), keyword


def test_the_table_names_every_retainable():
    for name in deidentify.RETAINABLE:
        assert f"`--retain {name}`" in TEXT
