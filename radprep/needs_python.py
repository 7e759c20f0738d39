"""Which Python radprep needs, said in one sentence to whoever has another one.

It runs under Pythons that are too old for the rest, so it holds nothing newer than they are.
`make` runs it as a file, before it makes an environment.
"""

import sys

OLDEST = (3, 11)
"""The same as `requires-python` in pyproject.toml; a test holds them together."""


def what_is_wrong(version: "tuple[int, ...] | None" = None) -> str:
    """The sentence for somebody whose Python is too old, or nothing. version: of the Python, as
    sys.version_info has it."""
    found = tuple((version or sys.version_info)[:3])
    if found[:2] >= OLDEST:
        return ""
    return (
        "radprep needs Python {}.{} or newer, and this is Python {}.{}.{} ({}). Name another one: "
        "`make demo PYTHON=python3.12`, or `python3.12 -m venv .venv` and then "
        "`.venv/bin/pip install .`."
    ).format(*(OLDEST + found + (sys.executable,)))


if __name__ == "__main__":
    sys.exit(what_is_wrong() or 0)
