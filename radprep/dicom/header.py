"""Reading a header without believing it: every accessor gives None for what is missing or cannot be
parsed."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

import pydicom
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.filereader import read_dataset, read_partial, read_preamble
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian

from radprep.dicom import decimal_text
from radprep.dicom.budget import MAX_HEADER_BYTES, Bounded, most_unpacked
from radprep.errors import Failure

pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)  # its messages quote tag values

Header = FileDataset
"""A parsed file, for those who only hand it on."""

HEADER_BYTES = 132
_PREAMBLE_BYTES = 128
_PIECE = 1 << 24
_HEADERLESS_STARTS = (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08")
"""First group (0002 or 0008, either byte order) of a DICOM file written without its preamble."""

_LONGEST_VALUE = 1 << 20
"""Bytes of a value in a header that is read at all: a look-up table has an eighth of it. Longer
ones are passed over, and count as unreadable."""
_LONGEST_TEXT = 1 << 16
"""Bytes of a value that is made of characters: pydicom makes an object of each number in it."""
_MOST_ITEMS = 1000
"""Items of a sequence that is looked into, those nested in it too."""
_PER_FRAME = "PerFrameFunctionalGroupsSequence"
_MOST_OF_FRAMES = 20 * _MOST_ITEMS
"""Items of the one sequence that has some for each frame."""

_ITEM_TAGS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
_BINARY = frozenset({"FD", "FL", "OB", "OD", "OF", "OL", "OV", "OW", "SL", "SS", "SV", "UL", "US"})

_ALL = 1 << 62
"""No limit: what is parsed is in memory."""

_CHARACTER_SET = 0x00080005
_PIXEL_DATA = frozenset({0x7FE00010, 0x7FE00009, 0x7FE00008})
PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
"""Where pixels stand (PS3.3 C.7.6.3, C.7.6.24, C.7.6.25)."""
_PIXEL_DATA_TAGS = frozenset(
    (tag >> 16 & 0xFFFF).to_bytes(2, order) + (tag & 0xFFFF).to_bytes(2, order)
    for tag in _PIXEL_DATA
    for order in ("little", "big")
)
"""The same as they stand in a file, in either byte order."""
_OF_PIXELS = (
    *("SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames"),
    *("Rows", "Columns", "BitsAllocated", "BitsStored", "PixelRepresentation"),
    *PIXEL_KEYWORDS,
    *("ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
)
"""What decoders ask a parsed file for."""


class NotDicom(Exception):  # noqa: N818 - a finding, not a fault
    """The bytes have no DICOM header."""


def read_header(data: bytes | BinaryIO, specific_tags: Iterable[str] = ()) -> Header:
    """Parse a DICOM file up to its pixel data, from its bytes or an open file (PS3.10 section 7).

    specific_tags: keywords of the attributes wanted; all where there is none. Raises NotDicom where
    there is no header to parse, Failure: unreadable_header where there is one that breaks or is
    deflated from more than a film can be, header_too_large.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    stream.seek(0)
    start = stream.read(HEADER_BYTES)
    has_preamble = start[_PREAMBLE_BYTES:] == b"DICM"
    if not has_preamble and start[:2] not in _HEADERLESS_STARTS:
        raise NotDicom
    try:
        dataset = _parsed(stream, MAX_HEADER_BYTES, _at_pixel_data, specific_tags, _LONGEST_VALUE)
        empty = len(dataset) == 0
    except MemoryError:
        raise
    except Exception as error:  # hostile data breaks it in many ways
        if not has_preamble:
            raise NotDicom from None
        if isinstance(error, Failure):
            raise
        raise Failure("unreadable_header", type(error).__name__) from None
    if empty or not (has_preamble or "SOPClassUID" in dataset or "Rows" in dataset):
        raise NotDicom
    return dataset


def _parsed(
    stream: BinaryIO,
    most_bytes: int,
    stop_when: Callable[..., bool],
    keywords: Iterable[str],
    longest: int | None = None,
) -> Header:
    """Parse a file within a budget. longest: bytes of the longest value that is read. Raises
    Failure("header_too_large"), and whatever pydicom does."""
    options: dict[str, Any] = {
        "stop_when": stop_when,
        "defer_size": longest,
        "specific_tags": [tag_for_keyword(keyword) for keyword in keywords],
    }
    stream.seek(0)
    source: Any = Bounded(stream, most_bytes)
    with quiet():
        try:
            preamble = read_preamble(source, force=True)
            meta = read_dataset(source, False, True, stop_when=_behind_meta)
            _refuse_long_meta(meta)
            if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
                stream.seek(0)
                dataset = read_partial(source, force=True, **options)
            else:
                source = Bounded(_inflated(stream), most_bytes)
                body = read_dataset(source, False, True, **options)
                of_file = FileMetaDataset(meta)
                dataset = FileDataset(source, body, preamble, of_file, False, True)
                dataset.set_original_encoding(False, True, body.original_character_set)
        finally:
            source.check()  # pydicom makes other errors of it, or goes on
    dataset.buffer = None  # what was passed over stays unread
    return dataset


