"""Folders that come with radprep: inside the installed package, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

from radprep.errors import RadprepError


def folder(name: str) -> Path:
    """Path of `pipelines` or `data_samples`."""
    here = Path(__file__).parent
    for candidate in (here / name, here.parent / name):
        if candidate.is_dir():
            return candidate
    raise RadprepError(
        f"This installation of radprep lacks its folder {name}. Install it again from its wheel."
    )


def text(name: str) -> str:
    """A text file of the package, by its path inside it."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
