import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radprep.image.image import VIEW_SIDE, Image, View, once_a_view, wrap_degrees
from radprep.steps.resize import Resize

NOISE = np.random.default_rng(0).integers(0, 256, (23, 37)).astype(np.uint8)


def blob(shape, x, y, dtype=np.uint8, sigma=4.0):
    """A black film with one soft bright mark at (x, y)."""
    rows, columns = np.indices(shape)
    return (
        np.iinfo(dtype).max * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
    ).astype(dtype)


def centre(pixels):
    """Where the mark lies now: (x, y)."""
    weights = pixels.astype(float)
    rows, columns = np.indices(pixels.shape)
    return np.array([(columns * weights).sum(), (rows * weights).sum()]) / weights.sum()


# crop, rotate, invert


def test_crop_shows_the_box_and_shares_its_memory():
    box = Image(NOISE).crop(5, 3, 20, 10)
    np.testing.assert_array_equal(box.render(), NOISE[3:13, 5:25])
    assert np.shares_memory(box.render(), NOISE)
    np.testing.assert_array_equal(box.source_matrix, [[1, 0, 5], [0, 1, 3], [0, 0, 1]])


@pytest.mark.parametrize("box", [(-1, 0, 5, 5), (0, 0, 38, 5), (0, 20, 5, 4), (0, 0, 0, 5)])
def test_crop_outside_the_image_is_refused(box):
    with pytest.raises(ValueError, match="is not inside 37 x 23"):
        Image(NOISE).crop(*box)


@pytest.mark.parametrize("angle", [0, 30])
def test_what_was_cropped_away_does_not_come_back(angle):
    pixels = np.full((100, 100), 255, np.uint8)
    pixels[30:70, 30:70] = 100
    box = (
        Image(pixels).rotate(angle).crop(60, 60, 12, 12)
        if angle
        else Image(pixels).crop(30, 30, 40, 40)
    )
    turned = box.rotate(45, fill=3).render()
    assert turned.max() == 100
    assert turned[0, 0] == turned[-1, -1] == 3


@pytest.mark.parametrize("quarters", [0, 1, 2, 3, 4, -1])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_right_angles_are_exact_and_counter_clockwise(quarters, dtype):
    pixels = NOISE.astype(dtype)
    np.testing.assert_array_equal(
        Image(pixels).rotate(90 * quarters).render(), np.rot90(pixels, quarters)
    )


def test_any_angle_turns_counter_clockwise_on_screen():
    image = Image(blob((201, 201), 160, 100))  # right of the centre
    x, y = (
        centre(image.rotate(30).render())
        - (np.array(image.rotate(30).render().shape[::-1]) - 1) / 2
    )
    assert (x, y) == pytest.approx((60 * np.cos(np.pi / 6), -30), abs=0.2)  # upwards is negative


def test_nothing_is_lost_in_a_turn():
    white = Image(np.full((60, 90), 200, np.uint8)).rotate(33)
    assert white.render().sum() / 200 == pytest.approx(60 * 90, rel=0.02)
    assert not white.render()[0, 0]


def test_turns_add_up():
    image = Image(NOISE).rotate(100).rotate(100)
    assert image.rotation == pytest.approx(-160)
    np.testing.assert_array_equal(Image(NOISE).rotate(45).rotate(45).render().max(), NOISE.max())


@pytest.mark.parametrize(
    ("degrees", "same"), [(180, 180), (-180, 180), (190, -170), (540, 180), (-0.0, 0), (359, -1)]
)
def test_wrap_degrees(degrees, same):
    assert wrap_degrees(degrees) == pytest.approx(same)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_invert_turns_grey_values_over_once_or_not_at_all(dtype):
    pixels = NOISE.astype(dtype)
    once = Image(pixels).invert()
    assert once.inverted
    np.testing.assert_array_equal(once.render(), np.iinfo(dtype).max - pixels)
    assert not once.invert().inverted
    np.testing.assert_array_equal(once.invert().render(), pixels)


def test_fill_is_the_grey_value_that_is_seen():
    assert Image(NOISE).invert().rotate(45, fill=9).render()[0, 0] == 9
    assert Image(NOISE).rotate(45, fill=9).invert().render()[0, 0] == 246
    assert Image(NOISE).rotate(45, fill=9).invert().crop(0, 0, 5, 5).render()[0, 0] == 246


# what is remembered


def test_with_pixels_starts_afresh_but_keeps_the_way_back():
    turned = Image(NOISE).invert().rotate(90)
    new = turned.with_pixels(turned.render())
    assert (new.negative, new.inverted, new.rotation) == (False, True, 90)
    np.testing.assert_array_equal(new.render(), turned.render())
    np.testing.assert_allclose(new.source_matrix, turned.source_matrix)


