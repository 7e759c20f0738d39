"""Tells a picture that is no DICOM from other files, by its first bytes."""

from __future__ import annotations

PNG, JPEG, TIFF, GIF = "png", "jpeg", "tiff", "gif"
JPEG2K, WEBP, BMP, AVIF, HEIC = "jpeg2000", "webp", "bmp", "avif", "heic"

START_BYTES = 32
"""So many first bytes tell whether a file is a picture."""

_STARTS = {
    b"\x89PNG\r\n\x1a\n": PNG,
    b"\xff\xd8\xff": JPEG,
    b"II*\x00": TIFF,  # in either byte order
    b"MM\x00*": TIFF,
    b"II+\x00": TIFF,  # BigTIFF
    b"MM\x00+": TIFF,
    b"GIF87a": GIF,
    b"GIF89a": GIF,
    b"\x00\x00\x00\x0cjP  ": JPEG2K,
    b"\xff\x4f\xff\x51": JPEG2K,  # the bare codestream
}
_BRANDS = {b"heic": HEIC, b"heix": HEIC, b"mif1": HEIC, b"avif": AVIF}
_RESERVED = bytes(4)


def picture_kind(start: bytes) -> str | None:
    """The format of a picture that begins so; None where the file is no picture. start: at least
    its first 16 bytes."""
    for begin, kind in _STARTS.items():
        if start.startswith(begin):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return WEBP
    if start[4:8] == b"ftyp":
        # an image file of the family may name itself mif1 and say further on what it is
        return AVIF if b"avif" in start[8:START_BYTES] else _BRANDS.get(start[8:12])
    # two letters alone would be the beginning of many a text
    return BMP if start[:2] == b"BM" and start[6:10] == _RESERVED else None


def is_picture(start: bytes) -> bool:
    """Whether a file that begins so is a PNG, JPEG, TIFF, GIF, JPEG 2000, WebP, HEIC, AVIF or BMP.
    start: at least its first 16 bytes."""
    return picture_kind(start) is not None
