"""Keys that a spreadsheet or another program has changed."""

import pytest

from radprep.convert.label_keys import KINDS, check_keys, clean_key, key_sentences


@pytest.mark.parametrize(
    "cell",
    [
        "0012345",
        '="0012345"',
        '= "0012345"',
        "=0012345",
        '"0012345"',
        "'0012345",
        "'0012345'",
        "\ufeff0012345",
        "0012345\u00a0",
        "\u200b0012345 ",
        " \u201c0012345\u201d",
        '\u00a0="0012345"\u00a0',
    ],
)
def test_what_stands_around_a_key_is_taken_away(cell):
    assert clean_key(cell) == "0012345"


@pytest.mark.parametrize("key", ["A-1", "O'Neil1", "1.2.840.1", "a b", "", "12,345", "7E5"])
def test_a_key_without_such_marks_stays(key):
    assert clean_key(key) == key


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("12345", "0012345", "zeros"),
        ("0012345", "12345", "zeros"),
        ("A12", "00A12", "zeros"),
        ("12345.0", "12345", "decimals"),
        ("12345,00", "0012345", "decimals"),
        ("2.0230000000E+16", "20230000000123456", "exponent"),
        ("2,023E+16", "20230000000123456", "exponent"),
        ("2.02300000001235e+16", "20230000000123456", "exponent"),
        ("2E+16", "20230000000123456", "exponent"),
        ("1.2345E+04", "0012345", "exponent"),
        ("20230000000123400", "20230000000123456", "digits"),
        ("20230000000123500", "20230000000123456", "digits"),
        ("12,345", "12345", "thousands"),
        ("12.345", "0012345", "thousands"),
        ("1\u202f234\u202f567", "1234567", "thousands"),
        ("1\u2019234", "1234", "thousands"),
        ("ab12", "AB12", "case"),
        ("A-123", "A123", "marks"),
        ("A 123", "A/123", "marks"),
    ],
)
def test_each_kind_is_named_and_its_study_found(key, value, kind):
    check = check_keys([key], [value, "other", "99"])
    assert (check.changed[key].kind, check.changed[key].meant) == (kind, (value,))
    assert check.counts() == {f"label_keys_{kind}": 1, f"label_keys_{kind}_fit": 1}
    assert check.rows() == [(key, kind, value)]


def test_what_is_lost_is_told_though_no_study_fits():
    check = check_keys(["2-Jan", "Jan-23", "1.5E+16", "5.0"], ["1-2", "A1"])
    assert {key: (one.kind, one.meant) for key, one in check.changed.items()} == {
        "2-Jan": ("date", ()),
        "Jan-23": ("date", ()),
        "1.5E+16": ("exponent", ()),
        "5.0": ("decimals", ()),
    }


def test_a_key_that_may_be_several_studies_fits_none_alone():
    check = check_keys(["77.0"], ["77", "0077"])
    assert check.changed["77.0"].meant == ("0077", "77")
    assert check.counts()["label_keys_decimals_fit"] == 0


@pytest.mark.parametrize(
    ("keys", "values", "unclear"),
    [
        (["77", "12345"], ["77", "0077", "0012345"], {"77"}),
        (["77"], ["77", "0077"], {"77"}),
        (["77", "0012345"], ["77", "0077", "0012345"], set()),
        (["77", "0012345", "5"], ["77", "0077", "0012345", "05"], {"77"}),
        (["77", "0077"], ["77", "0077"], set()),
        (["77"], ["77"], set()),
        (["ab1", "ab2"], ["ab1", "AB1", "AB2"], {"ab1"}),
        (["ab1"], ["ab1", "AB1"], set()),
        (
            ["20230000000123500", "20230000000987700"],
            ["20230000000123500", "20230000000123456", "20230000000987654"],
            {"20230000000123500"},
        ),
    ],
)
def test_a_key_that_fits_one_study_may_be_another_s_in_a_file_that_lost_something(
    keys, values, unclear
):
    assert set(check_keys(keys, values).unclear) == unclear


def test_keys_of_other_studies_do_not_look_changed():
    values = [f"2023000000{number:06}" for number in range(0, 1000, 2)]
    keys = [f"2023000000{number:06}" for number in range(1000)]
    assert check_keys(keys, values).counts() == {}
    assert check_keys(["A1", "B2"], ["C3"]).counts() == {}


def test_a_hostile_file_costs_little():
    shapes = [(length, power) for length in range(1, 58) for power in range(10, 99)]
    keys = [f"1.{'1' * length}E+{power}" for length, power in reversed(shapes)]
    values = {f"{number:064}" for number in range(10**60, 10**60 + 2000)}
    check = check_keys([*keys, "9" * 5000], [*values, "0" * 5000])
    assert len(check.changed) == len(keys)


def test_a_sentence_for_each_kind_with_numbers_and_the_way_out():
    counts = {f"label_keys_{kind}": 3 for kind in KINDS}
    counts |= {f"label_keys_{kind}_fit": 2 for kind in KINDS}
    said = key_sentences(counts | {"label_keys_unclear": 4, "label_keys_quoted": 5})
    assert len(said) == len(KINDS) + 3
    assert all("3, of which 2 would fit" in one for one in said[: len(KINDS)])
    assert "77 may be 77 or 0077: 4" in said[-3]
    assert "Save the file again" in said[-2]
    assert "changed_keys.csv" in said[-2]
    assert "changed_keys.csv" not in "".join(key_sentences(counts, listed=False))
    assert "read without these" in said[-1]
    assert key_sentences({}) == []


def test_what_a_forgotten_patient_had_is_not_written_down_again():
    check = check_keys(["12345", "77"], ["0012345", "012345", "77", "0077"])
    left = check.without({"0012345", "0077"})
    assert left.changed["12345"].meant == ("012345",)
    assert not {"0012345", "0077"} & {value for row in left.rows() for value in row}
