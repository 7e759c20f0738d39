"""What the header of a file says of it, for a person who wants to know a dump before converting it.
No pixel is decoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from radprep.dicom.budget import memory_for
from radprep.dicom.deidentify import public_columns
from radprep.dicom.files import (
    FoundFile,
    LinkNotFollowed,
    failure_of,
    open_file,
    refuse_archive,
    refuse_without_bytes,
)
from radprep.dicom.grouping import grouping_of
from radprep.dicom.header import Header, NotDicom, pixels_follow, read_header, text
from radprep.dicom.modality import modality_of, typed_modality
from radprep.dicom.scan import files_of
from radprep.errors import Failure
from radprep.pictures.kinds import is_picture
from radprep.private.key import KEY_BYTES, Pseudonyms

IMAGE, WITHOUT_PIXELS = "dicom_image", "dicom_without_pixels"
NOT_DICOM, PICTURE = "not_dicom", "picture"

_MAX_TEXT = 256
_START_BYTES = 16
_NO_KEY = Pseudonyms(bytes(KEY_BYTES))
"""Moves the dates, which nobody looks at here."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is counted of one file, under the names that a data set's columns have.

    kind: IMAGE, WITHOUT_PIXELS, NOT_DICOM, PICTURE (which is none either), or the code of the
    failure that convert would write. Of a dump, the identifiers and BodyPartExamined are what the
    header holds; of a data set, its pseudonyms and its masked text. typed_modality: what a file of
    a dump says in Modality, where that is not the term that it is read as. sizes: (width, height)
    of each image, pixels. file: where it lies in a dump.
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
    IssuerOfPatientID: str | None = None
    file: FoundFile | None = field(default=None, compare=False)
    typed_modality: str | None = None


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
        [replace(_facts(dump, one), file=one) for one in files_of(dump, file)] for file in files
    ]


def _facts(dump: Path, file: FoundFile) -> FileFacts:
    start = b""
    try:
        refuse_without_bytes(file)
        with memory_for(file.size), open_file(dump, file) as handle:
            start = handle.read(_START_BYTES)
            parsed = _header_of(handle)
            kind = IMAGE if pixels_follow(handle, parsed) else WITHOUT_PIXELS
            return _facts_of(parsed, kind)
    except NotDicom:
        return FileFacts(PICTURE if is_picture(start) else NOT_DICOM)
    except Failure as failure:
        return FileFacts(failure.code)
    except LinkNotFollowed as link:
        return FileFacts(link.reason)
    except OSError as error:
        return FileFacts(failure_of(file, error).code)
    except MemoryError:
        return FileFacts("out_of_memory")
    except Exception:  # hostile input finds what nobody thought of: it must cost this file only
        return FileFacts("bad_archive" if file.archive else "internal_error")


def _header_of(handle: BinaryIO) -> Header:
    """The header of a file. Raises NotDicom, or Failure, that of an archive which nobody opens
    too."""
    try:
        return read_header(handle)
    except NotDicom:
        refuse_archive(handle)
        raise


def _facts_of(parsed: Header, kind: str) -> FileFacts:
    shown = public_columns(parsed, _NO_KEY, "")
    values: dict[str, Any] = {**grouping_of(parsed)}
    columns = cast(Mapping[str, Any], shown)
    values |= {name: columns[name] for name in PUBLIC}
    typed = text(parsed, "BodyPartExamined")
    modality = modality_of(parsed)
    width, height = shown["Columns"], shown["Rows"]
    return FileFacts(
        kind,
        **values,
        Modality=modality.name,
        typed_modality=typed_modality(parsed, modality),
        BodyPartExamined=typed and typed[:_MAX_TEXT],
        sizes=((width, height),) if kind == IMAGE and width and height else (),
    )
