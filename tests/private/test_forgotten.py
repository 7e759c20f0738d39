import stat

import pytest

from radprep.errors import UsageError
from radprep.private.forgotten import forgotten_pictures, read_forgotten, record_forgotten
from tests.made import private_of


def test_the_record_grows_and_the_last_line_of_a_patient_counts(tmp_path):
    out = tmp_path / "raw"
    assert read_forgotten(private_of(out)) == {}
    for number in (1, 2):
        record_forgotten(private_of(out), {"patient_id": "a", "files": number})
    record_forgotten(private_of(out), {"patient_id": "b", "files": 3})
    assert {patient: one["files"] for patient, one in read_forgotten(private_of(out)).items()} == {
        "a": 2,
        "b": 3,
    }
    assert len(private_of(out).forgotten.read_text().splitlines()) == 3
    assert stat.S_IMODE(private_of(out).forgotten.stat().st_mode) == 0o600
    assert stat.S_IMODE(private_of(out).forgotten.parent.stat().st_mode) == 0o700


def test_pictures_of_every_line_are_known_again(tmp_path):
    tree = private_of(tmp_path / "raw")
    for digest in ("d1", "d2"):
        record_forgotten(tree, {"patient_id": "a", "pictures": [digest]})
    assert forgotten_pictures(tree) == {"d1", "d2"}


@pytest.mark.parametrize("text", ["{", "[]", '{"files": 1}', "null"])
def test_a_broken_record_is_refused(tmp_path, text):
    record_forgotten(private_of(tmp_path / "raw"), {"patient_id": "a"})
    private_of(tmp_path / "raw").forgotten.write_text(text + "\n")
    with pytest.raises(UsageError, match="must leave out"):
        read_forgotten(private_of(tmp_path / "raw"))
