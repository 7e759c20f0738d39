import struct

import imagecodecs
import pytest

from tests.pictures.made import code_of, ramp, read

STREAM = imagecodecs.jpeg2k_encode(ramp(), level=0, reversible=True, codecformat="j2k")
JP2 = imagecodecs.jpeg2k_encode(ramp(), level=0, reversible=True, codecformat="jp2")


def enlarged(stream):
    """The same stream with a SIZ segment that says 30,000 x 30,000 pixels."""
    at = stream.index(b"\xff\x51") + 6
    grid = struct.pack(">6I", 30_000, 30_000, 0, 0, 30_000, 30_000)
    return stream[:at] + grid + stream[at + 24 :]


@pytest.mark.parametrize("data", [STREAM, JP2], ids=["codestream", "jp2"])
def test_a_picture_is_read(data):
    assert (read(data).pixels == ramp()).all()


def test_the_size_is_that_of_the_content_and_not_of_another_box():
    decoy = struct.pack(">I4s", 8 + len(STREAM), b"free") + STREAM
    at = JP2.index(b"jp2c") - 4
    assert code_of(JP2[:at] + decoy + enlarged(JP2[at:])) == "too_many_pixels"
    assert (read(JP2[:at] + decoy + JP2[at:]).pixels == ramp()).all()


def test_a_file_without_content_is_no_picture():
    assert code_of(JP2[: JP2.index(b"jp2c") - 4]) == "unreadable_picture"
