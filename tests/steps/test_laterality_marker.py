import cv2
import numpy as np
import pytest
from phantom import draw_forearm

from radprep.image.image import Image
from radprep.steps.laterality_marker import LateralityMarker


def film(shape=(900, 700)):
    """A limb in the middle of noisy air."""
    pixels = np.random.default_rng(0).normal(25, 3, shape)
    pixels[:, shape[1] // 3 : 2 * shape[1] // 3] += 110
    return cv2.GaussianBlur(pixels, (0, 0), 2).astype(np.uint8)


def lettered(letter="R", at=(60, 120), level=255, size=1.4, pixels=None):
    pixels = film() if pixels is None else pixels
    cv2.putText(pixels, letter, at, cv2.FONT_HERSHEY_SIMPLEX, size, level, 4)
    return pixels


def found(pixels, **parameters):
    [image] = LateralityMarker(**parameters).apply(Image(pixels))
    return image.decisions["laterality_marker"]["boxes"]


@pytest.mark.parametrize("letter", ["L", "R", "D", "I"])
@pytest.mark.parametrize("at", [(60, 120), (600, 850)])
def test_a_burnt_letter_is_listed_where_it_is(letter, at):
    blank = np.zeros((900, 700), np.uint8)
    x, y, width, height = cv2.boundingRect(lettered(letter, at, pixels=blank))
    [box] = found(lettered(letter, at))
    np.testing.assert_allclose(box, [x, y, width, height], atol=6)


def test_it_changes_no_pixel_and_counts():
    image = Image(lettered("L", (560, 850), pixels=lettered("R")))
    [noted] = LateralityMarker().apply(image)
    assert noted.render() is image.pixels or np.shares_memory(noted.render(), image.pixels)
    assert noted.decisions["laterality_marker"]["count"] == 2
    assert [box[0] < 350 for box in noted.decisions["laterality_marker"]["boxes"]] == [True, False]
    assert noted.review == ()


NO_MARKERS = {
    "no letter": film(),
    "dim": lettered(level=120),
    "over the limb's edge": lettered(at=(222, 300)),
    "too large": lettered(size=6, at=(20, 250)),
    "too small": lettered(size=0.2),
    "a scratch": cv2.line(film(), (40, 60), (70, 110), 255, 2, cv2.LINE_AA),
    "at the side": lettered(at=(4, 120)),
    "a short line": cv2.line(film(), (60, 60), (60, 70), 255, 3),
    "a speck": cv2.circle(film(), (60, 60), 4, 255, cv2.FILLED),
    "a frame": cv2.copyMakeBorder(film(), 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=255),
    "white": np.full((300, 200), 255, np.uint8),
}


@pytest.mark.parametrize("name", NO_MARKERS)
def test_what_is_no_marker(name):
    assert found(NO_MARKERS[name]) == []


def test_a_spot_is_no_letter():
    pixels = film()
    cv2.circle(pixels, (90, 90), 9, 255, cv2.FILLED)
    assert found(pixels) == []


def test_the_least_level_is_a_parameter():
    assert found(lettered(level=150), least_level=100)
    assert not found(lettered(level=150))


@pytest.mark.parametrize("seed", range(4))
def test_a_phantom_has_the_marker_it_was_drawn_with(seed):
    pixels = (draw_forearm(seed=seed) * 255).astype(np.uint8)
    boxes = found(pixels)
    assert len(boxes) == 1
    x, y, _, _ = boxes[0]
    assert 0.84 * 328 < x < 0.95 * 328
    assert 0.05 * 416 < y < 0.1 * 416


def test_draw_shows_the_boxes():
    drawn = LateralityMarker().draw(Image(lettered()))
    assert np.all(drawn == (213, 94, 0), axis=2).any()
    assert not np.all(LateralityMarker().draw(Image(film())) == (213, 94, 0), axis=2).any()
