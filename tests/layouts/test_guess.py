"""Which layout would fit is said by names alone."""

import pytest

from radprep.layouts.guess import fitting_layout, layout_hint

MURA = "x/XR_HAND/patient00001/study1_negative/image1.png"


@pytest.mark.parametrize(
    ("pictures", "others", "layout"),
    [
        ([MURA, MURA, "cover.png"], [], "mura"),
        (["train/fracture/1.png", "val/normal/2.png"], [], "classes"),
        (["fracture/p1/1.png", "normal/2.png"], [], "table"),
        (["fracture_1.png", "normal_2.png", "3.png"], [], "names"),
        (["fracture_1.png", "normal_2.png"], ["dataset.csv"], "table"),
        (["a/1.png", "b/2.png"], [], "table"),
        (["1.png"], [], "table"),
    ],
)
def test_the_layout_that_fits_is_named(pictures, others, layout):
    assert fitting_layout(pictures, others) == layout
    assert f"--layout {layout}" in layout_hint(pictures, others)


def test_without_pictures_there_is_nothing_to_say():
    assert layout_hint([], ["a.csv"]) == ""
