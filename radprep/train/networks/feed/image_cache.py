"""Images of a data set, brought to one size once and then read as a memory map.

The folder is shared by runs, and by runs at the same time: a block of images is a file that appears
whole, named by what is in it, and is never changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radprep.dataset.durable import replacing, write_whole
from radprep.dataset.keys import key_of
from radprep.errors import InterruptedRunError, UsageError
from radprep.image.image import Image
from radprep.run.engine import map_in_workers
from radprep.run.interrupt import Interrupt
from radprep.run.progress import Progress
from radprep.steps.resize import Resize
from radprep.text.small_file import opened, read_small
from radprep.train.data.samples import Sample, read_pixels
from radprep.train.learner import Context

_MOST_BYTES = 2**36

BLOCK = 512
"""Images of a block: what a killed run may have to make again."""

Bytes = NDArray[np.uint8]


class ImageCache:
    """The resized images of samples of one data set: `cache[places]` has shape (len(places),
    height, width), uint8.

    Makes what is missing. Raises UsageError for an image that is missing or damaged,
    InterruptedRunError when asked to stop.
    """

    def __init__(self, samples: Sequence[Sample], resize: Resize, context: Context) -> None:
        self._resize, self._context = resize, context
        self._key = key_of("images", resize.entry, context.fingerprint)
        found = self._read()
        missing = [sample for sample in samples if sample.image_id not in found]
        if missing:
            self._make(missing)
            found = self._read()
        self._rows = [found[sample.image_id] for sample in samples]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, places: Sequence[int]) -> Bytes:
        """The images at these places among the samples."""
        return np.stack([block[row] for block, row in (self._rows[place] for place in places)])

    def _read(self) -> dict[str, tuple[Bytes, int]]:
        """image_id -> its block and its row there. A damaged block counts as none."""
        found: dict[str, tuple[Bytes, int]] = {}
        for listing in sorted(self._context.cache.glob(f"images-{self._key}-*.txt")):
            try:
                ids = read_small(listing).decode("ascii").split()
                with opened(listing.with_suffix(".npy"), _MOST_BYTES):  # a pipe would be waited for
                    pass
                block = np.load(listing.with_suffix(".npy"), mmap_mode="r", allow_pickle=False)
            except (OSError, ValueError, UsageError):
                continue
            if (
                block.shape == (len(ids), self._resize.height, self._resize.width)
                and block.dtype == np.uint8
            ):
                found |= {image_id: (block, row) for row, image_id in enumerate(ids)}
        return found

    def _make(self, samples: Sequence[Sample]) -> None:
        self._context.cache.mkdir(parents=True, exist_ok=True)
        with (
            Interrupt() as interrupt,
            Progress("images", len(samples), "images", quiet=self._context.quiet) as progress,
        ):
            for start in range(0, len(samples), BLOCK):
                self._make_block(samples[start : start + BLOCK], interrupt, progress)

    def _make_block(
        self, samples: Sequence[Sample], interrupt: Interrupt, progress: Progress
    ) -> None:
        block = np.empty((len(samples), self._resize.height, self._resize.width), np.uint8)
        for row, pixels in self._fitted(samples, interrupt):
            block[row] = pixels
            progress.step()
        if interrupt.asked:
            raise InterruptedRunError(
                "Stopped as asked. Run the same command again, a training with --resume."
            )
        ids = [sample.image_id for sample in samples]
        path = self._context.cache / f"images-{self._key}-{key_of(ids)}.npy"
        with replacing(path) as temporary, temporary.open("wb") as handle:
            np.save(handle, block)
        write_whole(path.with_suffix(".txt"), "\n".join(ids).encode("ascii"))

    def _fitted(
        self, samples: Sequence[Sample], interrupt: Interrupt
    ) -> Iterator[tuple[int, Bytes]]:
        work: list[tuple[Any, ...]] = [
            (row, sample.file, self._resize) for row, sample in enumerate(samples)
        ]
        yield from map_in_workers(_fit_one, work, self._context.workers, interrupt)


def _fit_one(row: int, file: Path, resize: Resize) -> tuple[int, Bytes]:
    return row, np.asarray(resize.apply(Image(read_pixels(file)))[0].render(), dtype=np.uint8)
