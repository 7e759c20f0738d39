from radprep.dataset.layout import DataSet
from radprep.stage.plan import Plan, Selection, digest_of
from radprep.stage.shard import WHOLE


def test_a_study_that_stands_nowhere_is_new(tmp_path):
    plan = Plan(DataSet(tmp_path), Selection())
    plan.sort_in(Job("ab"), {"input": digest_of(1)}, None)
    assert plan.why == {"ab": "new"}
    assert not plan.is_empty


def test_failures_are_tried_again_by_code_or_all():
    assert not Selection().tries_again(["decode_error"])
    assert Selection(WHOLE, "").tries_again(["decode_error"])
    assert not Selection(WHOLE, "").tries_again([])
    assert Selection(WHOLE, "worker_died").tries_again(["decode_error", "worker_died"])
    assert not Selection(WHOLE, "worker_died").tries_again(["decode_error"])


class Job:
    weight = 1

    def __init__(self, study_id):
        self.study_id = study_id
