"""The columns of exported tables."""

import numpy as np
import pytest

from radprep.dataset.schema import arrow_schema
from radprep.export import columns
from radprep.export.columns import _matrix_at, _schema


def test_every_column_of_the_data_set_is_there_but_those_that_say_nothing_here():
    found = set(_schema(("label_diagnosis",)).names)
    left_out = set(arrow_schema().names) - found
    assert left_out == {
        "file_name",
        "mask_file_name",
        "status",
        "reason",
        "step",
        "detail",
        "split",
    }
    assert {"label_diagnosis", "film_part", "part"} <= found


def test_a_column_stands_once():
    names = _schema(("label_a", "label_b")).names
    assert len(names) == len(set(names))
    assert names[: len(columns.FIRST)] == list(columns.FIRST)


@pytest.mark.parametrize(("across", "down"), [(0.5, 0.5), (0.25, 0.3), (1.0, 1.0)])
def test_a_smaller_image_knows_its_way_back(across, down):
    """The corner of an image stays the corner: a point of the smaller one goes where the point of
    the image that it covers goes."""
    matrix = [0.0, -1.0, 90.0, 1.0, 0.0, 7.0]
    small = np.array(_matrix_at(matrix, across, down)).reshape(2, 3)
    whole = np.array(matrix).reshape(2, 3)
    for x, y in ((0.0, 0.0), (10.0, 3.0)):
        centre = np.array([x * across - 0.5, y * down - 0.5, 1.0])
        assert small @ centre == pytest.approx(whole @ np.array([x - 0.5, y - 0.5, 1.0]))
