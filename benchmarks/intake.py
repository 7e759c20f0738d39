"""What convert makes of the test files of others, beside what pydicom and DCMTK read of them.

    python benchmarks/intake.py [FOLDER ...] [--out REPORT.md]

Without a folder: the files that pydicom brings along, and those of pydicom-data and pylibjpeg-data
where they are installed. Every modality is asked for, and secondary captures too.
Prints a table in Markdown: a line for each status and reason, with how many of its files pydicom
decodes and DCMTK turns into a picture; then each file that pydicom decodes and convert fails.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pydicom
from pydicom.uid import UID

from radprep.dicom.deidentify import MODALITIES

PACKAGES = ("data_store", "ljdata")
"""What pydicom-data and pylibjpeg-data are imported as."""
DCMTK = ("dcm2img", "dcm2pnm", "dcmj2pnm", "dcml2pnm")
"""Programs of DCMTK that draw: with all decoders, with none, with those of JPEG, of JPEG-LS."""
KEPT, NOT_THERE = "kept", "-"
_SECONDS = 60


def main() -> None:
    """Convert, ask the others, and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--out", type=Path, help="write the table here, too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        files = linked(given.folders or list(test_folders()), Path(work) / "dump")
        table = converted(Path(work))
        table["pydicom"] = [pydicom_reads(files[name]) for name in table.index]
        programs = [found for name in DCMTK if (found := shutil.which(name))]
        table["dcmtk"] = [dcmtk_reads(files[name], programs) for name in table.index]
    text = report(table, dcmtk_version(programs))
    print(text)
    if given.out:
        given.out.write_text(text, encoding="utf-8")


def test_folders() -> Iterator[Path]:
    """Where the test files of installed packages lie."""
    yield Path(pydicom.__file__).parent / "data" / "test_files"
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec and spec.submodule_search_locations:
            yield Path(next(iter(spec.submodule_search_locations)))


def linked(folders: list[Path], dump: Path) -> dict[str, Path]:
    """A dump of links to the DICOM files of some folders; their names in it, and where they are.
    Files in archives are left out: the others cannot open them."""
    dump.mkdir()
    files = {}
    for number, folder in enumerate(folders):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and is_dicom(path):
                name = f"{number}_{path.relative_to(folder).as_posix().replace('/', '_')}"
                (dump / name).symlink_to(path.resolve())
                files[name] = path
    return files


def is_dicom(path: Path) -> bool:
    """Whether a file begins as DICOM files do, or ends in their name."""
    with path.open("rb") as handle:
        return handle.read(132)[128:] == b"DICM" or path.suffix.lower() in (".dcm", ".dicom")


def converted(work: Path) -> pd.DataFrame:
    """Status, reason and marks of each file, under its name: the best of its rows."""
    wanted = [word for name in (*sorted(MODALITIES), "unknown") for word in ("--modality", name)]
    command = ["convert", work / "dump", work / "out", "--workers", "1", "--max-failed", "1"]
    subprocess.run(
        [sys.executable, "-m", "radprep", *map(str, command), "--secondary-captures", *wanted],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    rows = pd.read_parquet(work / "out" / "instances.parquet")
    names = pd.read_parquet(work / "out.private" / "identifiers.parquet")
    rows["name"] = rows.source_id.map(names.set_index("source_id").source_path)
    order = {"kept": 0, "failed": 1, "rejected": 2}
    best = rows.assign(order=rows.status.map(order)).sort_values("order")
    return best.groupby("name").first()[["status", "reason", "detail", "TransferSyntaxUID"]]


def pydicom_reads(path: Path) -> bool:
    """Whether pydicom, with the decoders that are installed, gives an array."""
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return bool(pydicom.dcmread(path, force=True).pixel_array.size)
        except Exception:  # whatever it raises, it does not read the file
            return False


def dcmtk_reads(path: Path, programs: list[str]) -> bool:
    """Whether one of DCMTK's programs draws a picture."""
    for program in programs:
        try:
            drawn = subprocess.run(
                [program, "+op", path, os.devnull],
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            continue
        if drawn.returncode == 0:
            return True
    return False


def dcmtk_version(programs: list[str]) -> str:
    """What DCMTK calls itself; empty where it is not installed."""
    if not programs:
        return ""
    said = subprocess.run([programs[0], "--version"], capture_output=True, text=True, check=False)
    return " ".join(word for word in said.stdout.split() if word.startswith("v3"))


def report(table: pd.DataFrame, version: str) -> str:
    """The tables in Markdown."""
    groups: dict[tuple[str, str], pd.DataFrame] = {}
    shown = table.assign(reason=table.reason.fillna(""))
    counts: dict[str, int] = defaultdict(int)
    for key, group in shown.groupby(["status", "reason"]):
        groups[key] = group
        counts[key[0]] += len(group)
    lines = [
        f"{len(table)} files: " + ", ".join(f"{counts[one]} {one}" for one in sorted(counts)) + ".",
        "",
        f"| status | reason | files | pydicom {pydicom.__version__} decodes "
        f"| DCMTK {version} draws |",
        "|---|---|---|---|---|",
    ]
    for (status, reason), group in sorted(groups.items()):
        drawn = int(group.dcmtk.sum()) if version else NOT_THERE
        code = f"`{reason}`" if reason else ""
        lines.append(f"| {status} | {code} | {len(group)} | {int(group.pydicom.sum())} | {drawn} |")
    lines += ["", "Failed here, and decoded by pydicom:", ""]
    for name, row in shown[(shown.status == "failed") & shown.pydicom].iterrows():
        syntax = UID(row.TransferSyntaxUID or "").name
        lines.append(f"- `{str(name).partition('_')[2]}` ({syntax}): `{row.reason}`, {row.detail}")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
