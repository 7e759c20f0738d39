"""What caches of earlier trainings keep of films that were rejected since: it goes."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from radprep.dataset.layout import DataSet
from radprep.dataset.withheld import never_shown, whole_films
from radprep.errors import UsageError


def clean_cache(root: Path, cache: Path) -> None:
    """Remove from a cache of trainings what was made, before the data set was as it is now, of
    films that a person rejected, or that were rejected and may show a name. What goes with them is
    made again where it is needed."""
    data_set = DataSet(root)
    if not cache.is_dir():
        return
    try:
        films, made_now = never_shown(data_set), data_set.instances.stat().st_mtime_ns
    except (OSError, UsageError):
        return  # a table that cannot be read is refused by who reads the samples
    for path, ids in list(_cached(cache)):
        if path.stat().st_mtime_ns < made_now and not films.isdisjoint(whole_films(ids)):
            path.unlink(missing_ok=True)
            path.with_suffix(".txt").unlink(missing_ok=True)


def _cached(cache: Path) -> Iterator[tuple[Path, list[str]]]:
    """Each file of a cache, of images or of features, with the images that it is of."""
    for listing in cache.glob("images-*.txt"):
        yield listing.with_suffix(".npy"), listing.read_text(encoding="ascii").split()
    for path in cache.glob("features-*.npz"):
        try:
            with np.load(path, allow_pickle=False) as stored:
                ids = [str(image_id) for image_id in stored["ids"]]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            continue
        yield path, ids
