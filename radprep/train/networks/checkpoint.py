"""Tensors in files: our checkpoints, and weights that somebody gives us. Nothing is ever unpickled
into anything but tensors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from radprep.dataset.durable import replacing
from radprep.errors import UsageError
from radprep.text.small_file import opened, parse_json
from radprep.train.networks.models import head_of, is_of_studies

_MOST_BYTES = 64 * 2**30

Tensors = dict[str, torch.Tensor]


def write_tensors(
    path: Path, tensors: Mapping[str, torch.Tensor], notes: Mapping[str, Any]
) -> None:
    """Write tensors and JSON values as one safetensors file, which appears whole."""
    copies = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    with replacing(path) as temporary:
        save_file(copies, temporary, {"radprep": json.dumps(notes)})


def read_tensors(path: Path) -> tuple[Tensors, dict[str, Any]]:
    """What `write_tensors` wrote. Raises UsageError where it is missing or damaged."""
    try:
        with opened(path, _MOST_BYTES):  # a pipe would be waited for
            pass
        with safe_open(path, "pt") as stored:
            notes = parse_json(stored.metadata()["radprep"])
            if not isinstance(notes, dict):
                raise ValueError("no notes")
            return {name: stored.get_tensor(name) for name in stored.keys()}, notes  # noqa: SIM118 - it is no mapping
    # a spoilt or hostile file may fail anywhere in the loader
    except Exception:
        raise UsageError(f"{path} is missing or damaged. Train again.") from None


def load_weights(network: nn.Module, path: Path) -> None:
    """Begin from the weights of a safetensors file or a plain state dict.

    A first layer for several channels is summed to one. The last layers are taken where they fit,
    but never those of view pooling: they are to be learnt on studies. Raises UsageError for a file
    of anything else, or of another network.
    """
    given, own = _read_weights(path), network.state_dict()
    head = head_of(network)
    name_of_head = next(name for name, module in network.named_modules() if module is head)
    free = {name for name in own if name.startswith(f"{name_of_head}.")}
    taken = {
        name: _one_channel(given[name], tensor)
        for name, tensor in own.items()
        if name in given and not (is_of_studies(network) and name in free)
    }
    taken = {name: tensor for name, tensor in taken.items() if tensor.shape == own[name].shape}
    missing = [
        name
        for name in own
        if name not in taken and name not in free and not name.endswith("num_batches_tracked")
    ]
    if missing:
        raise UsageError(
            f"{path} does not fit the model: {len(missing)} of {len(own)} weights are missing or "
            f"have another shape, such as {missing[0]}."
        )
    network.load_state_dict(taken, strict=False)


def _read_weights(path: Path) -> Tensors:
    try:
        found = (
            load_file(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    except Exception:  # a spoilt or hostile file may fail anywhere in the loader
        found = None
    if (
        not isinstance(found, dict)
        or not found
        or not all(isinstance(value, torch.Tensor) for value in found.values())
    ):
        raise UsageError(
            f"{path} holds no plain weights. Give a safetensors file or a state dict, not a whole "
            "pickled model."
        )
    return found


def _one_channel(given: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    colour = given.ndim == 4 and own.ndim == 4 and own.shape[1] == 1 and given.shape[1] == 3
    return given.sum(1, keepdim=True) if colour else given
