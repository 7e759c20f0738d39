"""CSV files: those that people made (delimiters, character sets, mistakes of spreadsheets), and the
one way in which ours are written.

A spreadsheet takes a cell that begins with = + - @, a tab or a carriage return for a formula, and a
formula may start a program or send the table away (OWASP, "CSV Injection"). So a text that begins
with one of them is written with an apostrophe before it, which spreadsheets take for "this is a
text"; numbers stay numbers. What reads CSV here takes that apostrophe away again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from radprep.errors import UsageError
from radprep.text.file_names import without_suffix
from radprep.text.small_file import opened

LINE_BREAKS = frozenset("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
"""Characters that end a line somewhere; no cell that is read may hold one."""

_FORMULA = re.compile(r" *[=+@\t\r\n\uff1d\uff0b\uff0d\uff20-]")
"""What a spreadsheet takes for the start of a formula, behind spaces and in wide forms too."""
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_MOST_BYTES = 256_000_000
"""Of a file that a person made: two million lines of a hundred characters."""

_NOT_TEXT = {
    b"PK\x03\x04": "an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"\x89PNG": "a PNG image",
    b"%PDF": "a PDF",
}


_SEPARATOR_LINE = re.compile(
    r"""\ufeff?"?sep=(?P<mark>[^\w"'\r\n\\]|\\t)(?P=mark)*"?[,;\t ]*(?:\r\n|\r|\n|\Z)""",
    re.IGNORECASE,
)
"""The line above the header that tells Excel which character stands between cells."""
_LOOKS_LIKE_A_ROW = re.compile(r"[0-9]{2}|^\W*[A-Za-z]?[0-9]+\W*$")
"""A first line with such a cell holds values, not names of columns."""
_NAME_OF_COLUMN = re.compile(r"[^\W\d_]+(?:[ _.-]?[^\W_]+){0,3}")
"""What a message may show of a header: at most four words."""


def read_lines(path: Path, flag: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of the file that hold something, the header first: the number where each begins,
    and its cells. Commas, semicolons or tabs, or what a line `sep=;` above the header names, as
    Excel asks for; UTF-8, UTF-16 or Latin-1, with or without a byte order mark.

    flag: the option that names the file, for the messages. Raises UsageError.
    """
    try:
        with opened(path, _MOST_BYTES) as handle:
            data = handle.read()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}. Give the file with {flag}."
        ) from None
    text = _decoded(data, path, flag)
    named = _SEPARATOR_LINE.match(text)
    delimiter = (
        named[1].replace("\\t", "\t") if named else max(",;\t", key=text.split("\n", 1)[0].count)
    )
    body = io.StringIO(text[named.end() if named else 0 :], newline="")
    reader = csv.reader(body, delimiter=delimiter, strict=True)
    before = 1 if named else 0
    line = before + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, [plain_cell(cell) for cell in cells]
            line = before + reader.line_num + 1
    except csv.Error:
        raise UsageError(
            f"{path}, line {line}: the quotation marks of this row do not pair up. Mend it, or "
            "save the file again as CSV with commas or semicolons."
        ) from None


def write_rows(handle: TextIO, rows: Iterable[Sequence[object]]) -> None:
    """Write lines of CSV, the column names first: numbers as they are, None as nothing, and texts
    so that no spreadsheet takes one for a formula. handle: opened with newline=""."""
    csv.writer(handle, lineterminator="\n").writerows(map(written_cell, row) for row in rows)


def write_file(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file, as `write_rows` does."""
    with path.open("w", newline="", encoding="utf-8") as handle:
        write_rows(handle, rows)


def written_cell(value: object) -> object:
    """A value as a cell that is no formula. A text that begins as a formula does, or with what this
    puts before such a text, gets an apostrophe."""
    if isinstance(value, str) and (value.startswith("'") or _FORMULA.match(value)):
        return value if is_number(value) else f"'{value}"
    return value


def plain_cell(cell: str) -> str:
    """What a cell says: without the apostrophe that keeps a text from being a formula."""
    is_escaped = cell.startswith("'") and (cell.startswith("''") or _FORMULA.match(cell[1:]))
    return cell[1:] if is_escaped else cell


def is_number(text: str) -> bool:
    """Whether a text is a number as we write one, which is no formula."""
    return _NUMBER.fullmatch(text) is not None


def cells_of(line: str) -> list[str]:
    """What the cells of one line of ours say."""
    return [plain_cell(cell) for cell in next(csv.reader([line]), [])]


def find_column(columns: list[str], wanted: str, path: Path, flag: str) -> int:
    """Where a column stands. flag: the option, or the word, that asks for it. Raises UsageError
    where there is none, or several."""
    found = [
        number
        for number, column in enumerate(columns)
        if column.strip().lower() == wanted.strip().lower()
    ]
    if not found and any(map(_is_value, columns)):
        raise UsageError(
            f"{path} has no column {wanted!r} ({flag}): its first line looks like a row of values. "
            "Put a line with the names of the columns above it."
        )
    if not found:
        # without what a terminal would obey
        named = [column.strip() for column in columns if column.strip()]
        there = ", ".join(
            repr(shortened(one))[1:-1] if _NAME_OF_COLUMN.fullmatch(one) else "(no word)"
            for one in named
        )
        raise UsageError(
            f"{path} has no column {wanted!r} ({flag}). Its columns are: {there or 'none'}."
        )
    if len(found) > 1:
        raise UsageError(
            f"{path} has {len(found)} columns {wanted!r} ({flag}). Rename all but the one that is "
            "meant."
        )
    return found[0]


def _is_value(cell: str) -> bool:
    """Whether a cell of a first line is a value, such as the path of a picture."""
    path = cell.strip()
    return bool(
        _LOOKS_LIKE_A_ROW.search(path)
        or "/" in path
        or "\\" in path
        or without_suffix(path) != path
    )


def shortened(text: str) -> str:
    """A cell for a message: on one line, at most 40 characters."""
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:37] + "..."


def _decoded(data: bytes, path: Path, flag: str) -> str:
    kind = next((kind for start, kind in _NOT_TEXT.items() if data.startswith(start)), None)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if kind or b"\0" in data:
        raise UsageError(
            f"{path} is {kind or 'a binary file'}, not a text file. Save it as CSV and give that "
            f"with {flag}."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
