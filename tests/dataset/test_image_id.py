import pytest
from hypothesis import given
from hypothesis import strategies as st

from radprep.dataset.image_id import ImageId

NUMBERS = st.integers(min_value=2, max_value=99)


@given(
    instance=st.text("0123456789abcdef", min_size=16, max_size=16),
    frame=st.none() | st.integers(min_value=1, max_value=999),
    parts=st.lists(NUMBERS, max_size=3),
)
def test_a_name_taken_apart_and_put_together_is_the_same(instance, frame, parts):
    named = ImageId(instance, frame, tuple(parts))
    assert ImageId.parse(str(named)) == named
    assert named.is_ours


@given(st.text("0af-fp12 ", max_size=24))
def test_no_two_texts_are_taken_for_one_name(text):
    """`-f0`, `-p02` and the like are not read as another image's name."""
    assert str(ImageId.parse(text)) == text


def test_the_grammar_is_the_one_that_stands_in_the_table_of_columns():
    film = ImageId("0123456789abcdef", 3)
    assert str(film) == "0123456789abcdef-f3"
    assert str(film.part(2).part(4)) == "0123456789abcdef-f3-p2-p4"
    assert film.part(1) == film
    assert film.film is None
    assert film.part(2).part(4).film == film.part(2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "i1",
        "../../etc",
        "0123456789ABCDEF",
        "0123456789abcde",
        "0123456789abcdef-f0",
        "0123456789abcdef-p02",
    ],
)
def test_what_radprep_could_not_have_named_is_told(text):
    assert not ImageId.parse(text).is_ours
    assert str(ImageId.parse(text)) == text
