"""The images of a data set for somebody's own training loop in PyTorch. The networks of
`radprep train` do not use it: they read resized copies from a cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from radprep.image.image import Pixels

Transform = Callable[[NDArray[np.uint8]], Any]


class Picture(Protocol):
    """An image that is read when it is asked for."""

    def pixels(self) -> Pixels:
        """Its grey values, uint8 or uint16, shape (h, w)."""


class Films(Dataset[tuple[Any, int]]):
    """A map-style Dataset of images and their labels: 1 is the positive class, 0 the negative one.

    Item `i` is (image, label). The image is float32, shape (1, h, w), in 0..1 (of 16 bits all
    count), or what `transform` gives from grey values of type uint8 and shape (h, w) (of 16 bits
    the upper 8). Images keep their own sizes. `image_ids` and `labels` are in the order of the
    items.
    """

    def __init__(
        self,
        image_ids: Sequence[str],
        labels: Sequence[int],
        pictures: Sequence[Picture],
        transform: Transform | None = None,
    ) -> None:
        self.image_ids, self.labels = tuple(image_ids), tuple(labels)
        self._pictures, self._transform = tuple(pictures), transform

    def __len__(self) -> int:
        """Number of images."""
        return len(self._pictures)

    def __getitem__(self, place: int) -> tuple[Any, int]:
        """An image and its label. Raises UsageError where the image is missing or altered."""
        pixels, label = self._pictures[place].pixels(), self.labels[place]
        if self._transform:
            grey = pixels >> 8 if pixels.dtype == np.uint16 else pixels
            return self._transform(np.asarray(grey, dtype=np.uint8)), label
        white = np.float32(np.iinfo(pixels.dtype).max)
        return torch.from_numpy(pixels.astype(np.float32) / white).unsqueeze(0), label

    def __repr__(self) -> str:
        """One line: how many images there are, and how many are positive."""
        return f"<{len(self)} films, {sum(self.labels)} of them positive>"
