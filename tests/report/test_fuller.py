import pytest

from radprep.errors import UsageError
from radprep.report.fuller import note_options, refuse_to_lose
from radprep.report.stale import MARK

SOURCE, SAMPLE, RUN = "--source", "--single-file", "--run"


def given(*names):
    return {name: name in names for name in (SOURCE, SAMPLE, RUN)}


@pytest.mark.parametrize("name", [SOURCE, SAMPLE, RUN])
def test_a_fuller_page_is_not_replaced_unasked(tmp_path, name):
    note_options(tmp_path, given(name))
    with pytest.raises(UsageError, match=f"shows more.*{name} again or another .* --replace"):
        refuse_to_lose(tmp_path, given())
    refuse_to_lose(tmp_path, given(name))
    refuse_to_lose(tmp_path, given(SOURCE, SAMPLE, RUN))


def test_all_that_would_be_lost_is_named(tmp_path):
    note_options(tmp_path, given(SOURCE, SAMPLE))
    with pytest.raises(UsageError, match="Give --source and --single-file again"):
        refuse_to_lose(tmp_path, given(RUN))


@pytest.mark.parametrize("text", ["", "{", "3", '["--nonsense"]'])
def test_a_page_that_does_not_say_may_be_replaced(tmp_path, text):
    refuse_to_lose(tmp_path / "gone", given())
    (tmp_path / MARK).write_text(text)
    refuse_to_lose(tmp_path, given())
