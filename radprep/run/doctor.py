"""What an installation can do on this machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from radprep.burned_in.reader import can_read
from radprep.dataset.info import versions
from radprep.dataset.layout import DataSet
from radprep.dicom.syntaxes import decoder_table
from radprep.pictures.opened import picture_table
from radprep.private.tree import PrivateTree
from radprep.run.workers import worker_count


def examine(out: Path) -> dict[str, Any]:
    """Decoders by transfer syntax, those of pictures by format, versions, cores, whether text on
    films can be read, and the state of the place where OUT would be written."""
    existing = next(folder for folder in (out.resolve(), *out.resolve().parents) if folder.exists())
    return {
        "decoders": decoder_table(),
        "pictures": picture_table(),
        "versions": versions(),
        "machine": {
            "cores in the machine": os.cpu_count(),
            "workers by default": worker_count(None),
            "text on films": "found and read" if can_read() else "found; the extra `ocr` reads it",
        },
        "output": {
            "data set": str(out.resolve()),
            "private tree": str(PrivateTree.beside(DataSet(out.resolve()))),
            "writable": os.access(existing, os.W_OK),
            "free GB": round(shutil.disk_usage(existing).free / 1e9, 1),
        },
    }