def test_note_and_columns_add_to_what_is_there():
    first = Image(NOISE).with_columns(a=1).note("one", seen=2)
    second = first.with_columns(b=2).note("two", review="unsure")
    assert first.columns == {"a": 1}
    assert second.columns == {"a": 1, "b": 2}
    assert second.decisions == {"one": {"seen": 2}, "two": {}}
    assert (first.review, second.review) == ((), ("two:unsure",))


def test_what_is_said_of_an_image_leaves_its_view_alone():
    image = Image(NOISE)
    view = image.view
    assert image.note("one").with_columns(a=1).without_notes().view is view
    assert image.invert().note("one").view is not view
    plain = image.note("one", review="unsure", seen=1).with_columns(a=1).without_notes()
    assert (plain.columns, plain.decisions, plain.review) == ({}, {}, ())


# the mask


def masked(image):
    """The image with a mask on the lower right quarter of its view."""
    mask = np.zeros(image.view.pixels.shape, np.uint8)
    mask[mask.shape[0] // 2 :, mask.shape[1] // 2 :] = 1
    return image.with_mask(mask)


def test_an_image_has_no_mask_until_a_step_makes_one():
    assert Image(NOISE).render_mask() is None
    assert Image(NOISE).crop(1, 1, 5, 5).rotate(30).render_mask() is None


def test_a_mask_is_as_large_as_its_image_and_of_two_values():
    mask = masked(Image(np.zeros((1500, 1000), np.uint8))).render_mask()
    assert mask.shape == (1500, 1000)
    assert mask.dtype == np.uint8
    assert set(np.unique(mask)) == {0, 255}
    assert mask[750:, 501:].mean() > 254
    assert mask[:748].max() == mask[:, :498].max() == 0


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_mask_turns_with_its_image(quarters):
    image = masked(Image(NOISE))
    np.testing.assert_array_equal(
        image.rotate(90 * quarters).render_mask(), np.rot90(image.render_mask(), quarters)
    )


def test_a_mask_is_cropped_and_does_not_come_back():
    image = masked(Image(np.zeros((100, 80), np.uint8)))
    part = image.crop(20, 40, 30, 30)
    np.testing.assert_array_equal(part.render_mask(), image.render_mask()[40:70, 20:50])
    turned = part.rotate(45).render_mask()
    assert turned.astype(bool).sum() == pytest.approx(10 * 20, abs=30)
    whole = image.render_mask()
    assert turned.astype(bool).sum() < whole.astype(bool).sum() / 4


def test_a_mask_ignores_inversion_and_new_pixels():
    image = masked(Image(NOISE))
    np.testing.assert_array_equal(image.invert().render_mask(), image.render_mask())
    np.testing.assert_array_equal(image.with_pixels(NOISE // 2).render_mask(), image.render_mask())


# the small copy


def test_a_small_image_is_its_own_view():
    view = Image(NOISE).view
    np.testing.assert_array_equal(view.pixels, NOISE)
    assert (view.scale_x, view.scale_y) == (1, 1)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("angle", [0, 90, 35])
def test_view_is_small_8_bits_and_shows_what_would_be_rendered(dtype, angle):
    image = Image(blob((1500, 1000), 300, 400, dtype, sigma=60)).rotate(angle)
    view = image.view
    assert max(view.pixels.shape) == VIEW_SIDE
    assert view.pixels.dtype == np.uint8
    back = centre(view.pixels) * [view.scale_x, view.scale_y] + [
        (view.scale_x - 1) / 2,
        (view.scale_y - 1) / 2,
    ]
    np.testing.assert_allclose((image.source_matrix @ [*back, 1])[:2], [300, 400], atol=1)


def test_view_is_inverted_with_the_image():
    assert Image(np.full((1000, 40), 60, np.uint8)).invert().view.pixels.max() == 195


def test_box_in_image_holds_the_box():
    view = View(np.zeros((512, 341), np.uint8), 3.3, 3.1)
    assert view.box_in_image(0, 0, 341, 512) == (0, 0, 1126, 1588)
    assert view.box_in_image(10, 10, 1, 1) == (33, 31, 4, 4)
    assert View(np.zeros((4, 4), np.uint8), 1.0, 1.0).box_in_image(1, 2, 2, 1) == (1, 2, 2, 1)


# the way back

MOVES = st.one_of(
    st.tuples(
        st.just("rotate"), st.one_of(st.sampled_from([0, 90, 180, 270]), st.floats(-180, 180))
    ),
    st.tuples(st.just("crop"), st.tuples(*[st.floats(0, 1)] * 4)),
    st.tuples(st.just("invert"), st.none()),
    st.tuples(
        st.just("resize"),
        st.tuples(
            st.integers(150, 400), st.integers(150, 400), st.sampled_from(["pad", "stretch"])
        ),
    ),
)


def moved(image, move, value, mark):
    """The image after one move. What is new is background: black, or white on a negative. A crop
    keeps the mark whole."""
    background = image.white if image.inverted else 0
    if move == "rotate":
        return image.rotate(value, fill=background)
    if move == "invert":
        return image.invert()
    if move == "resize":
        width, height, mode = value
        return Resize(width=width, height=height, mode=mode, fill=background & 255).apply(image)[0]
    now = np.linalg.inv(image.source_matrix)
    x, y = (now @ [*mark, 1])[:2]
    room = 20 * np.linalg.norm(now[:2, :2], 2)
    left, top = int(max(0, x - room) * value[0]), int(max(0, y - room) * value[1])
    right = image.width - int(max(0, image.width - 1 - x - room) * value[2])
    bottom = image.height - int(max(0, image.height - 1 - y - room) * value[3])
    return image.crop(left, top, right - left, bottom - top)


@settings(max_examples=150, deadline=None)
@given(
    mark=st.tuples(st.integers(40, 160), st.integers(40, 260)),
    moves=st.lists(MOVES, max_size=5),
    sixteen=st.booleans(),
)
def test_marks_are_found_again_through_source_matrix(mark, moves, sixteen):
    image = Image(blob((301, 203), *mark, np.uint16 if sixteen else np.uint8))
    for move, value in moves:
        image = moved(image, move, value, mark)
    pixels = image.invert().render() if image.inverted else image.render()
    assert pixels.shape == (image.height, image.width)
    np.testing.assert_allclose((image.source_matrix @ [*centre(pixels), 1])[:2], mark, atol=0.5)


# one touch of the pixels


def waves(x, y):
    """Grey values of a film at any place: waves of 9 and 12 pixels, as fine as trabeculae are."""
    return 128 + 60 * np.sin(2 * np.pi * x / 9) + 60 * np.cos(2 * np.pi * y / 12)


FILM = np.rint(waves(*np.meshgrid(np.arange(200), np.arange(240)))).astype(np.uint8)


def distance_from_the_waves(image):
    """Mean grey levels between an image and what its matrix says it shows, in the middle of the
    film."""
    x, y, _ = np.einsum(
        "ij,jyx->iyx",
        image.source_matrix,
        np.array(
            [
                *np.meshgrid(np.arange(image.width), np.arange(image.height)),
                np.ones((image.height, image.width)),
            ]
        ),
    )
    inside = (x > 20) & (x < 180) & (y > 20) & (y < 220)
    return np.abs(image.render() - waves(x, y))[inside].mean()


@pytest.mark.parametrize("angles", [(10, -17), (20, 13, 8), (-50, 25, 40)])
def test_turns_in_one_touch_lose_half_of_what_they_lose_one_by_one(angles):
    once = often = Image(FILM)
    for angle in angles:
        once, often = once.rotate(angle), often.rotate(angle)
        often = often.with_pixels(often.render())
    np.testing.assert_allclose(once.source_matrix, often.source_matrix, atol=1e-9)
    assert distance_from_the_waves(once) < 0.6 * distance_from_the_waves(often)


@pytest.mark.parametrize("changes", ["invert, turn", "turn, invert"])
def test_an_inversion_and_a_turn_commute(changes):
    image = Image(FILM)
    one = (
        image.invert().rotate(25, fill=200)
        if changes == "invert, turn"
        else image.rotate(25, fill=55).invert()
    )
    often = Image(255 - FILM).rotate(25, fill=200)
    assert np.abs(one.render().astype(int) - often.render()).max() <= 1  # a half is rounded to even


def test_a_whole_chain_of_crops_and_right_angles_copies_pixels():
    chain = (
        Image(NOISE).crop(2, 3, 30, 18).rotate(90).invert().crop(1, 1, 15, 25).rotate(180).invert()
    )
    np.testing.assert_array_equal(
        chain.render(), np.rot90(np.rot90(NOISE[3:21, 2:32])[1:26, 1:16], 2)
    )


# what is worked out once


def test_a_view_is_looked_at_once_and_another_view_anew():
    looks = []

    @once_a_view
    def level(view):
        looks.append(view)
        return int(view.pixels.max())

    one, other = View(NOISE), View(NOISE // 2)
    assert (level(one), level(one), level(other)) == (NOISE.max(), NOISE.max(), NOISE.max() // 2)
    assert looks == [one, other]


def test_what_was_found_on_one_view_is_no_answer_for_another_question():
    low, high = (
        once_a_view(lambda view: view.pixels.min()),
        once_a_view(lambda view: view.pixels.max()),
    )
    view = View(NOISE)
    assert (low(view), high(view)) == (NOISE.min(), NOISE.max())


def test_words_about_an_image_keep_its_view_and_changes_do_not():
    image = Image(NOISE)
    view = image.view
    assert image.note("step", value=1).with_columns(part=1).without_notes().view is view
    for changed in (image.invert(), image.crop(0, 0, 5, 5), image.rotate(90)):
        assert changed.view is not view
