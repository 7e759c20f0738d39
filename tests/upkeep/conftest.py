"""Data sets that the tests of merging share."""

import pytest

from tests.upkeep.merged import converted, merge


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """a and b: one key; c: another; ab: a and b merged. Whoever changes one copies it."""
    root = tmp_path_factory.mktemp("parts")
    converted(root, "a", (1, 2, 3))
    converted(root, "b", (4, 5))
    converted(root, "c", (6, 7), key="6b")
    merge(root / "a", root / "b", root / "ab")
    return root
