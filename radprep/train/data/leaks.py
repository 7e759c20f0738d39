"""Near-identical images of different patients: on two sides of a split they would be learnt by
heart and then asked for.

When two images are the same is said in `image/alike.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from radprep.dataset.patients import PatientGroups
from radprep.errors import UsageError
from radprep.image.alike import are_alike, candidates, small_copy
from radprep.run.tasks import Tasks, do_tasks
from radprep.train.data.samples import Sample, read_pixels
from radprep.train.data.splits import SPLITS, TRAINING, Split, Splits, parted_patients

OnLeak = Literal["error", "group", "drop"]
"""What becomes of near-identical images on two sides of a split: see `settle`."""


@dataclass(frozen=True)
class Pair:
    """Two near-identical images of different patients. correlation: of small copies; negative where
    one is turned over."""

    first: Sample
    second: Sample
    correlation: float


def find_pairs(
    samples: Sequence[Sample], hashes: Mapping[str, str], workers: int = 1, *, quiet: bool = False
) -> list[Pair]:
    """Near-identical images of different patients. hashes: image_id -> perceptual hash, 16 hex
    digits. Images with a candidate are read, each once, by `workers` processes. Raises UsageError
    where one cannot be read, InterruptedRunError where it was asked to stop.
    """
    known = [sample for sample in samples if hashes.get(sample.image_id)]
    close = [
        (known[i], known[j])
        for firsts, seconds in candidates([hashes[sample.image_id] for sample in known])
        for i, j in zip(firsts.tolist(), seconds.tolist(), strict=True)
        if known[i].person != known[j].person
    ]
    wanted = sorted(
        {sample for pair in close for sample in pair}, key=lambda sample: sample.image_id
    )
    small: dict[str, NDArray[np.float32]] = {}

    def take(one: tuple[str, NDArray[np.float32]]) -> int:
        """Keep the small copy of an image."""
        image_id, copy = one
        small[image_id] = copy
        return 1

    tasks = Tasks(
        _small_copy,
        [(sample,) for sample in wanted],
        "leaks",
        len(wanted),
        "images",
        "Stopped as asked, before anything was written. Run the same command again.",
    )
    do_tasks(tasks, workers, take, quiet=quiet)
    pairs = [
        Pair(first, second, float(small[first.image_id] @ small[second.image_id]))
        for first, second in close
    ]
    return [pair for pair in pairs if are_alike(pair.correlation)]


def settle(
    samples: Sequence[Sample], split: Mapping[str, Split], pairs: Sequence[Pair], on_leak: OnLeak
) -> tuple[Splits, list[Pair]]:
    """The splits without leaks, and the pairs that stood on two sides. A patient on two sides (by
    --split-column) is a leak, too.

    error: raise UsageError that names them. group: patients of near-identical images go together,
    to the side that comes first in SPLITS. drop: of each pair the image of that side is left out,
    so that the hold-out stays as it is. Whatever is chosen, patients of one group stay in one fold.
    """
    splits = Splits(dict(split), _groups(samples, pairs))
    across = [
        pair
        for pair in pairs
        if len({split.get(image.image_id, "") for image in (pair.first, pair.second)} - {""}) == 2
    ]
    parted = parted_patients(samples, split)
    if on_leak == "group":
        return _together(samples, splits), across
    if on_leak == "drop":
        return _without(samples, splits, across, set(parted)), across
    if across or parted:
        _refuse(split, across, parted)
    return splits, across


def _refuse(split: Mapping[str, Split], across: Sequence[Pair], parted: Sequence[str]) -> None:
    named = [
        f"{pair.first.image_id} ({split[pair.first.image_id]}) and {pair.second.image_id} "
        f"({split[pair.second.image_id]})"
        for pair in across
    ]
    found = (
        [(f"{len(named)} pairs of near-identical images of different patients", named)]
        if named
        else []
    )
    found += [(f"{len(parted)} patients", list(parted))] if parted else []
    what = ", and ".join(
        f"{title} ({'; '.join(names[:5])}{'; ...' if len(names) > 5 else ''})"
        for title, names in found
    )
    raise UsageError(
        f"On two sides of the split stand {what}. Keep such patients together with --on-leak "
        "group, or leave those of one side out with --on-leak drop."
    )


def _small_copy(sample: Sample) -> tuple[str, NDArray[np.float32]]:
    """image_id, and the small copy that is compared."""
    return sample.image_id, small_copy(read_pixels(sample.file))


def _groups(samples: Iterable[Sample], pairs: Iterable[Pair]) -> dict[str, str]:
    """patient_id -> the first id of all patients that studies or pairs tie to it, directly or
    through others."""
    patients = {sample.patient_id: sample.person for sample in samples}
    groups = PatientGroups()
    for tied in patients.items():
        groups.tie(tied)
    for pair in pairs:
        groups.tie((pair.first.patient_id, pair.second.patient_id))
    return {patient: groups.of(patient) for patient in patients}


def _together(samples: Iterable[Sample], splits: Splits) -> Splits:
    """Every group as a whole in the first of the splits that one of its images has."""
    placed = [sample for sample in samples if sample.image_id in splits.split]
    side: dict[str, Split] = {}
    for sample in placed:
        group, name = splits.group[sample.patient_id], splits.split[sample.image_id]
        side[group] = min(side.get(group, name), name, key=SPLITS.index)
    return replace(
        splits, split={sample.image_id: side[splits.group[sample.patient_id]] for sample in placed}
    )


def _without(
    samples: Iterable[Sample], splits: Splits, across: Iterable[Pair], parted: set[str]
) -> Splits:
    """Without the image of each pair, and the images of each parted patient, that do not stand on
    the side that comes last."""
    split = dict(splits.split)
    for pair in across:
        first, _ = sorted(
            (pair.first.image_id, pair.second.image_id),
            key=lambda image: SPLITS.index(splits.split[image]),
        )
        split.pop(first, None)
    last: dict[str, Split] = {}
    placed = [sample for sample in samples if sample.person in parted and sample.image_id in split]
    for sample in placed:
        last[sample.person] = max(
            last.get(sample.person, TRAINING), split[sample.image_id], key=SPLITS.index
        )
    for sample in placed:
        if split[sample.image_id] != last[sample.person]:
            del split[sample.image_id]
    return replace(splits, split=split)
