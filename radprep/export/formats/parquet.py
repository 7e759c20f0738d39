"""Parquet files that hold the images themselves, in the form in which Hugging Face's libraries,
Lance, Polars, Ray and Daft take bytes for an image: a struct of `bytes` and `path`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from radprep.export import columns
from radprep.export.film import Film
from radprep.export.pictures import Encoded
from radprep.export.work import Format, Shard, Work

IMAGE, MASK, OBJECTS = "image", "mask", "objects"
_GROUP_FILMS, _GROUP_BYTES = 100, 64_000_000
"""A row group is what a reader takes into memory at once: so many films, or bytes of images."""

_PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_BOX = pa.struct(
    [
        ("number", pa.int32()),
        ("label", pa.string()),
        ("x", pa.float64()),
        ("y", pa.float64()),
        ("width", pa.float64()),
        ("height", pa.float64()),
        ("share", pa.float64()),
    ]
)


def write(work: Work) -> None:
    """train-00000-of-00003.parquet and its like: shards by part, no study in two of them."""
    write_shards(work, "", schema(work), record)


def schema(work: Work) -> pa.Schema:
    """The columns: `image`, `mask` where there are any, `objects` (the boxes), then the others."""
    first = [pa.field(IMAGE, _PICTURE)]
    first += [pa.field(MASK, _PICTURE)] if work.survey.masks else []
    first += [pa.field(OBJECTS, pa.list_(_BOX))]
    return pa.schema([*first, *(field for field in columns.schema(work) if field.name != "boxes")])


def record(work: Work, film: Film, image: Encoded) -> dict[str, Any]:
    """The values of a film by the name of their column."""
    mask = work.mask(film)
    return {
        **columns.values(work, film, image),
        IMAGE: {"bytes": image.data, "path": f"{film.image_id}{image.suffix}"},
        MASK: mask and {"bytes": mask.data, "path": f"{film.image_id}.mask.png"},
        OBJECTS: _objects(film, image),
    }


def write_shards(
    work: Work,
    folder: str,
    wanted: pa.Schema,
    record_of: Callable[[Work, Film, Encoded], dict[str, Any]],
) -> None:
    """Write every shard. folder: before their names, with a slash; wanted: the columns; record_of:
    the values of a film."""

    def write_one(shard: Shard, path: Path) -> None:
        """Write one shard, a row group at a time."""
        with pq.ParquetWriter(
            path, wanted, compression="zstd", use_dictionary=_repeating(wanted)
        ) as writer:
            for records in _groups(work, shard, record_of):
                writer.write_table(pa.Table.from_pylist(records, schema=wanted))

    for shard in work.shards():
        work.write_shard(f"{folder}{shard.name}.parquet", shard, partial(write_one, shard))


def _objects(film: Film, image: Encoded) -> list[dict[str, Any]] | None:
    if not film.knows_boxes:
        return None
    return [{name: getattr(box, name) for name in _BOX.names} for box in film.boxes_at(image.scale)]


def _repeating(wanted: pa.Schema) -> list[str]:
    """The columns of texts, which repeat themselves; images do not."""
    return [field.name for field in wanted if pa.types.is_string(field.type)]


def _groups(
    work: Work, shard: Shard, record_of: Callable[[Work, Film, Encoded], dict[str, Any]]
) -> Iterator[list[dict[str, Any]]]:
    records: list[dict[str, Any]] = []
    held = 0
    for film in work.films_of(shard):
        image = work.image(film)
        records.append(record_of(work, film, image))
        held += len(image.data or b"")
        if len(records) >= _GROUP_FILMS or held >= _GROUP_BYTES:
            yield records
            records, held = [], 0
    if records:
        yield records


FORMAT = Format(
    "parquet",
    "Parquet shards that hold the images, masks, boxes, labels and all columns",
    "Lance, Polars, Ray, Daft, DuckDB, pandas",
    write,
)
