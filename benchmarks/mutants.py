r"""Spoil DICOM files at random, convert all of them in one run, and see that the run ends and every
file is accounted for.

    python benchmarks/mutants.py WORK_FOLDER [FILE_OR_FOLDER ...] \
        [--count 5000] [--seed 1] [--also FOLDER ...]

Without sources, pydicom's own test files are spoilt. --also adds files as they are.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

MAX_SOURCE_BYTES = 3_000_000
BETWEEN = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
peak_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print("", peak_kb, sep="\\n", end="", file=sys.stderr)
sys.exit(done.returncode)
"""
MODALITIES = ("CR", "CT", "DX", "MG", "MR", "NM", "OT", "PT", "RF", "RG", "US", "XA", "XC")


def main() -> None:
    """Print one JSON object of figures; exit with 1 where a promise is broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("sources", type=Path, nargs="*")
    parser.add_argument("--also", type=Path, nargs="*", default=[])
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    dump = arguments.work / "dump"
    write_mutants(
        arguments.sources or [pydicom_test_files()], dump, arguments.count, arguments.seed
    )
    for number, folder in enumerate(arguments.also):
        shutil.copytree(folder, dump / f"also{number}")
    found = convert(dump, arguments.work / "raw")
    print(json.dumps(found, indent=2))
    sys.exit(bool(found["broken"]))


def pydicom_test_files() -> Path:
    """Folder of the DICOM files that pydicom's wheel brings along."""
    import pydicom.data

    return Path(pydicom.data.__file__).parent / "test_files"


def write_mutants(sources: Iterable[Path], folder: Path, count: int, seed: int) -> None:
    """Write `count` spoilt copies of the DICOM files under some folders, the same for the same
    seed."""
    rng = random.Random(seed)
    films = sorted(
        path
        for source in sources
        for path in ([source] if source.is_file() else source.rglob("*"))
        if is_dicom(path)
    )
    for number in range(count):
        place = folder / f"{number % 97:02d}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:06d}").write_bytes(mutated(rng, rng.choice(films).read_bytes()))


def is_dicom(path: Path) -> bool:
    """Whether a file has a DICOM preamble and a size that is worth spoiling often."""
    if not path.is_file() or path.stat().st_size > MAX_SOURCE_BYTES:
        return False
    with path.open("rb") as handle:
        return handle.read(132).endswith(b"DICM")


def mutated(rng: random.Random, data: bytes) -> bytes:
    """The bytes with some changed, cut off, cut out, doubled or put in; half of the changes in the
    header."""
    spoilt = bytearray(data)
    reach = min(len(spoilt), 3000) if rng.random() < 0.5 else len(spoilt)
    kind = rng.choice(["flip", "flip", "flip", "cut off", "cut out", "double", "put in", "lengths"])
    start = rng.randrange(132, max(133, reach))
    size = rng.randrange(1, 64)
    if kind == "flip":
        for _ in range(rng.randrange(1, 20)):
            spoilt[rng.randrange(132, max(133, reach)) % len(spoilt)] = rng.randrange(256)
    elif kind == "cut off":
        del spoilt[start:]
    elif kind == "cut out":
        del spoilt[start : start + size]
    elif kind == "double":
        spoilt[start:start] = spoilt[start : start + size]
    elif kind == "put in":
        spoilt[start:start] = rng.randbytes(size)
    else:
        spoilt[start : start + 4] = rng.choice(
            [b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\xfe\xff\x00\xe0"]
        )
    return bytes(spoilt)


def convert(dump: Path, out: Path, workers: int = 2) -> dict[str, object]:
    """Convert the dump in one run; counts, time, memory, and which promises are broken."""
    started = time.monotonic()
    command = [sys.executable, "-m", "radprep", "convert", str(dump), str(out), "--json"]
    command += ["--workers", str(workers), "--max-failed", "1", "--secondary-captures"]
    command += [flag for name in MODALITIES for flag in ("--modality", name)]
    returncode, stdout, stderr, peak_kb = run_alone(command)
    files = sum(path.is_file() for path in dump.rglob("*"))
    counts = json.loads(stdout)["counts"] if returncode == 0 else {}
    failed = counts.get("failed_rows", {})
    broken = [
        name
        for name, is_broken in {
            "ended with an error": returncode != 0,
            "a traceback": "Traceback" in stderr,
            "files lost": counts.get("files") != files,
            "a worker died": "convert:worker_died" in failed,
            "an error nobody thought of": "convert:internal_error" in failed,
        }.items()
        if is_broken
    ]
    return {
        "files": files,
        **{name: counts.get(name) for name in ("kept", "rejected", "failed", "images")},
        "failed_rows": failed,
        "rejected_rows": counts.get("rejected_rows"),
        "seconds": round(time.monotonic() - started, 1),
        "peak_mb_of_a_process": peak_kb // 1024,
        "broken": broken,
        "said": stderr[-2000:] if broken else "",
    }


def run_alone(command: list[str]) -> tuple[int, str, str, int]:
    """Exit status, both outputs, and the most memory (kB) of one of its processes.

    A process is told its parent's memory as its own until it starts its program, so that a small
    process stands between.
    """
    done = subprocess.run(
        [sys.executable, "-c", BETWEEN, *command], capture_output=True, text=True, check=False
    )
    said, _, peak_kb = done.stderr.rpartition("\n")
    return done.returncode, done.stdout, said, int(peak_kb)


if __name__ == "__main__":
    main()
