from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phantom import draw_forearm, draw_forearms, draw_knee

from radprep.image.image import Image
from radprep.steps import _draw
from radprep.steps.part_splitter import PartSplitter, cut

OTSU = PartSplitter(method="otsu")


def grey(values, dtype=np.uint8):
    return np.rint(values * np.iinfo(dtype).max).astype(dtype)


@cache
def forearm(side="R", angle=0.0, seed=0, **options):
    return grey(draw_forearm(side, angle, seed, **options))


@cache
def pair(seed=0, **options):
    """One film of two forearms side by side."""
    places = [("R", (-75, -52), 4), ("L", (75, -52), -4)]
    return grey(
        draw_forearms(
            places, seed, shape=(416, 440), markers=[(0.06, 0.07), (0.9, 0.07)], **options
        )
    )


def joined(left, right, gap=0):
    """Two films pasted side by side; below the shorter one is canvas."""
    canvas = np.full(
        (max(len(left), len(right)), left.shape[1] + gap + right.shape[1]), 8, left.dtype
    )
    canvas[: len(left), : left.shape[1]] = left
    canvas[: len(right), left.shape[1] + gap :] = right
    return canvas


def boxes(parts):
    return [part.columns["part_box"] for part in parts]


def single(parts):
    [whole] = parts
    assert whole.columns == {"part": 1, "part_count": 1}
    return whole


@pytest.mark.parametrize("seed", range(3))
def test_two_limbs_become_two_parts_from_left_to_right(seed):
    pixels = pair(seed)
    left, right = PartSplitter().apply(Image(pixels))
    (x, y, width, height), (other_x, _, other_width, _) = boxes([left, right])
    assert (x, y, height, other_x + other_width) == (0, 0, 416, 440)
    assert x + width == other_x  # nothing is lost, nothing is there twice
    assert abs(width - 220) < 20
    assert [part.columns["part"] for part in (left, right)] == [1, 2]
    assert left.columns["part_count"] == right.columns["part_count"] == 2
    np.testing.assert_array_equal(right.render(), pixels[:, other_x:])
    assert left.decisions["part_splitter"]["confidence"] > 0.5
    assert left.review == ()


@pytest.mark.parametrize("gap", [0, 8, 40, 200])
def test_joined_films_are_cut_where_they_were_joined(gap):
    left, right = forearm("R", 10, 1, shape=(416, 328)), forearm("L", -8, 2, shape=(380, 300))
    parts = PartSplitter().apply(Image(joined(left, right, gap)))
    [first, second] = boxes(parts)
    assert 328 - 8 <= first[2] <= 328 + gap + 8  # phantoms have a dark border of 7 pixels
    # a box of a view becomes the smallest box of whole pixels that holds it
    assert 0 <= first[2] - second[0] <= 3


