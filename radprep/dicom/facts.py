"""What the header of a file says of it, for a person who wants to know a dump before converting it.
No pixel is decoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from radprep.dicom.budget import memory_for
from radprep.dicom.deidentify import modality_shown, public_columns
from radprep.dicom.files import FoundFile, list_archive, open_file, refuse_archive
from radprep.dicom.header import Header, NotDicom, read_header, read_with_pixels, text
from radprep.dicom.pictures import is_picture
from radprep.dicom.scan import GROUPING
from radprep.errors import Failure
from radprep.private.key import KEY_BYTES, Pseudonyms

IMAGE, WITHOUT_PIXELS = "dicom_image", "dicom_without_pixels"
NOT_DICOM, PICTURE = "not_dicom", "picture"

_MAX_TEXT = 256
_START_BYTES = 16
_NO_KEY = Pseudonyms(bytes(KEY_BYTES))
"""Moves the dates, which nobody looks at here."""
_PIXEL_DATA_TAGS = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")
"""(7FE0,0010) in either byte order."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is counted of one file, under the names that a data set's columns have.

    kind: IMAGE, WITHOUT_PIXELS, NOT_DICOM, PICTURE (which is none either), or the code of the
    failure that convert would write. Of a dump, the identifiers and BodyPartExamined are what the
    header holds; of a data set, its pseudonyms and its masked text. sizes: (width, height) of each
    image, pixels. file: where it lies in a dump.
    """

    kind: str
    StudyInstanceUID: str | None = None
    PatientID: str | None = None
    AccessionNumber: str | None = None
    StudyID: str | None = None
    SOPInstanceUID: str | None = None
    Modality: str | None = None
    TransferSyntaxUID: str | None = None
    Manufacturer: str | None = None
    PhotometricInterpretation: str | None = None
    BitsStored: int | None = None
    BodyPartExamined: str | None = None
    body_part: str | None = None
    body_part_source: str | None = None
    body_part_score: float = 0.0
    sizes: tuple[tuple[int, int], ...] = ()
    file: FoundFile | None = field(default=None, compare=False)


PUBLIC = (
    "TransferSyntaxUID",
    "Manufacturer",
    "PhotometricInterpretation",
    "BitsStored",
    "body_part",
    "body_part_source",
    "body_part_score",
)
"""Facts that are columns of a data set, filtered as convert filters them."""


def read_facts(dump: Path, files: Sequence[FoundFile]) -> list[list[FileFacts]]:
    """For each file found, what its header says of it, or of each file in it where it is an
    archive. Never raises for what a file holds; opens for reading only."""
    return [
        [_facts(dump, one) for one in (file.size >= 0 and list_archive(dump, file)) or [file]]
        for file in files
    ]


def syntax_name(uid: str | None) -> str | None:
    """Name of a transfer syntax in the Standard (PS3.6 table A-1)."""
    return UID(uid).name if uid else None


def _facts(dump: Path, file: FoundFile) -> FileFacts:
    if file.size < 0:
        return FileFacts("unreadable")
    start = b""
    try:
        with memory_for(file.size), open_file(dump, file) as handle:
            start = handle.read(_START_BYTES)
            if not file.archive:
                refuse_archive(start)
            parsed = read_header(handle)
            kind = IMAGE if _has_pixels(handle, parsed) else WITHOUT_PIXELS
            return replace(_facts_of(parsed, kind), file=file)
    except NotDicom:
        return FileFacts(PICTURE if is_picture(start) else NOT_DICOM)
    except Failure as failure:
        return FileFacts(failure.code)
    except OSError:
        return FileFacts("unreadable")
    except MemoryError:
        return FileFacts("out_of_memory")
    except Exception:  # hostile input finds what nobody thought of: it must cost this file only
        return FileFacts("internal_error")


def _facts_of(parsed: Header, kind: str) -> FileFacts:
    shown = public_columns(parsed, _NO_KEY, "")
    values: dict[str, Any] = {
        keyword: text(parsed, keyword) for keyword in (*GROUPING, "SOPInstanceUID")
    }
    columns = cast(Mapping[str, Any], shown)
    values |= {name: columns[name] for name in PUBLIC}
    typed = text(parsed, "BodyPartExamined")
    width, height = shown["Columns"], shown["Rows"]
    return FileFacts(
        kind,
        **values,
        Modality=modality_shown(parsed),
        BodyPartExamined=typed and typed[:_MAX_TEXT],
        sizes=((width, height),) if kind == IMAGE and width and height else (),
    )


def _has_pixels(handle: BinaryIO, parsed: Header) -> bool:
    """Whether pixel data that is not empty follows the header just read; whether it is whole is not
    looked at."""
    # what follows was inflated with the header
    if parsed.file_meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        handle.seek(0)
        try:
            read_with_pixels(handle.read(), parsed)
        except Failure as failure:
            return failure.code != "no_pixel_data"
        return True
    implicit, _ = parsed.original_encoding
    element = handle.read(12)
    return element[:4] in _PIXEL_DATA_TAGS and any(element[4:8] if implicit else element[8:12])
