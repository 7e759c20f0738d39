"""Draw docs/before-after.png from the demo's two data sets: python docs/draw_before_after.py
radprep-demo"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

SIDE = 220
SHOWN = ("DEMO0003", "DEMO0004", "DEMO0005", "DEMO0007")
"""Tilted, fingers down, inverted, two limbs: accession numbers of the sample dump."""


def main(demo: Path) -> None:
    """Two rows of films: as converted, and after the preset `wrist`."""
    raw, clean = (pd.read_parquet(demo / name / "instances.parquet") for name in ("raw", "clean"))
    identifiers = pd.read_parquet(demo / "raw.private" / "identifiers.parquet").sort_values(
        "source_path"
    )
    columns = []
    for accession in SHOWN:
        source = identifiers[identifiers.AccessionNumber == accession].source_id.iloc[0]
        before = tile(demo / "raw", unmarked(raw[raw.source_id == source]).file_name)
        after = tile(demo / "clean", unmarked(clean[clean.source_id == source]).file_name)
        width = max(before.shape[1], after.shape[1])
        columns.append(
            np.vstack(
                [padded(before, width), np.full((12, width), 255, np.uint8), padded(after, width)]
            )
        )
    gap = np.full((columns[0].shape[0], 12), 255, np.uint8)
    picture = np.hstack([piece for column in columns for piece in (gap, column)][1:])
    cv2.imwrite(str(Path(__file__).with_name("before-after.png")), picture)


def unmarked(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows. Exits where one is marked: a picture of what radprep does must not show a film
    of which a step was not sure without saying so."""
    marks = sorted({mark for marks in rows.review for mark in marks})
    if marks:
        sys.exit(
            f"A film of SHOWN is marked for review ({', '.join(marks)}): choose another one, "
            "without a mark."
        )
    return rows


def tile(root: Path, names: pd.Series) -> np.ndarray:
    """The images of one film side by side, SIDE pixels high."""
    films = [cv2.imread(str(root / name), cv2.IMREAD_GRAYSCALE) for name in names]
    films = [
        cv2.resize(
            film, (round(film.shape[1] * SIDE / film.shape[0]), SIDE), interpolation=cv2.INTER_AREA
        )
        for film in films
    ]
    gap = np.full((SIDE, 4), 255, np.uint8)
    return np.hstack([piece for film in films for piece in (gap, film)][1:])


def padded(film: np.ndarray, width: int) -> np.ndarray:
    """The tile in the middle of a white strip of this width."""
    left = (width - film.shape[1]) // 2
    return cv2.copyMakeBorder(
        film, 0, 0, left, width - film.shape[1] - left, cv2.BORDER_CONSTANT, value=255
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
