import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phantom import draw_forearm

from radprep.image.image import Image, wrap_degrees
from radprep.steps import _draw
from radprep.steps.rotation_alignment import RotationAlignment

AIR = 20
SEEN = "rotation_alignment"


def arm(degrees=0.0, dtype=np.uint8):
    """A hand above a forearm that reaches the lower edge, turned counter-clockwise on screen by
    known degrees."""
    pixels = np.full((400, 300), AIR, np.uint8)
    # the soft tissue of the forearm, two bones with their cortices, the palm
    cv2.rectangle(pixels, (120, 180), (180, 399), 110, -1)
    for x in (128, 158):
        cv2.rectangle(pixels, (x, 190), (x + 14, 410), 150, -1)
        cv2.rectangle(pixels, (x, 190), (x + 14, 410), 200, 3)
    cv2.rectangle(pixels, (105, 110), (195, 185), 110, -1)
    for x in (114, 138, 162, 186):  # fingers, each with joints
        cv2.line(pixels, (x, 120), (x, 40), 110, 14)
        for y in range(45, 180, 18):
            cv2.line(pixels, (x, y), (x, y + 11), 160, 7)
    turned = Image(pixels).rotate(degrees, fill=AIR).render()
    return Image(turned if dtype is np.uint8 else turned.astype(np.uint16) * 257)


def film(seed, degrees=0.0, framed=False):
    """A phantom with the fingers up, turned on a dark canvas."""
    pixels = (draw_forearm("RL"[seed % 2], 0, seed, framed=framed) * 255).astype(np.uint8)
    return Image(Image(pixels).rotate(degrees, fill=int(np.percentile(pixels, 5))).render())


def aligned(image, **parameters):
    [result] = RotationAlignment(**parameters).apply(image)
    return result


def turn_of(image, **parameters):
    return aligned(image, **parameters).decisions[SEEN]["turn"]


@pytest.mark.parametrize("degrees", [-170, -100, -40, 0, 3, 60, 120, 180])
def test_fingers_come_up(degrees):
    result = aligned(arm(degrees))
    assert abs(wrap_degrees(degrees + result.rotation)) < 2
    assert result.review == ()
    assert result.columns["rotation_confidence"] > 0.8


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), degrees=st.floats(-180, 180))
def test_a_turned_phantom_comes_back(seed, degrees):
    result = aligned(film(seed, degrees))
    assert abs(wrap_degrees(degrees + result.rotation)) < 6
    assert result.columns["rotation_confidence"] > 0.8


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), one=st.floats(-180, 180), other=st.floats(-180, 180))
def test_a_film_ends_the_same_way_however_it_was_turned(seed, one, other):
    ends = [degrees + aligned(film(seed, degrees), min_turn=0).rotation for degrees in (one, other)]
    assert abs(wrap_degrees(ends[0] - ends[1])) < 1


@pytest.mark.parametrize("quarters", range(4))
def test_quarter_turns_copy_pixels(quarters):
    upright = arm(0.6).pixels
    turned = Image(np.rot90(upright, quarters))
    np.testing.assert_array_equal(aligned(turned).render(), upright)
    # which does not tell up from down
    by_pca = aligned(turned, method="pca", signed=True, min_turn=1).render()
    assert any(np.array_equal(by_pca, np.rot90(upright, half)) for half in (0, 2))


def test_a_framed_film_is_turned_by_its_limb():
    result = aligned(film(1, 90, framed=True))
    assert abs(wrap_degrees(90 + result.rotation)) < 6


def test_a_small_tilt_is_left_alone():
    image = arm(1)
    result = aligned(image, min_turn=2)
    assert result.rotation == 0
    np.testing.assert_array_equal(result.render(), image.pixels)
    assert result.decisions[SEEN]["tilt"] == pytest.approx(1, abs=0.5)
    assert aligned(image, min_turn=0).rotation == pytest.approx(-1, abs=0.5)


@pytest.mark.parametrize("image", [arm(140), film(3, -75)], ids=["arm", "phantom"])
def test_a_second_look_turns_nothing(image):
    once = aligned(image)
    assert turn_of(Image(once.render())) == 0


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_new_corners_take_the_level_of_the_air(dtype):
    pixels = arm(30, dtype).pixels
    pixels[30:90, 30:70] = np.iinfo(dtype).max  # a letter is not air
    level = AIR * 257 if dtype is np.uint16 else AIR
    assert aligned(Image(pixels)).render()[0, 0] == pytest.approx(
        level, abs=257 if dtype is np.uint16 else 0
    )
    assert aligned(Image(pixels), method="pca").render()[0, 0] == 0


