"""Where the key and the identifiers of a dump go whose films a run was asked about."""

import pytest

from radprep.errors import UsageError
from radprep.train.prediction import private_folder


@pytest.fixture
def dump(tmp_path):
    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "film.dcm").touch()
    return folder


def test_they_go_beside_the_answers_or_where_a_person_says(tmp_path, dump):
    answers = tmp_path / "answers"
    for source in (dump, dump / "film.dcm"):
        assert private_folder(source, answers, None) == tmp_path / "answers.private"
        assert private_folder(source, answers, tmp_path / "keys") == tmp_path / "keys"


def test_they_never_go_into_what_is_handed_on(tmp_path, dump):
    answers = tmp_path / "answers"
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "dataset.json").touch()
    for out, named in (
        (answers, answers / "keys"),
        (answers, tmp_path / "raw" / "keys"),
        (tmp_path / "raw" / "answers", None),
        (answers, dump / "keys"),
    ):
        with pytest.raises(UsageError, match="--private DIR"):
            private_folder(dump, out, named)


def test_the_answers_hold_no_dump_and_no_private_tree(tmp_path, dump):
    for source in (dump, dump / "film.dcm"):
        with pytest.raises(UsageError, match="lies inside OUT"):
            private_folder(source, tmp_path, None)
    with pytest.raises(UsageError, match="lies inside the input"):
        private_folder(dump, dump / "answers", None)
    (tmp_path / "answers" / "raw.private").mkdir(parents=True)
    with pytest.raises(UsageError, match="is a private tree inside OUT"):
        private_folder(dump, tmp_path / "answers", None)
