"""A page that shows more than the one that would take its place: it is not replaced unasked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from radprep.dataset.durable import explain_disk_errors
from radprep.errors import UsageError
from radprep.report.stale import MARK
from radprep.text.small_file import parse_json, read_small

_WHAT_IT_HAS = {
    "--source": "the films before, and what each step saw",
    "--single-file": "report.html, the sample to mail",
    "--run": "the split of a training",
}
"""Option of `radprep report` -> what a page has that was made with it."""


def refuse_to_lose(folder: Path, options: Mapping[str, bool]) -> None:
    """Raise UsageError where the page in a folder was made with an option that is not given now.
    options: of _WHAT_IT_HAS, whether each is given."""
    lost = [name for name in _made_with(folder) if not options.get(name)]
    if lost:
        has = " and ".join(f"{_WHAT_IT_HAS[name]} ({name})" for name in lost)
        raise UsageError(
            f"The page in {folder} shows more than this one would: {has}. Give "
            f"{' and '.join(lost)} again or another folder with --out, or replace the page with "
            "--replace."
        )


def note_options(folder: Path, options: Mapping[str, bool]) -> None:
    """Write down what a page was made with, once it is complete."""
    given = sorted(name for name, is_given in options.items() if is_given)
    with explain_disk_errors(folder):
        (folder / MARK).write_text(json.dumps(given), encoding="utf-8")


def _made_with(folder: Path) -> list[str]:
    """The options that the page in a folder was made with; none where nothing says so."""
    try:
        given = parse_json(read_small(folder / MARK))
    except (OSError, ValueError, UsageError):
        return []
    return [name for name in _WHAT_IT_HAS if isinstance(given, list) and name in given]