def _refuse_long_meta(meta: pydicom.Dataset) -> None:
    """Raise Failure("header_too_large") for meta information that pydicom would make too many
    objects of: it converts some of it while it parses a file."""
    for element in meta.elements():
        if isinstance(element, RawDataElement) and element.VR != "OB":
            _refuse_longer(element.length)


def _refuse_longer(length: int) -> None:
    if length > _LONGEST_TEXT:
        raise Failure("header_too_large", "a value that decides on others")


def _at_pixel_data(tag: int, vr: str | None, length: int) -> bool:
    if tag == _CHARACTER_SET:  # it is converted wherever it stands
        _refuse_longer(length)
    return tag in _PIXEL_DATA


def _behind_pixel_data() -> Callable[..., bool]:
    """What stops a parser behind the pixel data, whatever stands there."""
    passed = False

    def stop(tag: int, vr: str | None, length: int) -> bool:
        """Whether the parser is to stop before this attribute."""
        nonlocal passed
        if tag == _CHARACTER_SET:
            _refuse_longer(length)
        stopping, passed = passed, passed or tag in _PIXEL_DATA
        return stopping

    return stop


def _behind_meta(tag: int, vr: str | None, length: int) -> bool:
    return tag >> 16 != 2


def _inflated(stream: BinaryIO) -> BinaryIO:
    """The deflated rest of a stream (PS3.5 section A.5), inflated in pieces up to what it may
    grow to. Raises OverflowError, zlib.error."""
    left = stream.read()
    most = most_unpacked(len(left))
    inflate, inflated = zlib.decompressobj(-zlib.MAX_WBITS), io.BytesIO()
    while left and not inflate.eof:
        inflated.write(inflate.decompress(left, _PIECE))
        if inflated.tell() > most:
            raise OverflowError
        left = inflate.unconsumed_tail
    inflated.write(inflate.flush())
    if not inflate.eof:
        raise EOFError
    inflated.seek(0)
    return inflated


def read_with_pixels(data: bytes, head: Header) -> Header:
    """The pixel data of a file whose header has been read, and the attributes that decoders ask
    for.

    Raises Failure: truncated (pydicom gives an empty data set where encapsulated pixel data breaks
    off), no_pixel_data, header_too_large.
    """
    try:
        dataset = _parsed(io.BytesIO(data), _ALL, _behind_pixel_data(), _OF_PIXELS)
    except (Failure, MemoryError):
        raise
    except Exception as error:  # hostile data breaks it in many ways
        raise Failure("truncated", type(error).__name__) from None
    if len(dataset) < len(head.keys() & {tag_for_keyword(keyword) for keyword in _OF_PIXELS}):
        raise Failure("truncated", "pixel data breaks off")
    if not any(values(dataset, keyword) for keyword in PIXEL_KEYWORDS):
        raise Failure("no_pixel_data")
    for keyword in _OF_PIXELS:
        if is_too_large(dataset, keyword):  # decoders would have it converted
            delattr(dataset, keyword)
    return dataset


def pixels_follow(handle: BinaryIO, parsed: Header) -> bool:
    """Whether pixel data that is not empty follows the header that was just read from an open file;
    whether it is whole is not looked at."""
    # what follows was inflated with the header
    if parsed.file_meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        handle.seek(0)
        return holds_pixels(handle.read())
    implicit, _ = parsed.original_encoding
    element = handle.read(12)
    return element[:4] in _PIXEL_DATA_TAGS and any(element[4:8] if implicit else element[8:12])


