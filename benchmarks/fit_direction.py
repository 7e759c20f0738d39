"""Fit the weights by which rotation_alignment tells the hand's end of a limb from the other
(radprep.steps._hand.WEIGHTS).

    python benchmarks/fit_direction.py DIRECTIONS.csv FILMS

DIRECTIONS.csv: path (below the folder FILMS) and fingers_degrees, where the fingers or what is
nearest to them point, in degrees counter-clockwise from up; films with bright bones and one limb.
Each film is read as it is and turned by two angles; cues of the upright limb go into a logistic
regression without intercept, so that a limb upside down has exactly the opposite log odds. Figures
are of films that the weights were not fitted to (five parts, by film).
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from odd_cues import fit
from sklearn.model_selection import GroupKFold

from radprep.image.image import Image, wrap_degrees
from radprep.steps._hand import WEIGHTS, hand_cues
from radprep.steps._limb import find_limb
from radprep.steps.rotation_alignment import limb_tilt

Floats = NDArray[np.float64]


def main() -> None:
    """Print the weights, and how often and how surely they are right."""
    directions, folder = Path(sys.argv[1]), Path(sys.argv[2])
    cv2.setNumThreads(1)
    rows = list(csv.DictReader(directions.open(newline="", encoding="utf-8")))
    cues = np.concatenate(
        [
            film_cues(folder / row["path"], float(row["fingers_degrees"]), seed)
            for seed, row in enumerate(rows)
        ]
    )
    films = np.repeat(np.arange(len(rows)), 3)
    lead = np.zeros(len(cues))
    for fitted, left_out in GroupKFold(5).split(cues, groups=films):
        lead[left_out] = cues[left_out] @ fit(cues[fitted])
    print(
        f"{len(rows)} films;",
        dict(zip(WEIGHTS, fit(cues).round(2).tolist(), strict=True)),
        "now",
        WEIGHTS,
    )
    for name, values in (("left out", lead), ("now", cues @ np.array(list(WEIGHTS.values())))):
        print(name, reliability(values).to_string(), sep="\n")


def film_cues(path: Path, fingers: float, seed: int) -> Floats:
    """Cues of one film at three angles, each with the hand's end taken as the upper one: shape (3,
    cues)."""
    film = Image(np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)))
    level = int(np.percentile(film.pixels, 5))
    angles = [0.0, *np.random.default_rng(seed).uniform(-180, 180, 2)]
    return np.array(
        [
            upper_is_hand(Image(film.rotate(angle, level).render()), fingers + angle)
            for angle in angles
        ]
    )


def upper_is_hand(image: Image, fingers: float) -> list[float]:
    """Cues of a limb whose fingers point there."""
    limb = find_limb(image.view)
    tilt, _ = limb_tilt(limb.mask, image.view)
    sign = 1 if abs(wrap_degrees(fingers - tilt)) < 90 else -1
    cues = hand_cues(limb, tilt)
    return [sign * cues[name] for name in WEIGHTS]


def reliability(lead: Floats) -> pd.DataFrame:
    """How often the hand's end was found, by how sure the answer was."""
    confidence = np.tanh(np.abs(lead) / 2)
    bins = pd.cut(pd.Series(confidence), [0, 0.5, 0.8, 0.9, 0.98, 1], include_lowest=True)
    table = pd.DataFrame({"right": lead > 0, "expected": (1 + confidence) / 2, "bin": bins})
    return table.groupby("bin", observed=True).agg(
        films=("right", "size"), right=("right", "mean"), expected=("expected", "mean")
    )


if __name__ == "__main__":
    main()
