"""Columns of a table as fields of Croissant: of each its name, its meaning and its type."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from radprep.dataset.schema import DICOM_COLUMNS, OUR_COLUMNS

PARQUET = "application/x-parquet"
"""How mlcroissant knows a Parquet file."""


OF_EXPORTS = {
    "part": "training, validation or holdout; null where nobody says",
    "label": "what the main label says; null where nothing",
    "film_part": OUR_COLUMNS["part"],
}
"""What the columns of an export mean that mean something else in a data set."""


def meaning(name: str, others: Mapping[str, str]) -> str:
    """What a column of a data set means. others: meanings that count before."""
    if name in others:
        return others[name]
    if name in OUR_COLUMNS:
        return OUR_COLUMNS[name]
    return f"DICOM attribute {name}" if name in DICOM_COLUMNS else name


def field_of(
    record_set: str,
    column: pa.Field,
    source: dict[str, str],
    meanings: Mapping[str, str] = MappingProxyType({}),
) -> Any:
    """A column as a field. record_set: its name; source: `file_object` or `file_set` -> id of what
    holds the column; meanings: of columns that do not mean what they do in a data set."""
    import mlcroissant as mlc

    is_list = pa.types.is_list(column.type)
    return mlc.Field(
        id=f"{record_set}/{column.name}",
        name=column.name,
        description=meaning(column.name, meanings),
        data_types=_data_type(column.type.value_type if is_list else column.type),
        repeated=True if is_list else None,
        source=mlc.Source(**source, extract=mlc.Extract(column=column.name)),
    )


def picture_of(record_set: str, name: str, source: dict[str, str]) -> Any:
    """A column of embedded images (a struct of `bytes` and `path`) as a field whose values are
    images."""
    import mlcroissant as mlc

    return mlc.Field(
        id=f"{record_set}/{name}",
        name=name,
        description="the image in its own depth" if name == "image" else "its mask",
        data_types=mlc.DataType.IMAGE_OBJECT,
        source=mlc.Source(
            **source,
            extract=mlc.Extract(column=name),
            transforms=[mlc.Transform(json_path="bytes")],
        ),
    )


def objects_of(record_set: str, column: pa.Field, source: dict[str, str]) -> Any:
    """A column that holds a list of boxes as a field of fields. Where nobody has looked for boxes,
    mlcroissant reads one whose values are all null."""
    import mlcroissant as mlc

    outer = f"{record_set}/{column.name}"
    return mlc.Field(
        id=outer,
        name=column.name,
        description="boxes on the image, in its pixels from the upper left corner; one of nulls "
        "where nobody has looked for boxes",
        repeated=True,
        sub_fields=[
            mlc.Field(
                id=f"{outer}/{one.name}",
                name=one.name,
                data_types=_data_type(one.type),
                repeated=True,
                source=mlc.Source(
                    **source,
                    extract=mlc.Extract(column=column.name),
                    transforms=[mlc.Transform(json_path=one.name)],
                ),
            )
            for one in column.type.value_type
        ],
    )


def _data_type(kind: pa.DataType) -> Any:
    """The type of a field whose column has this type."""
    import mlcroissant as mlc

    types = mlc.DataType
    if pa.types.is_boolean(kind):
        return types.BOOL
    if pa.types.is_integer(kind):
        return types.INTEGER
    if pa.types.is_floating(kind):
        return types.FLOAT
    return types.DATE if pa.types.is_date(kind) else types.TEXT
