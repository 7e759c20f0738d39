"""A path is one path, however a table writes it."""

import pytest

from radprep.text.paths import plain_path


@pytest.mark.parametrize(
    "written", ["a/b.png", "./a/b.png", "/a/b.png", "a\\b.png", "a//b.png", ".\\a/./b.png"]
)
def test_a_path_has_one_form(written):
    assert plain_path(written) == "a/b.png"


def test_accents_are_composed():
    assert plain_path("Mu\u0308ller.png") == "M\u00fcller.png"
