from __future__ import annotations

import pytest

from radprep.dicom.syntaxes import (
    DECODERS,
    decoder_table,
    decoder_versions,
    is_registered,
    named_syntax,
    syntax_name,
)


def test_the_table_of_decoders_names_every_syntax() -> None:
    table = decoder_table()
    assert len(table) == len(DECODERS)
    assert all(version in " ".join(table.values()) for version in decoder_versions().values())


@pytest.mark.parametrize(
    ("uid", "name"),
    [
        ("1.2.840.10008.1.2.4.90", "JPEG 2000 Image Compression (Lossless Only)"),
        ("1.2.840.10008.1.2.4.110", "JPEG XL Lossless"),
        ("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression"),
        ("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1"),
        ("1.2.840.10008.1.2.4.94", "JPIP Referenced"),
    ],
)
def test_a_syntax_is_named_by_uid_and_name(uid: str, name: str) -> None:
    assert syntax_name(uid) == name
    assert named_syntax(uid) == f"{uid} {name}"
    assert is_registered(uid)


@pytest.mark.parametrize(
    "uid", ["1.2.3.4", "1.2.840.10008.1.2.4.99999", "P123", "1.2.840.10008.1.1"]
)
def test_what_nobody_registered_as_a_syntax_is_not_shown(uid: str) -> None:
    assert not is_registered(uid)
    assert uid not in named_syntax(uid)
