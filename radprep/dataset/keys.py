"""Hashes that name what something was made from."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import xxhash


def bytes_hash(data: bytes) -> str:
    """xxh3 of a file's bytes, 128 bits, hex. Fast; not for telling forged files apart."""
    return xxhash.xxh3_128(data).hexdigest()


def key_of(*parts: Any) -> str:
    """Key of what something was made from: sha256 of JSON values, 32 hex digits."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
