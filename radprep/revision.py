"""Which commit of radprep's own repository this code is.

A wheel carries the commit that it was built from, in a file that the build writes. A checkout asks
git, and only about a repository that is radprep's own: an environment may stand inside the checkout
of another project, whose commit says nothing of radprep.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

PACKAGE = Path(__file__).parent
BUILT_FROM = "built_from.txt"
"""File of an installed package that holds the commit; hatch_build.py writes it."""


def revision(package: Path = PACKAGE) -> str | None:
    """The commit, `+` behind it where tracked files were changed since; None where nobody knows."""
    try:
        return (package / BUILT_FROM).read_text(encoding="ascii").strip() or None
    except OSError:
        return _of_checkout(package.parent)


def _of_checkout(folder: Path) -> str | None:
    """The commit of the checkout whose top this folder is and that tracks radprep."""
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != folder.resolve():
        return None
    if _git(folder, "ls-files", "--error-unmatch", "radprep/revision.py") is None:
        return None
    commit = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return None if commit is None else commit + ("+" if changes else "")


def _git(folder: Path, *words: str) -> str | None:
    """What git answers; None where it is not there or refuses."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
