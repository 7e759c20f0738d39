"""The card as Croissant, the JSON-LD by which data sets are found and loaded: what was measured in
its words for responsible AI, and how the files are read.

mlcroissant makes it and reads it. A data set as it stands has two kinds of records: the rows of
instances.parquet, and the images, which are found by their path. They are not joined, because
mlcroissant would hold all images in memory for that. An export holds the images in its shards, and
each record is a film with its image, labels and boxes.

Source: Croissant format specification 1.0, and its RAI vocabulary 1.0 (MLCommons).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import pyarrow as pa

from radprep.dataset.checked import read_batches
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import arrow_schema
from radprep.export.card.answers import Answers
from radprep.export.card.datasheet import unnamed
from radprep.export.card.fields import OF_EXPORTS, PARQUET, field_of, objects_of, picture_of
from radprep.export.card.measured import Measured
from radprep.export.card.rai import rai

MODULE = "mlcroissant"
HOW_TO_GET = 'croissant.json needs mlcroissant: `pip install "radprep[export]"` brings it'
"""What a person is told where the library is missing."""

_CONFORMS = ("http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0")
_TABLE, _ROWS = "instances.parquet", "instances"
_FILMS = "films"
_FILES_OF = {"images": "image-files", "masks": "mask-files"}
"""Records of images -> the files that they are read from."""
_OPEN = "unknown: to be filled in by a person (card.toml)"


@dataclass(frozen=True)
class ShardFile:
    """A Parquet file of an export. name: relative to croissant.json; bytes: its size; sha256:
    hex."""

    name: str
    bytes: int
    sha256: str


def is_there() -> bool:
    """Whether mlcroissant is installed."""
    return find_spec(MODULE) is not None


def of_data_set(data_set: DataSet, found: Measured, answers: Answers) -> str:
    """croissant.json of a data set as it stands, which must stand beside its dataset.json. Raises
    UsageError where instances.parquet leads out of the data set."""
    import mlcroissant as mlc

    path = data_set.within(data_set.instances)
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    table = _file_object(ShardFile(_TABLE, path.stat().st_size, digest))
    source = {"file_object": _TABLE}
    rows = mlc.RecordSet(
        id=_ROWS,
        name=_ROWS,
        key=f"{_ROWS}/source_id",
        description="A row for each image and for each file that gave none. `file_name` is the "
        "path of the image, null where there is none; `boxes` and `labels` are JSON.",
        fields=[field_of(_ROWS, column, source) for column in arrow_schema()],
    )
    folders = {"images": ["images/*.png", "unlabelled/*.png"]}
    if _has_masks(data_set):
        folders["masks"] = ["masks/*.png"]
    is_deep = max(found.depths, default=8) > 8
    return _written(
        found,
        answers,
        [
            table,
            *(_file_set(_FILES_OF[name], globs, "image/png") for name, globs in folders.items()),
        ],
        [rows, *(_pictures(name, is_deep=is_deep and name == "images") for name in folders)],
    )


def of_shards(
    found: Measured, answers: Answers, shards: Sequence[ShardFile], schema: pa.Schema, note: str
) -> str:
    """croissant.json of an export in Parquet shards that stand beside it or below. schema: their
    columns, with the images in `image` and the boxes in `objects`; note: what the export holds of
    the data set."""
    import mlcroissant as mlc

    source = {"file_set": "shards"}
    fields = []
    for column in schema:
        if pa.types.is_struct(column.type):
            fields.append(picture_of(_FILMS, column.name, source))
        elif pa.types.is_list(column.type) and pa.types.is_struct(column.type.value_type):
            fields.append(objects_of(_FILMS, column, source))
        else:
            fields.append(field_of(_FILMS, column, source, OF_EXPORTS))
    films = mlc.RecordSet(
        id=_FILMS,
        name=_FILMS,
        key=f"{_FILMS}/image_id",
        description="A record for each film: its image, labels, boxes and all columns.",
        fields=fields,
    )
    names = [one.name for one in shards]
    return _written(
        found,
        answers,
        [_file_set("shards", names, PARQUET), *map(_file_object, shards)],
        [films],
        note,
    )


def _written(
    found: Measured,
    answers: Answers,
    distribution: list[Any],
    record_sets: list[Any],
    note: str = "",
) -> str:
    """The JSON. Raises ValidationError of mlcroissant where it is none of Croissant, which no data
    set can bring about."""
    import mlcroissant as mlc

    counts = found.counts
    said = answers.get
    creators = [mlc.Organization(name=said("creators"))] if said("creators") else []
    metadata = mlc.Metadata(
        name=said("title") or unnamed(found),
        description=(f"{note} " if note else "")
        + f"{counts['images']:,} grey radiographs of {counts['studies_kept']:,} studies of "
        f"{counts['patients']:,} patients, made by radprep from {counts['files']:,} files. "
        f"Fingerprint {found.fingerprint}.",
        conforms_to=list(_CONFORMS),
        license=[said("licence_link") or said("licence") or _OPEN],
        creators=creators,
        url=said("address"),
        version=said("version"),
        cite_as=said("citation"),
        keywords=["radiography", "x-ray", "medical imaging", "radprep"],
        distribution=distribution,
        record_sets=record_sets,
        **rai(found, answers),
    )
    return json.dumps(metadata.to_json(), indent=2, ensure_ascii=False) + "\n"


def _file_object(one: ShardFile) -> Any:
    import mlcroissant as mlc

    return mlc.FileObject(
        id=one.name,
        name=one.name,
        content_url=one.name,
        content_size=f"{one.bytes} B",
        encoding_formats=[PARQUET],
        sha256=one.sha256,
    )


def _file_set(name: str, globs: Sequence[str], kind: str) -> Any:
    import mlcroissant as mlc

    return mlc.FileSet(id=name, name=name, includes=list(globs), encoding_formats=[kind])


def _pictures(name: str, *, is_deep: bool) -> Any:
    """The records of the files of a folder: path and image. is_deep: whether some have 16 bits,
    which mlcroissant would cut to 8: then there is only the path."""
    import mlcroissant as mlc

    fields = [
        mlc.Field(
            id=f"{name}/path",
            name="path",
            description=f"`{'file_name' if name == 'images' else 'mask_file_name'}` of its row",
            data_types=mlc.DataType.TEXT,
            source=mlc.Source(
                file_set=_FILES_OF[name],
                extract=mlc.Extract(file_property=mlc.FileProperty.fullpath),
            ),
        )
    ]
    if not is_deep:
        content = mlc.Extract(file_property=mlc.FileProperty.content)
        fields.append(
            mlc.Field(
                id=f"{name}/image",
                name="image",
                data_types=mlc.DataType.IMAGE_OBJECT,
                source=mlc.Source(file_set=_FILES_OF[name], extract=content),
            )
        )
    said = (
        "The files, by their path alone: mlcroissant reads PNG as 8 bits, which would spoil these "
        "of 16 bits. `radprep export --format croissant` makes records with them."
        if is_deep
        else "The files, which mlcroissant reads as RGB: all three channels are the grey values."
    )
    return mlc.RecordSet(id=name, name=name, key=f"{name}/path", description=said, fields=fields)


def _has_masks(data_set: DataSet) -> bool:
    batches = read_batches(data_set.within(data_set.instances), ["mask_file_name"], 100_000)
    return any(batch["mask_file_name"].null_count < len(batch) for batch in batches)
