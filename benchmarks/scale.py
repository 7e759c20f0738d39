"""Time and memory at many studies: `python benchmarks/scale.py FOLDER 1000 10000`. Prints a
Markdown table.

Each study is one film of 16 x 16 pixels: what is measured is everything but pixels. Each command
runs in a process of its own; its peak memory is the parent's, which must not grow with the number
of studies by more than 1 KB each.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.made import ROOT, make_dicom

MARK = "7" * 9
"""Stands in the template where each study's number goes; as long as any of them."""


def make_dump(folder: Path, studies: int) -> None:
    """A dump of so many studies, by replacing the number in one file's bytes."""
    pixels = np.tile(np.arange(16, dtype=np.uint16) * 256, (16, 1))
    template = make_dicom(
        pixels, study=MARK, PatientID=f"P{MARK}", AccessionNumber=f"A{MARK}", StudyID=MARK
    )
    assert f"{ROOT}.{MARK}".encode() in template
    for number in range(studies):
        place = folder / f"{number // 1000:04d}"
        if number % 1000 == 0:
            place.mkdir(parents=True)
        (place / f"{number:09d}").write_bytes(
            template.replace(MARK.encode(), b"%09d" % (number + 100_000_000))
        )


def measure(*command: object) -> tuple[float, int]:
    """Seconds and peak bytes of one radprep command."""
    started = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", "radprep", *map(str, command)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(
            f"radprep {' '.join(map(str, command))} ended with {os.waitstatus_to_exitcode(status)}"
        )
    return time.monotonic() - started, used.ru_maxrss * 1024


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("studies", type=int, nargs="+")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    print("| studies | command | s | ms a study | MB of the parent |\n|---|---|---|---|---|")
    for studies in chosen.studies:
        dump, raw, clean = (chosen.folder / name for name in ("dump", "raw", "clean"))
        make_dump(dump, studies)
        workers = ("--workers", chosen.workers)
        convert, preprocess = (
            ("convert", dump, raw, *workers),
            ("preprocess", raw, clean, "--pipeline", "wrist-thesis", *workers),
        )
        for title, command in (
            ("scan", ("scan", dump, raw, *workers)),
            ("convert", convert),
            ("convert again", convert),
            ("preprocess", preprocess),
            ("preprocess again", preprocess),
            ("collate", ("collate", clean)),
        ):
            seconds, peak = measure(*command)
            print(
                f"| {studies:,} | {title} | {seconds:.1f} | {1000 * seconds / studies:.2f} | "
                f"{peak / 1e6:.0f} |",
                flush=True,
            )
        shutil.rmtree(chosen.folder)


if __name__ == "__main__":
    main()
