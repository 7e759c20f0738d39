"""The record: one frozen schema for every Parquet file of a data set.

A row is an image, or a file that gave none. The class `Row` is the only list of the columns: the
Arrow schema, the table that `radprep columns` prints and what mypy knows of a row are made from it.
DICOM columns take their Arrow type from the VR and multiplicity that PS3.6 gives their keyword (a
test compares them with pydicom's dictionary), ours from their Python type.
"""

import datetime
import json
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, TypedDict, Unpack, cast

import pyarrow as pa

FORMAT_VERSION = 4

KEPT, REJECTED, FAILED = "kept", "rejected", "failed"

BY_ID, BY_ISSUER, BY_STUDY = "id", "issuer", "study"
"""What tells of a film's patient: its PatientID; that and who gave it; the other films of its
study."""
MISSING, PLACEHOLDER = "none", "placeholder"
"""Why nothing tells: there is no PatientID, or a text that names nobody."""
NAMELESS = frozenset({MISSING, PLACEHOLDER})


@dataclass(frozen=True)
class Attribute:
    """What PS3.6 says of a DICOM attribute: its value representation and value multiplicity."""

    vr: str
    vm: str


class OurColumns(TypedDict, total=False):
    """The columns that are ours, in their order: type and meaning.

    The types are those of a kept row. A row without an image has null where a kept row has the
    image's name, size, hashes and place. In a file every row has every column. Not every key is
    required here, since a table may be read in part, and since `new_row` fills in what is not
    given.
    """

    study_id: Annotated[str, "pseudonym of the study; `unassigned` where the study is unknown"]
    patient_id: Annotated[
        str,
        "pseudonym of the patient; null where no header could be read",
    ]
    patient_from: Annotated[
        str | None,
        "what tells of the patient: id (the PatientID), issuer (that and who gave it), study (the "
        "other films of the study), or nothing: none, or placeholder for a text such as UNKNOWN; "
        "the study is then a patient of its own",
    ]
    patient_without_issuer: Annotated[
        str | None,
        "the patient_id that the PatientID has where no issuer stands beside it; null unless one "
        "does",
    ]
    series_id: Annotated[str | None, "pseudonym of the series"]
    instance_id: Annotated[
        str,
        "pseudonym of the SOP instance, or of the file's bytes where it has no UID; never null",
    ]
    source_id: Annotated[
        str, "pseudonym of the file: of its delivery, its path in the dump and its UIDs; never null"
    ]
    delivery: Annotated[int, "number of the dump that the file came with, from 1; never null"]
    image_id: Annotated[
        str,
        "instance_id, then -f3 for frame 3, -p2 for part 2; null where the file gave no image",
    ]
    frame: Annotated[int | None, "frame number from 1; null unless multi-frame"]
    file_name: Annotated[
        str,
        "path of the PNG, relative to the data set; null without an image",
    ]
    label: Annotated[
        str | None,
        "the main one of `labels`, which names the folder; null without one, or with "
        "contradictory ones",
    ]
    labels: Annotated[
        str | None,
        "JSON: each label of the image or of its study by its name; null without any",
    ]
    image_labels: Annotated[
        list[str] | None,
        "names of the labels that were given for the image itself or for a copy of it, and not for "
        "its study; null without any",
    ]
    labels_alone: Annotated[
        str | None,
        "JSON: `image_labels` and `labels` as they would be without the copies of the image that "
        "were left out (`duplicate`, `raw_twin`); null where they are the same",
    ]
    split: Annotated[
        str | None,
        "training, validation or test, where the source says to which part of a published split "
        "the image belongs; null where it does not",
    ]
    status: Annotated[str, "kept, rejected (a decision) or failed (a fault)"]
    reason: Annotated[str | None, "why it was rejected, or the stable code of the failure"]
    step: Annotated[str | None, "which step rejected it or failed"]
    detail: Annotated[str | None, "the value that decided"]
    part: Annotated[int, "number of the part from 1; null without an image"]
    part_count: Annotated[
        int | None,
        "parts cut from the image: 1 if whole, null before splitting, unchanged when a part "
        "is rejected later",
    ]
    part_box: Annotated[
        list[int] | None,
        "[x, y, width, height] of the part in the image before the cut",
    ]
    inverted: Annotated[bool, "parity of the inversions since convert"]
    inversion_confidence: Annotated[float | None, "0 (a coin's throw) to 1"]
    rotation_degrees: Annotated[
        float,
        "total turn of all steps, counter-clockwise on screen, in (-180, 180]",
    ]
    rotation_confidence: Annotated[float | None, "0 to 1"]
    width: Annotated[int, "of the PNG, pixels"]
    height: Annotated[int, "of the PNG, pixels"]
    bits: Annotated[int, "depth of the PNG: 8 or 16"]
    pixel_hash: Annotated[str, "xxh3, 128 bits, of the grey values and their shape"]
    decoder: Annotated[str, "what decoded the pixel data"]
    decoder_version: Annotated[str, "its version"]
    boxes: Annotated[
        str | None,
        "JSON: boxes drawn around what is on the film, as they lie on this image; "
        "null where no file of boxes speaks of the film, [] where it says that there are none",
    ]
    body_part: Annotated[
        str | None,
        "canonical body part, or those that the text names, with commas between; null where "
        "unknown",
    ]
    body_part_source: Annotated[
        str | None,
        "keyword of the attribute it was read from; `layout` where the layout of a folder of "
        "pictures names it",
    ]
    body_part_score: Annotated[float | None, "0 to 1"]
    burned_in_risk: Annotated[
        str | None,
        "low, medium or high: burned-in text is never claimed clean",
    ]
    mask_file_name: Annotated[str | None, "path of the mask's PNG, relative to the data set"]
    perceptual_hash: Annotated[
        str,
        "64-bit DCT hash; near-identical images differ in few bits",
    ]
    decisions: Annotated[str, "JSON: what each step saw and decided"]
    history: Annotated[list[str], "step@version#digest of the steps done to it, in order"]
    review: Annotated[
        list[str],
        "step:reason of each decision taken with little confidence; never null",
    ]
    source_matrix: Annotated[
        list[float],
        "[a, b, tx, c, d, ty] from this image's pixel centres to the converted image's, which has "
        "square pixels",
    ]
    pixel_spacing: Annotated[
        list[float] | None,
        "[between rows, between columns] of this image, mm, where pixel_spacing_source says; null "
        "where the header does not say",
    ]
    pixel_spacing_source: Annotated[
        str | None,
        "keyword of the attribute that it follows from: ImagerPixelSpacing is that at the "
        "detector, which a limb above it is smaller than; so is PixelSpacing, unless "
        "PixelSpacingCalibrationType is there",
    ]


