"""GDCM in a process of its own: on a spoilt file it may abort the process, and that must cost this file only.

`decode` is the parent's side; run as a module, this is the child: it reads the file it is handed and writes the values.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

import numpy as np
from numpy.typing import NDArray

from radprep.errors import Failure

_TIMEOUT_S = 60
_MEMORY_BYTES = 4 << 30


def decode(data: bytes, frame: int) -> NDArray[np.generic]:
    """Decode one frame of a DICOM file, given as its bytes, in a child process. Returns values of shape (rows, columns).

    Raises Failure: decode_error, decoder_died, decoder_timeout.
    """
    descriptor = os.memfd_create("radprep")  # the file's bytes, without a copy on a disk
    try:
        with os.fdopen(os.dup(descriptor), "wb") as handle:
            handle.write(data)
        os.lseek(descriptor, 0, os.SEEK_SET)
        command = [sys.executable, "-m", "radprep.dicom.gdcm_child", str(descriptor)]
        done = subprocess.run(command, pass_fds=(descriptor,), capture_output=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise Failure("decoder_timeout", f"{_TIMEOUT_S} s") from None
    finally:
        os.close(descriptor)
    if done.returncode < 0:
        raise Failure("decoder_died", f"signal {-done.returncode}")
    if done.returncode:
        raise Failure("decode_error", "imagecodecs and gdcm")
    head, _, body = done.stdout.partition(b"\n")
    try:
        form = json.loads(head)
        chosen: NDArray[np.generic] = np.frombuffer(body, form["dtype"]).reshape(form["shape"])[frame]
    except (ValueError, TypeError, LookupError):  # no header, or not as many values or frames as it says
        raise Failure("decode_error", "imagecodecs and gdcm") from None
    return chosen


def _child(path: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    import gdcm

    types = {gdcm.PixelFormat.UINT8: "<u1", gdcm.PixelFormat.INT8: "<i1",
             gdcm.PixelFormat.UINT16: "<u2", gdcm.PixelFormat.INT16: "<i2"}
    reader = gdcm.ImageReader()
    reader.SetFileName(path)
    if not reader.Read():
        return 2
    image = reader.GetImage()
    columns, rows, *frames = image.GetDimensions()
    form = image.GetPixelFormat()
    if form.GetScalarType() not in types or form.GetSamplesPerPixel() != 1:
        return 3
    header = {"dtype": types[form.GetScalarType()], "shape": [frames[0] if frames else 1, rows, columns]}
    body = image.GetBuffer().encode("utf-8", "surrogateescape")  # how its wrapper hands bytes over
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + body)
    return 0


if __name__ == "__main__":
    sys.exit(_child(f"/proc/self/fd/{int(sys.argv[1])}"))
