"""Sides and views that texts name."""

import pytest

from radprep.text.views import sides_in, views_in


@pytest.mark.parametrize(
    ("text", "views"),
    [
        ("HAND_AP", {"ap"}),
        ("antero-posterior", {"ap"}),
        ("Dorso-Palmar", {"pa"}),
        ("frontal", {"ap", "pa"}),
        ("Handgelenk seitl.", {"left", "right"}),
        ("LL", {"left"}),
        ("WRIST AP/OBL", {"ap", "oblique"}),
        ("ESQUERDA OBLICUA", {"oblique"}),
        ("map of the hand", set()),
        ("", set()),
    ],
)
def test_the_views_of_a_text(text: str, views: set[str]) -> None:
    assert views_in(text) == views


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("RIGHT WRIST", {"R"}),
        ("wrist lat L", {"L"}),
        ("mano dcha.", {"R"}),
        ("LEFTHAND", {"L"}),
        ("RTWRIST", {"R"}),
        ("HAND BILATERAL", {"B"}),
        ("HEART", set()),
        ("MANO SIN CONTRASTE", set()),
        ("mano e polso", set()),
        ("I mano", {"L"}),
        ("short", set()),
        ("U", set()),
        ("", set()),
    ],
)
def test_the_sides_of_a_text(text: str, sides: set[str]) -> None:
    assert sides_in(text) == sides
