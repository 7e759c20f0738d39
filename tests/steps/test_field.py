import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from data_samples.phantom import draw_forearm
from radprep.steps._field import exposed_field


def forearm(**parameters):
    return np.round(255 * draw_forearm(shape=(260, 204), mm=1.2, **parameters)).astype(np.uint8)


@pytest.fixture(scope="module")
def film():
    """A forearm without the shutter that the phantom draws around it."""
    return forearm()[12:-12, 12:-12]


def turned(film, degrees, level):
    """The film on a canvas of one level that loses nothing, and where it lies there."""
    height, width = film.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    cos, sin = abs(matrix[0, :2])
    size = int(height * sin + width * cos), int(height * cos + width * sin)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return (
        cv2.warpAffine(film, matrix, size, borderValue=level),
        cv2.warpAffine(np.ones_like(film), matrix, size, flags=cv2.INTER_NEAREST),
    )


def agreement(found, truth):
    """Intersection over union."""
    return np.sum(found & truth) / np.sum(found | truth)


def test_plain_film_is_all_field(film):
    assert exposed_field(film).mean() > 0.99


def test_air_of_one_level_around_a_limb_is_field():
    pixels = np.full((300, 200), 12, np.uint8)
    cv2.ellipse(pixels, (100, 150), (40, 110), 20, 0, 360, 180, -1)
    assert exposed_field(pixels).all()


def test_air_between_a_side_and_a_limb_across_the_film_is_field():
    pixels = np.random.default_rng(0).integers(18, 26, (200, 300), np.uint8)
    pixels[40:90] += 150
    assert exposed_field(pixels).all()


@pytest.mark.parametrize("level", [0, 230, 255])
def test_frame_is_not_field(film, level):
    framed = cv2.copyMakeBorder(film, 9, 9, 9, 9, cv2.BORDER_CONSTANT, value=level)
    truth = np.pad(np.ones_like(film), 9)
    assert agreement(exposed_field(framed), truth) > 0.92


@pytest.mark.parametrize("degrees", [4, -30, 45, 77])
@pytest.mark.parametrize("share", [5, 99])
def test_canvas_of_a_turned_film_is_not_field(film, degrees, share):
    canvas, truth = turned(film, degrees, float(np.percentile(film, share)))
    assert agreement(exposed_field(canvas), truth) > 0.95


def test_frame_around_the_canvas_of_a_turned_film_is_not_field(film):
    canvas, truth = turned(film, 25, 20)
    framed = cv2.copyMakeBorder(canvas, 7, 7, 7, 7, cv2.BORDER_CONSTANT, value=230)
    assert agreement(exposed_field(framed), np.pad(truth, 7)) > 0.95


