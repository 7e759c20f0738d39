"""Where the key and the identifiers of a dump go whose films a run was asked about."""

import pytest

from radprep.dataset.durable import write_json
from radprep.dataset.layout import DataSet
from radprep.dataset.patients import PatientGroups
from radprep.dataset.schema import FORMAT_VERSION
from radprep.errors import InterruptedRunError, UsageError
from radprep.private.tree import PrivateTree
from radprep.train.prediction import Seen, private_folder, workplace
from tests.made import key_at


@pytest.fixture
def dump(tmp_path):
    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "film.dcm").touch()
    return folder


def test_they_go_beside_the_answers_or_where_a_person_says(tmp_path, dump):
    answers, raw = tmp_path / "answers", DataSet(tmp_path / "place" / "raw")
    for source in (dump, dump / "film.dcm"):
        assert private_folder(source, answers, None, raw) == tmp_path / "answers.private"
        assert private_folder(source, answers, tmp_path / "keys", raw) == tmp_path / "keys"


def test_what_was_known_of_earlier_answers_goes_and_the_key_stays(tmp_path, dump):
    answers, raw = tmp_path / "answers", DataSet(tmp_path / "place" / "raw")
    tree = PrivateTree(private_folder(dump, answers, None, raw))
    key = key_at(tree.key)
    known = tree.identifiers_of("ab" * 8)
    known.parent.mkdir(parents=True)
    for path in (known, tree.index(1), tree.index(2), tree.identifiers):
        path.touch(mode=0o600)
    private_folder(dump, answers, None, raw)
    assert {path.name for path in tree.root.iterdir()} == {"key", "answers"}
    assert key.read_text()


def test_the_tree_of_a_data_set_is_refused_and_stays(tmp_path, dump):
    tree = PrivateTree(tmp_path / "keys")
    known = tree.identifiers_of("ab" * 8)
    tree.root.mkdir(mode=0o700)
    key_at(tree.key)
    known.parent.mkdir(parents=True)
    known.touch(mode=0o600)
    raw = DataSet(tmp_path / "place" / "raw")
    with pytest.raises(UsageError, match="identifiers of a data set"):
        private_folder(dump, tmp_path / "answers", tree.root, raw)
    assert known.exists()


def test_the_tree_of_films_that_are_there_already_is_never_marked_as_one_to_empty(tmp_path, dump):
    """Whoever names another data set's tree by mistake must not lose it with the next answers."""
    raw = DataSet(tmp_path / "answers" / "raw")
    raw.root.mkdir(parents=True)
    raw.info_file.touch()
    tree = PrivateTree(tmp_path / "keys")
    tree.root.mkdir(mode=0o700)
    key_at(tree.key)
    assert private_folder(dump, tmp_path / "answers", tree.root, raw) == tree.root
    assert not tree.answers.exists()


def test_films_stand_beside_the_answers_for_their_owner_only_and_go(tmp_path):
    out = tmp_path / "answers"

    def stopped():
        with workplace(out, keep=False) as place:
            assert (place.parent, place.stat().st_mode & 0o777) == (tmp_path, 0o700)
            (place / "raw").mkdir()
            raise InterruptedRunError("stopped")

    with pytest.raises(InterruptedRunError):
        stopped()
    assert list(tmp_path.iterdir()) == []
    with workplace(out, keep=True) as place:
        assert place == out


def write_trained_on(run):
    """What a run says of the data set that it was trained on; returns it."""
    info = {
        "format_version": FORMAT_VERSION,
        "stage": "convert",
        "complete": False,
        "made_from": {"key": "5a"},
        "parameters": {},
    }
    write_json(run / "dataset.json", info)
    return info


@pytest.mark.parametrize(
    ("key", "patient", "seen"),
    [("5a", "a" * 16, "training"), ("5a", "b" * 16, "no"), ("6b", "a" * 16, "unknown")],
)
def test_patients_are_known_by_the_same_key_only(tmp_path, key, patient, seen):
    info = write_trained_on(tmp_path)
    lines = [
        "patient_id,study_id,image_id,label,split,patient_group",
        f"{'a' * 16},{2:016x},{1:016x},1,training,{'a' * 16}",
        f"{'a' * 16},{4:016x},{3:016x},1,holdout,{'a' * 16}",
    ]
    (tmp_path / "splits.csv").write_text("\n".join(lines) + "\n")
    assert (
        Seen.of({**info, "made_from": {"key": key}}, tmp_path, PatientGroups()).what(patient)
        == seen
    )


def test_a_patient_who_shares_a_study_with_one_seen_is_seen(tmp_path):
    info = write_trained_on(tmp_path)
    (tmp_path / "splits.csv").write_text(
        "patient_id,study_id,image_id,label,split,patient_group\nb,s,i,1,validation,c\n"
    )
    groups = PatientGroups()
    for tied in ("ab", "cd"):
        groups.tie(tied)
    seen = Seen.of(info, tmp_path, groups)
    assert [seen.what(groups.of(one)) for one in "abcde"] == ["validation"] * 4 + ["no"]


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
            private_folder(dump, out, named, DataSet(tmp_path / "place"))


def test_the_answers_hold_no_dump_and_no_private_tree(tmp_path, dump):
    for source in (dump, dump / "film.dcm"):
        with pytest.raises(UsageError, match="lies inside OUT"):
            private_folder(source, tmp_path, None, DataSet(tmp_path / "place"))
    with pytest.raises(UsageError, match="lies inside the input"):
        private_folder(dump, dump / "answers", None, DataSet(tmp_path / "place"))
    (tmp_path / "answers" / "raw.private").mkdir(parents=True)
    with pytest.raises(UsageError, match="is a private tree inside OUT"):
        private_folder(dump, tmp_path / "answers", None, DataSet(tmp_path / "place"))
