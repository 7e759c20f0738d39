import cv2
import numpy as np
import pytest

from radprep.steps._hand import hand_lead
from radprep.steps.rotation_alignment import RotationAlignment
from radprep.study import Image


def arm(degrees=0.0, background=20, dtype=np.uint8):
    """A hand above a forearm that reaches the lower edge, turned counter-clockwise on screen by known degrees."""
    pixels = np.full((400, 300), background, np.uint8)
    cv2.rectangle(pixels, (120, 180), (180, 399), 110, -1)  # the soft tissue of the forearm, two bones with their cortices, the palm
    for x in (128, 158):
        cv2.rectangle(pixels, (x, 190), (x + 14, 410), 150, -1)
        cv2.rectangle(pixels, (x, 190), (x + 14, 410), 200, 3)
    cv2.rectangle(pixels, (105, 110), (195, 185), 110, -1)
    for x in (114, 138, 162, 186):  # fingers, each with joints
        cv2.line(pixels, (x, 120), (x, 40), 110, 14)
        for y in range(45, 180, 18):
            cv2.line(pixels, (x, y), (x, y + 11), 160, 7)
    turned = Image(pixels).rotate(degrees, fill=background).render()
    return Image(turned if dtype is np.uint8 else turned.astype(np.uint16) * 257)


def turn_of(image, **parameters):
    [result] = RotationAlignment(**parameters).apply(image)
    return result.decisions["rotation_alignment"]["turn"]


@pytest.mark.parametrize("degrees", [-80, -31, -5, 12, 44, 89])
def test_signed_turn_undoes_the_tilt(degrees):
    assert turn_of(arm(degrees), signed=True) == pytest.approx(-degrees, abs=1.5)


@pytest.mark.parametrize("degrees", [-31, 31])
def test_published_turn_has_no_sign(degrees):
    assert turn_of(arm(degrees)) == pytest.approx(31, abs=1.5)


@pytest.mark.parametrize("degrees", [-170, -100, -40, 0, 3, 60, 120, 180])
def test_fingers_come_up(degrees):
    [result] = RotationAlignment(signed=True, limb_only=True, fingers_up=True).apply(arm(degrees))
    error = (degrees + result.rotation + 180) % 360 - 180
    assert abs(error) < 2
    assert result.review == ()
    assert result.columns["rotation_confidence"] > 0.3
    assert result.decisions["rotation_alignment"]["direction"] != 0


def test_upside_down_is_turned_by_exactly_180():
    image = arm(180)
    [result] = RotationAlignment(signed=True, fingers_up=True).apply(image)
    np.testing.assert_array_equal(result.render(), np.rot90(image.pixels, 2))


def test_a_small_tilt_is_left_alone():
    image = arm(1)
    [result] = RotationAlignment(signed=True, min_turn=2).apply(image)
    assert result.rotation == 0
    np.testing.assert_array_equal(result.render(), image.pixels)
    assert result.decisions["rotation_alignment"]["tilt"] == pytest.approx(1, abs=0.5)


def test_a_second_run_turns_nothing():
    step = RotationAlignment(signed=True, limb_only=True, fingers_up=True, fill="background")
    [once] = step.apply(arm(140))
    [twice] = step.apply(Image(once.render()))
    assert twice.decisions["rotation_alignment"]["turn"] == 0


@pytest.mark.parametrize(("dtype", "level"), [(np.uint8, 20), (np.uint16, 20 * 257)])
def test_new_corners_take_the_background(dtype, level):
    [result] = RotationAlignment(signed=True, fill="background").apply(arm(30, dtype=dtype))
    assert result.render()[0, 0] == level
    [result] = RotationAlignment(signed=True).apply(arm(30, dtype=dtype))
    assert result.render()[0, 0] == 0


def test_new_corners_of_an_inverted_film_take_the_background_too():
    [result] = RotationAlignment(signed=True, fill="background").apply(arm(30, background=20).invert().invert())
    assert result.render()[0, 0] == 20
    negative = Image(255 - arm(30).pixels).invert()
    [result] = RotationAlignment(signed=True, fill="background").apply(negative)
    assert result.render()[0, 0] == 20


def test_a_collimator_strip_does_not_count_as_limb():
    pixels = arm().pixels.copy()
    pixels[:, :60] = 255
    pixels[:30] = 255
    assert abs(turn_of(Image(pixels), signed=True)) > 5
    assert abs(turn_of(Image(pixels), signed=True, limb_only=True)) < 2


def test_no_foreground_is_marked():
    image = Image(np.full((50, 40), 30, np.uint8))
    [result] = RotationAlignment().apply(image)
    assert result.review == ("rotation_alignment:no_foreground",)
    assert result.columns == {"rotation_confidence": 0.0}
    assert result.rotation == 0


def test_a_disc_has_no_axis():
    pixels = np.zeros((200, 200), np.uint8)
    cv2.circle(pixels, (100, 100), 60, 200, -1)
    [result] = RotationAlignment(signed=True).apply(Image(pixels))
    assert result.review == ("rotation_alignment:unsure_axis",)


def test_each_cue_alone_tells_the_ends_apart():
    taper, joints = np.zeros((300, 200), np.uint8), np.zeros((300, 200), np.uint8)
    cv2.fillPoly(taper, [np.array([[95, 20], [105, 20], [130, 280], [70, 280]])], 200)
    joints[20:280, 70:130] = 200
    joints[30:130:20, 70:130] = 120
    for pixels in (taper, joints):
        mask = (pixels > 0).astype(np.uint8)
        assert hand_lead(pixels, mask, 0.0) > 0.3
        assert hand_lead(np.flipud(pixels), np.flipud(mask), 0.0) < -0.3


def test_two_equal_ends_are_marked():
    pixels = np.zeros((300, 200), np.uint8)
    pixels[50:250, 80:120] = 200
    [result] = RotationAlignment(signed=True, fingers_up=True).apply(Image(pixels))
    assert result.review == ("rotation_alignment:unsure_direction",)
    assert result.rotation == 0


def test_proportions_of_a_very_flat_image_are_those_of_the_image_not_of_its_small_copy():
    pixels = np.zeros((9, 2000), np.uint8)
    for x in range(2000):
        pixels[round(x * 8 / 2000), x] = 255
    assert turn_of(Image(pixels), kernel=0, signed=True) == pytest.approx(-90 + np.degrees(np.arctan(8 / 2000)), abs=0.15)
