r"""What becomes of boxes that are drawn on real films: on how many images they lie, and how far
from where the data set says.

    python benchmarks/boxes.py --boxes boxes.csv
    python benchmarks/boxes.py --films films.csv --made 3

--boxes: a CSV of boxes (path, x, y, width, height as shares of the film, from its upper left
corner; paths beside the CSV). --films: a CSV of films (path), on each of which --made boxes are
laid at random places instead: these tell of distances, since nobody has said that a limb is there.

Two figures for each preset. A box is whole where it lies in exactly one image of its film and all
of it is there; where it is not, the step is named after which it was not. For the distance, a small
soft cross is drawn at the middle of each box on an empty film. This film goes the way of the real
one: each step decides on the real film and moves the pixels of both. The middle of what is found of
the cross, which is what tells its film from one without it, is then held against the middle of the
box, carried by the image's matrix alone.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from intervals import wilson

from radprep.dataset.box_counts import FATES, WHOLE, fates_of
from radprep.dataset.boxes import FROM_FILE, Box, as_text, box_on_film
from radprep.image.image import Image, Pixels
from radprep.preprocess.boxes_on_parts import boxes_on
from radprep.preprocess.pipeline import Pipeline, load_pipeline
from radprep.steps.base import ImageStep

PRESETS = ("wrist", "wrist-thesis")
ARM, SOFT = 9.0, 1.5
"""Pixels of the film: half the length of a cross, and how soft its lines are (a standard
deviation): interpolation keeps the middle of what is soft."""
ROOM = 3 * SOFT
ENOUGH = 0.98
"""Of a cross must be found for its middle to be known: the edge of an image cuts some."""
SEED = 20261128


@dataclass
class Found:
    """What became of the boxes of films. fates: how many by what became of them; blamed: step after
    which a box was no longer whole on one image -> boxes; distances: pixels of the image between
    the middle of a cross and where the box says."""

    films: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    blamed: Counter[str] = field(default_factory=Counter)
    distances: list[float] = field(default_factory=list)


def main() -> None:
    """Print the figures of each preset."""
    options = arguments()
    cv2.setNumThreads(1)
    films = list(made_boxes(options) if options.films else drawn_boxes(options.boxes))
    for preset in options.pipelines:
        pipeline, found = load_pipeline(preset), Found()
        for path, boxes in films:
            follow(pipeline, path, boxes, found)
        print_figures(preset, found)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--boxes", type=Path)
    asked.add_argument("--films", type=Path)
    parser.add_argument("--made", type=int, default=1, help="boxes on each of --films")
    parser.add_argument("--pipelines", nargs="+", default=PRESETS, metavar="NAME-or-FILE")
    return parser.parse_args()


def drawn_boxes(table: Path) -> Iterator[tuple[Path, list[Box]]]:
    """Each film of a table with its boxes."""
    shares = defaultdict(list)
    for row in csv.DictReader(table.open(newline="", encoding="utf-8")):
        shares[row["path"]].append([float(row[name]) for name in ("x", "y", "width", "height")])
    for path, found in shares.items():
        yield table.parent / path, placed(found, read(table.parent / path))


def made_boxes(options: argparse.Namespace) -> Iterator[tuple[Path, list[Box]]]:
    """Each film of a table with boxes at random places."""
    random = np.random.default_rng(SEED)
    for row in csv.DictReader(options.films.open(newline="", encoding="utf-8")):
        path = options.films.parent / row["path"]
        sizes = random.uniform(0.03, 0.15, (options.made, 2))
        corners = random.uniform(0, 1, (options.made, 2)) * (1 - sizes)
        yield path, placed(np.hstack([corners, sizes]).tolist(), read(path))


def placed(shares: Sequence[Sequence[float]], film: Pixels) -> list[Box]:
    """Boxes on a film. shares: x, y, width and height as shares of it."""
    height, width = film.shape
    found = [
        box_on_film(
            number,
            "fracture",
            FROM_FILE,
            (x * width, y * height, wide * width, high * height),
            (width, height),
        )
        for number, (x, y, wide, high) in enumerate(shares, start=1)
    ]
    return [box for box in found if box is not None]


def read(path: Path) -> Pixels:
    """A film as 8-bit grey."""
    film = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if film is None:
        raise SystemExit(f"{path} cannot be read as a picture.")
    return film


def follow(pipeline: Pipeline, path: Path, boxes: list[Box], found: Found) -> None:
    """Take a film with its boxes, and an empty one with a cross for each box, through the image
    steps of a pipeline."""
    film = read(path)
    parts = [Image(film)]
    # the last film has no cross: a turn fills corners with grey on it as on the others
    drawn = [*(cross(film.shape, middle(box.outline)) for box in boxes), np.zeros_like(film, "u2")]
    crosses = [[Image(one)] for one in drawn]
    before = fates(boxes, parts)
    for step in pipeline.image_steps:
        crosses = [
            [
                after
                for one, part in zip(mine, parts, strict=True)
                for after in same(step, one, part)
            ]
            for mine in crosses
        ]
        parts = [after for part in parts for after in step.apply(part)]
        now = fates(boxes, parts)
        found.blamed.update(
            step.name for number in now if before[number] == WHOLE and now[number] != WHOLE
        )
        before = now
    found.films += 1
    found.fates.update(before.values())
    *with_cross, without = crosses
    for box, mine in zip(boxes, with_cross, strict=True):
        for part, one, empty in zip(parts, mine, without, strict=True):
            found.distances += distances(box, part, one.render().astype(float) - empty.render())


def same(step: ImageStep, other: Image, image: Image) -> list[Image]:
    """A step done to the pixels of another film as it is done to those of an image: it decides on
    the image's view."""
    other.__dict__["view"] = image.view
    return step.apply(other)


