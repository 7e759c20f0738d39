"""How long a ResNet18 step takes, and how long making its batch from the cache does: both on one
thread, 341 x 512, batches of 16.

    OMP_NUM_THREADS=1 python benchmarks/loading.py

The batch is made, changes of images included, while the step before is under way; the share is what
it would cost otherwise.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch
from torch import nn

from radprep.image import png
from radprep.train.data.samples import Sample
from radprep.train.learner import Context
from radprep.train.networks.feed.batches import Normalisation, Units
from radprep.train.networks.feed.image_cache import ImageCache
from radprep.train.networks.loop import has_bfloat16
from radprep.train.networks.models import make_network
from radprep.train.networks.parameters import TorchParameters

BATCH, STEPS, FILM = 16, 5, (1500, 1000)


def main() -> None:
    """Print both medians and their ratio."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    parameters = TorchParameters(rotate=10, zoom=0.1, shift=0.05)
    with TemporaryDirectory() as folder:
        units = cached_units(Path(folder), parameters)
        order = list(range(BATCH))
        loading = [
            seconds(lambda step=step: next(units.batches(order, BATCH, parameters, (0, step))))
            for step in range(STEPS)
        ]
        batch = next(units.batches(order, BATCH))
    network = make_network("resnet18", parameters.width, parameters.height, 0).train()
    optimiser = torch.optim.Adam(network.parameters())
    for half in sorted({False, has_bfloat16(torch.device("cpu"))}):
        learning = [
            seconds(lambda half=half: step_of(network, optimiser, batch.images, half=half))
            for _ in range(STEPS)
        ]
        print(
            f"ResNet18 step in {'bfloat16' if half else 'float32'}: {1000 * median(learning):.0f} "
            f"ms; its {BATCH} images from the cache: {1000 * median(loading):.1f} ms, "
            f"{100 * median(loading) / median(learning):.2f} %"
        )


def cached_units(folder: Path, parameters: TorchParameters) -> Units:
    """Films of noise, cached."""
    rng = np.random.default_rng(0)
    samples = [
        Sample(f"{number:016x}", f"{number}", f"{number}", number % 2, folder / f"{number}.png")
        for number in range(BATCH)
    ]
    for sample in samples:
        sample.file.write_bytes(png.encode(rng.integers(0, 256, FILM, dtype=np.uint8)))
    cache = ImageCache(
        samples, parameters.resize, Context(folder / "cache", "benchmark", quiet=True)
    )
    return Units.of(samples, cache, Normalisation(0.5, 0.25), by_study=False)


def step_of(
    network: nn.Module, optimiser: torch.optim.Optimizer, images: torch.Tensor, *, half: bool
) -> None:
    """Forward, backward, update."""
    optimiser.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        logits = network(images)
    nn.functional.binary_cross_entropy_with_logits(
        logits.float(), torch.ones_like(logits.float())
    ).backward()
    optimiser.step()


def seconds(work: Callable[[], object]) -> float:
    """Wall time of a call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
