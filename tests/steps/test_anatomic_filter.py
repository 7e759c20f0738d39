import pytest
from pydantic import ValidationError

from radprep.steps.anatomic_filter import AnatomicFilter


def judge(part, score=1.0, source="BodyPartExamined", **parameters):
    [verdict] = AnatomicFilter(**parameters).judge(
        [{"body_part": part, "body_part_score": score, "body_part_source": source}]
    )
    return verdict


def test_the_part_asked_for_is_kept():
    verdict = judge("wrist")
    assert (verdict.reason, verdict.review) == (None, None)
    assert verdict.seen == {"body_part": "wrist", "score": 1.0, "source": "BodyPartExamined"}


def test_another_part_is_dropped_with_what_decided():
    verdict = judge("knee")
    assert (verdict.reason, verdict.value) == (
        "body_part",
        "knee (score 1.00, from BodyPartExamined)",
    )


def test_an_unknown_part_is_kept_for_a_person():
    verdict = judge(None, score=None, source=None)
    assert (verdict.reason, verdict.review) == (None, "unknown_body_part")


@pytest.mark.parametrize("part", ["wrist", "knee"])
def test_a_part_read_with_doubt_is_kept_for_a_person(part):
    verdict = judge(part, score=0.79)
    assert (verdict.reason, verdict.review) == (None, "unsure_body_part")


def test_the_least_score_counts_as_sure():
    assert judge("knee", score=0.8).reason == "body_part"


def test_several_parts_can_be_kept():
    assert judge("hand", keep=("wrist", "hand")).reason is None


@pytest.mark.parametrize("part", ["wrist,hand", "hand,wrist", "forearm,hand,wrist"])
def test_a_film_of_several_parts_is_kept_for_any_of_them(part):
    verdict = judge(part)
    assert (verdict.reason, verdict.review, verdict.seen["body_part"]) == (None, None, part)


def test_a_film_of_several_parts_none_of_which_is_wanted_is_dropped():
    assert judge("knee,ankle").value == "knee,ankle (score 1.00, from BodyPartExamined)"
    assert judge("hand,wrist", keep=("knee",)).reason == "body_part"


def test_a_part_outside_the_vocabulary_is_refused_and_the_known_ones_named():
    with pytest.raises(ValidationError, match=r"unknown body part 'rist'; known are: .*wrist"):
        AnatomicFilter(keep=("wrist", "rist"))
