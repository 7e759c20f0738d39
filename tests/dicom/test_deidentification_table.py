"""docs/explanation/de-identification.md says what dicom/deidentify.py does."""

import re
from pathlib import Path

from radprep.dataset.schema import DICOM_COLUMNS
from radprep.dicom import dates, deidentify
from radprep.dicom.numbers import LIMITS

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
        "IssuerOfPatientID",
        "AccessionNumber",
        "StudyID",
        "PatientBirthDate",
        *deidentify._BODY_PART_TEXTS,
    }


def said_of(limits):
    """The sentence of the table on a number."""
    many = f"up to {limits.values} numbers, each" if limits.values > 1 else "a number"
    many = f"{limits.values} numbers, each" if limits.exactly else many
    digits = f"{limits.digits} significant digit{'s' * (limits.digits > 1)}"
    return f"{many} from {limits.least:,} to {limits.most:,} with {digits}, else empty"


def test_the_table_says_what_is_plausible_of_each_number():
    assert {name: ROWS[name][1] for name in LIMITS} == {
        name: said_of(limits) for name, limits in LIMITS.items()
    }


def test_the_table_says_how_many_of_a_list_leave():
    for name, most in deidentify._MOST_VALUES.items():
        assert f"the first {most} values" in ROWS[name][1]


def test_what_annex_e_acts_on_leaves_only_as_an_option_of_it_allows():
    allowed = {
        "Z": ("moved", "whether dates leave", "Standard", "`patient_id`", "joining", "`body_part`"),
        "X": ("telling apart", "up to 89", "empty", "`body_part`"),
        "D": ("moved", "`patient_id`", "`body_part`"),
        "U": ("pseudonyms",),
    }
    for keyword, (action, how) in ROWS.items():
        if action != "-":
            assert any(word in how for word in allowed[action[-1]]), keyword


def test_the_table_names_every_retainable():
    for name in deidentify.RETAINABLE:
        assert f"`--retain {name}`" in TEXT


def test_the_page_names_the_bounds_of_dates_and_ages():
    assert f"at most {dates.DAYS_FROM_STUDY} days from" in TEXT.replace("\n  ", " ")
    assert f"a day from {dates.FIRST_DAY.year} on" in TEXT
    assert f"over {dates.OLDEST_SHOWN} years" in TEXT
