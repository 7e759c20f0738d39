"""A label stands in a file's name."""

import pytest

from radprep.layouts.names import lay_out
from radprep.layouts.wanted import LayoutWanted

MAP = (
    ("supracondylar fracture", "injury"),
    ("fracture", "other"),
    ("dislocation", "injury"),
    ("contusion", "normal"),
    ("no fracture", "normal"),
    ("l\u00e9sion", "injury"),
    ("\u9aa8\u6298", "injury"),
)


def texts(name, mapping=MAP):
    found = lay_out([name], LayoutWanted("names", mapping=mapping))
    return {text for _, _, (text,) in found.rows}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("supracondylar fracture (12).jpg", {"supracondylar fracture"}),
        ("a/b/Supracondylar_Fracture-12.PNG", {"supracondylar fracture"}),
        ("SupracondylarFracture12.png", {"supracondylar fracture"}),
        ("12-dislocation-lat.png", {"dislocation"}),
        ("contusion12.png", {"contusion"}),
        ("no-fracture.png", {"no fracture"}),
        ("LESION_3.png", {"l\u00e9sion"}),
        ("le\u0301sion.png", {"l\u00e9sion"}),
        ("\u80b1\u9aa8\u9aa8\u6298(3).jpg", {"\u9aa8\u6298"}),
        ("fracture/12.png", set()),  # a folder is no name
        ("fractured.png", set()),  # a longer word is another word
        ("12.png", set()),
        ("contusion and dislocation.png", {"contusion", "dislocation"}),
        # two texts of one label say the same
        ("dislocation lesion.png", {"l\u00e9sion"}),
    ],
)
def test_whole_words_of_a_name_are_looked_for_the_longest_first(name, found):
    assert texts(name) == found


def test_a_picture_without_a_label_is_listed_and_kept():
    found = lay_out(["12.png", "contusion.png"], LayoutWanted("names", mapping=MAP))
    assert found.counts["names_without_label"] == 1
    assert found.told.keys() == {"12.png", "contusion.png"}


def test_a_text_without_a_word_finds_nothing():
    assert texts("12.png", (("--", "normal"),)) == set()