def test_new_corners_of_a_film_that_was_inverted_take_it_too():
    assert aligned(Image(255 - arm(30).pixels).invert()).render()[0, 0] == AIR


@pytest.mark.parametrize(
    "image",
    [np.full((50, 40), 30, np.uint8), np.zeros((1, 1), np.uint8)],
    ids=["grey", "one pixel"],
)
@pytest.mark.parametrize("method", ["limb", "pca"])
def test_no_foreground_is_marked(method, image):
    result = aligned(Image(image), method=method)
    assert result.review == ("rotation_alignment:no_foreground",)
    assert result.columns == {"rotation_confidence": 0.0}
    assert result.rotation == 0


@pytest.mark.parametrize("method", ["limb", "pca"])
def test_a_disc_has_no_axis(method):
    pixels = np.zeros((200, 200), np.uint8)
    cv2.circle(pixels, (100, 100), 60, 200, -1)
    result = aligned(Image(pixels), method=method)
    assert result.review == ("rotation_alignment:unsure_axis",)
    assert result.columns["rotation_confidence"] < 0.1


def test_two_equal_ends_are_marked():
    pixels = np.full((300, 200), AIR, np.uint8)
    cv2.ellipse(pixels, (100, 150), (25, 110), 0, 0, 360, 200, cv2.FILLED)
    result = aligned(Image(pixels))
    assert result.review == ("rotation_alignment:unsure_direction",)
    assert result.rotation == 0
    assert aligned(Image(pixels), review_below=0).review == ()


@pytest.mark.parametrize("degrees", [-80, -31, -5, 12, 44, 89])
def test_published_turn_with_its_sign_undoes_the_tilt(degrees):
    assert turn_of(arm(degrees), method="pca", signed=True) == pytest.approx(-degrees, abs=1.5)


@pytest.mark.parametrize("degrees", [-31, 31])
def test_published_turn_has_no_sign(degrees):
    assert turn_of(arm(degrees), method="pca") == pytest.approx(31, abs=1.5)


def test_published_confidence_is_the_elongation():
    seen = aligned(arm(10), method="pca")
    assert seen.columns["rotation_confidence"] == seen.decisions[SEEN]["elongation"]


def test_published_kernel_closes_gaps_and_removes_specks():
    pixels = np.zeros((300, 200), np.uint8)
    pixels[100:200, 95:105] = 200
    pixels[150:152] = 0
    pixels[20:24, 20:24] = 200
    assert turn_of(Image(pixels), method="pca", kernel=0.03) == pytest.approx(0, abs=0.1)
    assert turn_of(Image(pixels), method="pca", kernel=0) > 1


def test_proportions_of_a_very_flat_image_are_those_of_the_image_not_of_its_small_copy():
    pixels = np.zeros((9, 2000), np.uint8)
    for x in range(2000):
        pixels[round(x * 8 / 2000), x] = 255
    turn = turn_of(Image(pixels), method="pca", kernel=0, signed=True, min_turn=0)
    assert turn == pytest.approx(-90 + np.degrees(np.arctan(8 / 2000)), abs=0.15)


@pytest.mark.parametrize("method", ["limb", "pca"])
@pytest.mark.parametrize(
    ("before", "wanted", "turn"), [(0, 30.5, 30.5), (170, -170, 20), (-90, 0, 90), (45, 45, 0)]
)
def test_a_person_decides_the_total_turn(before, wanted, turn, method):
    image = arm().rotate(before, fill=AIR)
    [result] = RotationAlignment(method=method).corrected(image, wanted)
    assert result.rotation == pytest.approx(wanted)
    assert result.decisions[SEEN] == {"turn": pytest.approx(turn), "corrected": True}
    assert result.columns["rotation_confidence"] == 1.0
    assert result.review == ()
    if turn == 30.5:
        assert result.render()[0, 0] == (AIR if method == "limb" else 0)


def test_the_arrow_points_to_the_fingers():
    picture = RotationAlignment().draw(arm(-90))  # fingers to the right
    assert picture.shape == (*arm(-90).pixels.shape, 3)
    y, x = np.nonzero((picture == _draw.AXIS).all(axis=-1))
    head, tail = x > x.max() - 25, x < x.min() + 25
    assert np.ptp(y[head]) > np.ptp(y[tail]) + 5
    for colour in (_draw.FIELD, _draw.LIMB):
        assert (picture == colour).all(axis=-1).any()


def test_nothing_is_drawn_where_nothing_was_found():
    picture = RotationAlignment(method="pca").draw(Image(np.full((50, 40), 30, np.uint8)))
    assert (picture == 30).all()
