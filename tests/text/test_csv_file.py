import pytest

from radprep.text.csv_file import safe_cell


@pytest.mark.parametrize(
    "text", ["=cmd|'/C calc'!A0", "@SUM(1+1)", "+1", "-1", " =1", "\t=1", "\r=1", "＝1", "＠x"]
)
def test_what_a_spreadsheet_would_carry_out_gets_an_apostrophe(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "A1", "1-2", "x=1", "'=1"])
def test_other_texts_stay_as_they_are(text):
    assert safe_cell(text) == text