class Row(OurColumns, total=False):
    """One row of a data set: our columns, then those of DICOM under their keyword.

    dicom/deidentify.py says in which form an attribute's value may leave.
    """

    StudyInstanceUID: Annotated[str | None, Attribute("UI", "1")]
    SeriesInstanceUID: Annotated[str | None, Attribute("UI", "1")]
    SOPInstanceUID: Annotated[str | None, Attribute("UI", "1")]
    StudyDescription: Annotated[str | None, Attribute("LO", "1")]
    SeriesDescription: Annotated[str | None, Attribute("LO", "1")]
    ProtocolName: Annotated[str | None, Attribute("LO", "1")]
    SOPClassUID: Annotated[str | None, Attribute("UI", "1")]
    TransferSyntaxUID: Annotated[str | None, Attribute("UI", "1")]
    Modality: Annotated[str | None, Attribute("CS", "1")]
    ImageType: Annotated[list[str] | None, Attribute("CS", "2-n")]
    PresentationIntentType: Annotated[str | None, Attribute("CS", "1")]
    Manufacturer: Annotated[str | None, Attribute("LO", "1")]
    ManufacturerModelName: Annotated[str | None, Attribute("LO", "1")]
    StudyDate: Annotated[datetime.date | None, Attribute("DA", "1")]
    SeriesDate: Annotated[datetime.date | None, Attribute("DA", "1")]
    AcquisitionDate: Annotated[datetime.date | None, Attribute("DA", "1")]
    ContentDate: Annotated[datetime.date | None, Attribute("DA", "1")]
    PatientSex: Annotated[str | None, Attribute("CS", "1")]
    PatientAge: Annotated[str | None, Attribute("AS", "1")]
    SeriesNumber: Annotated[int | None, Attribute("IS", "1")]
    AcquisitionNumber: Annotated[int | None, Attribute("IS", "1")]
    InstanceNumber: Annotated[int | None, Attribute("IS", "1")]
    BodyPartExamined: Annotated[str | None, Attribute("CS", "1")]
    ViewPosition: Annotated[str | None, Attribute("CS", "1")]
    Laterality: Annotated[str | None, Attribute("CS", "1")]
    ImageLaterality: Annotated[str | None, Attribute("CS", "1")]
    PatientOrientation: Annotated[list[str] | None, Attribute("CS", "2")]
    BurnedInAnnotation: Annotated[str | None, Attribute("CS", "1")]
    ConversionType: Annotated[str | None, Attribute("CS", "1")]
    SamplesPerPixel: Annotated[int | None, Attribute("US", "1")]
    PhotometricInterpretation: Annotated[str | None, Attribute("CS", "1")]
    NumberOfFrames: Annotated[int | None, Attribute("IS", "1")]
    Rows: Annotated[int | None, Attribute("US", "1")]
    Columns: Annotated[int | None, Attribute("US", "1")]
    BitsAllocated: Annotated[int | None, Attribute("US", "1")]
    BitsStored: Annotated[int | None, Attribute("US", "1")]
    HighBit: Annotated[int | None, Attribute("US", "1")]
    PixelRepresentation: Annotated[int | None, Attribute("US", "1")]
    PresentationLUTShape: Annotated[str | None, Attribute("CS", "1")]
    LossyImageCompression: Annotated[str | None, Attribute("CS", "1")]
    LossyImageCompressionRatio: Annotated[list[float] | None, Attribute("DS", "1-n")]
    PixelIntensityRelationship: Annotated[str | None, Attribute("CS", "1")]
    WindowCenter: Annotated[list[float] | None, Attribute("DS", "1-n")]
    WindowWidth: Annotated[list[float] | None, Attribute("DS", "1-n")]
    VOILUTFunction: Annotated[str | None, Attribute("CS", "1")]
    RescaleSlope: Annotated[float | None, Attribute("DS", "1")]
    RescaleIntercept: Annotated[float | None, Attribute("DS", "1")]
    RescaleType: Annotated[str | None, Attribute("LO", "1")]
    PixelSpacing: Annotated[list[float] | None, Attribute("DS", "2")]
    ImagerPixelSpacing: Annotated[list[float] | None, Attribute("DS", "2")]
    NominalScannedPixelSpacing: Annotated[list[float] | None, Attribute("DS", "2")]
    PixelSpacingCalibrationType: Annotated[str | None, Attribute("CS", "1")]
    PixelAspectRatio: Annotated[list[int] | None, Attribute("IS", "2")]
    KVP: Annotated[float | None, Attribute("DS", "1")]
    ExposureTime: Annotated[int | None, Attribute("IS", "1")]
    XRayTubeCurrent: Annotated[int | None, Attribute("IS", "1")]
    Exposure: Annotated[int | None, Attribute("IS", "1")]
    ExposureInuAs: Annotated[int | None, Attribute("IS", "1")]
    DistanceSourceToDetector: Annotated[float | None, Attribute("DS", "1")]
    DistanceSourceToPatient: Annotated[float | None, Attribute("DS", "1")]
    ImageAndFluoroscopyAreaDoseProduct: Annotated[float | None, Attribute("DS", "1")]
    Sensitivity: Annotated[float | None, Attribute("DS", "1")]
    RelativeXRayExposure: Annotated[int | None, Attribute("IS", "1")]
    ExposureIndex: Annotated[float | None, Attribute("DS", "1")]
    TargetExposureIndex: Annotated[float | None, Attribute("DS", "1")]
    DeviationIndex: Annotated[float | None, Attribute("DS", "1")]
    DetectorType: Annotated[str | None, Attribute("CS", "1")]
    Grid: Annotated[list[str] | None, Attribute("CS", "1-n")]
    FilterType: Annotated[str | None, Attribute("SH", "1")]
    FocalSpots: Annotated[list[float] | None, Attribute("DS", "1-n")]


