"""A data set in the layout of another library: one module a format in `formats`, and the table of
them here. Imports: `train.data`, `report.facts`, `dataset` and below; the only room that imports
the libraries of the extra `export`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from radprep.errors import UsageError

if TYPE_CHECKING:
    from radprep.export.work import Format

FORMATS = (
    "csv",
    "parquet",
    "hf",
    "webdataset",
    "coco",
    "yolo",
    "mura",
    "croissant",
)
"""Every format, by the name of its module in `formats`, whose FORMAT says what it is."""


def load_format(name: str) -> Format:
    """A format by its name. Raises UsageError where there is none of this name."""
    if name not in FORMATS:
        raise UsageError(f"--format {name!r} is not possible: give {', '.join(FORMATS)}.")
    found: Format = import_module(f"radprep.export.formats.{name}").FORMAT
    return found
