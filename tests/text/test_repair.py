"""Texts that people and machines have spoilt."""

from __future__ import annotations

import pytest

from radprep.text.repair import normalise


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("MUÑECA", "muneca"),
        ("Łokieć", "lokiec"),
        ("Fuß", "fuss"),
        ("MUÃ\x91ECA", "muneca"),
        ("MU\ufffdECA", "mu?eca"),
        ("caf&eacute;", "cafe"),
        ("MUN\u0303ECA", "muneca"),
        ("x" * 9999, "x" * 256),
    ],
)
def test_normalise(text: str, plain: str) -> None:
    assert normalise(text) == plain
