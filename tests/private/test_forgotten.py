import stat

import pytest

from radprep.errors import UsageError
from radprep.private.forgotten import forgotten_path, read_forgotten, record_forgotten


def test_the_record_grows_and_the_last_line_of_a_patient_counts(tmp_path):
    out = tmp_path / "raw"
    assert read_forgotten(out) == {}
    for number in (1, 2):
        record_forgotten(out, {"patient_id": "a", "files": number})
    record_forgotten(out, {"patient_id": "b", "files": 3})
    assert {patient: one["files"] for patient, one in read_forgotten(out).items()} == {
        "a": 2,
        "b": 3,
    }
    assert len(forgotten_path(out).read_text().splitlines()) == 3
    assert stat.S_IMODE(forgotten_path(out).stat().st_mode) == 0o600
    assert stat.S_IMODE(forgotten_path(out).parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("text", ["{", "[]", '{"files": 1}', "null"])
def test_a_broken_record_is_refused(tmp_path, text):
    record_forgotten(tmp_path / "raw", {"patient_id": "a"})
    forgotten_path(tmp_path / "raw").write_text(text + "\n")
    with pytest.raises(UsageError, match="must leave out"):
        read_forgotten(tmp_path / "raw")
