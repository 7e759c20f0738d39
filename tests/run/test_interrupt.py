import os
import signal

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
