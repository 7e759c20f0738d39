"""The record: one frozen schema for every Parquet file of a data set.

A row is an image, or a file that gave none. No library infers a type: DICOM columns take theirs
from the VR and multiplicity that PS3.6 gives their keyword (a test compares this list with
pydicom's dictionary), ours are declared here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import pyarrow as pa

FORMAT_VERSION = 1

Row = dict[str, Any]

KEPT, REJECTED, FAILED = "kept", "rejected", "failed"

OUR_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("study_id", "text", "pseudonym of the study; `unassigned` where the study is unknown"),
    ("patient_id", "text", "pseudonym of the patient; null where no header could be read"),
    ("series_id", "text", "pseudonym of the series"),
    (
        "instance_id",
        "text",
        "pseudonym of the SOP instance, or of the file's bytes where it has no UID; never null",
    ),
    ("source_id", "text", "pseudonym of the file's path in the dump; never null"),
    (
        "image_id",
        "text",
        "instance_id, then -f3 for frame 3, -p2 for part 2; null where the file gave no image",
    ),
    ("frame", "integer", "frame number from 1; null unless multi-frame"),
    ("file_name", "text", "path of the PNG, relative to the data set; null without an image"),
    ("label", "text", "mapped label of the study; null without one, or with contradictory ones"),
    ("status", "text", "kept, rejected (a decision) or failed (a fault)"),
    ("reason", "text", "why it was rejected, or the stable code of the failure"),
    ("step", "text", "which step rejected it or failed"),
    ("detail", "text", "the value that decided"),
    ("part", "integer", "number of the part from 1; null without an image"),
    (
        "part_count",
        "integer",
        "parts cut from the image: 1 if whole, null before splitting, unchanged when a part is "
        "rejected later",
    ),
    ("part_box", "integers", "[x, y, width, height] of the part in the image before the cut"),
    ("inverted", "boolean", "parity of the inversions since convert"),
    ("inversion_confidence", "number", "0 (a coin's throw) to 1"),
    (
        "rotation_degrees",
        "number",
        "total turn of all steps, counter-clockwise on screen, in (-180, 180]",
    ),
    ("rotation_confidence", "number", "0 to 1"),
    ("width", "integer", "of the PNG, pixels"),
    ("height", "integer", "of the PNG, pixels"),
    ("bits", "integer", "depth of the PNG: 8 or 16"),
    ("pixel_hash", "text", "xxh3, 128 bits, of the grey values and their shape"),
    ("decoder", "text", "what decoded the pixel data"),
    ("decoder_version", "text", "its version"),
    (
        "body_part",
        "text",
        "canonical body part, or those that the text names, with commas between; null where "
        "unknown",
    ),
    ("body_part_source", "text", "keyword of the attribute it was read from"),
    ("body_part_score", "number", "0 to 1"),
    ("burned_in_risk", "text", "low, medium or high: burned-in text is never claimed clean"),
    ("mask_file_name", "text", "path of the mask's PNG, relative to the data set"),
    ("perceptual_hash", "text", "64-bit DCT hash; near-identical images differ in few bits"),
    ("decisions", "text", "JSON: what each step saw and decided"),
    ("history", "texts", "step@version#digest of the steps done to it, in order"),
    ("review", "texts", "step:reason of each decision taken with little confidence; never null"),
    (
        "source_matrix",
        "numbers",
        "[a, b, tx, c, d, ty] from this image's pixel centres to the converted image's",
    ),
)
"""Name, kind and meaning of the columns that are ours."""

DICOM_COLUMNS: dict[str, tuple[str, str]] = {
    "StudyInstanceUID": ("UI", "1"),
    "SeriesInstanceUID": ("UI", "1"),
    "SOPInstanceUID": ("UI", "1"),
    "StudyDescription": ("LO", "1"),
    "SeriesDescription": ("LO", "1"),
    "ProtocolName": ("LO", "1"),
    "SOPClassUID": ("UI", "1"),
    "TransferSyntaxUID": ("UI", "1"),
    "Modality": ("CS", "1"),
    "ImageType": ("CS", "2-n"),
    "Manufacturer": ("LO", "1"),
    "ManufacturerModelName": ("LO", "1"),
    "StudyDate": ("DA", "1"),
    "SeriesDate": ("DA", "1"),
    "AcquisitionDate": ("DA", "1"),
    "ContentDate": ("DA", "1"),
    "PatientSex": ("CS", "1"),
    "PatientAge": ("AS", "1"),
    "SeriesNumber": ("IS", "1"),
    "AcquisitionNumber": ("IS", "1"),
    "InstanceNumber": ("IS", "1"),
    "BodyPartExamined": ("CS", "1"),
    "ViewPosition": ("CS", "1"),
    "Laterality": ("CS", "1"),
    "ImageLaterality": ("CS", "1"),
    "PatientOrientation": ("CS", "2"),
    "BurnedInAnnotation": ("CS", "1"),
    "ConversionType": ("CS", "1"),
    "SamplesPerPixel": ("US", "1"),
    "PhotometricInterpretation": ("CS", "1"),
    "NumberOfFrames": ("IS", "1"),
    "Rows": ("US", "1"),
    "Columns": ("US", "1"),
    "BitsAllocated": ("US", "1"),
    "BitsStored": ("US", "1"),
    "HighBit": ("US", "1"),
    "PixelRepresentation": ("US", "1"),
    "PresentationLUTShape": ("CS", "1"),
    "LossyImageCompression": ("CS", "1"),
    "LossyImageCompressionRatio": ("DS", "1-n"),
    "PixelIntensityRelationship": ("CS", "1"),
    "WindowCenter": ("DS", "1-n"),
    "WindowWidth": ("DS", "1-n"),
    "VOILUTFunction": ("CS", "1"),
    "RescaleSlope": ("DS", "1"),
    "RescaleIntercept": ("DS", "1"),
    "RescaleType": ("LO", "1"),
    "PixelSpacing": ("DS", "2"),
    "ImagerPixelSpacing": ("DS", "2"),
    "NominalScannedPixelSpacing": ("DS", "2"),
    "KVP": ("DS", "1"),
    "ExposureTime": ("IS", "1"),
    "XRayTubeCurrent": ("IS", "1"),
    "Exposure": ("IS", "1"),
    "ExposureInuAs": ("IS", "1"),
    "DistanceSourceToDetector": ("DS", "1"),
    "DistanceSourceToPatient": ("DS", "1"),
    "ImageAndFluoroscopyAreaDoseProduct": ("DS", "1"),
    "Sensitivity": ("DS", "1"),
    "RelativeXRayExposure": ("IS", "1"),
    "ExposureIndex": ("DS", "1"),
    "TargetExposureIndex": ("DS", "1"),
    "DeviationIndex": ("DS", "1"),
    "DetectorType": ("CS", "1"),
    "Grid": ("CS", "1-n"),
    "FilterType": ("SH", "1"),
    "FocalSpots": ("DS", "1-n"),
}
"""Keyword -> (VR, VM) of the DICOM attributes that a data set keeps; dicom/deidentify.py says in
which form."""

_KINDS: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int32(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "texts": pa.list_(pa.string()),
    "integers": pa.list_(pa.int32()),
    "numbers": pa.list_(pa.float64()),
}
_VALUE_TYPES: dict[str, pa.DataType] = {
    "DA": pa.date32(),
    "DS": pa.float64(),
    "IS": pa.int64(),
    "US": pa.int64(),
}


def dicom_type(vr: str, vm: str) -> pa.DataType:
    """Arrow type of an attribute: by its VR, and a list of it unless its multiplicity is one."""
    value = _VALUE_TYPES.get(vr, pa.string())
    return value if vm == "1" else pa.list_(value)


@cache
def arrow_schema() -> pa.Schema:
    """The schema of every Parquet file under studies/ and of instances.parquet: ours first, then
    DICOM's, in this order."""
    ours = [pa.field(name, _KINDS[kind]) for name, kind, _ in OUR_COLUMNS]
    theirs = [pa.field(keyword, dicom_type(*form)) for keyword, form in DICOM_COLUMNS.items()]
    return pa.schema(ours + theirs)


def new_row(**values: Any) -> Row:
    """A row with every column; those not given are null, `review` and `history` are empty lists.

    Raises KeyError for a column that the schema does not have.
    """
    row: Row = dict.fromkeys(arrow_schema().names)
    row["history"], row["review"] = [], []
    for name, value in values.items():
        if name not in row:
            raise KeyError(name)
        row[name] = value
    return row


def to_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
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
    schema = arrow_schema()
    return pa.table(
        [pa.array([row[field.name] for row in ordered], field.type) for field in schema],
        schema=schema,
    )


def file_status(statuses: Iterable[str]) -> str:
    """Status of a file from those of its rows: kept if any is, else failed if any failed, else
    rejected."""
    found = set(statuses)
    return next((status for status in (KEPT, FAILED) if status in found), REJECTED)
