import cv2
import numpy as np
import pytest
from phantom import draw_forearm

from radprep.image.image import Image, View
from radprep.steps.crop_to_carrier import CropToCarrier, rectangle_around


def film(dtype=np.uint8):
    """A phantom without its own dark border: 300 wide, 400 high."""
    return (draw_forearm(seed=3, shape=(440, 340))[20:-20, 20:-20] * np.iinfo(dtype).max).astype(
        dtype
    )


def on_canvas(pixels, degrees, level=9):
    """A film turned counter-clockwise on a canvas of one level, with room around it."""
    room = cv2.copyMakeBorder(pixels, 40, 40, 30, 30, cv2.BORDER_CONSTANT, value=level)
    return Image(room).rotate(degrees, fill=level).render()


def corners_of(image):
    """The four corners of an image in the pixels that it was made from."""
    width, height = image.width - 1, image.height - 1
    return (
        image.source_matrix @ np.array([[0, width, width, 0], [0, 0, height, height], [1, 1, 1, 1]])
    )[:2].T


def test_a_film_that_fills_the_picture_stays_as_it_is():
    image = Image(film())
    [same] = CropToCarrier().apply(image)
    assert same.render() is image.pixels or np.shares_memory(same.render(), image.pixels)
    assert same.render().shape == image.pixels.shape
    assert same.decisions["crop_to_carrier"] == {"cuts": 0, "turn": 0.0, "kept": 1.0, "fills": 1.0}
    assert same.review == ()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_frame_is_cut_away_and_no_pixel_is_touched(dtype):
    pixels = film(dtype)
    framed = cv2.copyMakeBorder(
        pixels, 17, 17, 17, 17, cv2.BORDER_CONSTANT, value=int(np.iinfo(dtype).max)
    )
    [cut] = CropToCarrier().apply(Image(framed))
    x, y = (round(v) for v in cut.source_matrix[:2, 2])
    np.testing.assert_array_equal(cut.render(), framed[y : y + cut.height, x : x + cut.width])
    assert (x, y) == pytest.approx((17, 17), abs=3)
    assert (cut.width, cut.height) == pytest.approx((300, 400), abs=6)


@pytest.mark.parametrize("degrees", [-40, -17.5, -3, 8, 30, 44, 75, 170])
def test_a_turned_film_is_stood_upright_by_the_smallest_turn_and_cut_out(degrees):
    canvas = on_canvas(film(), degrees)
    [cut] = CropToCarrier().apply(Image(canvas))
    smallest = (-degrees + 45) % 90 - 45
    assert cut.rotation == pytest.approx(smallest, abs=0.7)
    middle = (np.array(canvas.shape[::-1]) - 1) / 2
    np.testing.assert_allclose(corners_of(cut).mean(axis=0), middle, atol=2)
    sides = sorted((cut.width, cut.height))
    assert sides == pytest.approx([300, 400], abs=6)


def test_its_own_output_is_left_alone():
    [once] = CropToCarrier().apply(Image(on_canvas(film(), 21)))
    [twice] = CropToCarrier().apply(Image(once.render()))
    assert once.decisions["crop_to_carrier"]["cuts"] >= 1
    assert twice.decisions["crop_to_carrier"]["cuts"] == 0
    np.testing.assert_array_equal(twice.render(), once.render())


def test_little_to_gain_is_left_alone():
    framed = cv2.copyMakeBorder(film(), 10, 10, 10, 10, cv2.BORDER_CONSTANT, value=255)
    assert (
        CropToCarrier(min_area=0.5).apply(Image(framed))[0].decisions["crop_to_carrier"]["cuts"]
        == 0
    )


def test_a_carrier_that_is_no_rectangle_is_left_alone_and_marked():
    canvas = np.full((400, 500), 9, np.uint8)
    canvas[:, :240], canvas[150:, 240:] = 90, 90  # an L: two films of different height, joined
    canvas[::7, :240] += 30
    canvas[150::5, 240:] += 20
    step = CropToCarrier(method="otsu")
    [cut] = step.apply(Image(canvas))
    assert cut.review == ("crop_to_carrier:not_a_rectangle",)
    assert cut.decisions["crop_to_carrier"]["fills"] < 0.9


def test_the_field_that_is_no_rectangle_is_not_cut(monkeypatch):
    mask = np.zeros((200, 200), np.uint8)
    cv2.circle(mask, (100, 100), 80, 1, cv2.FILLED)
    monkeypatch.setattr("radprep.steps.crop_to_carrier.field_of", lambda view: mask)
    [same] = CropToCarrier().apply(Image(np.full((200, 200), 50, np.uint8)))
    assert same.review == ("crop_to_carrier:not_a_rectangle",)
    assert (same.width, same.height) == (200, 200)


def test_the_published_method_cuts_out_what_is_bright():
    pixels = np.full((300, 400), 10, np.uint8)
    cv2.fillPoly(pixels, [cv2.boxPoints(((180, 150), (200, 120), 20)).astype(np.int32)], 180)
    [cut] = CropToCarrier(method="otsu").apply(Image(pixels))
    assert cut.rotation == pytest.approx(20, abs=0.7)
    assert (cut.width, cut.height) == pytest.approx((200, 120), abs=4)
    assert np.median(cut.render()) == 180
    assert cut.render().min() > 10


def test_the_published_method_takes_the_largest_region():
    pixels = np.full((300, 400), 10, np.uint8)
    pixels[20:40, 20:40], pixels[100:250, 150:350] = 200, 180
    [cut] = CropToCarrier(method="otsu").apply(Image(pixels))
    np.testing.assert_array_equal(cut.render(), pixels[100:250, 150:350])


def test_one_grey_value_has_no_carrier_for_the_published_method():
    [same] = CropToCarrier(method="otsu").apply(Image(np.full((30, 40), 200, np.uint8)))
    assert same.review == ("crop_to_carrier:no_carrier",)


def test_a_tilt_below_the_least_turn_counts_as_none():
    outline = np.array([[[10, 20]], [[110, 21]], [[110, 71]], [[10, 70]]], np.int32)
    view = View(np.zeros((100, 120), np.uint8), 2.0, 2.0)
    assert rectangle_around([outline], view, min_turn=1).degrees == 0
    assert rectangle_around([outline], view, min_turn=1)[2:4] == (202, 104)
    assert abs(rectangle_around([outline], view, min_turn=0.1).degrees) > 0.1


def test_draw_shows_the_rectangle():
    image = Image(on_canvas(film(), 21))
    drawn = CropToCarrier().draw(image)
    assert drawn.shape == (*image.view.pixels.shape, 3)
    assert (drawn != drawn[..., :1]).any()
