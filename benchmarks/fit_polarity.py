"""Fit the weights by which colour_inversion tells white bones from black ones
(radprep.steps._polarity.WEIGHTS).

    python benchmarks/fit_polarity.py FILM [FILM ...]

FILM: picture files of films with white bones. Each is read as it is, turned on a canvas, turned and
framed, and cut down to a tight box of its brighter parts (hard on purpose: some of these hold
nothing but flesh or a strip); with each, a drawn forearm of chance exposure, noise, angle and frame
is read. Cues go into a logistic regression without intercept: a negative has exactly the opposite
log odds. Figures are of films that the weights were not fitted to (eight parts, by film).
"""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from odd_cues import fit
from sklearn.model_selection import GroupKFold

from data_samples.phantom import draw_forearm
from radprep.image.image import Image
from radprep.steps._polarity import WEIGHTS, read_polarity

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]
KINDS = ("plain", "turned", "turned, framed", "tight box", "drawn")


def main() -> None:
    """Print the weights, how often each kind of film is read wrongly, and what a confidence is
    worth."""
    cv2.setNumThreads(1)
    cues = np.concatenate([film_cues(path, seed) for seed, path in enumerate(sys.argv[1:])])
    films = np.repeat(np.arange(len(sys.argv) - 1), len(KINDS))
    score = np.zeros(len(cues))
    for fitted, left_out in GroupKFold(8).split(cues, groups=films):
        score[left_out] = cues[left_out] @ fit(cues[fitted])
    print(
        f"{len(sys.argv) - 1} films;",
        dict(zip(WEIGHTS, fit(cues).round(2).tolist(), strict=True)),
        "now",
        WEIGHTS,
    )
    for name, values in (("left out", score), ("now", cues @ np.array(list(WEIGHTS.values())))):
        wrong = pd.Series(values <= 0).groupby(np.tile(KINDS, len(values) // len(KINDS))).mean()
        print(name, "wrong, per cent", (100 * wrong).round(2).to_dict())
        print(reliability(values).to_string())


def film_cues(path: str, seed: int) -> Floats:
    """Cues of one film in every kind: shape (kinds, cues)."""
    film = Image(np.asarray(cv2.imread(path, cv2.IMREAD_GRAYSCALE)))
    rng = np.random.default_rng(seed)
    canvas = int(np.percentile(film.pixels, 5))
    turned = [film.rotate(float(rng.uniform(-180, 180)), canvas).render() for _ in range(2)]
    edge = int(min(turned[1].shape) * rng.uniform(0.01, 0.05))
    framed = cv2.copyMakeBorder(
        turned[1],
        edge,
        edge,
        edge,
        edge,
        cv2.BORDER_CONSTANT,
        value=float(rng.choice([0, 230, 255])),
    )
    kinds = film.pixels, turned[0], framed, tight_box(film.pixels, rng), drawn(rng, seed)
    readings = [read_polarity(Image(pixels).view) for pixels in kinds]
    return np.array([[getattr(reading, name) for name in WEIGHTS] for reading in readings])


def tight_box(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """The brightest, but for some chance, of the boxes with 0.3 to 0.6 of the film's sides."""
    height, width = (int(side * rng.uniform(0.3, 0.6)) for side in pixels.shape)
    means = cv2.blur(pixels, (width, height)).astype(np.float64)[
        height // 2 : height // 2 - height : 40, width // 2 : width // 2 - width : 40
    ]
    y, x = np.unravel_index(np.argmax(means + rng.uniform(0, 40, means.shape)), means.shape)
    return pixels[40 * y : 40 * y + height, 40 * x : 40 * x + width]


def drawn(rng: np.random.Generator, seed: int) -> Pixels:
    """A forearm between two chance levels of grey."""
    angle, mm, framed = (
        float(rng.uniform(-180, 180)),
        float(rng.uniform(0.4, 1.1)),
        bool(rng.random() < 0.4),
    )
    film = draw_forearm(angle=angle, seed=seed, mm=mm, framed=framed) ** rng.uniform(0.5, 2)
    film = film + rng.uniform(0, 0.08) * rng.standard_normal(film.shape)
    low, high = rng.uniform(0, 0.35), rng.uniform(0.6, 1)
    return np.asarray(np.round(255 * np.clip(low + film * (high - low), 0, 1)), dtype=np.uint8)


def reliability(score: Floats) -> pd.DataFrame:
    """What a confidence is worth: films, share that is right and share that should be, by
    confidence."""
    confidence = np.tanh(np.abs(score) / 2)
    bins = np.array([0.0, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0])
    table = pd.DataFrame(
        {
            "from": bins[np.digitize(confidence, bins[1:-1])],
            "right": score > 0,
            "promised": (1 + confidence) / 2,
        }
    )
    return (
        table.groupby("from")
        .agg(films=("right", "size"), right=("right", "mean"), promised=("promised", "mean"))
        .round(3)
    )


if __name__ == "__main__":
    main()
