import numpy as np

from radprep.image.greys import code_counts, luminance, share_of_range, usual_range


def test_grey_that_was_stored_as_colour_stays_what_it_was():
    for kind in (np.uint8, np.uint16):
        every = np.arange(np.iinfo(kind).max + 1).astype(kind)
        assert (luminance(np.stack([every] * 3, -1)) == every).all()


def test_codes_are_counted():
    codes = np.array([[0, 3, 3], [1, 0, 3]], np.uint8)
    assert code_counts(codes, 5).tolist() == [2, 1, 0, 3, 0]


def test_the_outermost_half_per_cent_is_left_out():
    values = np.arange(1000.0)
    assert usual_range(values, np.ones(1000, np.int64)) == (4.0, 994.0)
    assert usual_range(values[::-1], np.ones(1000, np.int64)) == (4.0, 994.0)
    assert usual_range(values, np.zeros(1000, np.int64)) is None


def test_a_range_of_nothing_parts_black_from_white():
    assert share_of_range(np.array([1.0, 2.0, 3.0]), 2, 2).tolist() == [0, 0, 1]
    assert share_of_range(np.array([1.0, 2.0, 3.0]), 1, 3).tolist() == [0, 0.5, 1]
