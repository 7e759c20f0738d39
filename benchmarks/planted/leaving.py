"""All that leaves with a data set, as texts in which planted values are looked for."""

from __future__ import annotations

import base64
import re
import struct
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from anyascii import anyascii

from planted import key
from planted.key import Answer
from planted.people import NAMES

PNG = b"\x89PNG\r\n\x1a\n"
_SHORTEST = 6
"""Letters and digits. A shorter piece of text stands somewhere by chance."""
_LONGEST_RUN = 4
"""Letters. A shorter name is looked for only as a part of the whole."""
_RUN = re.compile("[0-9]+")
_PSEUDONYM = re.compile(r"(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{16,64}(?![0-9a-z])")
_EMBEDDED = re.compile(r"base64,([A-Za-z0-9+/=]+)")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[ ./-](?=[0-9])")
_DIGITS = re.compile(r"(?<![0-9.])[0-9]{5,}(?![0-9])")
_LAST_OF_UID = re.compile(r"(?<![0-9])[0-9]{15,}(?![0-9])")
_LETTERS = re.compile(r"[^\W\d_]+")


def folded(text: str) -> str:
    """Text without what people write differently: case, and forms of one letter."""
    return unicodedata.normalize("NFKC", text).casefold()


def squeezed(text: str) -> str:
    """Letters and digits alone."""
    return "".join(filter(str.isalnum, folded(text)))


def words(text: str) -> set[str]:
    """Its words, also as they read in Latin letters."""
    return {word for form in (text, anyascii(text)) for word in _LETTERS.findall(folded(form))}


class Leaving:
    """What leaves: text by text, and what is looked for in it.

    Dates of tables stay out, since a moved date may be another patient's true one; the scorer looks
    at them row by row.
    """

    def __init__(self) -> None:
        self._squeezed: list[str] = []
        self.words: set[str] = set()
        self.numbers: set[str] = set()
        self._stamps: set[str] = set()

    def add_folder(self, root: Path) -> None:
        """Every file under a folder: its name, and what stands in it."""
        files = sorted(path for path in root.rglob("*") if path.is_file())
        # A list of ours holds the time and the inode of files of ours: other digits in each run, in
        # which a planted number stands by chance.
        for status in (path.stat() for path in files):
            self._stamps |= {str(status.st_mtime_ns), str(status.st_ino)}
        for path in files:
            self.add_text(path.relative_to(root).as_posix())
            self.add_file(path)

    def add_file(self, path: Path) -> None:
        """What a file holds: cells, schema and bytes of a table, chunks of a picture, else text."""
        data = path.read_bytes()
        if path.suffix == ".parquet":
            self.add_text("\n".join(_of_table(path)))
        elif data.startswith(PNG):
            data = b"".join(name + body for name, body in chunks(data) if name != b"IDAT")
        self.add_text(data.decode("utf-8", "replace"))

    def add_text(self, text: str) -> None:
        """A text, and the pictures that are written in it."""
        for embedded in _EMBEDDED.findall(text):
            picture = base64.b64decode(embedded + "==")
            if picture.startswith(PNG):
                rest = (body for name, body in chunks(picture) if name != b"IDAT")
                self.add_text(b"".join(rest).decode("latin-1"))
        plain = _PSEUDONYM.sub(" ", folded(_EMBEDDED.sub(" ", text)))
        plain = _RUN.sub(lambda run: " x " if run[0] in self._stamps else run[0], plain)
        self.words |= words(plain)
        joined = _BETWEEN_DIGITS.sub("", plain)
        for found in (_DIGITS.findall(plain), _DIGITS.findall(joined), _LAST_OF_UID.findall(plain)):
            self.numbers.update(found)
        self._squeezed.append(squeezed(plain))
        if not plain.isascii():
            self._squeezed.append(squeezed(anyascii(plain)))

    def found(self, texts: Iterable[str]) -> set[str]:
        """Which of some squeezed texts stand in what leaves. One walk over all of it: a text is
        compared only where its first letters stand."""
        by_start: dict[str, list[str]] = defaultdict(list)
        short = set()
        for text in texts:
            if len(text) >= _SHORTEST:
                by_start[text[:_SHORTEST]].append(text)
            else:
                short.add(text)
        everything = "\n".join(self._squeezed)
        found = {text for text in short if text in everything}
        for place in range(len(everything)):
            start = everything[place : place + _SHORTEST]
            if start in by_start:
                found.update(text for text in by_start[start] if everything.startswith(text, place))
        return found


def texts_of(answer: Answer) -> set[str]:
    """What would show that a text is still there: all of it, or a name turned round."""
    value = answer.value.replace("=", "^")
    parts = [part for part in value.split("^") if part]
    whole = {squeezed(value), squeezed("".join(parts[::-1]))}
    groups = {squeezed(group) for group in answer.value.split("=")}
    forms = whole | groups
    forms |= {squeezed(anyascii(form)) for form in forms}
    return {form for form in forms if len(form) >= _SHORTEST or (form and not form.isascii())}


_NAME_WORDS = {word for name in NAMES for word in words(name) if len(word) > _LONGEST_RUN}


def names_of(answer: Answer) -> set[str]:
    """The names of people and towns in a text: each of them says too much alone."""
    return words(answer.value) & _NAME_WORDS


def numbers_of(answer: Answer) -> set[str]:
    """The numbers of eight digits and more in a value, and the ways in which a day is written."""
    if answer.category == key.UID:
        return {answer.value.rsplit(".", 1)[1]}
    text = _BETWEEN_DIGITS.sub("", answer.value)
    found = {run for form in (answer.value, text) for run in re.findall("[0-9]{8,}", form)}
    if answer.category in (key.TIME, key.SHIFTED):
        day = answer.value[:8]
        if day.isdigit():
            found |= {day, f"{day[6:]}{day[4:6]}{day[:4]}"}
    return found


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of each chunk of a PNG."""
    place = len(PNG)
    while place + 8 <= len(png):
        length, name = struct.unpack(">I4s", png[place : place + 8])
        yield name, png[place + 8 : place + 8 + length]
        place += 12 + length
    yield b"after the end", png[place:]


def _of_table(path: Path) -> Iterator[str]:
    """The footer and the cells of a Parquet file, dates left out."""
    table = pq.read_table(path, partitioning=None)
    for name, value in (table.schema.metadata or {}).items():
        yield f"{name.decode('utf-8', 'replace')} {value.decode('utf-8', 'replace')}"
    for field in table.schema:
        yield field.name
        if not pa.types.is_date(field.type):
            yield "\n".join(str(cell) for cell in table[field.name].to_pylist() if cell is not None)
