"""How often a pipeline decided rightly, held against the truth of a made dump.

    python benchmarks/accuracy.py TRUTH.csv RAW CLEAN [CLEAN ...]

TRUTH.csv: one row a file (file, inverted, double, fingers_degrees, region, bad), RAW: the data set converted from that dump (its
private tree leads from files to rows), CLEAN: data sets made from it. Only this script reads the truth.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

UPRIGHT_WITHIN_DEGREES = 90
"""Fingers that point less than this away from up count as up."""


def main(truth_file: Path, raw: Path, *clean: Path) -> None:
    """Print one line of figures for each data set."""
    truth = pd.read_csv(truth_file)
    files = pd.read_parquet(raw.with_name(raw.name + ".private") / "identifiers.parquet", columns=["source_id", "source_path"])
    truth = truth.merge(files, left_on="file", right_on="source_path", validate="one_to_one")
    print(pd.DataFrame({folder.name: figures(truth, folder) for folder in clean}).to_string())


def figures(truth: pd.DataFrame, clean: Path) -> dict[str, str]:
    """Measures of one data set, as texts."""
    rows = pd.read_parquet(clean / "instances.parquet")
    films = rows[rows.status == "kept"].merge(truth, on="source_id", suffixes=("", "_true"))
    films = films[films.region == "wrist"]
    first = films.drop_duplicates("source_id")
    wrong = first.inverted != (first.inverted_true == 1)
    single, double = first[first.double == "no"], first[first.double != "no"]
    turned = single[single.fingers_degrees.notna() & (single.part_count == 1)]
    off = np.abs((turned.fingers_degrees + turned.rotation_degrees + 180) % 360 - 180)
    marked = turned.review.map(lambda marks: any("rotation" in mark for mark in marks))
    down = off > UPRIGHT_WITHIN_DEGREES
    return {
        "films": f"{len(first)}",
        "polarity errors": share(wrong),
        "polarity errors without a mark": share(wrong & ~first.review.map(lambda marks: any("inversion" in mark for mark in marks))),
        "single films left whole": share(single.part_count == 1),
        "double films cut in two": share(double.part_count == 2),
        "fingers down": share(down),
        "fingers down without a mark": share(down & ~marked),
        "films marked for their direction": share(marked),
        "degrees from upright, either way up, median / p95": " / ".join(f"{value:.1f}" for value in np.percentile(
            np.minimum(off, 180 - off), (50, 95))) if len(off) else "-",
        "degrees from fingers up, median / p95": " / ".join(f"{value:.1f}" for value in np.percentile(off, (50, 95))) if len(off) else "-",
    }


def share(found: pd.Series) -> str:
    """`n of N (per cent)`."""
    return f"{int(found.sum())} of {len(found)} ({100 * found.mean():.1f} %)" if len(found) else "-"


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
