import numpy as np

from radprep.image.image import View
from radprep.steps._dividing_line import NARROWEST, dividing_line, find_limbs


def striped(*columns, shape=(400, 400)):
    """A dark noisy film with a limb of striped bone between each two columns, and a letter that is
    brighter."""
    pixels = np.random.default_rng(0).integers(12, 28, shape, dtype=np.uint8)
    pixels[4:24, 4:64] = 250
    for first, last in columns:
        pixels[40:360, first:last] = np.where(np.arange(last - first) // 8 % 2, 90, 130)
    return pixels


def test_bones_are_inside_limbs_and_away_from_the_rim():
    bone = find_limbs(View(striped((100, 180), (370, 400)))).bone
    assert bone.shape == (200, 200)
    assert bone[100:150, 55:85].max() > 1
    assert bone[:, 95:].max() == 0


def test_nothing_beside_a_near_white_area_is_bone():
    pixels = striped((100, 180))
    pixels[40:360, 180:240] = 250
    bone = find_limbs(View(pixels)).bone
    assert bone[100:150, 55:75].max() > 1
    assert bone[:, 86:].max() == 0


def test_no_line_is_tried_near_a_side():
    near, far = striped((40, 80), (120, 360)), striped((40, 180), (240, 360))
    line = dividing_line(View(far))
    assert line is not None
    assert 180 <= line.boxes[0][2] <= 240
    line = dividing_line(View(near))
    assert line is None or min(box[2] for box in line.boxes) >= NARROWEST * 400 - 4
