from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.valuerep import DSfloat

from radprep.dicom.decimal_text import is_empty, number


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2048", 2048.0),
        (" +2048 \0", 2048.0),
        ("-5", -5.0),
        ("- 5", -5.0),
        ("\u22125", -5.0),
        ("20,8", 20.8),
        ("0,125", 0.125),
        ("-0,5", -0.5),
        (",5", 0.5),
        ("5,", 5.0),
        ("1e3", 1000.0),
        ("1,5E+03", 1500.0),
        ("1.0D+03", 1000.0),
        ("1.024", 1.024),
        ("1.024,5", 1024.5),
        ("1,024.5", 1024.5),
        ("1'024.5", 1024.5),
        ("1,024,000", 1_024_000.0),
        ("2048 HU", 2048.0),
        ("4096px", 4096.0),
        ("0.10000000000000000555", 0.1),
        ('"2048"', 2048.0),
        (b"2048 ", 2048.0),
        (2048, 2048.0),
        (DSfloat("20.80"), 20.8),
    ],
)
def test_a_number_is_read_however_it_is_written(written: object, meant: float) -> None:
    assert number(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        *(
            "",
            " \0",
            "NaN",
            "inf",
            "-Infinity",
            "1e999",
            "junk",
            "0x10",
            "1_000",
            "5 or 6",
            "12 34",
        ),
        *("1,02,4", "1.2.3", "--5", "1e", "1,024", "12,000", "9" * 65, b"\xff\xfe", "\u0663"),
        *(None, [], float("nan"), float("inf"), 10**400),
    ],
)
def test_what_is_no_number_or_may_be_two_is_none(written: object) -> None:
    assert number(written) is None


def test_empty_is_what_is_made_of_padding() -> None:
    assert is_empty(None)
    assert is_empty(" \0\t")
    assert not is_empty("0")
    assert not is_empty(0)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_prints_is_read_as_it_is(value: float) -> None:
    assert number(repr(value)) == value


@given(st.text(alphabet="0123456789.,'+-eEdD HU\\", max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    found = number(text)
    assert found is None or found == found