def _columns_of(columns: type) -> dict[str, tuple[Any, Any]]:
    """Name -> (Python type, what is said of it) of a class of columns and of those it extends."""
    hints = typing.get_type_hints(columns, include_extras=True)
    return {name: typing.get_args(hint)[:2] for name, hint in hints.items()}


OUR_COLUMNS: dict[str, str] = {
    name: meaning for name, (_, meaning) in _columns_of(OurColumns).items()
}
"""Name -> meaning of the columns that are ours."""

DICOM_COLUMNS: dict[str, Attribute] = {
    name: said for name, (_, said) in _columns_of(Row).items() if isinstance(said, Attribute)
}
"""Keyword -> VR and multiplicity of the DICOM attributes that a data set keeps."""

_TYPES: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int32(),
    float: pa.float64(),
    bool: pa.bool_(),
    list[str]: pa.list_(pa.string()),
    list[int]: pa.list_(pa.int32()),
    list[float]: pa.list_(pa.float64()),
}
_VALUE_TYPES: dict[str, pa.DataType] = {
    "DA": pa.date32(),
    "DS": pa.float64(),
    "IS": pa.int64(),
    "US": pa.int64(),
}


def dicom_type(attribute: Attribute) -> pa.DataType:
    """Arrow type of an attribute: by its VR, and a list of it unless its multiplicity is one."""
    value = _VALUE_TYPES.get(attribute.vr, pa.string())
    return value if attribute.vm == "1" else pa.list_(value)


