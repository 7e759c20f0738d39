"""The table of layouts has all of them."""

from pathlib import Path

from radprep.layouts.layout import lay_out
from radprep.layouts.wanted import LAYOUTS, LayoutWanted


def test_each_layout_has_its_module(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("path\nimage1.png\n")
    path = "train/XR_WRIST/patient00001/study1_positive/image1.png"
    for name in LAYOUTS[1:]:
        wanted = LayoutWanted(name, table, class_level=1)
        assert lay_out(Path(), [path], [], wanted).told.keys() == {path}
