"""What names of films have in common, however a table writes them: their suffixes, and the ends of
their paths."""

from __future__ import annotations

SUFFIXES = frozenset(
    (
        *(".dcm", ".dicom", ".dic", ".ima", ".img", ".png", ".jpg", ".jpeg", ".jpe", ".jfif"),
        *(".tif", ".tiff", ".webp", ".bmp", ".gif", ".jp2"),
    )
)
"""What counts as a suffix: those of films, since a film may have been saved in another format. A
UID has points, too, and a text beside a film is no film of that name."""

_MOST_PARTS = 32
"""Of a path that is known by its last folders."""


def without_suffix(path: str) -> str:
    """A path or a name without the suffix of a film."""
    before, point, suffix = path.rpartition(".")
    is_suffix = point and before and f".{suffix.lower()}" in SUFFIXES
    return before if is_suffix and not before.endswith("/") else path


def ends(path: str, most: int = _MOST_PARTS) -> list[str]:
    """A path, then without its first folder, and so on, down to the name; of one with more parts
    than `most` the last ones."""
    parts = path.split("/")[-most:]
    return ["/".join(parts[first:]) for first in range(len(parts))]
