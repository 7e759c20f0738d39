"""Reading a header without believing it: every accessor gives None for what is missing or cannot be
parsed."""

from __future__ import annotations

import contextlib
import io
import logging
import math
import warnings
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import pydicom
from pydicom.dataset import FileDataset
from pydicom.filereader import read_dataset, read_preamble
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian

from radprep.errors import Failure

pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)  # its messages quote tag values

Header = FileDataset
"""A parsed file, for those who only hand it on."""

HEADER_BYTES = 132
_PREAMBLE_BYTES = 128
_HEADERLESS_STARTS = (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08")
"""First group (0002 or 0008, either byte order) of a DICOM file written without its preamble."""

_INFLATED_LIMIT = 1 << 30
"""Bytes that a deflated data set may grow to; a hostile one grows a thousandfold."""


class NotDicom(Exception):  # noqa: N818 - a finding, not a fault
    """The bytes have no DICOM header."""


def read_header(data: bytes | BinaryIO, **options: Any) -> Header:
    """Parse a DICOM file up to its pixel data, from its bytes or an open file (PS3.10 section 7);
    `options` go to pydicom.dcmread.

    Raises NotDicom where there is no header to parse, Failure("unreadable_header") where there is
    one that breaks or is deflated from more than a film can be.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    stream.seek(0)
    start = stream.read(HEADER_BYTES)
    has_preamble = start[_PREAMBLE_BYTES:] == b"DICM"
    if not has_preamble and start[:2] not in _HEADERLESS_STARTS:
        raise NotDicom
    stream.seek(0)
    with quiet():
        try:
            _refuse_too_much_deflated(stream)
            dataset = pydicom.dcmread(
                stream, force=not has_preamble, stop_before_pixels=True, **options
            )
            empty = len(dataset) == 0
        except Exception as error:
            if has_preamble:
                raise Failure("unreadable_header", type(error).__name__) from None
            raise NotDicom from None
    if empty or not (has_preamble or "SOPClassUID" in dataset or "Rows" in dataset):
        raise NotDicom
    return dataset


def _refuse_too_much_deflated(stream: BinaryIO) -> None:
    """A deflated data set is inflated as a whole by pydicom, however large: count first, in
    pieces."""
    read_preamble(stream, force=True)
    meta = read_dataset(
        stream,
        is_implicit_VR=False,
        is_little_endian=True,
        stop_when=lambda tag, vr, length: tag >> 16 != 2,
    )
    if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        inflate, inflated, left = zlib.decompressobj(-zlib.MAX_WBITS), 0, stream.read()
        while left and inflated <= _INFLATED_LIMIT:
            inflated += len(inflate.decompress(left, 1 << 26))
            left = inflate.unconsumed_tail
        if inflated > _INFLATED_LIMIT:
            raise OverflowError
    stream.seek(0)


def read_with_pixels(data: bytes, head: Header) -> Header:
    """Parse the whole file whose header has been read.

    Raises Failure: truncated (pydicom gives an empty data set where encapsulated pixel data breaks
    off), no_pixel_data.
    """
    with quiet():
        try:
            dataset = pydicom.dcmread(io.BytesIO(data), force=True)
            complete = len(dataset) >= len(head)
        except Exception as error:  # hostile data breaks it in many ways
            raise Failure("truncated", type(error).__name__) from None
    if not complete:
        raise Failure("truncated", "pixel data breaks off")
    if not values(dataset, "PixelData"):
        raise Failure("no_pixel_data")
    return dataset


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No warning of a library is shown: they quote tag values."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def values(dataset: pydicom.Dataset, keyword: str) -> list[Any]:
    """The values of an attribute as pydicom reads them; empty where it is missing or unreadable."""
    try:
        with quiet():
            value = dataset.get(keyword)
    except Exception:  # a hostile value may break any conversion
        return []
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, MultiValue | Sequence | list) else [value]


def text(dataset: pydicom.Dataset, keyword: str) -> str | None:
    """The first value as text without the padding that PS3.5 section 6.2 allows; None where it is
    empty."""
    found = values(dataset, keyword)
    try:
        cleaned = (
            str(found[0]).strip(" \0\t\r\n").encode("utf-8", "backslashreplace").decode()
            if found
            else ""
        )
    except Exception:  # as above
        return None
    return cleaned or None


def codes(dataset: pydicom.Dataset, keyword: str) -> list[str]:
    """The values of a coded attribute (CS) in capitals without the spaces around each, which mean
    nothing (PS3.5 section 6.2); an empty one stays, so that positions do."""
    try:
        return [str(value).strip(" \0\t\r\n").upper() for value in values(dataset, keyword)]
    except Exception:  # as above
        return []


def code(dataset: pydicom.Dataset, keyword: str) -> str | None:
    """The first value of a coded attribute; None where it is empty."""
    found = codes(dataset, keyword)
    return (found[0] if found else None) or None


def numbers(dataset: pydicom.Dataset, keyword: str) -> list[float] | None:
    """All values as finite numbers; None where there is none, or one is no number."""
    try:
        found = [float(value) for value in values(dataset, keyword)]
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found and all(math.isfinite(value) for value in found) else None


def number(dataset: pydicom.Dataset, keyword: str) -> float | None:
    """The first value as a finite number."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


def integer(dataset: pydicom.Dataset, keyword: str) -> int | None:
    """The first value as a whole number that fits 64 bits."""
    found = number(dataset, keyword)
    return int(found) if found is not None and found == int(found) and abs(found) < 2**53 else None
