"""How much memory a training takes, so that a batch job can ask for it before it starts.

Measured as the peak of the proportional set size of a whole training on a processor. Batches of 8
and of 32 images of 341 x 512 give what a pixel of a batch costs, and what is there with any batch.
"""

from __future__ import annotations

from radprep.train.catalogue import CATALOGUE
from radprep.train.networks.parameters import TorchParameters

MEGABYTE = 1 << 20

_ALWAYS = 800 * MEGABYTE
"""PyTorch itself, the network and its optimiser."""

_OF_A_GPU = 4096 * MEGABYTE
"""What the driver of a GPU takes of the machine's memory. A batch lies on the GPU."""

_UNKNOWN_BYTES_A_PIXEL = 1400
"""A backbone of timm of the size of ResNet-50. Larger ones take more."""

_MARGIN = 1.25


def memory_of(name: str, parameters: TorchParameters, *, gpu: bool) -> int:
    """Bytes of the machine's memory that a training of this model takes. gpu: it learns on one."""
    if gpu:
        return _OF_A_GPU
    known = {model.name: model.bytes_a_pixel for model in CATALOGUE}
    pixels = parameters.batch * parameters.width * parameters.height
    return int(_MARGIN * (_ALWAYS + known.get(name, _UNKNOWN_BYTES_A_PIXEL) * pixels))
