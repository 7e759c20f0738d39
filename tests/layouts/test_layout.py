"""The table of layouts has all of them."""

from pathlib import Path

from radprep.layouts.layout import lay_out
from radprep.layouts.told import Told
from radprep.layouts.wanted import LAYOUTS, LayoutWanted, each_picture_alone


def test_each_layout_has_its_module(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("path\nimage1.png\n")
    path = "train/XR_WRIST/patient00001/study1_positive/image1.png"
    for name in LAYOUTS[1:]:
        wanted = LayoutWanted(name, table, class_level=2)
        assert lay_out(Path(), {path: "h"}, [], wanted).told.keys() == {path}


def test_a_body_part_of_all_fills_what_the_layout_does_not_tell():
    path = "train/XR_WRIST/patient00001/study1_positive/image1.png"
    hand = LayoutWanted("mura", body_part="hand")
    assert lay_out(Path(), {path: "h"}, [], hand).told[path].body_part == "WRIST"
    names = LayoutWanted("names", mapping=(("a", "b"),), body_part="hand")
    assert lay_out(Path(), {"1.png": "h"}, [], names).told["1.png"].body_part == "hand"


def test_a_layout_that_tells_nothing_makes_a_study_of_each_picture():
    alone = each_picture_alone("mura")
    told = lay_out(Path(), {"a/1.png": "h", "b/1.png": "i"}, [], alone).told
    assert told == {"a/1.png": Told(None, "picture h"), "b/1.png": Told(None, "picture i")}
    assert each_picture_alone("dicom") is None
