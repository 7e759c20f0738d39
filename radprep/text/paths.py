"""Paths of files as people and programs write them in tables."""

from __future__ import annotations

import unicodedata


def plain_path(path: str) -> str:
    """A path in a dump in one form, however a table writes it: with `/` between, without `./` or
    `/` before it, and accents composed."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    return unicodedata.normalize("NFC", "/".join(parts))
