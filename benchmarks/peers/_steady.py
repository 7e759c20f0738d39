"""What every contestant shares: its arguments, one thread, and the line it prints."""

import sys
import time
from pathlib import Path

SOURCE, OUT = map(Path, sys.argv[1:3])
OUT.mkdir(parents=True, exist_ok=True)


def files() -> list[str]:
    """The DICOM files of the corpus, in order."""
    return sorted(map(str, SOURCE.glob("*.dcm")))


def png_path(file: str) -> str:
    """Where a film goes."""
    return str(OUT / f"{Path(file).stem}.png")


def measure(work) -> None:
    """Print `STEADY cpu_seconds wall_seconds peak_kilobytes` of work(); imports have been paid
    before."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = next(
        line.split()[1]
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    print("STEADY", cpu, wall, peak)
