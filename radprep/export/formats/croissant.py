"""Parquet shards with embedded images, and the Croissant file by which mlcroissant, and whoever
else reads that format, finds and loads them."""

from __future__ import annotations

from radprep.dataset.card_files import CROISSANT, README
from radprep.export.card import croissant
from radprep.export.card.of_export import said_of
from radprep.export.card.readme import text_of
from radprep.export.formats import parquet
from radprep.export.work import Format, Work

_DATA = "data/"


def write(work: Work) -> None:
    """data/train-00000-of-00003.parquet and its like, croissant.json, and README.md."""
    schema = parquet.schema(work)
    parquet.write_shards(work, _DATA, schema, parquet.record)
    shards = [
        croissant.ShardFile(one.name, one.bytes, one.sha256) for one in work.ledger.below(_DATA)
    ]
    found, answers, note = said_of(work)
    work.write(CROISSANT, croissant.of_shards(found, answers, shards, schema, note))
    work.write(README, text_of(found, answers, {}, [note]))


FORMAT = Format(
    "croissant",
    "Parquet shards with embedded images, and croissant.json (JSON-LD) with the data card",
    "mlcroissant, and whatever finds data sets by Croissant",
    write,
    (croissant.MODULE,),
)
