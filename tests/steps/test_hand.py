import cv2
import numpy as np
import pytest

from radprep.steps._hand import BREADTH, LENGTH, WEIGHTS, hand_cues, hand_lead, upright
from radprep.steps._limb import Limb


def limb_of(grey):
    grey = grey.astype(np.float32)
    bright = (grey > 0).astype(np.uint8)
    return Limb(np.ones(grey.shape, np.uint8), grey, bright, bright)


def picture(*shapes):
    pixels = np.zeros((300, 200), np.float32)
    for points, level in shapes:
        cv2.fillPoly(pixels, [np.array(points)], level)
    return pixels


BLOCK = ([[70, 20], [130, 20], [130, 280], [70, 280]], 150)
TAPER = picture(([[95, 20], [105, 20], [130, 280], [70, 280]], 150))
BLUNT = picture(([[92, 20], [108, 20], [130, 60], [130, 280], [70, 280], [70, 60]], 150))
JOINTS = picture(
    BLOCK,
    *[([[70, y], [130, y], [130, y + 6], [70, y + 6]], 220) for y in range(40, 140, 20)],
    *[([[x, 160], [x + 6, 160], [x + 6, 260], [x, 260]], 220) for x in range(80, 130, 12)],
)
DETAIL = picture(BLOCK)
DETAIL[30:140, 75:125] += 40 * (np.indices((110, 50)).sum(axis=0) // 3 % 2)


@pytest.mark.parametrize(
    ("cue", "pixels", "least"),
    [("cut", BLUNT, 0.3), ("thin", TAPER, 0.2), ("joints", JOINTS, 0.2), ("texture", DETAIL, 0.3)],
)
def test_each_cue_tells_the_ends_apart(cue, pixels, least):
    up, down = hand_cues(limb_of(pixels), 0.0), hand_cues(limb_of(np.flipud(pixels)), 0.0)
    assert up[cue] > least
    assert down[cue] == pytest.approx(-up[cue], abs=0.05)
    assert set(up) == set(WEIGHTS)


@pytest.mark.parametrize("pixels", [BLUNT, TAPER, DETAIL])
def test_a_limb_upside_down_leads_the_other_way(pixels):
    cues = hand_cues(limb_of(pixels), 0.0)
    assert hand_lead(cues) > 0.5
    assert hand_lead({name: -value for name, value in cues.items()}) == -hand_lead(cues)


def test_equal_ends_balance():
    assert hand_lead(hand_cues(limb_of(picture(BLOCK)), 0.0)) == pytest.approx(0, abs=0.2)


def test_no_cue_leads_nowhere():
    assert hand_lead({}) == 0


@pytest.mark.parametrize("scale", [0.5, 1, 2])
def test_cues_do_not_depend_on_the_size_of_the_limb(scale):
    cues = hand_cues(limb_of(cv2.resize(TAPER, None, fx=scale, fy=scale)), 0.0)
    assert cues["cut"] == pytest.approx(hand_cues(limb_of(TAPER), 0.0)["cut"], abs=0.06)
    assert cues["thin"] == pytest.approx(hand_cues(limb_of(TAPER), 0.0)["thin"], abs=0.06)


@pytest.mark.parametrize("tilt", [-90, -35, 0, 20, 80])
def test_the_limb_stands_upright_and_fills_the_picture(tilt):
    turn = cv2.getRotationMatrix2D((200, 200), tilt, 1)
    turn[:, 2] += (100, 50)
    placed = cv2.warpAffine(np.pad(TAPER, ((50, 50), (100, 100))), turn, (600, 600))
    grey, mask = upright(limb_of(placed), tilt)
    assert grey.shape == mask.shape == (LENGTH, BREADTH)
    assert mask[0].any()
    assert mask[-1].any()
    assert mask[5].sum() < 0.4 * mask[-5].sum()
    columns = np.flatnonzero(mask[LENGTH // 2])
    assert columns.mean() == pytest.approx((BREADTH - 1) / 2, abs=1.5)


def test_a_limb_of_one_pixel_has_cues():
    pixels = np.zeros((9, 9))
    pixels[4, 4] = 50
    assert all(-1 <= value <= 1 for value in hand_cues(limb_of(pixels), 0.0).values())
