"""Reading, with the extra `ocr`."""

import subprocess
import sys

import pytest

from radprep.burned_in import reader as module
from radprep.burned_in.reader import can_read, reader, reader_versions
from radprep.burned_in.screening import screen
from tests.burned_in.films import covers, plain_film, write


@pytest.fixture(scope="module")
def reads():
    pytest.importorskip("rapidocr", reason="needs the extra ocr")
    pytest.importorskip("onnxruntime", reason="needs the extra ocr")
    return reader()


@pytest.mark.parametrize("turns", [0, 1, 3])
@pytest.mark.parametrize("text", ["LATERAL", "ELBOW", "WRIST PA"])
def test_words_of_the_vocabulary_stay(reads, text, turns):
    film = plain_film()
    write(film, text, (60, 60), turns=turns)
    found = screen(film, reads)
    assert found.personal == ()
    assert found.harmless == 1


@pytest.mark.parametrize("text", ["GARCIA LOPEZ", "DOB 12.05.1931", "ELBOW GARCIA", "ID 4711081"])
def test_everything_else_is_personal(reads, text):
    film = plain_film()
    line = write(film, text, (60, 60))
    assert covers(screen(film, reads).personal, line)


def test_what_cannot_be_read_is_personal(reads, monkeypatch):
    monkeypatch.setattr(type(reads), "_read", lambda self, line: (0.0, ""))
    film = plain_film()
    write(film, "LATERAL", (60, 60))
    assert len(screen(film, reads).personal) == 1


def test_without_the_extra_there_is_no_reader(monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    assert not can_read()
    assert reader.__wrapped__() is None
    assert reader_versions.__wrapped__() == {}


def test_the_room_loads_no_model_until_it_reads():
    code = (
        "import sys, radprep.burned_in.reader as r; r.can_read(); print('rapidocr' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False"]
