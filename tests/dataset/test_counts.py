from radprep.dataset.counts import count_files
from radprep.dataset.schema import new_row
from radprep.stage.work import Outcome


def rows(*pairs):
    return [new_row(source_id=source, status=status) for source, status in pairs]


def test_every_file_counts_once_by_the_best_of_its_rows():
    counts = count_files(
        rows(("a", "kept"), ("a", "failed"), ("b", "rejected"), ("b", "failed"), ("c", "rejected"))
    )
    assert counts == {"kept": 1, "failed": 1, "rejected": 1}
    assert Outcome.of("s", rows(("a", "kept"), ("a", "kept")), {}) == Outcome("s", kept=1, images=2)
