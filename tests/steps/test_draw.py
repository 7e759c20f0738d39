"""What is drawn over a view."""

import numpy as np
import pytest

from radprep.steps import _draw


def grey(level=40):
    return _draw.picture(np.full((60, 80), level, np.uint8))


def coloured(drawn, colour):
    return np.all(drawn == colour, axis=2)


def test_a_view_becomes_a_colour_picture():
    assert grey().shape == (60, 80, 3)
    assert np.all(grey() == 40)


def test_outline_follows_the_edge_of_a_mask():
    mask = np.zeros((60, 80), np.uint8)
    mask[20:40, 30:60] = 1
    found = coloured(_draw.outline(grey(), mask, _draw.LIMB), _draw.LIMB)
    assert found[20, 30]
    assert found[39, 59]
    assert not found[30, 45]
    assert not found[5, 5]


def test_box_stays_inside_its_size():
    found = coloured(_draw.box(grey(), 10, 5, 20, 30, _draw.SAMPLE), _draw.SAMPLE)
    rows, columns = np.nonzero(found)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (5, 34, 10, 29)


@pytest.mark.parametrize("arrow", [False, True])
def test_line_joins_its_points(arrow):
    found = coloured(_draw.line(grey(), (10, 50), (10, 10), _draw.AXIS, arrow=arrow), _draw.AXIS)
    assert found[10:51, 10].all()
    assert found[:, 11:].any() == arrow
