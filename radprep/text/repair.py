"""Texts as people and machines spoil them: decodings mended, accents gone, invisible characters
removed."""

from __future__ import annotations

import html
import re
import unicodedata

from anyascii import anyascii

MAX_TEXT = 256
"""Characters. DICOM allows 16 (CS) or 64 (LO): what is longer is no label, and would cost time."""

_WINDOWS_1252 = {
    ord(char): byte
    for byte in range(0x80, 0xA0)
    if (char := bytes([byte]).decode("cp1252", "ignore"))
}
_TAIL = f"[\x80-\xbf{''.join(map(chr, _WINDOWS_1252))}]"
_MOJIBAKE = re.compile(f"[\xc2-\xdf]{_TAIL}|[\xe0-\xef]{_TAIL}{{2}}|[\xf0-\xf4]{_TAIL}{{3}}")
_LOST_LETTER = re.compile("[\xc2\xc3][?\ufffd]|[\xa4\xa5\xa6\xa7\xb1\ufffd]")
"""What is left where a letter was lost: half a UTF-8 pair, or a letter of a DOS code page read as
Latin-1 (Ñ is ¥ there)."""


_SILENT = dict.fromkeys(map(ord, "ЪЬъь"))
"""Cyrillic signs without a sound: as apostrophes they would cut a word in two."""


def normalise(text: str) -> str:
    """The first 256 characters in lower-case ASCII: decodings mended, accents gone, `?` for each
    letter that was lost."""
    return ascii_of(_LOST_LETTER.sub("?", repaired(text[:MAX_TEXT])))


def ascii_of(text: str) -> str:
    """Lower-case ASCII of a text, letter by letter."""
    # NFKD would delete the letters it cannot take apart (Ł, ß, Ø).
    return anyascii(text.translate(_SILENT)).casefold()


def repaired(text: str) -> str:
    """Text with entities decoded, UTF-8 that was read as Latin-1 or Windows-1252 undone, invisible
    characters gone."""
    text, before = html.unescape(text), ""
    while text != before:  # it may be spoilt more than once; each round makes it shorter
        before, text = text, _MOJIBAKE.sub(_undo, text)
    visible = (char for char in text if unicodedata.category(char) not in ("Cf", "Cs"))
    return unicodedata.normalize(
        "NFC", "".join(" " if unicodedata.category(char) == "Cc" else char for char in visible)
    )


def _undo(match: re.Match[str]) -> str:
    return match.group().translate(_WINDOWS_1252).encode("latin-1").decode("utf-8", "ignore")
