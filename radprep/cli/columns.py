"""`radprep columns`."""

from __future__ import annotations

EXAMPLES = """\b
Examples:
  radprep columns
  radprep columns | grep rotation
"""


def columns() -> None:
    """List the columns of a data set's Parquet files: name, type and meaning."""
    from radprep.dataset.schema import DICOM_COLUMNS, OUR_COLUMNS, arrow_schema

    meanings = OUR_COLUMNS
    for field in arrow_schema():
        kind = (
            str(field.type)
            .replace("item: ", "")
            .replace("int32", "integer")
            .replace("int64", "integer")
        )
        meaning = (
            meanings.get(field.name)
            or f"DICOM, VR {DICOM_COLUMNS[field.name].vr}, as far as it may leave"
        )
        print(f"{field.name:<34} {kind:<14} {meaning}")
