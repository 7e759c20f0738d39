import numpy as np
import pytest

from radprep.image.image import Image
from radprep.steps.resize import Resize


def resize(pixels, **parameters):
    [result] = Resize(**parameters).apply(Image(pixels))
    return result


def test_pad_keeps_the_shape_and_centres():
    result = resize(np.full((100, 50), 200, np.uint8), width=200, height=200, fill=7)
    assert result.render().shape == (200, 200)
    assert (result.render()[:, 50:150] == 200).all()
    assert (result.render()[:, :50] == 7).all()
    assert (result.render()[:, 150:] == 7).all()
    assert result.decisions["resize"] == {"box": [50, 0, 100, 200]}


def test_stretch_fills_both_sides():
    assert (
        resize(np.full((100, 50), 200, np.uint8), width=30, height=80, mode="stretch").render()
        == np.full((80, 30), 200)
    ).all()


# the last grows downwards meanwhile
@pytest.mark.parametrize(("height", "mode"), [(32, "pad"), (96, "stretch"), (120, "stretch")])
def test_shrinking_averages_and_does_not_alias(height, mode):
    stripes = np.tile(np.array([0, 0, 240], np.uint8), (96, 32))
    assert (resize(stripes, width=32, height=height, mode=mode).render() == 80).all()


def test_fill_is_scaled_to_16_bits():
    result = resize(np.full((10, 20), 40000, np.uint16), width=20, height=20, fill=255).render()
    assert (result[0, 0], result[10, 10]) == (65535, 40000)


@pytest.mark.parametrize("shape", [(301, 200), (40, 31), (40, 300)])
@pytest.mark.parametrize("mode", ["pad", "stretch"])
def test_source_matrix_leads_back_to_the_same_spot(shape, mode):
    y, x = shape[0] // 3, shape[1] * 3 // 5
    rows, columns = np.indices(shape)
    blob = (255 * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 18)).astype(np.uint8)
    result = resize(blob, width=128, height=128, mode=mode)
    weights = result.render().astype(float)
    rows, columns = np.indices(weights.shape)
    spot = [(columns * weights).sum() / weights.sum(), (rows * weights).sum() / weights.sum(), 1]
    np.testing.assert_allclose((result.source_matrix @ spot)[:2], [x, y], atol=0.25)


def test_a_sliver_keeps_at_least_one_pixel():
    result = resize(np.full((1, 3000), 9, np.uint8), width=64, height=64)
    assert (result.render() == 9).sum() == 64
