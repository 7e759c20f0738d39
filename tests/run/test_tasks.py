import os
import signal

import pytest

from radprep.errors import InterruptedRunError
from radprep.run.tasks import Tasks, do_tasks


def double(number):
    return 2 * number


def double_and_ask(number):
    os.kill(os.getpid(), signal.SIGTERM)
    return double(number)


def tasks_over(task, count):
    return Tasks(task, [(number,) for number in range(count)], "double", count, "numbers", "Later.")


@pytest.mark.parametrize("workers", [1, 2])
def test_every_result_is_taken_and_counted(workers, capsys):
    taken = []
    do_tasks(tasks_over(double, 5), workers, lambda result: taken.append(result) or 1)
    assert sorted(taken) == [0, 2, 4, 6, 8]
    assert "double: 5/5 numbers" in capsys.readouterr().err


def test_a_result_may_be_about_several_things(capsys):
    do_tasks(Tasks(double, [(1,), (2,)], "double", 20, "numbers", ""), 1, lambda result: 10)
    assert "double: 20/20 numbers" in capsys.readouterr().err


def test_asked_to_stop_it_says_its_own_sentence(capsys):
    taken = []
    with pytest.raises(InterruptedRunError, match=r"^Later\.$"):
        do_tasks(
            tasks_over(double_and_ask, 5), 1, lambda result: taken.append(result) or 1, quiet=True
        )
    assert taken == [0]
    assert capsys.readouterr().err == ""
