"""Backbones of timm with one channel and one logit, never with weights from the network."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from torch import library, nn

from radprep.errors import UsageError
from radprep.train.catalogue import CATALOGUE, names_in_words


def resnet18() -> nn.Module:
    """ResNet18 (He et al. 2016)."""
    return make_backbone("resnet18")


def make_backbone(name: str, size: tuple[int, int] | None = None) -> nn.Module:
    """A network by timm's name for it. size: height and width of the images, for networks that are
    built for one size. Raises UsageError for a name that timm does not know."""
    timm = _timm()
    if not timm.is_model(name):
        ours = [model.name for model in CATALOGUE]
        near = ", ".join(get_close_matches(name, [*ours, *timm.list_models()], 3)) or "none"
        raise UsageError(
            f"There is no model {name!r}. There are: {names_in_words()}. Names like it: {near}."
        )
    options = {"pretrained": False, "in_chans": 1, "num_classes": 1}
    try:
        made: nn.Module = timm.create_model(name, img_size=size, **options)
    except TypeError:  # a network that takes images of any size is not told one
        made = timm.create_model(name, **options)
    return made


def _timm() -> Any:
    """The library timm. It imports torchvision, of which nothing but Python code is used here."""
    try:
        import torchvision  # noqa: F401 - to see whether it can be imported
    # its compiled part is for another build of PyTorch; two names must exist all the same
    except RuntimeError:
        for name in ("nms", "qnms"):
            library.define(
                f"torchvision::{name}", "(Tensor boxes, Tensor scores, float threshold) -> Tensor"
            )
    import timm

    return timm
