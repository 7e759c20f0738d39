"""What decodes each transfer syntax, and how a syntax is named."""

from __future__ import annotations

from pydicom.uid import UID

from radprep.pictures.decoded import Decoder

RLE = "1.2.840.10008.1.2.5"
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
"""Deflated Image Frame Compression: each frame is native, and deflated by itself (PS3.5
section 8.2.16). It is inflated here."""
JPEG_IN_JPEG_XL = "1.2.840.10008.1.2.4.111"
"""JPEG XL JPEG Recompression: a JPEG stream that comes out of it as it went in."""

LOSSY = frozenset(
    {
        "1.2.840.10008.1.2.4.50",
        "1.2.840.10008.1.2.4.51",
        "1.2.840.10008.1.2.4.81",
        "1.2.840.10008.1.2.4.91",
        "1.2.840.10008.1.2.4.203",
        JPEG_IN_JPEG_XL,
        "1.2.840.10008.1.2.4.112",
    }
)
"""Transfer syntaxes whose values need not be those that were coded (PS3.6 table A-1)."""

PYDICOM = Decoder("pydicom", "pydicom")
JPEG = Decoder("imagecodecs.jpeg", "imagecodecs", "jpeg8_decode")
JPEGLS = Decoder("imagecodecs.jpegls", "imagecodecs", "jpegls_decode")
JPEG2K = Decoder("imagecodecs.jpeg2k", "imagecodecs", "jpeg2k_decode")
JPEGXL = Decoder("imagecodecs.jpegxl", "imagecodecs", "jpegxl_decode")
GDCM = Decoder("gdcm", "python-gdcm")

DECODERS: dict[str, Decoder] = {
    "1.2.840.10008.1.2": PYDICOM,
    "1.2.840.10008.1.2.1": PYDICOM,
    "1.2.840.10008.1.2.1.99": PYDICOM,
    "1.2.840.10008.1.2.2": PYDICOM,
    RLE: PYDICOM,
    "1.2.840.10008.1.2.4.50": JPEG,
    "1.2.840.10008.1.2.4.51": JPEG,
    "1.2.840.10008.1.2.4.57": JPEG,
    "1.2.840.10008.1.2.4.70": JPEG,
    "1.2.840.10008.1.2.4.80": JPEGLS,
    "1.2.840.10008.1.2.4.81": JPEGLS,
    "1.2.840.10008.1.2.4.90": JPEG2K,
    "1.2.840.10008.1.2.4.91": JPEG2K,
    "1.2.840.10008.1.2.4.110": JPEGXL,
    JPEG_IN_JPEG_XL: JPEGXL,
    "1.2.840.10008.1.2.4.112": JPEGXL,
    "1.2.840.10008.1.2.4.201": JPEG2K,
    "1.2.840.10008.1.2.4.202": JPEG2K,
    "1.2.840.10008.1.2.4.203": JPEG2K,
    DEFLATED_FRAMES: PYDICOM,
}
"""Transfer syntax -> its first decoder. Of imagecodecs' JPEG decoders only jpeg8 (libjpeg-turbo)
keeps to a point transform; `jpeg_decode` would fall back on one that does not."""

ASKS_GDCM = frozenset(
    syntax
    for syntax, decoder in DECODERS.items()
    if decoder in (JPEG, JPEGLS, JPEG2K) and not syntax.startswith("1.2.840.10008.1.2.4.20")
)
"""Where GDCM is asked if imagecodecs gives up on a complete grey frame. It can abort its process,
so it is asked in a child."""

_NAMES = {
    "1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
    JPEG_IN_JPEG_XL: "JPEG XL JPEG Recompression",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
    DEFLATED_FRAMES: "Deflated Image Frame Compression",
    "1.2.840.113619.5.2": "GE Implicit VR Little Endian with big endian pixels, private",
}
"""Names of syntaxes that the dictionary of pydicom does not hold."""


def syntax_name(uid: str) -> str | None:
    """Name of a UID that PS3.6 registers, or of a syntax that pydicom does not know; None for any
    other. Whether it is a transfer syntax, `is_registered` says."""
    name = UID(uid).name
    return _NAMES.get(uid) or (name if name != uid else None)


def is_registered(uid: str) -> bool:
    """Whether a UID is a transfer syntax of the Standard, which may be shown: any other UID can
    name a person or a place."""
    return uid in DECODERS or (syntax_name(uid) is not None and UID(uid).type == "Transfer Syntax")


def named_syntax(uid: str) -> str:
    """A transfer syntax for a message: its UID and its name. One that nobody registered is not
    shown: a private UID can hold any number."""
    if uid in _NAMES or is_registered(uid):
        return f"{uid} {syntax_name(uid)}"
    return "a private transfer syntax that nobody registered"


def decoder_versions() -> dict[str, str]:
    """Versions of the packages that turn bytes into stored values."""
    return {decoder.package: decoder.version for decoder in (PYDICOM, JPEG, GDCM)}


def decoder_table() -> dict[str, str]:
    """Name of each transfer syntax that can be read -> its decoder and version."""
    then = f", then gdcm {GDCM.version} in a child process"
    return {
        str(syntax_name(syntax)): (
            f"{decoder.name} {decoder.version}{then if syntax in ASKS_GDCM else ''}"
        )
        for syntax, decoder in DECODERS.items()
    }
