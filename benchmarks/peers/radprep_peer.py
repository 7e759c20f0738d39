"""radprep convert with everything it does: scan, de-identification, VOI LUT, hashes, PNG, Parquet,
atomic commits, shared tables."""

import shutil
import tempfile
from pathlib import Path

from _steady import OUT, SOURCE, files, measure

from radprep.convert.conversion import Conversion
from radprep.convert.options import ConvertOptions
from radprep.run.runner import RunOptions, run_conversion


def convert(dump: Path, out: Path) -> None:
    """A whole run."""
    # in this process, whose CPU seconds are read
    run_conversion(Conversion.prepare(dump, out, ConvertOptions()), RunOptions(quiet=True))


def warm_up() -> None:
    """One film, so that what is imported late has been imported."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "dump").mkdir()
        shutil.copy(files()[0], Path(folder) / "dump")
        convert(Path(folder) / "dump", Path(folder) / "out")


if __name__ == "__main__":
    warm_up()
    measure(lambda: convert(SOURCE, OUT / "raw"))
