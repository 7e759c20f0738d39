"""Tells a picture that is no DICOM from other files, by its first bytes."""

from __future__ import annotations

_STARTS = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",  # JPEG
    b"II*\x00",  # TIFF, in either byte order
    b"MM\x00*",
    b"II+\x00",  # BigTIFF
    b"MM\x00+",
    b"GIF87a",
    b"GIF89a",
    b"\x00\x00\x00\x0cjP  ",  # JPEG 2000
    b"\xff\x4f\xff\x51",  # JPEG 2000, the bare codestream
)
_BRANDS = (b"heic", b"heix", b"mif1", b"avif")
_RESERVED = bytes(4)


def is_picture(start: bytes) -> bool:
    """Whether a file that begins so is a PNG, JPEG, TIFF, GIF, JPEG 2000, WebP, HEIC, AVIF or BMP.
    start: at least its first 16 bytes."""
    return (
        start.startswith(_STARTS)
        or (start[:4] == b"RIFF" and start[8:12] == b"WEBP")
        or (start[4:8] == b"ftyp" and start[8:12] in _BRANDS)
        # two letters alone would be the beginning of many a text
        or (start[:2] == b"BM" and start[6:10] == _RESERVED)
    )