def test_letter_and_plate_on_the_canvas_are_not_field(film):
    canvas, truth = turned(film, 35, 10)
    cv2.putText(canvas, "L", (16, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2)
    canvas[-40:-22, 20:38] = 240
    assert agreement(exposed_field(canvas), truth) > 0.95
    assert not exposed_field(canvas)[-40:-22, 20:38].any()


def test_canvas_is_told_from_air_of_nearly_its_level(film):
    level = int(np.percentile(film, 30))
    canvas, truth = turned(
        np.where(film < level + 30, np.clip(film, level + 1, level + 2), film), 30, level
    )
    assert agreement(exposed_field(canvas), truth) > 0.95


def test_two_films_on_one_canvas_are_both_field(film):
    canvas = np.full((film.shape[0] + 20, 2 * film.shape[1] + 60), 200, np.uint8)
    truth = np.zeros_like(canvas)
    for left in (20, film.shape[1] + 40):
        canvas[10:-10, left : left + film.shape[1]], truth[10:-10, left : left + film.shape[1]] = (
            film,
            1,
        )
    assert agreement(exposed_field(canvas), truth) > 0.92


@pytest.mark.parametrize("quarter", range(4))
@pytest.mark.parametrize("slant", [0, 12])
def test_strip_along_a_side_is_not_field(quarter, slant):
    pixels = np.random.default_rng(0).integers(18, 26, (300, 240), np.uint8)
    cv2.ellipse(pixels, (120, 150), (30, 110), 0, 0, 360, 180, -1)
    strip = np.arange(300)[:, None] < 25 + slant * np.arange(240) / 240
    pixels[strip & (pixels < 100)] = 250
    pixels = cv2.GaussianBlur(pixels, (0, 0), 1.5)
    pixels[0] = 120  # blended with what lay around the film
    found = np.rot90(exposed_field(np.ascontiguousarray(np.rot90(pixels, quarter))), -quarter)
    assert not found[strip | (pixels > 60) & (np.abs(np.arange(240) - 120) > 40)].any()
    assert found[45:].all()


def test_air_beside_a_limb_that_fills_the_middle_is_field():
    pixels = np.random.default_rng(0).integers(18, 26, (300, 240), np.uint8)
    pixels[:, 40:200] += 150
    assert exposed_field(pixels).all()


@pytest.mark.parametrize("quarter", range(4))
def test_thick_noisy_frame_is_not_field(film, quarter):
    framed = np.rot90(np.pad(film, 25, constant_values=225), quarter)
    noise = np.random.default_rng(0).normal(0, 6, framed.shape)
    truth = np.rot90(np.pad(np.ones_like(film), 25), quarter)
    assert agreement(exposed_field(np.clip(framed + noise, 0, 255).astype(np.uint8)), truth) > 0.9


def test_light_that_fades_from_a_side_is_field():
    pixels = np.repeat(np.linspace(150, 20, 300).astype(np.uint8)[:, None], 200, axis=1)
    cv2.ellipse(pixels, (100, 200), (30, 160), 0, 0, 360, 240, -1)
    assert exposed_field(pixels).all()


def test_strip_beside_flat_air_is_no_film_on_a_canvas():
    pixels = np.full((300, 240), 21, np.uint8)
    pixels[:25] = 250
    assert exposed_field(pixels)[40:].all()
    assert not exposed_field(pixels)[:25].any()


def test_film_that_is_all_strips_is_all_field():
    pixels = np.random.default_rng(0).integers(0, 12, (46, 538), np.uint8)
    pixels[:13] += 230
    pixels[-13:] += 110
    assert exposed_field(pixels).all()


def test_strip_on_a_turned_film_is_not_field(film):
    whole = film.copy()
    whole[:20] = 252
    canvas, _ = turned(whole, 20, 15)
    _, truth = turned(film[24:], 20, 15)
    found = exposed_field(canvas)
    assert found[canvas > 245].mean() < 0.1
    assert truth.sum() * 0.93 < found.sum() < truth.sum() * 1.03


@settings(max_examples=60, deadline=None)
@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_field_is_that_of_the_negative_and_never_empty(pixels):
    field = exposed_field(pixels)
    assert field.dtype == np.uint8
    assert field.shape == pixels.shape
    assert field.any()
    assert field.max() == 1
    np.testing.assert_array_equal(field, exposed_field(255 - pixels))


def test_rounding_does_not_tell_a_film_from_its_negative():
    pixels = np.random.default_rng(37).integers(18, 26, (220, 160), np.uint8)
    pixels[40:, 60:100] += 130
    pixels[:18] = np.random.default_rng(37).integers(230, 256, (18, 160))
    found = [
        exposed_field(each) for each in (turned(pixels, 30, 20)[0], 255 - turned(pixels, 30, 20)[0])
    ]
    np.testing.assert_array_equal(*found)


@settings(max_examples=25, deadline=None)
@given(st.floats(-90, 90), st.integers(0, 255), st.integers(0, 12))
def test_field_of_a_turned_framed_film_is_that_of_its_negative(film, degrees, level, edge):
    canvas, _ = turned(film, degrees, level)
    pixels = cv2.copyMakeBorder(canvas, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=255)
    np.testing.assert_array_equal(exposed_field(pixels), exposed_field(255 - pixels))