def holds_pixels(data: bytes) -> bool:
    """Whether pixel data of any kind that is not empty follows the header of a file. True where the
    file breaks off before that can be told."""
    try:
        dataset = _parsed(io.BytesIO(data), _ALL, _behind_pixel_data(), PIXEL_KEYWORDS)
        found = [dataset.get_item(keyword) for keyword in PIXEL_KEYWORDS if keyword in dataset]
        return any(element is not None and element.value for element in found)
    except (Failure, MemoryError):
        raise
    except Exception:  # hostile data breaks it in many ways
        return True


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No warning of a library is shown: they quote tag values."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def is_little_endian(dataset: pydicom.Dataset) -> bool:
    """Whether the words of a file stand in little endian order; true where that is not known."""
    return dataset.original_encoding[1] is not False


def values(dataset: pydicom.Dataset, keyword: str) -> list[Any]:
    """The values of an attribute as pydicom reads them; empty where it is missing, unreadable, or
    larger than an attribute of a film can be."""
    try:
        with quiet():
            value = None if is_too_large(dataset, keyword) else dataset.get(keyword)
    except Exception:  # a hostile value may break any conversion
        return []
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, MultiValue | Sequence | list) else [value]


def raw_texts(dataset: pydicom.Dataset, keyword: str) -> list[str]:
    """The values of an attribute of characters as they stand, where pydicom cannot convert one of
    them; empty where it is missing, too large, or made of binary numbers."""
    if keyword not in dataset or is_too_large(dataset, keyword):
        return []
    raw = dataset.get_item(keyword)
    if not isinstance(raw, RawDataElement) or not isinstance(raw.value, bytes):
        return []
    return [] if _vrs(raw) <= _BINARY else raw.value.decode("ascii", "replace").split("\\")


def is_too_large(dataset: pydicom.Dataset, keyword: str) -> bool:
    """Whether the bytes of a value are more than pydicom is asked to make objects of; of pixel data
    it makes none."""
    if keyword not in dataset or keyword in PIXEL_KEYWORDS:
        return False
    raw = dataset.get_item(keyword, keep_deferred=True)
    if not isinstance(raw, RawDataElement):  # a sequence, read within the budget
        return False
    if raw.value is None:
        return raw.length > 0
    vrs = _vrs(raw)
    if vrs == {"SQ"}:
        most = _MOST_OF_FRAMES if keyword == _PER_FRAME else _MOST_ITEMS
        return sum(raw.value.count(tag) for tag in _ITEM_TAGS) > most
    return len(raw.value) > (_LONGEST_VALUE if vrs <= _BINARY else _LONGEST_TEXT)


def _vrs(raw: RawDataElement) -> set[str]:
    """The value representation of an attribute, or those that it may have."""
    vr = dictionary_VR(raw.tag) if raw.VR in (None, "UN") else raw.VR
    return set(vr.split(" or "))


def text(dataset: pydicom.Dataset, keyword: str) -> str | None:
    """The first value as text without the padding that PS3.5 section 6.2 allows; None where it is
    empty."""
    return _joined(values(dataset, keyword)[:1])


def whole_text(dataset: pydicom.Dataset, keyword: str) -> str | None:
    """An attribute of one value as text, as `text`, but with what stands behind a backslash. A
    backslash parts values (PS3.5 section 6.2), and one value has none; but HL7 escapes and people
    put one into an identifier, which names another person or study without its end."""
    return _joined(values(dataset, keyword))


def _joined(found: list[Any]) -> str | None:
    try:
        cleaned = "\\".join(map(str, found)).strip(" \0\t\r\n")
        return cleaned.encode("utf-8", "backslashreplace").decode() or None
    except Exception:  # as above
        return None


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


def written(dataset: pydicom.Dataset, keyword: str) -> list[Any]:
    """The values of an attribute of numbers. pydicom gives none of them where one cannot be parsed,
    so they are texts, as they stand in the file, then."""
    return values(dataset, keyword) or raw_texts(dataset, keyword)


def decimals(dataset: pydicom.Dataset, keyword: str) -> list[float | None]:
    """The values of an attribute of numbers, None for each that is no finite number."""
    return [decimal_text.number(value) for value in written(dataset, keyword)]


def numbers(dataset: pydicom.Dataset, keyword: str) -> list[float] | None:
    """All values as finite numbers; None where there is none, or one is no number."""
    read = decimals(dataset, keyword)
    found = [value for value in read if value is not None]
    return found if found and len(found) == len(read) else None


def number(dataset: pydicom.Dataset, keyword: str) -> float | None:
    """The first value as a finite number."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


def integer(dataset: pydicom.Dataset, keyword: str) -> int | None:
    """The first value as a whole number that fits 64 bits."""
    found = number(dataset, keyword)
    return int(found) if found is not None and found == int(found) and abs(found) < 2**53 else None
