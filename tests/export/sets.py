"""A small data set with everything that an export may have to carry: two labels, boxes, masks, a
published split, films of 8 and of 16 bits, and films that are not exported."""

import json

import numpy as np

from radprep.dataset.boxes import FROM_FILE, as_text, box_on_film
from radprep.dataset.durable import write_table
from radprep.dataset.footer import FOOTER_NAME
from radprep.dataset.info import Making, write_info
from radprep.dataset.keys import key_of
from radprep.dataset.labels import digest_of_rows, written
from radprep.dataset.layout import DataSet
from radprep.dataset.names import image_name, mask_name
from radprep.dataset.schema import new_row, to_table
from radprep.dataset.tables import collate_instances
from radprep.image import png
from radprep.image.hashes import perceptual_hash, pixel_hash
from radprep.private.tree import PrivateTree
from tests.made import footer_of

SPLITS = ("training", "training", "validation", "test")
PRIVATE = b"MRN-4711"
"""Stands in the private tree beside the data set, and must stand nowhere else."""


def pixels_of(seed, height=48, width=36, bits=8):
    """Noise over a bright bar, shape (height, width)."""
    rng = np.random.default_rng(seed)
    film = rng.normal(0.2, 0.05, (height, width))
    film[:, width // 3 : 2 * width // 3] += 0.5
    kind = np.uint8 if bits == 8 else np.uint16
    return (np.clip(film, 0, 1) * np.iinfo(kind).max).astype(kind)


def film_row(root, study, number, pixels, label, **columns):
    """Write an image, with its mask where `mask` gives one, and return its row. study: any name;
    label: None for none."""
    mask = columns.pop("mask", None)
    labels = {"hardware": "plate" if number % 2 else "none", **columns.pop("labels", {})}
    if label:
        labels["diagnosis"] = label
    image_id = key_of("image", study, number)[:16]
    named = {
        "study_id": key_of("study", study)[:16],
        "label": label,
        "labels": written(labels),
        "image_id": image_id,
    }
    decisions = {}
    if mask is not None:
        named["mask_file_name"] = mask_name(named)
        decisions = {"mask": {"pixel_hash": pixel_hash(mask)}}
        _write(root / named["mask_file_name"], mask)
    named["file_name"] = image_name(named)
    _write(root / named["file_name"], pixels)
    height, width = pixels.shape
    return new_row(
        **{
            **named,
            "patient_id": key_of("patient", study)[:16],
            "patient_from": "id",
            "series_id": named["study_id"],
            "instance_id": image_id,
            "source_id": image_id,
            "status": "kept",
            "part": 1,
            "inverted": False,
            "rotation_degrees": 0.0,
            "source_matrix": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            "pixel_spacing": [0.2, 0.1],
            "decisions": json.dumps(decisions),
            "width": width,
            "height": height,
            "bits": 8 * pixels.dtype.itemsize,
            "pixel_hash": pixel_hash(pixels),
            "perceptual_hash": perceptual_hash(pixels),
            "body_part": "wrist",
            "Manufacturer": "Agfa",
            **columns,
        }
    )


def boxes_of(*films, size):
    """The column `boxes` of a film with boxes at some places."""
    return as_text(
        box_on_film(number, "fracture", FROM_FILE, film, size)
        for number, film in enumerate(films, start=1)
    )


def finish(root, rows):
    """Write the studies of some rows, the shared tables and dataset.json."""
    data_set = DataSet(root)
    studies = {}
    for row in rows:
        studies.setdefault(row["study_id"], []).append(row)
    for study_id, found in studies.items():
        marker = data_set.marker(study_id)
        marker.parent.mkdir(parents=True, exist_ok=True)
        footer = {**footer_of(), "labels": digest_of_rows(found)}
        write_table(to_table(found), marker, {FOOTER_NAME: json.dumps(footer)})
    collate_instances(data_set)
    making = Making("convert", {"key": "5a"}, {"label_main": "diagnosis"})
    write_info(data_set, making, complete=True, planned=len(studies))


def make_set(root, studies=8):
    """Write the data set, and a private tree beside it. Of every fourth study a film has 16 bits.
    The first film of a study has a mask, a film of a fracture a box or two."""
    rows = []
    for study in range(studies):
        label = (None, "fracture", "normal")[study % 3]
        for number in range(1 + study % 3):
            pixels = pixels_of(100 * study + number, bits=16 if study % 4 == 3 else 8)
            size = pixels.shape[::-1]
            places = [(4.0, 6.0, 10.5, 20.0), (20.0, 3.0, 8.0, 9.0)][: number + 1]
            is_known = label is not None
            rows.append(
                film_row(
                    root,
                    study,
                    number,
                    pixels,
                    label,
                    mask=(pixels > pixels.mean()).astype(np.uint8) if number == 0 else None,
                    boxes=boxes_of(*(places if label == "fracture" else ()), size=size)
                    if is_known
                    else None,
                    split=SPLITS[study % 4],
                )
            )
    finish(root, rows)
    tree = PrivateTree.beside(DataSet(root))
    tree.root.mkdir(mode=0o700)
    tree.key.write_bytes(PRIVATE)
    return root


def _write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png.encode(pixels))
