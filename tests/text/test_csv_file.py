"""CSV files: no cell that we write is a formula, and what reads them takes that back."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radprep.errors import UsageError
from radprep.text.csv_file import (
    cells_of,
    find_column,
    plain_cell,
    read_lines,
    write_rows,
    written_cell,
)

FORMULAS = (*("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\tx", "\rx", " =1", "＝1", "＠x"),)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_begins_as_a_formula_gets_an_apostrophe(text):
    assert written_cell(text) == f"'{text}"
    assert plain_cell(f"'{text}") == text


@pytest.mark.parametrize("number", [-1, -0.5, 3, None, "-12.5", "+3", "-1e-05"])
def test_numbers_stay_numbers(number):
    assert written_cell(number) == number


@given(st.lists(st.text(st.characters(blacklist_characters="\0", codec="utf-8")), min_size=2))
def test_what_was_written_is_read_again(cells):
    text = io.StringIO(newline="")
    write_rows(text, [cells])
    assert not any(
        cell.startswith(("=", "@", "\t", "\r")) for cell in text.getvalue().rstrip("\n").split(",")
    )
    if not any(char in cell for cell in cells for char in "\r\n"):
        assert cells_of(text.getvalue()) == cells


def test_a_file_of_a_person_may_hold_the_apostrophe_too(tmp_path):
    (tmp_path / "labels.csv").write_text("accession,diagnosis\n'-12,'=x\n'plain,y\n")
    lines = [cells for _, cells in read_lines(tmp_path / "labels.csv", "--labels")]
    assert lines == [["accession", "diagnosis"], ["-12", "=x"], ["'plain", "y"]]


def folder(path):
    path.mkdir()


def sparse(path):
    with path.open("wb") as handle:
        handle.truncate(2**31)


NO_SMALL_FILES = {
    "folder": folder,
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "sparse": sparse,
    "binary": lambda path: path.write_bytes(bytes(range(256))),
}


@pytest.mark.parametrize("kind", NO_SMALL_FILES)
def test_what_is_no_small_file_of_text_is_a_sentence(tmp_path, kind):
    NO_SMALL_FILES[kind](tmp_path / "x")
    with pytest.raises(UsageError, match=r"x (is|has) "):
        list(read_lines(tmp_path / "x", "--labels"))


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", ":", "^", "~", " "])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("first", ["sep={}", "SEP={}", '"sep={}"', "sep={}{}{}"])
def test_the_line_that_tells_excel_its_separator_is_understood(tmp_path, mark, encoding, first):
    path = tmp_path / "mine.csv"
    lines = [first.format(mark, mark, mark), f"key{mark}text", f'A1{mark}"a{mark}b"', "", "A2"]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    found = list(read_lines(path, "--labels"))
    assert found == [(2, ["key", "text"]), (3, ["A1", f"a{mark}b"]), (5, ["A2"])]


def test_a_tab_may_be_spelt_and_a_column_may_begin_with_sep(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("sep=\\t\nkey\ttext\n")
    assert list(read_lines(path, "--labels")) == [(2, ["key", "text"])]
    path.write_text("sep=x,text\nA,b\n")
    assert next(read_lines(path, "--labels")) == (1, ["sep=x", "text"])
    path.write_text("sep=;")
    assert list(read_lines(path, "--labels")) == []


@pytest.mark.parametrize(
    "first", ["normal/Huber_Anna.png", "Huber_Anna.JPG", "cd\\Huber_Anna", "Huber_Anna.dcm"]
)
def test_a_first_row_of_values_is_never_shown(first):
    with pytest.raises(UsageError, match="looks like a row of values") as caught:
        find_column([first, "Huber Anna", "normal"], "path", Path("t.csv"), "--path-column")
    assert "Huber" not in str(caught.value)


def test_a_message_shows_only_what_may_be_names_of_columns():
    columns = ["image file", "a sentence of many words on Huber Anna", "view"]
    with pytest.raises(UsageError, match=r"image file, \(no word\), view") as caught:
        find_column(columns, "path", Path("t.csv"), "--path-column")
    assert "Huber" not in str(caught.value)
