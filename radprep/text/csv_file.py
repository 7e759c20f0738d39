"""A CSV file that a person made: delimiters, character sets and mistakes of spreadsheets."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from radprep.errors import UsageError

LINE_BREAKS = frozenset("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
"""Characters that end a line somewhere; no cell that is read may hold one."""

_NOT_TEXT = {
    b"PK\x03\x04": "an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"\x89PNG": "a PNG image",
    b"%PDF": "a PDF",
}


_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the start of a formula (OWASP, CSV Injection), wide forms too."""
_LOOKS_LIKE_A_ROW = re.compile(r"[0-9]{2}|^\W*[A-Za-z]?[0-9]+\W*$")
"""A first line with such a cell holds values, not names of columns."""


def safe_cell(text: str) -> str:
    """A text as a cell of a CSV file of ours: with an apostrophe before it where a spreadsheet
    would carry it out as a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def read_lines(path: Path, flag: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of the file that hold something, the header first: the number where each begins,
    and its cells. Commas, semicolons or tabs; UTF-8, UTF-16 or Latin-1, with or without a byte
    order mark.

    flag: the option that names the file, for the messages. Raises UsageError.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}. Give the file with {flag}."
        ) from None
    text = _decoded(data, path, flag)
    first_line = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise UsageError(
            f"{path}, line {line}: the quotation marks of this row do not pair up. Mend it, or "
            "save the file again as CSV with commas or semicolons."
        ) from None


def find_column(columns: list[str], wanted: str, path: Path, flag: str) -> int:
    """Where a column stands. flag: the option, or the word, that asks for it. Raises UsageError
    where there is none, or several."""
    found = [
        number
        for number, column in enumerate(columns)
        if column.strip().lower() == wanted.strip().lower()
    ]
    if not found and any(map(_LOOKS_LIKE_A_ROW.search, columns)):
        raise UsageError(
            f"{path} has no column {wanted!r} ({flag}): its first line looks like a row of values. "
            "Put a line with the names of the columns above it."
        )
    if not found:
        # without what a terminal would obey
        there = ", ".join(repr(shortened(column))[1:-1] for column in columns if column.strip())
        raise UsageError(
            f"{path} has no column {wanted!r} ({flag}). Its columns are: {there or 'none'}."
        )
    if len(found) > 1:
        raise UsageError(
            f"{path} has {len(found)} columns {wanted!r} ({flag}). Rename all but the one that is "
            "meant."
        )
    return found[0]


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
