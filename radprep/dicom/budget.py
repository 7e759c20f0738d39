"""What one file may cost: its size, reads while its header is parsed, and memory from its opening
to its image. Memory ends what nobody thought of; what is foreseen is refused earlier, with a code
of its own.
"""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from typing import BinaryIO

from radprep.errors import Failure

MAX_READS = 200_000
"""Reads that parsing a header may take. Each element and each item takes one to three, and becomes
an object of up to 3 KB: that many are half a gigabyte. The header of a film takes a thousand."""

MAX_HEADER_BYTES = 64 << 20
"""Bytes that parsing a header may read; the header of a film has a few thousand, with overlays and
a maker's own data a few million."""

MAX_FILE_BYTES = 1 << 30
"""Size of a DICOM file, on the disk or unpacked from an archive; a film is a tenth of it."""

UNPACKED_ANYWAY = 1 << 27
"""Bytes that anything compressed may unpack to, however small it is: a film of one grey value is
unpacked a thousandfold."""
MOST_UNPACKED = 20
"""What is larger than that may unpack to so many times its compressed size. Films reach 10."""

_ANY_FILE = 768 << 20
_TIMES_ITS_SIZE = 8
"""Memory that a file may take: so much, and so many times its size. A film of 100 million pixels
takes a gigabyte, and has a tenth of that as its file where it is not made to do harm."""


def most_unpacked(packed: int) -> int:
    """Bytes that so many compressed ones may unpack to, where they are one file."""
    return min(MAX_FILE_BYTES, max(UNPACKED_ANYWAY, MOST_UNPACKED * packed))


def most_unpacked_in_all(packed: int) -> int:
    """Bytes that all the files in an archive of so many bytes may unpack to."""
    return 2 * UNPACKED_ANYWAY + MOST_UNPACKED * packed


class Bounded:
    """A stream for a parser that makes objects of what it reads: it may ask so many times and for
    so many bytes, then Failure("header_too_large") ends it. It has no `name`, so that no parser
    opens the file behind it again."""

    def __init__(self, stream: BinaryIO, most_bytes: int) -> None:
        self._stream = stream
        self._reads, self._bytes = MAX_READS, most_bytes
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, size: int = -1) -> bytes:
        """As of any stream."""
        # one byte more than is left tells whether it was enough
        most = max(0, self._bytes) + 1
        data = self._stream.read(min(size, most) if size >= 0 else most)
        self._reads -= 1
        self._bytes -= len(data)
        self.check()
        return data

    def check(self) -> None:
        """Raise Failure("header_too_large") where it has asked for more: parsers make other errors
        of what a stream raises."""
        if self._reads < 0 or self._bytes < 0:
            raise Failure("header_too_large", "too many elements, or too long")


@contextlib.contextmanager
def memory_for(size: int) -> Iterator[None]:
    """Within it, this process gets what a file of so many bytes may take, and no more: beyond it is
    a MemoryError. Limits that are lower stay. Where the system does not say what the process has,
    nothing is limited here."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    has = mapped_bytes()
    if not has:
        yield
        return
    most = has + _ANY_FILE + _TIMES_ITS_SIZE * max(size, 0)
    limits = [most, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def mapped_bytes() -> int:
    """Address space that this process has mapped; 0 where there is no /proc to ask."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - twice as fast, for every file
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