def test_a_seam_parts_limbs_that_touch_it():
    left, right = (
        forearm("R", 90, 3, shape=(328, 416))[:, :-12],
        forearm("L", -90, 4, shape=(328, 416))[:, 12:],
    )
    assert boxes(PartSplitter().apply(Image(joined(left, right // 2 + 10)))) == [
        [0, 0, 404, 328],
        [404, 0, 404, 328],
    ]
    # exposed alike: no column of steps, a limb from side to side
    assert len(PartSplitter().apply(Image(joined(left, right)))) == 1


def test_limbs_above_one_another_come_from_top_to_bottom():
    upper, lower = PartSplitter().apply(Image(np.ascontiguousarray(pair().T)))
    assert upper.columns["part_box"][:2] == [0, 0]
    assert lower.columns["part_box"][0] == 0
    assert lower.columns["part_box"][1] == upper.columns["part_box"][3]


def strip(pixels, side):
    pixels = pixels.copy()
    np.rot90(pixels, side)[:24] = 250
    return pixels


SINGLE = {
    "plain": forearm(),
    "framed": forearm(framed=True),
    "tilted": forearm(angle=35),
    "knee": grey(draw_knee()),
    "over-exposed": np.minimum(forearm().astype(int) * 2, 255).astype(np.uint8),
    "under-exposed": (forearm() // 4).astype(np.uint8),
    **{f"strip {side}": strip(forearm(), side) for side in range(4)},
}


@pytest.mark.parametrize("name", SINGLE)
def test_a_film_with_one_limb_stays_whole(name):
    whole = single(PartSplitter().apply(Image(SINGLE[name])))
    np.testing.assert_array_equal(whole.render(), SINGLE[name])


def test_parts_stay_whole():
    for part in PartSplitter().apply(Image(pair())):
        single(PartSplitter().apply(Image(part.render())))


def test_a_film_of_three_limbs_gives_three_parts():
    film = joined(joined(forearm(seed=1), forearm(seed=2), 20), forearm(seed=3), 20)
    parts = PartSplitter().apply(Image(film))
    assert [part.columns["part"] for part in parts] == [1, 2, 3]
    edges = [0, *(box[0] + box[2] for box in boxes(parts))]
    assert edges[-1] == film.shape[1]
    for box, edge in zip(boxes(parts), edges[:-1], strict=True):
        assert 0 <= edge - box[0] <= 3


def test_a_decision_near_the_threshold_is_marked():
    small_hand = Image(joined(forearm(), forearm(shape=(260, 205), mm=1.2), 20))
    evidence = PartSplitter().apply(small_hand)[0].decisions["part_splitter"]["evidence"]
    for threshold, count in ((evidence - 0.01, 2), (evidence + 0.01, 1)):
        parts = PartSplitter(threshold=threshold).apply(small_hand)
        assert len(parts) == count
        assert parts[0].decisions["part_splitter"]["confidence"] < 0.1
        assert parts[0].review == ("part_splitter:unsure",)


def test_depth_and_size_change_no_decision():
    small = pair()
    large = Image(np.kron(small.astype(np.uint16) * 257, np.ones((4, 4), np.uint16)))
    for box, other in zip(
        boxes(PartSplitter().apply(Image(small))), boxes(PartSplitter().apply(large)), strict=True
    ):
        assert np.abs(np.array(other) - 4 * np.array(box)).max() <= 16


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a_person_says_how_many_parts_there_are(count):
    for pixels in (pair(), forearm(), np.zeros((40, 60), np.uint8)):
        parts = PartSplitter().corrected(Image(pixels), count)
        assert [part.columns["part"] for part in parts] == list(range(1, count + 1))
        assert all(part.columns["part_count"] == count and part.review == () for part in parts)
        assert all(part.decisions["part_splitter"]["corrected"] is True for part in parts)
        if count == 1:
            np.testing.assert_array_equal(single(parts).render(), pixels)


def test_a_corrected_pair_is_cut_as_by_itself():
    image = Image(pair())
    assert boxes(PartSplitter().corrected(image, 2)) == boxes(PartSplitter().apply(image))


def test_more_parts_than_pixels_are_refused():
    with pytest.raises(ValueError, match="cannot be cut"):
        cut(np.zeros((1, 3), np.uint8), 4)


@given(st.integers(1, 5), st.integers(8, 70), st.integers(8, 70), st.integers(0, 2**32 - 1))
def test_a_cut_in_any_number_covers_the_film(count, height, width, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    covered = np.zeros((height, width), int)
    for x, y, wide, tall in cut(pixels, count):
        covered[y : y + tall, x : x + wide] += 1
    assert covered.min() == 1


def test_drawing_shows_line_boxes_and_limbs():
    image = Image(pair())
    for step in (PartSplitter(), OTSU):
        drawn = step.draw(image)
        assert drawn.shape == (*image.view.pixels.shape, 3)
        colours = [_draw.SAMPLE, _draw.LIMB] + ([_draw.AXIS] if step is not OTSU else [])
        assert all((drawn == colour).all(axis=2).any() for colour in colours)
    undivided = PartSplitter().draw(Image(np.zeros((40, 40), np.uint8)))
    assert not (undivided == _draw.SAMPLE).all(axis=2).any()
    assert PartSplitter().draw(Image(np.zeros((3, 40), np.uint8))).shape == (3, 40, 3)


def film(*regions, shape=(400, 500), dtype=np.uint8):
    pixels = np.full(shape, 12, dtype)
    for x, y, width, height in regions:
        pixels[y : y + height, x : x + width] = np.iinfo(dtype).max - 40
    return Image(pixels)


LEFT, RIGHT, LETTER = (60, 50, 100, 300), (300, 20, 120, 330), (450, 10, 20, 20)


def test_otsu_cuts_regions_in_the_order_of_their_first_pixel():
    right, left = OTSU.apply(film(LEFT, RIGHT))
    assert right.columns == {"part": 1, "part_count": 2, "part_box": list(RIGHT)}
    assert left.columns == {"part": 2, "part_count": 2, "part_box": list(LEFT)}
    assert right.render().shape == (330, 120)
    assert (left.render() == 215).all()
    assert left.decisions["part_splitter"]["areas"] == [0.198, 0.15]
    assert left.decisions["part_splitter"]["boxes"] == [list(RIGHT), list(LEFT)]


def test_parts_know_where_they_came_from():
    _, left = OTSU.apply(film(LEFT, RIGHT))
    np.testing.assert_array_equal(left.source_matrix @ [0, 0, 1], [60, 50, 1])


def test_a_letter_is_no_part_for_otsu():
    image = film(LEFT, LETTER)
    whole = single(OTSU.apply(image))
    np.testing.assert_array_equal(whole.render(), image.pixels)
    assert whole.review == ()


@pytest.mark.parametrize(("height", "parts"), [(200, 2), (199, 1)])
def test_the_least_area_is_two_per_cent_of_the_image(height, parts):
    # 20 * 200 is 2 % of 400 * 500
    assert len(OTSU.apply(film(LEFT, (300, 50, 20, height)))) == parts


def test_otsu_marks_where_nothing_is_in_sight():
    for image in (film(), film(LETTER)):
        assert single(OTSU.apply(image)).review == ("part_splitter:no_component",)


def test_otsu_boxes_are_in_pixels_of_the_large_image_and_hold_the_limb():
    large = film((10, 40, 1000, 2900), (1710, 0, 1287, 3001), shape=(3001, 2997), dtype=np.uint16)
    found = sorted(boxes(OTSU.apply(large)))
    scale = 3001 / 512
    for (x, y, width, height), (true_x, true_y, true_w, true_h) in zip(
        found, [(10, 40, 1000, 2900), (1710, 0, 1287, 3001)], strict=True
    ):
        assert true_x - scale < x <= true_x + scale
        assert true_y - scale < y <= true_y + scale
        assert abs(x + width - true_x - true_w) <= scale
        assert abs(y + height - true_y - true_h) <= scale
        assert x + width <= 2997
        assert y + height <= 3001


def test_a_part_that_is_turned_later_does_not_show_its_neighbour():
    left, right = OTSU.apply(film((100, 50, 100, 300), (202, 50, 100, 300)))
    turned = left.rotate(45).render()
    assert (turned == 0).sum() == pytest.approx(turned.size - 100 * 300, rel=0.02)
    assert right.columns["part_box"] == [202, 50, 100, 300]