def _our_type(python_type: Any) -> pa.DataType:
    """Arrow type of one of our columns, whether or not it may be null."""
    named = [one for one in typing.get_args(python_type) if one is not type(None)]
    is_optional = type(None) in typing.get_args(python_type)
    return _TYPES[named[0] if is_optional else python_type]


@cache
def arrow_schema() -> pa.Schema:
    """The schema of every Parquet file under studies/ and of instances.parquet: ours first, then
    DICOM's, in this order."""
    types = _columns_of(OurColumns)
    ours = [pa.field(name, _our_type(types[name][0])) for name in OUR_COLUMNS]
    theirs = [pa.field(keyword, dicom_type(form)) for keyword, form in DICOM_COLUMNS.items()]
    return pa.schema(ours + theirs)


def new_row(**values: Unpack[Row]) -> Row:
    """A row with every column; those not given are null, `review` and `history` are empty lists,
    and `delivery` is the first one.

    Raises KeyError for a column that the schema does not have.
    """
    row: dict[str, object] = dict.fromkeys(arrow_schema().names)
    row["history"], row["review"], row["delivery"] = [], [], 1
    for name, value in values.items():
        if name not in row:
            raise KeyError(name)
        row[name] = value
    return cast(Row, row)


OF_IMAGE = ("file_name", "mask_file_name", "pixel_hash", "perceptual_hash")
"""Columns by which an image is found; a row without an image has none of them."""


def remove_image(row: Row) -> None:
    """Take from a row whatever stood for its image: the names of its files, and the hashes of its
    pixels and its mask, by which whoever holds a copy of the film could find it again."""
    columns = cast(dict[str, object], row)
    for name in OF_IMAGE:
        columns[name] = None
    if "pixel_hash" in (row["decisions"] or ""):
        columns["decisions"] = _without_mask_hash(row["decisions"])


def _without_mask_hash(decisions: str) -> str:
    """The same decisions as JSON without the hash of the mask; one that is no JSON of ours stays as
    it is."""
    try:
        said = json.loads(decisions)
        del said["mask"]["pixel_hash"]
    except (ValueError, KeyError, TypeError):
        return decisions
    return json.dumps(said, sort_keys=True)


def to_table(rows: Iterable[Row]) -> pa.Table:
    """Rows as a table of the schema, in the order (source_id, frame, part) that does not depend on
    how they were made."""
    ordered = sorted(
        rows,
        key=lambda row: (
            row["source_id"],
            row["frame"] or 0,
            row["image_id"] or "",
            row["part"] or 0,
        ),
    )
    values = cast(list[Mapping[str, object]], ordered)
    schema = arrow_schema()
    return pa.table(
        [pa.array([row[field.name] for row in values], field.type) for field in schema],
        schema=schema,
    )


def file_status(statuses: Iterable[str]) -> str:
    """Status of a file from those of its rows: kept if any is, else failed if any failed, else
    rejected."""
    found = set(statuses)
    return next((status for status in (KEPT, FAILED) if status in found), REJECTED)
