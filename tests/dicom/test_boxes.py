import struct

import pytest

from radprep.dicom.boxes import Box, boxes


def box(kind, body):
    return struct.pack(">I4s", 8 + len(body), kind) + body


def test_boxes_follow_each_other_with_either_form_of_length():
    long = struct.pack(">I4sQ", 1, b"long", 16 + 3) + b"abc"
    last = struct.pack(">I4s", 0, b"last") + b"rest"
    data = box(b"jP  ", b"12") + long + last
    found = list(boxes(data))
    assert [one.kind for one in found] == [b"jP  ", b"long", b"last"]
    assert [data[one.start : one.end] for one in found] == [b"12", b"abc", b"rest"]


@pytest.mark.parametrize("length", [2, 7])
def test_a_box_shorter_than_its_head_is_the_last(length):
    data = struct.pack(">I4s", length, b"jp2c") + box(b"more", b"")
    assert list(boxes(data)) == [Box(b"jp2c", 8, length)]


def test_a_box_may_reach_behind_the_file_and_what_is_no_box_is_none():
    assert list(boxes(struct.pack(">I4s", 100, b"jp2c"))) == [Box(b"jp2c", 8, 100)]
    assert list(boxes(b"1234567")) == []