def fates(boxes: list[Box], parts: list[Image]) -> dict[int, str]:
    """What became of each box of a film whose parts these are, by its number."""
    source: Any = {"boxes": as_text(boxes), "status": "rejected", "decisions": None}
    rows = [
        {**source, "status": "kept", "boxes": as_text(boxes_on(source, part))} for part in parts
    ]
    return fates_of(cast(Any, [source, *rows]))


def distances(box: Box, part: Image, drawn: np.ndarray) -> list[float]:
    """How far the cross of a box lies from where the box is carried to, in pixels of the image; one
    value, or none where the image does not show the whole cross. drawn: what the cross changes of
    the image, grey values."""
    row: Any = {"boxes": as_text([box])}
    for carried in boxes_on(row, part):
        x, y = middle(carried.outline)
        shown = np.abs(drawn)
        scale = np.sqrt(abs(np.linalg.det(part.source_matrix[:2, :2])))
        reach = (ARM + ROOM + 4) / scale
        left, top = max(0, int(x - reach)), max(0, int(y - reach))
        window = shown[top : int(y + reach) + 1, left : int(x + reach) + 1]
        mass = window.sum() * scale**2
        if mass < ENOUGH * weight():
            return []
        ys, xs = np.mgrid[: window.shape[0], : window.shape[1]]
        at = (window * xs).sum() / window.sum() + left, (window * ys).sum() / window.sum() + top
        return [float(np.hypot(at[0] + 0.5 - x, at[1] + 0.5 - y))]
    return []


def cross(shape: tuple[int, int], at: tuple[float, float]) -> Pixels:
    """An empty film with a soft cross, uint16. at: its middle on the film's pixel corners."""
    film = np.zeros(shape, np.uint16)
    x, y = at[0] - 0.5, at[1] - 0.5
    room = int(ARM + ROOM) + 1
    left, top = max(0, int(x) - room), max(0, int(y) - room)
    ys, xs = np.mgrid[
        top : min(shape[0], int(y) + room + 2), left : min(shape[1], int(x) + room + 2)
    ]
    film[top : top + ys.shape[0], left : left + xs.shape[1]] = _soft(xs - x, ys - y)
    return film


def weight() -> float:
    """The sum of all grey values of a cross that nothing cuts."""
    room = int(ARM + ROOM) + 1
    ys, xs = np.mgrid[-room : room + 1, -room : room + 1]
    return float(_soft(xs, ys).sum())


def _soft(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    lines = [
        np.exp(-((across / SOFT) ** 2) / 2) * np.exp(-((along / ARM) ** 6))
        for across, along in ((x, y), (y, x))
    ]
    return np.rint(30_000 * np.maximum(*lines))


def middle(outline: Sequence[float]) -> tuple[float, float]:
    """The middle of four corners."""
    x, y = np.reshape(outline, (4, 2)).mean(axis=0)
    return float(x), float(y)


def print_figures(preset: str, found: Found) -> None:
    """The figures of one preset."""
    boxes = sum(found.fates.values())
    print(f"{preset}: {boxes} boxes of {found.films} films")
    for fate, words in FATES.items():
        count = found.fates[fate]
        low, high = wilson(count, boxes) if boxes else (0.0, 0.0)
        print(f"  {words:<26} {count:>5}  (95 % interval {100 * low:.1f} to {100 * high:.1f} %)")
    for step, count in found.blamed.most_common():
        print(f"  no longer whole after {step}: {count}")
    if found.distances:
        median, p95 = np.percentile(found.distances, (50, 95))
        print(
            f"  {len(found.distances)} crosses from where their box says, pixels: median "
            f"{median:.3f}, p95 {p95:.3f}, max {max(found.distances):.3f}"
        )


if __name__ == "__main__":
    main()
