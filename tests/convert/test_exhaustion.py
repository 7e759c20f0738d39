"""Files that ask for much, in a whole conversion: each costs itself, with a code that says why."""

import io
import os
import struct
import sys
import time
import zipfile
import zlib
from pathlib import Path
from subprocess import DEVNULL, Popen

import imagecodecs
import numpy as np
import pytest
from pydicom.uid import (
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from tests.dicom.test_decode import rewritten
from tests.made import arm, convert, make_dicom, rows

EMPTY_ITEM = b"\xfe\xff\x00\xe0\0\0\0\0"
PIXELS = b"\xe0\x7f\x10\x00"
MEBI = 1 << 20


def before_pixels(extra):
    data = make_dicom()
    place = data.rindex(PIXELS)
    return data[:place] + extra + data[place:]


def element(group, number, vr, value):
    return struct.pack("<HH2sHI", group, number, vr, 0, len(value)) + value


def sequence(items):
    return b"\x40\0\x75\2SQ\0\0\xff\xff\xff\xff" + items + b"\xfe\xff\xdd\xe0\0\0\0\0"


def deflated_frame(film):
    deflate = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return deflate.compress(film.tobytes()) + deflate.flush()


def stream(syntax, size, encode, between=b""):
    """A small header around a codestream of another size. between: what stands before it."""
    film = rewritten(make_dicom(arm(20, 30, bits=8), syntax=JPEGLosslessSV1, bits=8), syntax)
    coded = encode(np.zeros((size, size), np.uint8))
    place = film.rindex(PIXELS)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, len(coded) + len(coded) % 2)
    return (
        film[:place]
        + film[place : place + 12]
        + EMPTY_ITEM
        + between
        + item
        + coded
        + b"\0" * (len(coded) % 2)
        + b"\xfe\xff\xdd\xe0\0\0\0\0"
    )


def frames(number, syntax):
    return make_dicom(np.zeros((number, 1, 1), np.uint8), syntax=syntax, bits=8)


