import json

import pytest

from radprep.cli import app
from radprep.errors import UsageError
from tests.made import command, make_dicom, runner


@pytest.fixture
def dump(tmp_path):
    folder = tmp_path / "dump"
    folder.mkdir()
    for study in "12":
        (folder / f"IM{study}.dcm").write_bytes(make_dicom(study=study))
    return folder


def boxes(tmp_path, text="IM1.png,1,2,30,40\nGONE,1,2,30,40\n"):
    path = tmp_path / "boxes.csv"
    path.write_text(f"image,x,y,width,height\n{text}")
    return path


def test_inspect_tries_the_join_and_writes_nothing(tmp_path, dump):
    words = ["inspect", str(dump), "--boxes", str(boxes(tmp_path))]
    found = json.loads(runner.invoke(app, [*words, "--json"], catch_exceptions=False).stdout)
    assert found["box_join"]["boxes_joined"] == 1
    text = " ".join(runner.invoke(app, words, catch_exceptions=False).stdout.split())
    assert "1 for films of the dump" in text
    assert "1 of 2 names of films were not found" in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["boxes.csv", "dump"]


def test_inspect_of_a_data_set_takes_no_boxes(tmp_path, made):
    with pytest.raises(UsageError, match="leave --boxes out"):
        command("inspect", made / "a", "--boxes", boxes(tmp_path))


def test_a_wrong_file_is_a_sentence(tmp_path, dump):
    with pytest.raises(UsageError, match="none of its 1 boxes can be used"):
        command("inspect", dump, "--boxes", boxes(tmp_path, "IM1,1,2,x,40\n"))
