import pytest
from pydantic import ValidationError

from radprep.steps.limit_study_size import LimitStudySize


def rows(count, copies=1):
    return [{"instance_id": f"{number:016x}"} for number in range(count) for _ in range(copies)]


def test_a_study_of_195_instances_is_dropped_whole():
    verdicts = LimitStudySize().judge(rows(195))
    assert {verdict.reason for verdict in verdicts} == {"study_too_large"}
    assert {verdict.value for verdict in verdicts} == {"195 instances > 50"}
    assert len(verdicts) == 195


@pytest.mark.parametrize(("count", "dropped"), [(50, False), (51, True)])
def test_the_limit_itself_is_kept(count, dropped):
    assert all(
        (verdict.reason is not None) == dropped for verdict in LimitStudySize().judge(rows(count))
    )


def test_frames_and_parts_of_one_instance_count_once():
    assert all(
        verdict.reason is None
        for verdict in LimitStudySize(max_instances=2).judge(rows(2, copies=40))
    )


def test_a_limit_of_none_is_refused():
    with pytest.raises(ValidationError):
        LimitStudySize(max_instances=0)
