"""What stays of a study whose files have left the dump."""

import pytest

from radprep.convert.job import ConvertJob
from radprep.convert.staying import Staying
from radprep.dataset.commit import Attempt
from radprep.dataset.layout import DataSet
from radprep.private.identifiers import read_identifiers
from tests.made import convert, make_dicom, private_of


@pytest.fixture
def staying(tmp_path):
    """A study of one film, which has left the dump."""
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / "film").write_bytes(make_dicom())
    out = DataSet(tmp_path / "raw")
    convert(tmp_path / "dump", out.root)
    [study_id] = out.study_ids()
    files = read_identifiers(private_of(out.root), study_id)
    known = {one["source_id"]: one for one in files}
    return Staying(out, ConvertJob(study_id, (), frozenset(known)), known)


def taken(staying):
    with Attempt(staying.out, staying.job.study_id) as attempt:
        return staying.take(attempt)


@pytest.mark.parametrize("moment", ["listing", "taking"])
def test_an_image_that_another_run_is_moving_is_looked_for_again(staying, monkeypatch, moment):
    """A worker whose run was killed may commit the study while the next run does."""
    owner, name = (DataSet, "files_of") if moment == "listing" else (Attempt, "stage_existing")
    plain, before = getattr(owner, name), []

    def once_without(self, *arguments):
        before.append(True)
        if len(before) > 1:
            return plain(self, *arguments)
        if moment == "taking":
            raise FileNotFoundError
        return iter(())

    monkeypatch.setattr(owner, name, once_without)
    [found] = taken(staying)
    assert len(before) == 2
    assert [row["status"] for row in found.rows] == ["kept"]
    assert len(found.staged) == 1


def test_an_image_that_somebody_has_removed_fails_its_source(staying):
    for path in list(staying.out.files_of(staying.job.study_id)):
        path.unlink()
    [found] = taken(staying)
    assert [(row["status"], row["reason"]) for row in found.rows] == [("failed", "source_absent")]
    assert found.staged == []
