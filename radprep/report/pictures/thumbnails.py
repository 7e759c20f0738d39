"""Small pictures of films as WebP files, named by what they are made from, so that those on disk
are used again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from radprep.dataset.durable import explain_disk_errors, write_whole
from radprep.dataset.image_file import read_image
from radprep.dataset.keys import key_of
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import Row
from radprep.errors import RadprepError
from radprep.image.image import Pixels
from radprep.preprocess.box_pictures import Outline, draw_outlines
from radprep.report.facts.material import Material
from radprep.steps._draw import Picture, picture

FOLDER = "pictures"
SIDE = 200
"""Longest side of a thumbnail, and side of a step's square, in pixels."""

_VERSION = 1
"""Raise it when pictures are made in another way."""
_QUALITY = 70


@dataclass(frozen=True)
class PictureJob:
    """One picture to make. name: its file, relative to the page; film: the PNG it shows, with these
    boxes."""

    name: str
    film: Path
    outlines: tuple[Outline, ...] = ()


def thumbnail_name(material: Material, row: Row) -> str:
    """File of the thumbnail of an image that is kept, here or in the source, relative to the
    page."""
    outlines = material.outlines_on(row)
    return picture_name(row["image_id"], "thumbnail", row["pixel_hash"], *outlines)


def _thumbnail_of(material: Material, root: Path, row: Row) -> PictureJob:
    return PictureJob(
        thumbnail_name(material, row),
        DataSet(root).file(row["file_name"]),
        material.outlines_on(row),
    )


def thumbnail_jobs(material: Material) -> list[PictureJob]:
    """Every thumbnail the page shows: of the images, and of the films that they, and the rows that
    gave none, were made from; none of a film that is withheld."""
    mine = (_thumbnail_of(material, material.root, row) for row in material.drawn)
    wanted = {job.name: job for job in mine}
    for row in material.rows:
        film = material.drawn_film_of(row)
        if film and material.source:
            job = _thumbnail_of(material, material.source, film)
            wanted.setdefault(job.name, job)
    return list(wanted.values())


def make_thumbnail(out: Path, job: PictureJob) -> None:
    """Make one picture. Raises OSError or ValueError where its film cannot be read."""
    film = read_image(job.film)
    small = shrunk(film)
    if job.outlines:
        height, width = film.shape
        small = draw_outlines(picture(small), job.outlines, width, height)
    write_picture(out / job.name, small)


def remove_others(out: Path, wanted: set[str]) -> None:
    """Remove the pictures of earlier pages that this one does not show."""
    for path in (out / FOLDER).rglob("*"):
        if not path.is_dir() and path.relative_to(out).as_posix() not in wanted:
            path.unlink()


def shrunk(pixels: Pixels) -> Pixels:
    """An 8-bit copy whose longest side is SIDE at most. pixels: grey or RGB."""
    height, width = pixels.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    small: Pixels = cv2.resize(
        pixels,
        (max(1, round(width * scale)), max(1, round(height * scale))),
        interpolation=cv2.INTER_AREA,
    )
    return np.asarray(small >> 8 if small.dtype == np.uint16 else small, np.uint8)


def write_picture(path: Path, drawn: Pixels | Picture) -> None:
    """Write grey or RGB, uint8, under its name at once. Raises RadprepError where this OpenCV
    writes no WebP."""
    shown = cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR) if drawn.ndim == 3 else drawn
    done, data = cv2.imencode(".webp", shown, [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])
    if not done:
        raise RadprepError(
            "This build of OpenCV cannot write WebP pictures: install opencv-python-headless from "
            "PyPI."
        )
    with explain_disk_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data.tobytes())


def picture_name(image_id: str, kind: str, *made_from: Any) -> str:
    """File of a picture, relative to the page. made_from: JSON values; another picture has another
    name."""
    return f"{FOLDER}/{image_id[:2]}/{image_id}-{key_of(kind, _VERSION, SIDE, *made_from)[:8]}.webp"
