"""How many images a second each format of `radprep export` takes, beside `cp -r` of the same data
set to the same disk, in the same run.

    python benchmarks/exporting.py [IMAGES] [FORMAT ...]

The images are small (96 x 72), so that what counts is the cost of a file, not of its pixels: with
films of full size the reading and the hashing of their pixels take most of the time.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import radprep
from radprep.dataset.durable import write_table
from radprep.dataset.footer import FOOTER_NAME
from radprep.dataset.info import Making, write_info
from radprep.dataset.keys import key_of
from radprep.dataset.labels import digest_of_rows, written
from radprep.dataset.layout import DataSet
from radprep.dataset.names import image_name
from radprep.dataset.schema import Row, new_row, to_table
from radprep.dataset.tables import collate_instances
from radprep.export import FORMATS
from radprep.image import png
from radprep.image.hashes import perceptual_hash, pixel_hash

IMAGES, OF_STUDY, SIZE = 20_000, 4, (96, 72)
LABELS = ("fracture", "normal")


def main() -> None:
    """Print a line for each format: its images a second, and those of a `cp -r` just before."""
    images = int(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    with TemporaryDirectory() as folder:
        root = Path(folder)
        make(root / "set", images)
        for name in sys.argv[2:] or FORMATS:
            copied = seconds(lambda: run("cp", "-r", root / "set", root / "copy"))
            export = partial(radprep.export, root / "set", root / name, format=name)
            exported = seconds(export)
            print(
                f"{name:<11} {images / exported:7.0f} images/s; cp -r {images / copied:7.0f} "
                f"images/s: {exported / copied:.1f} times as long",
                flush=True,
            )
            for made in ("copy", name):
                shutil.rmtree(root / made)


def run(*words: object) -> None:
    """Run a command of the system."""
    subprocess.run([str(word) for word in words], check=True)


def seconds(what: Callable[[], object]) -> float:
    """Seconds that something takes, until what it wrote is on the disk."""
    started = time.perf_counter()
    what()
    os.sync()
    return time.perf_counter() - started


def make(root: Path, images: int) -> None:
    """Write a complete data set of small images of noise, OF_STUDY in a study."""
    data_set = DataSet(root)
    for number in range(images // OF_STUDY):
        rows = [row(root, number, view) for view in range(OF_STUDY)]
        marker = data_set.marker(rows[0]["study_id"])
        marker.parent.mkdir(parents=True, exist_ok=True)
        footer = {
            "key": key_of(number),
            "parts": {},
            "labels": digest_of_rows(rows),
            "stage": "convert",
            "made_from": {},
            "failed": [],
            "images": OF_STUDY,
        }
        write_table(to_table(rows), marker, {FOOTER_NAME: json.dumps(footer)})
    collate_instances(data_set)
    making = Making("convert", {"key": "benchmark"}, {"label_main": "diagnosis"})
    write_info(data_set, making, complete=True, planned=images // OF_STUDY)


def row(root: Path, study: int, view: int) -> Row:
    """Write an image, and return its row."""
    rng = np.random.default_rng([study, view])
    pixels = rng.normal(100, 12, SIZE).clip(0, 255).astype(np.uint8)
    label = LABELS[study % 2]
    image_id = key_of("image", study, view)[:16]
    named = new_row(
        study_id=key_of("study", study)[:16],
        patient_id=key_of("patient", study)[:16],
        instance_id=image_id,
        source_id=image_id,
        image_id=image_id,
        label=label,
        labels=written({"diagnosis": label}),
        split=("training", "training", "validation", "test")[study % 4],
        boxes="[]",
        body_part="wrist",
        status="kept",
        part=1,
        inverted=False,
        rotation_degrees=0.0,
        source_matrix=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        decisions="{}",
        width=SIZE[1],
        height=SIZE[0],
        bits=8,
        pixel_hash=pixel_hash(pixels),
        perceptual_hash=perceptual_hash(pixels),
    )
    named["file_name"] = image_name(named)
    path = root / named["file_name"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png.encode(pixels))
    return named


if __name__ == "__main__":
    main()
