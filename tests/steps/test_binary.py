"""Masks of a small copy."""

import cv2
import numpy as np

from radprep.steps._binary import largest_component, outlines


def two_regions():
    mask = np.zeros((40, 50), np.uint8)
    mask[5:10, 5:20] = mask[20:30, 30:40] = 1
    return mask


def test_outlines_are_those_of_each_region():
    assert sorted(cv2.boundingRect(outline) for outline in outlines(two_regions())) == [
        (5, 5, 15, 5),
        (30, 20, 10, 10),
    ]


def test_largest_component_is_one_of_them():
    assert cv2.boundingRect(largest_component(two_regions())) == (30, 20, 10, 10)
    assert not largest_component(np.zeros((4, 4), np.uint8)).any()
