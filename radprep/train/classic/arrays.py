"""Arrays in an .npz file, read within bounds: an archive of a thousand bytes may declare an array
of any size, and an array of objects is a program."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from radprep.errors import UsageError
from radprep.text.small_file import opened

_MOST_ARRAYS = 64


def read_arrays(path: Path, most: int) -> dict[str, NDArray[Any]]:
    """Name -> array of numbers or texts. most: bytes of the file, and of all arrays together.

    Raises OSError where there is no such file, ValueError where it is none of ours.
    """
    try:
        with opened(path, most) as handle, zipfile.ZipFile(handle) as archive:
            members = archive.infolist()
            if len(members) > _MOST_ARRAYS or sum(one.file_size for one in members) > most:
                raise ValueError("more than a model has")
            return {one.filename.removesuffix(".npy"): _read(archive, one) for one in members}
    # zipfile raises NotImplementedError for an unknown compression, RuntimeError for encryption
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, UsageError):
        raise ValueError("no archive of arrays") from None


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    """One array. What its header declares is asked before anything is made for it."""
    with archive.open(member) as stream:
        version = npy.read_magic(stream)
        if version == (1, 0):
            shape, fortran, dtype = npy.read_array_header_1_0(stream)
        elif version == (2, 0):
            shape, fortran, dtype = npy.read_array_header_2_0(stream)
        else:
            raise ValueError("an unknown form of array")
        count = 1
        for side in shape:
            count *= side
        if dtype.kind not in "fiubU" or fortran or min(shape, default=0) < 0:
            raise ValueError("no plain array")
        size = count * dtype.itemsize
        data = stream.read(size + 1) if size <= member.file_size else b""
        if len(data) != size:
            raise ValueError("its header declares another size")
        return np.frombuffer(data, dtype).reshape(shape)
