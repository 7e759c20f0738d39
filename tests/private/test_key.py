import stat

import pytest

from radprep.errors import UsageError
from radprep.private.key import Pseudonyms, create_key, read_key
from tests.made import private_of


def test_key_is_for_its_owner_only_and_made_once(tmp_path):
    path = tmp_path / "out.private" / "key"
    first = create_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert create_key(path) == first == read_key(path)


def test_two_keys_share_no_pseudonym():
    one, two = Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)
    values = [str(number) for number in range(200)]
    assert not {one.make("patient", value) for value in values} & {
        two.make("patient", value) for value in values
    }
    assert one.fingerprint != two.fingerprint


def test_domains_and_joined_values_do_not_collide():
    key = Pseudonyms(b"1" * 32)
    made = {
        key.make("patient", "1"),
        key.make("study", "1"),
        key.make("series", "1", "2"),
        key.make("series", "12"),
    }
    assert len(made) == 4
    assert all(len(value) == 16 for value in made)


def test_dates_of_a_patient_move_by_one_amount():
    key = Pseudonyms(b"1" * 32)
    moves = {key.days_earlier(str(number)) for number in range(300)}
    assert len(moves) > 200
    assert min(moves) >= 1
    assert max(moves) <= 3650


@pytest.mark.parametrize("text", ["", "nonsense", "ab" * 31, "ab" * 33, "ä" * 64, "0" * 9000])
def test_a_broken_key_is_refused(tmp_path, text):
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(text)
    with pytest.raises(UsageError, match="key"):
        read_key(path)


@pytest.mark.parametrize("byte", ["00", "ff", "5a"])
def test_a_key_that_anybody_could_guess_is_refused_and_not_shown(tmp_path, byte):
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(byte * 32 + "\n")
    with pytest.raises(UsageError, match="is no secret") as error:
        read_key(path)
    assert byte * 4 not in str(error.value)


def test_the_private_tree_is_beside_the_data_set(tmp_path):
    assert private_of(tmp_path / "raw").root == tmp_path / "raw.private"
