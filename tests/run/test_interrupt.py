import io
import os
import signal
import threading

import pytest

from radprep.errors import InterruptedRunError
from radprep.run.interrupt import Interrupt


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_one_signal_is_a_wish(number):
    before = signal.getsignal(number)
    with Interrupt() as interrupt:
        assert not interrupt.asked
        os.kill(os.getpid(), number)
        assert interrupt.asked
    assert signal.getsignal(number) == before


def test_a_second_control_c_is_an_order():
    with Interrupt() as interrupt:
        interrupt.asked = True
        with pytest.raises(InterruptedRunError):
            os.kill(os.getpid(), signal.SIGINT)


def test_another_thread_leaves_the_signals_alone():
    found = []

    def enter():
        with Interrupt() as interrupt:
            found.append((interrupt.asked, signal.getsignal(signal.SIGTERM)))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert found == [(False, before)]
    assert signal.getsignal(signal.SIGTERM) == before


def test_it_speaks_to_the_process_s_own_stderr(capfd, monkeypatch):
    monkeypatch.setattr("sys.stderr", io.StringIO())  # a notebook's has no number
    with Interrupt():
        os.kill(os.getpid(), signal.SIGTERM)
    assert "Stopping: the studies in hand are finished first" in capfd.readouterr().err


def test_what_deserves_no_patience_ends_with_the_first_wish():
    with Interrupt() as interrupt:
        interrupt.check(patient=False)
        os.kill(os.getpid(), signal.SIGTERM)
        interrupt.check()
        with pytest.raises(InterruptedRunError):
            interrupt.check(patient=False)
