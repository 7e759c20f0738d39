"""Hashes that name what something was made from."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, BinaryIO

import xxhash

from radprep.text.small_file import opened

_BLOCK = 1 << 20


def bytes_hash(data: bytes) -> str:
    """xxh3 of a file's bytes, 128 bits, hex. Fast; not for telling forged files apart."""
    return xxhash.xxh3_128(data).hexdigest()


def file_hash(path: Path) -> str:
    """The same of a regular file, however large. Raises UsageError for a folder, pipe or device,
    and OSError."""
    with opened(path, 2**63) as handle:
        return stream_hash(handle, 2**63)


def stream_hash(handle: BinaryIO, most: int) -> str:
    """The same of what a stream holds from here on, up to so many bytes, a block at a time."""
    digest = xxhash.xxh3_128()
    while block := handle.read(min(_BLOCK, most)):
        digest.update(block)
        most -= len(block)
    return digest.hexdigest()


def key_of(*parts: Any) -> str:
    """Key of what something was made from: sha256 of JSON values, 32 hex digits."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
