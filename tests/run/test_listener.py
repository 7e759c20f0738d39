import subprocess
import sys

from radprep.run import listener
from radprep.run.listener import Listener, address

TELL = """
import sys
from radprep.stage.pulse import counted, report_to
report_to(sys.argv[1])
list(counted(range(int(sys.argv[2])), 100))
"""


def tell(films):
    subprocess.run([sys.executable, "-c", TELL, address(), str(films)], check=True)


def test_other_processes_are_heard():
    heard = Listener()
    tell(4)
    tell(2)
    heard.hear()
    assert (heard.films, heard.effort) == (6, 200)
    heard.hear()
    assert heard.films == 6
    tell(1)
    heard.hear()
    assert (heard.films, heard.effort) == (7, 300)


def test_what_was_told_before_is_of_another_run():
    tell(3)
    heard = Listener()
    heard.hear()
    assert heard.films == 0


def test_without_room_for_a_file_nobody_is_told(monkeypatch):
    monkeypatch.setattr(listener, "_file", lambda: None)
    assert address() == ""
    heard = Listener()
    heard.hear()
    assert heard.films == 0
