"""Images of different parts of a merged data set, and of different patients, that show the same
film: the trace of a patient who is in two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from radprep.dataset.image_file import read_image
from radprep.dataset.patients import COLUMNS, Patients
from radprep.dataset.schema import KEPT
from radprep.errors import UsageError
from radprep.image.alike import are_alike, candidates, small_copy
from radprep.upkeep.merge_clashes import Shared
from radprep.upkeep.merge_parts import Part

MOST_PAIRS = 1_000_000
"""Pairs that are compared: each is held in memory, and all hashes of a foreign set may be one."""

HEADER = ("image_id", "other_image_id", "study_id", "other_study_id", "correlation")
"""The columns of the list of pairs."""


@dataclass(frozen=True, order=True)
class ImageOfPart:
    """An image that is to be compared."""

    image_id: str
    study_id: str
    file: Path


@dataclass(frozen=True)
class LookAlike:
    """Two images that show the same film. correlation: of small copies, negative where one is
    turned over."""

    first: ImageOfPart
    second: ImageOfPart
    correlation: float

    @property
    def line(self) -> tuple[object, ...]:
        """Its line in the list of pairs."""
        one, two = self.first, self.second
        return (one.image_id, two.image_id, one.study_id, two.study_id, round(self.correlation, 4))


def close_images(parts: Sequence[Part], shared: Shared) -> list[tuple[ImageOfPart, ImageOfPart]]:
    """Pairs of images of different parts and patients whose perceptual hashes are close, in a fixed
    order: those to look at. A study that several parts have is looked at once."""
    groups = Patients.of_table(
        pa.concat_tables([part.table.select(list(COLUMNS)) for part in parts])
    ).groups
    table = pa.concat_tables(
        [_hashed(part, place, shared) for place, part in enumerate(parts)]
    ).combine_chunks()
    person = _codes([groups.of(one) for one in table["patient_id"].to_pylist()])
    place = table["place"].to_numpy()
    pairs: list[tuple[int, int]] = []
    for first, second in candidates(table["perceptual_hash"].to_pylist()):
        pairs += _apart(first, second, place, person)
        if len(pairs) > MOST_PAIRS:
            raise UsageError(
                f"More than {MOST_PAIRS:,} pairs of images of different patients look alike across "
                "the data sets, as blank films and test pictures do. Reject such films with "
                "`preprocess --corrections` (the page lists identical images), then merge again."
            )
    wanted = table.select(["image_id", "study_id", "file_name", "place"]).take(
        pa.array(sorted({one for pair in pairs for one in pair}), pa.int64())
    )
    images = {
        number: ImageOfPart(
            row["image_id"], row["study_id"], parts[row["place"]].data_set.file(row["file_name"])
        )
        for number, row in zip(
            sorted({one for pair in pairs for one in pair}), wanted.to_pylist(), strict=True
        )
    }
    found = [sorted((images[i], images[j])) for i, j in pairs]
    return sorted((first, second) for first, second in found)


def look_alikes(
    pairs: Sequence[tuple[ImageOfPart, ImageOfPart]],
    copies: Mapping[ImageOfPart, NDArray[np.float32]],
) -> list[LookAlike]:
    """The pairs that show the same film. copies: of each image the small copy."""
    found = (
        LookAlike(first, second, float(copies[first] @ copies[second])) for first, second in pairs
    )
    return [one for one in found if are_alike(one.correlation)]


def copy_of(image: ImageOfPart) -> tuple[ImageOfPart, NDArray[np.float32]]:
    """An image with its small copy. Raises UsageError where it cannot be read."""
    try:
        return image, small_copy(read_image(image.file))
    except (OSError, ValueError):
        raise UsageError(
            f"The image {image.file} is missing or damaged. Run `radprep verify --repair` on that "
            "data set and the command that made it, then merge again."
        ) from None


def _hashed(part: Part, place: int, shared: Shared) -> pa.Table:
    """The kept images of a part, without those of studies that an earlier part has, too."""
    others = [one for one in shared.several if shared.owners[one][0] < place]
    table = part.table.select(
        ["image_id", "study_id", "patient_id", "perceptual_hash", "file_name", "status"]
    )
    wanted = pc.and_(
        pc.and_(pc.equal(table["status"], KEPT), pc.is_valid(table["perceptual_hash"])),
        pc.invert(pc.is_in(table["study_id"], pa.array(others, pa.string()))),
    )
    kept = table.filter(wanted)
    return kept.append_column("place", pa.array([place] * len(kept), pa.int32()))


def _codes(values: Sequence[str]) -> NDArray[np.intp]:
    """A number for each different value."""
    return np.unique(np.array(values, dtype=np.str_), return_inverse=True)[1]


def _apart(
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    place: NDArray[np.int32],
    person: NDArray[np.intp],
) -> Iterator[tuple[int, int]]:
    apart = (place[first] != place[second]) & (person[first] != person[second])
    return zip(first[apart].tolist(), second[apart].tolist(), strict=True)
