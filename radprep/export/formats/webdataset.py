"""Tar files for streaming: a film is an image, a JSON of its columns and, where there are some, the
number of its class and its mask, all under one key."""

from __future__ import annotations

import datetime
import json
from functools import partial
from pathlib import Path
from typing import Any

from radprep.export import columns
from radprep.export.film import Film
from radprep.export.work import Format, Shard, Work

CLASSES = "classes.json"


def write(work: Work) -> None:
    """train-00000-of-00003.tar and its like, shards by part, no study in two of them; classes.json
    says what the numbers of classes mean."""
    from webdataset import TarWriter

    numbers = {label: number for number, label in enumerate(work.classes)}

    def write_one(shard: Shard, path: Path) -> None:
        """Write one shard. No time and no user stands in it, so that it has the same bytes."""
        with (
            path.open("wb") as handle,
            TarWriter(handle, user="", group="", mtime=0, encoder=False) as tar,
        ):
            for film in work.films_of(shard):
                tar.write(_sample(work, film, numbers))

    for shard in work.shards():
        work.write_shard(f"{shard.name}.tar", shard, partial(write_one, shard))
    work.write(CLASSES, json.dumps(list(work.classes)) + "\n")


def _sample(work: Work, film: Film, numbers: dict[str, int]) -> dict[str, Any]:
    image, mask = work.image(film), work.mask(film)
    sample = {
        "__key__": film.image_id,
        image.suffix[1:]: image.data,
        "json": json.dumps(_said(columns.values(work, film, image)), sort_keys=True).encode(),
    }
    if film.label is not None:
        sample["cls"] = str(numbers[film.label]).encode()
    if mask:
        sample["mask.png"] = mask.data
    return sample


def _said(values: dict[str, Any]) -> dict[str, Any]:
    """The columns that say something, as JSON has them."""
    found = {
        name: value.isoformat() if isinstance(value, datetime.date) else value
        for name, value in values.items()
        if value is not None
    }
    if "boxes" in found:
        found["boxes"] = json.loads(found["boxes"])
    return found


FORMAT = Format(
    "webdataset",
    "tar shards of PNG, JSON, class and mask by study, for streaming",
    "webdataset, torch's DataLoader, `datasets.load_dataset('webdataset', ...)`",
    write,
    ("webdataset",),
)