def zipped(*members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for number, data in enumerate(members):
            archive.writestr(str(number), data)
    return buffer.getvalue()


def deflated(size):
    film = make_dicom(np.zeros((size, size), np.uint16), syntax="1.2.840.10008.1.2.1.99")
    assert len(film) < size * size // 100
    return film


SIZE = 1_000_000
KINDS = {
    "items": (lambda n: before_pixels(sequence(EMPTY_ITEM * (n // 8))), "header_too_large"),
    "elements": (
        lambda n: before_pixels(
            b"".join(
                struct.pack("<HH2sH", 0x19 + 2 * (k // 60_000), 0x1000 + k % 60_000, b"LO", 0)
                for k in range(n // 8)
            )
        ),
        "header_too_large",
    ),
    "text": (lambda n: before_pixels(element(0x10, 0x20, b"UT", b"A" * n)), None),
    "numbers": (lambda n: before_pixels(element(0x28, 0x1050, b"UT", b"1.5\\" * (n // 4))), None),
    "sequence": (
        lambda n: before_pixels(element(0x28, 0x3010, b"SQ", EMPTY_ITEM * (n // 8))),
        None,
    ),
    "trailing": (lambda n: make_dicom() + sequence(EMPTY_ITEM * (n // 8)), None),
    "frames": (lambda n: frames(min(n, 40_000), "1.2.840.10008.1.2.1"), "too_many_frames"),
    "rle frames": (lambda n: frames(1500, RLELossless), "too_many_frames"),
    "frames in a zip": (
        lambda n: zipped(frames(min(n, 40_000), "1.2.840.10008.1.2.1")),
        "too_many_frames",
    ),
    "jpeg": (
        lambda n: stream(JPEGBaseline8Bit, 4000, imagecodecs.jpeg8_encode),
        "frame_does_not_fit",
    ),
    "jpeg ls": (
        lambda n: stream(JPEGLSLossless, 4000, imagecodecs.jpegls_encode),
        "frame_does_not_fit",
    ),
    "jpeg 2000": (
        lambda n: stream(
            JPEG2000Lossless,
            4000,
            lambda film: imagecodecs.jpeg2k_encode(film, codecformat="j2k", level=0),
        ),
        "frame_does_not_fit",
    ),
    "htj2k": (
        lambda n: stream("1.2.840.10008.1.2.4.201", 4000, imagecodecs.htj2k_encode),
        "frame_does_not_fit",
    ),
    "jpeg xl": (
        lambda n: stream(
            "1.2.840.10008.1.2.4.110",
            800,
            lambda film: imagecodecs.jpegxl_encode(film, lossless=True),
        ),
        "frame_does_not_fit",
    ),
    "jpeg in jpeg xl": (
        lambda n: stream(
            "1.2.840.10008.1.2.4.111",
            4000,
            lambda film: imagecodecs.jpegxl_encode_jpeg(imagecodecs.jpeg8_encode(film)),
        ),
        "frame_does_not_fit",
    ),
    "deflated frame": (
        lambda n: stream("1.2.840.10008.1.2.8.1", 4000, lambda film: deflated_frame(film)),
        "frame_does_not_fit",
    ),
    "fragments": (
        lambda n: stream(JPEGLosslessSV1, 1, lambda film: b"", EMPTY_ITEM * (n // 8)),
        "header_too_large",
    ),
    "zip": (lambda n: zipped(*[bytes(15 * n)] * 10), "bad_archive"),
    "zip of one": (lambda n: zipped(make_dicom() + bytes(70 * n)), "too_large_in_archive"),
    "deflated": (lambda n: deflated(9000), "unreadable_header"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_costs_its_own_file_or_nothing(tmp_path, kind):
    make, code = KINDS[kind]
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / "bomb").write_bytes(make(2 * SIZE))
    (tmp_path / "dump" / "good").write_bytes(make_dicom(study="2"))
    convert(tmp_path / "dump", tmp_path / "out", "--workers", 1, "--max-failed", 1)
    found = rows(tmp_path / "out")
    assert len(found) == 2
    assert sorted(found.reason.dropna()) == ([code] if code else [])


def test_what_is_no_dicom_is_known_by_its_head(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    with (dump / "backup.tar").open("wb") as handle:
        handle.truncate(1 << 40)  # a terabyte without a byte on the disk
    (dump / "notes").write_text("x")
    convert(dump, tmp_path / "out", "--workers", 1)
    assert list(rows(tmp_path / "out").reason) == ["not_dicom"] * 2


def tree_memory(process):
    """Bytes in memory of a process and of all that it has started."""
    total, waiting = 0, [process]
    while waiting:
        one = waiting.pop()
        try:
            pages = int((Path("/proc") / one / "statm").read_text().split()[1])
            for task in (Path("/proc") / one / "task").iterdir():
                waiting += (task / "children").read_text().split()
        except (OSError, IndexError):
            continue
        total += pages * os.sysconf("SC_PAGE_SIZE")
    return total


def cost(dump, out):
    """Peak of the memory of a conversion, bytes, and the seconds that it took."""
    command = ["convert", dump, out, "--workers", "1", "--max-failed", "1"]
    began, peak = time.monotonic(), 0
    with Popen(
        [sys.executable, "-m", "radprep", *map(str, command)], stdout=DEVNULL, stderr=DEVNULL
    ) as run:
        while run.poll() is None:
            peak = max(peak, tree_memory(str(run.pid)))
            time.sleep(0.02)
    assert run.returncode == 0
    return peak, time.monotonic() - began


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_file_of_ten_megabytes_costs_a_gigabyte_or_twenty_seconds(tmp_path, kind):
    for name in ("empty", "bomb"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "good").write_bytes(make_dicom(study="2"))
    make, _ = KINDS[kind]
    (tmp_path / "bomb" / "bomb").write_bytes(make(10 * SIZE))
    memory, seconds = cost(tmp_path / "empty", tmp_path / "one")
    more, longer = cost(tmp_path / "bomb", tmp_path / "two")
    assert more - memory < 1024 * MEBI
    assert longer - seconds < 20
