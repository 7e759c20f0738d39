"""Geometry is exact: whatever the steps do to a film, a mark and a mask are found again where
`source_matrix` says."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radprep.image.image import Image
from radprep.steps.crop_to_carrier import CropToCarrier
from radprep.steps.foreground_mask import ForegroundMask
from radprep.steps.part_splitter import PartSplitter
from radprep.steps.resize import Resize
from radprep.steps.rotation_alignment import RotationAlignment

MARKS = [(70, 90), (75, 300), (188, 110), (188, 280), (275, 100), (275, 305)]
LIMBS = [((142, 140), (28, 100)), ((232, 275), (22, 85))]
CANVAS, AIR, BRIGHTEST_AIR, LIMB, TOP = 2000, 9000, 17000, 40000, 60000


def film(*, marked):
    """A film of two limbs on a dark canvas, 16 bits, 340 x 400; with six soft marks on its air,
    which nothing else is as bright as."""
    rows, columns = np.indices((400, 340))
    pixels = np.full((400, 340), float(CANVAS))
    pixels[22:378, 28:312] = (
        AIR
        + 20 * columns[22:378, 28:312]
        + np.random.default_rng(0).integers(-1200, 1200, (356, 284))
    )
    for centre, axes in LIMBS:
        limb = cv2.ellipse(np.zeros(pixels.shape, np.uint8), centre, axes, 0, 0, 360, 1, cv2.FILLED)
        pixels[limb > 0] = LIMB + np.random.default_rng(0).integers(-4000, 4000, int(limb.sum()))
    for x, y in MARKS if marked else []:
        pixels += (TOP - AIR) * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 2.5**2))
    return pixels.clip(0, 65535).astype(np.uint16)


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("invert"), st.none()),
        st.tuples(
            st.just("rotate"), st.one_of(st.sampled_from([0, 90, 180, 270]), st.floats(-180, 180))
        ),
        st.tuples(st.just("carrier"), st.sampled_from(["field", "otsu"])),
        st.tuples(st.just("split"), st.integers(0, 1)),
        st.tuples(st.just("align"), st.none()),
        st.tuples(
            st.just("resize"),
            st.tuples(
                st.integers(250, 600), st.integers(250, 600), st.sampled_from(["pad", "stretch"])
            ),
        ),
    ),
    max_size=5,
)


def moved(image, move, value):
    """The image after one move. What is new is as dark as the canvas, or as bright on a negative,
    which no step is asked about."""
    fill = image.white - CANVAS if image.inverted else CANVAS
    if move == "invert":
        return image.invert()
    if move == "rotate":
        return image.rotate(value, fill=fill)
    if move == "resize":
        width, height, mode = value
        return Resize(width=width, height=height, mode=mode, fill=fill // 257).apply(image)[0]
    if image.inverted:  # the steps below take bones for bright
        return image
    step = {
        "carrier": lambda: CropToCarrier(method=value),
        "split": PartSplitter,
        "align": RotationAlignment,
    }[move]()
    parts = [replace(part, fill=fill) for part in step.apply(image)]
    return parts[(value or 0) % len(parts)] if move == "split" else parts[0]


def after(image, moves):
    for move, value in moves:
        image = moved(image, move, value)
    return image


def positive(image):
    pixels = image.render()
    return (image.white - pixels if image.inverted else pixels).astype(float)


def coarseness(image):
    """Pixels of the converted image for one of this image, along the coarser direction; at least
    1."""
    return max(1.0, np.linalg.norm(image.source_matrix[:2, :2], 2))


def window(image, near):
    """The box (left, top, right, bottom) of nine converted pixels around a mark; None where it
    leaves the image."""
    back = np.linalg.inv(image.source_matrix)
    x, y = (back @ [*near, 1])[:2]
    wide, tall = 9 * np.linalg.norm(back[:2, :2], axis=1)
    left, top, right, bottom = (
        int(np.floor(v)) for v in (x - wide, y - tall, x + wide + 2, y + tall + 2)
    )
    return (
        (left, top, right, bottom)
        if min(left, top) >= 0 and right <= image.width and bottom <= image.height
        else None
    )


def left_whole(image, moves):
    """The image after the moves, and the marks that no move has cut off: what left the image once
    does not come back."""
    whole = MARKS
    for move, value in moves:
        image = moved(image, move, value)
        whole = [mark for mark in whole if window(image, mark)]
    return image, whole


def find_mark(image, near):
    """Centre of gravity, in the converted image, of what is brighter than all air around a
    place."""
    left, top, right, bottom = window(image, near)
    weights = np.maximum(positive(image)[top:bottom, left:right] - BRIGHTEST_AIR, 0)
    assert weights.sum() > 0, "the mark is not there"
    rows, columns = np.indices(weights.shape)
    centre = (
        left + (columns * weights).sum() / weights.sum(),
        top + (rows * weights).sum() / weights.sum(),
    )
    return (image.source_matrix @ [*centre, 1])[:2]


@settings(max_examples=120, deadline=None)
@given(moves=MOVES)
@pytest.mark.slow
def test_marks_are_found_where_source_matrix_says(moves):
    """Within half a pixel of the converted image; where the image is coarser than that, within half
    a pixel of its own."""
    image, whole = left_whole(Image(film(marked=True)), moves)
    for mark in whole:
        np.testing.assert_allclose(find_mark(image, mark), mark, atol=0.5 * coarseness(image))


def test_most_marks_are_looked_for():
    moves = [
        ("carrier", "field"),
        ("rotate", 33.0),
        ("invert", None),
        ("resize", (400, 300, "stretch")),
    ]
    assert left_whole(Image(film(marked=True)), moves)[1] == MARKS


def limb_in(image):
    return (positive(image) > (BRIGHTEST_AIR + LIMB) / 2).astype(np.uint8)


@settings(max_examples=120, deadline=None)
@given(before=MOVES, moves=MOVES)
def test_a_mask_stays_on_its_limb(before, moves):
    """All but two pixels along the outline, whatever happens after the mask was made, and however
    often pixels are interpolated."""
    image = after(Image(film(marked=False)), before)
    image = after(
        image.with_mask(
            limb_in(image) if image.view.scale_x == image.view.scale_y == 1 else seen_in(image)
        ),
        moves,
    )
    mask, limb = image.render_mask(), limb_in(image)
    assert mask.shape == limb.shape
    assert set(np.unique(mask)) <= {0, 255}
    assert mask[
        cv2.erode(limb, square(image, 2), borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0
    ].all()
    assert not mask[cv2.dilate(limb, square(image, 2)) == 0].any()


def square(image, reach):
    """A structuring element that reaches so many pixels of the converted image, or of the image
    where that is coarser."""
    side = (
        2 * int(np.ceil(reach / min(1.0, np.linalg.svd(image.source_matrix[:2, :2])[1].min()))) + 1
    )
    return np.ones((side, side), np.uint8)


def seen_in(image):
    """The limb on the view, where that is smaller than the image."""
    pixels = 255 - image.view.pixels if image.inverted else image.view.pixels
    return (pixels > (BRIGHTEST_AIR + LIMB) / 2 / 257).astype(np.uint8)


@settings(max_examples=30, deadline=None)
@given(moves=MOVES)
def test_the_mask_of_the_step_lands_on_the_limb(moves):
    [masked] = ForegroundMask().apply(Image(film(marked=False)))
    image = after(masked, moves)
    mask, limb = image.render_mask() > 0, limb_in(image)
    assert mask[limb > 0].mean() > 0.98
    assert not mask[cv2.dilate(limb, square(image, 5)) == 0].any()


def test_a_part_has_no_mask_of_its_neighbour():
    image = Image(film(marked=False))
    part = image.with_mask(limb_in(image)).crop(90, 30, 100, 320)
    assert part.rotate(40).render_mask().astype(bool).sum() == pytest.approx(
        limb_in(part).sum(), rel=0.01
    )
