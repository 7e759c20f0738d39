from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1, RLELossless

from radprep.dicom import facts as facts_module
from radprep.dicom import scan as scan_module
from radprep.dicom.facts import FileFacts, read_facts
from radprep.dicom.files import FoundFile, find_files
from tests.made import PLAIN, ROOT, arm, make_dicom


def facts_of(folder: Path, data: bytes) -> FileFacts:
    (folder / "IM1").write_bytes(data)
    [[found]] = read_facts(folder, list(find_files(folder)))
    return found


@pytest.mark.parametrize(
    "syntax", [*PLAIN, JPEGLosslessSV1, JPEG2000Lossless, RLELossless], ids=lambda uid: uid.keyword
)
def test_a_film_in_every_syntax(tmp_path: Path, syntax: str) -> None:
    found = facts_of(
        tmp_path,
        make_dicom(
            arm(130, 90, bits=16), study="7", syntax=syntax, bits=16, BodyPartExamined="Muñeca"
        ),
    )
    assert found == FileFacts(
        "dicom_image",
        f"{ROOT}.7",
        "P7",
        "A7",
        None,
        f"{ROOT}.7.1.1",
        "CR",
        syntax,
        "Agfa",
        "MONOCHROME2",
        16,
        "Muñeca",
        "wrist",
        "BodyPartExamined",
        1.0,
        sizes=((90, 130),),
    )


@pytest.mark.parametrize("syntax", PLAIN, ids=lambda uid: uid.keyword)
@pytest.mark.parametrize("pixels", [None, b""], ids=["absent", "empty"])
def test_a_header_without_pixels(tmp_path: Path, syntax: str, pixels: bytes | None) -> None:
    found = facts_of(tmp_path, make_dicom(syntax=syntax, PixelData=pixels))
    assert (found.kind, found.sizes, found.Modality) == ("dicom_without_pixels", (), "CR")


@pytest.mark.parametrize("syntax", PLAIN, ids=lambda uid: uid.keyword)
def test_pixels_that_are_real_numbers_are_pixels(tmp_path: Path, syntax: str) -> None:
    found = facts_of(tmp_path, make_dicom(syntax=syntax, PixelData=None, FloatPixelData=b"\1" * 40))
    assert found.kind == "dicom_image"


def test_pixels_that_break_off_are_pixels(tmp_path: Path) -> None:
    assert facts_of(tmp_path, make_dicom()[:-3000]).kind == "dicom_image"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "not_dicom"),
        (b"a text", "not_dicom"),
        (b"\x89PNG\r\n\x1a\n and so on", "picture"),
        (b"\0" * 128 + b"DICM", "not_dicom"),
        (make_dicom(syntax=PLAIN[3])[:-200] + bytes(200), "unreadable_header"),
    ],
    ids=["empty", "text", "picture", "preamble", "broken"],
)
def test_what_is_no_film(tmp_path: Path, data: bytes, kind: str) -> None:
    assert facts_of(tmp_path, data) == FileFacts(kind)


def test_a_dicom_file_whose_preamble_is_a_tiff_is_no_picture(tmp_path: Path) -> None:
    """The preamble is free for that (PS3.10 section 7.1)."""
    both = b"II*\0" + bytes(124) + make_dicom()[128:]
    assert facts_of(tmp_path, both).kind == "dicom_image"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "nowhere").symlink_to("gone")
    files = [*find_files(tmp_path), FoundFile(b"vanished", 10, 1)]
    assert read_facts(tmp_path, files) == [[FileFacts("unreadable")]] * 2


def test_a_pipe_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts_module, "open_file", lambda *_: pytest.fail("opened"))
    monkeypatch.setattr(scan_module, "list_archive", lambda *_: pytest.fail("opened"))
    assert read_facts(tmp_path, [FoundFile(b"pipe", -1, 0)]) == [[FileFacts("unreadable")]]


def test_a_header_that_breaks_us_costs_its_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(facts_module, "public_columns", broken)
    assert facts_of(tmp_path, make_dicom()) == FileFacts("internal_error")


def test_files_in_an_archive_count_each(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "cd", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("IM1", make_dicom(BodyPartExamined="CODO"))
        archive.writestr("notes.txt", "not a film")
    [found] = read_facts(tmp_path, list(find_files(tmp_path)))
    assert [(one.kind, one.body_part) for one in found] == [
        ("dicom_image", "elbow"),
        ("not_dicom", None),
    ]


def test_only_the_body_part_and_the_modality_are_shown_as_typed(tmp_path: Path) -> None:
    found = facts_of(
        tmp_path,
        make_dicom(
            BodyPartExamined="WRIST of GARCIA",
            Manufacturer="Agfa for GARCIA",
            Modality="GARCIA",
            PhotometricInterpretation="GARCIA",
            StudyDescription="GARCIA",
        ),
    )
    assert (found.BodyPartExamined, found.body_part) == ("WRIST of GARCIA", "wrist")
    assert (found.Manufacturer, found.Modality, found.PhotometricInterpretation) == (
        "Agfa ***",
        "CR",
        None,
    )
    assert found.typed_modality == "GARCIA"
    assert str(found).count("GARCIA") == 2


def test_the_part_may_stand_in_a_description_that_is_not_shown(tmp_path: Path) -> None:
    found = facts_of(
        tmp_path, make_dicom(BodyPartExamined=None, StudyDescription="RX CODO de secret")
    )
    assert (found.BodyPartExamined, found.body_part, found.body_part_source) == (
        None,
        "elbow",
        "StudyDescription",
    )
    assert "secret" not in str(found)


def test_a_text_without_end_is_cut(tmp_path: Path) -> None:
    assert (
        len(facts_of(tmp_path, make_dicom(BodyPartExamined="x" * 5000)).BodyPartExamined or "")
        == 256
    )
