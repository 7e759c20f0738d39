"""GDCM in a process of its own: on a spoilt file it may abort the process, and that must cost this
file only.

`decode` is the parent's side; run as a module, this is the child: it reads the file it is handed
and writes the values.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading

import numpy as np
from numpy.typing import NDArray

from radprep.errors import Failure

_TIMEOUT_S = 15
_HEADER_BYTES = 200

_MOST_MEMORY = 896 << 20
_ANY_FILE = 256 << 20
_TIMES_ITS_VALUES = 12
"""Address space of the child: so much for itself, so many times the values, and never more than
_MOST_MEMORY. GDCM holds them several times, its wrapper as text and as bytes besides."""


def decode(data: bytes, frames: int, most_bytes: int) -> NDArray[np.generic]:
    """Decode the first frames of a DICOM file, given as its bytes, in a child process, in one go:
    it costs a process, and GDCM decodes the whole file anyway. Returns values of shape (frames,
    rows, columns).

    most_bytes: what the values may take; no more is read from the child.
    Raises Failure: decode_error, decoder_died, decoder_timeout.
    """
    code, output, late = _run_child(data, frames, most_bytes + _HEADER_BYTES)
    if late:
        raise Failure("decoder_timeout", f"{_TIMEOUT_S} s")
    if output is None:
        raise Failure("decode_error", "gdcm gives more than the header says")
    if code < 0:
        raise Failure("decoder_died", f"signal {-code}")
    if code:
        raise Failure("decode_error", "imagecodecs and gdcm")
    head, _, body = output.partition(b"\n")
    try:
        form = json.loads(head)
        values: NDArray[np.generic] = np.frombuffer(body, form["dtype"]).reshape(form["shape"])
        complete = values.ndim == 3 and len(values) == frames
    except (ValueError, TypeError, LookupError):  # no header, or not as many values as it says
        complete = False
    if not complete:
        raise Failure("decode_error", "imagecodecs and gdcm")
    return values


def _run_child(data: bytes, frames: int, most_bytes: int) -> tuple[int, bytes | None, bool]:
    """Exit status of the child, what it wrote (None: more than it may), and whether it had to be
    ended for its time."""
    descriptor = os.memfd_create("radprep")  # the file's bytes, without a copy on a disk
    try:
        with os.fdopen(os.dup(descriptor), "wb") as handle:
            handle.write(data)
        os.lseek(descriptor, 0, os.SEEK_SET)
        room = _ANY_FILE + 2 * len(data) + _TIMES_ITS_VALUES * most_bytes
        numbers = map(str, (min(room, _MOST_MEMORY), descriptor, frames))
        command = [sys.executable, "-m", "radprep.dicom.gdcm_child", *numbers]
        with subprocess.Popen(
            command,
            pass_fds=(descriptor,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as child:
            late = threading.Event()

            def end_it() -> None:
                """Kill a child that takes too long."""
                late.set()
                child.kill()

            timer = threading.Timer(_TIMEOUT_S, end_it)
            timer.start()
            try:
                output = child.stdout.read(most_bytes + 1) if child.stdout else b""
                if len(output) > most_bytes:
                    child.kill()
                child.wait()
            finally:
                timer.cancel()
                # where reading broke off; nothing is sent to a child that has been waited for
                child.kill()
                timer.join()
    finally:
        os.close(descriptor)
    return child.returncode, output if len(output) <= most_bytes else None, late.is_set()


def _child(memory: int, path: str, frames: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    import gdcm

    types = {
        gdcm.PixelFormat.UINT8: "<u1",
        gdcm.PixelFormat.INT8: "<i1",
        gdcm.PixelFormat.UINT16: "<u2",
        gdcm.PixelFormat.INT16: "<i2",
    }
    reader = gdcm.ImageReader()
    reader.SetFileName(path)
    if not reader.Read():
        return 2
    image = reader.GetImage()
    columns, rows, *depth = image.GetDimensions()
    form = image.GetPixelFormat()
    if (
        form.GetScalarType() not in types
        or form.GetSamplesPerPixel() != 1
        or frames > (depth[0] if depth else 1)
    ):
        return 3
    dtype = types[form.GetScalarType()]
    header = {"dtype": dtype, "shape": [frames, rows, columns]}
    body = image.GetBuffer().encode("utf-8", "surrogateescape")  # how its wrapper hands bytes over
    sys.stdout.buffer.write(
        json.dumps(header).encode() + b"\n" + body[: frames * rows * columns * int(dtype[2:])]
    )
    return 0


if __name__ == "__main__":
    sys.exit(_child(int(sys.argv[1]), f"/proc/self/fd/{int(sys.argv[2])}", int(sys.argv[3])))
