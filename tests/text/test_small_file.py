"""Small files: read within bounds, parsed within bounds, shown without what a terminal obeys."""

import json
import os

import pytest

from radprep.errors import UsageError
from radprep.text.small_file import parse_json, parse_toml, read_small, shown


def test_a_file_within_bounds_is_read(tmp_path):
    (tmp_path / "x").write_bytes(b"12345")
    assert read_small(tmp_path / "x", 5) == b"12345"
    with pytest.raises(UsageError, match="at most 4"):
        read_small(tmp_path / "x", 4)
    with pytest.raises(FileNotFoundError):
        read_small(tmp_path / "none")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_what_is_no_regular_file_is_a_sentence(tmp_path, make):
    make(tmp_path / "x")
    with pytest.raises(UsageError, match="x is a "):
        read_small(tmp_path / "x")


def test_a_device_is_not_read():
    with pytest.raises(UsageError, match="pipe or a device"):
        read_small("/dev/zero")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 200_000, "[" * 40 + "]" * 40, '{"a":' * 40 + "1" + "}" * 40, '"\\ud800"', "\0"],
)
def test_json_that_nobody_writes_is_a_value_error(text):
    for form in (text, text.encode()):
        with pytest.raises(ValueError):  # noqa: PT011 - of several kinds, and of that one for who reads
            parse_json(form)


def test_json_is_what_it_says():
    value = {"a": [1, 2.5, None, {"b": "\U0001f9b4"}], "c": [[]] * 100}
    assert parse_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    "text", ["a=", "[[[[", "a=" + "[" * 100_000 + "]" * 100_000, ".".join("a" * 50) + "=1"]
)
def test_toml_that_nobody_writes_is_a_value_error(text):
    with pytest.raises(ValueError):  # noqa: PT011 - as above
        parse_toml(text.encode())


def test_what_a_terminal_would_obey_is_escaped():
    assert shown("a\x1b[2J\n\u202eb\u2028ß") == "a\\x1b[2J\\n\\u202eb\\u2028ß"
