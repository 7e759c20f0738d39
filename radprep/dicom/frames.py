"""The frames in pixel data: how many there are, and where each begins. What the header says of
their number is held against the data."""

from __future__ import annotations

import struct
from itertools import accumulate, pairwise

import pydicom
from pydicom.encaps import generate_fragments

from radprep.dicom import codestream
from radprep.dicom.native import RLE_HEADER_BYTES
from radprep.dicom.pixel_format import PixelFormat
from radprep.dicom.syntaxes import DEFLATED_FRAMES, RLE
from radprep.errors import Failure

MORE_FRAMES = "more_frames"
"""Mark for review: there are more frames than the header says."""

_ITEM_HEAD = 8
_MOST_SEGMENTS = 15


def native_frames(data: bytes, form: PixelFormat) -> int:
    """How many frames native pixel data has: as many as the header says, cut off or not, or all
    that are there where it says too few.

    Padding of one value, and a rest shorter than a row, are let through. Raises
    Failure("frame_does_not_fit") where more is left, but no whole frame.
    """
    whole = 8 * len(data) // form.frame_bits
    for frames in (form.frames, whole):
        rest = data[(frames * form.frame_bits + 7) // 8 :]
        if frames >= form.frames and _is_padding(rest, form):
            return frames
    wanted = (form.frames * form.frame_bits + 7) // 8
    raise Failure("frame_does_not_fit", f"{len(data)} bytes of pixels where {wanted} are asked for")


def _is_padding(rest: bytes, form: PixelFormat) -> bool:
    row = form.frame_bits // form.rows // 8
    return len(rest) < max(2, row) or rest[:-1] == rest[:1] * (len(rest) - 1)


def native_frame(data: bytes, form: PixelFormat, index: int) -> bytes:
    """The bytes of one frame; of pixels of one bit, those that hold a part of it. Raises
    Failure("truncated")."""
    first, end = index * form.frame_bits, (index + 1) * form.frame_bits
    if 8 * len(data) < end:
        raise Failure("truncated", f"{len(data)} of {(end + 7) // 8} bytes")
    if not first and len(data) == (end + 7) // 8:
        return data
    return data[first // 8 : (end + 7) // 8]


def encapsulated_frames(dataset: pydicom.Dataset, form: PixelFormat) -> list[bytes]:
    """The frames of encapsulated pixel data (PS3.5 section A.4) that are there, whatever number the
    header says. Raises Failure("truncated") where there is none, or its fragments break off."""
    data = dataset.PixelData
    try:
        pieces = list(generate_fragments(data))
    except MemoryError:
        raise
    except Exception:  # hostile data breaks it in many ways
        raise Failure("truncated", "the fragments break off") from None
    table = b"" if not pieces or codestream.begins(pieces[0]) else pieces.pop(0)
    ways = [_by_starts(pieces, form), _by_offsets(pieces, table), _one_each(pieces, form)]
    # where streams are cut off, the next one begins before they are over
    ways.append(_by_starts(pieces, form, are_whole=False))
    found: list[bytes] = []
    for groups in ways:
        frames = [one for group in groups for one in _streams(b"".join(group), form)]
        if len(frames) >= form.frames:
            return frames
        found = max(found, frames, key=len)
    if not found:
        raise Failure("truncated", "no frame")
    return found


def _streams(frame: bytes, form: PixelFormat) -> list[bytes]:
    """The frames in the data of one: writers have put several streams into one fragment."""
    return [frame] if form.syntax in (RLE, DEFLATED_FRAMES) else codestream.each_stream(frame)


def _by_offsets(pieces: list[bytes], table: bytes) -> list[list[bytes]]:
    """Frames by the Basic Offset Table; none where it is empty or does not point at fragments."""
    if not table or len(table) % 4:
        return []
    places = [0, *accumulate(_ITEM_HEAD + len(piece) for piece in pieces)]
    at = {place: number for number, place in enumerate(places[:-1])}
    firsts = [at.get(offset, -1) for (offset,) in struct.iter_unpack("<I", table)]
    if firsts[0] != 0 or any(one >= other for one, other in pairwise(firsts)):
        return []
    return [pieces[one:other] for one, other in pairwise([*firsts, len(pieces)])]


def _one_each(pieces: list[bytes], form: PixelFormat) -> list[list[bytes]]:
    """A fragment for each frame, as far as their number tells."""
    return [[piece] for piece in pieces] if len(pieces) == form.frames else []


def _by_starts(
    pieces: list[bytes], form: PixelFormat, *, are_whole: bool = True
) -> list[list[bytes]]:
    """A frame begins where a stream begins and the one before, if streams are whole, is over."""
    groups: list[list[bytes]] = []
    for piece in pieces:
        is_over = not groups or not are_whole or _is_over(groups[-1], form)
        if not groups or (is_over and _begins(piece, form)):
            groups.append([])
        groups[-1].append(piece)
    return groups


def _begins(piece: bytes, form: PixelFormat) -> bool:
    if form.syntax == RLE:  # 16 numbers: segments, and where each begins (PS3.5 annex G)
        if len(piece) < RLE_HEADER_BYTES:
            return False
        segments, first = struct.unpack_from("<2I", piece)
        return bool(1 <= segments <= _MOST_SEGMENTS and first == RLE_HEADER_BYTES)
    return form.syntax == DEFLATED_FRAMES or codestream.begins(piece)


def _is_over(group: list[bytes], form: PixelFormat) -> bool:
    if form.syntax in (RLE, DEFLATED_FRAMES):  # a frame has one fragment
        return True
    return codestream.is_over(group[0], group[-1])
