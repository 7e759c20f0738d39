"""What this machine can train on: PyTorch, and a GPU that it can use."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

_INSTALL = "not installed: `pip install 'radprep[torch]'`"


def describe_device() -> dict[str, str]:
    """Versions of what networks need, and the GPU that they would train on, or why there is none.
    It imports PyTorch where it is installed, which takes seconds."""
    found = {name: _version(name) for name in ("torch", "torchvision", "timm")}
    return {**found, "GPU": _gpu()}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return _INSTALL


def _gpu() -> str:
    if find_spec("torch") is None:
        return "unknown without PyTorch"
    try:
        import torch

        if not torch.cuda.is_available():
            return (
                "none: this PyTorch was built for processors only"
                if torch.version.cuda is None and torch.version.hip is None
                else "none that PyTorch can use: look at `nvidia-smi`, and at --gpus of the job"
            )
        devices = [
            torch.cuda.get_device_properties(one) for one in range(torch.cuda.device_count())
        ]
        return ", ".join(f"{one.name} ({one.total_memory / 1e9:.0f} GB)" for one in devices)
    except Exception as error:  # a library that is missing breaks the import itself
        return f"unknown: PyTorch is installed and cannot be used ({type(error).__name__})"
