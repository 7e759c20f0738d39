"""COCO: images beside JSON files of their annotations, which detectors and pycocotools read.

::

    images/<image_id>.png
    annotations/instances_<part>.json       the films of which somebody said which boxes they have
    annotations/image_info_<part>.json      the films of which nobody did: images alone
    annotations/masks_<part>.json           the limb of each film that has a mask

An image without annotations is a negative example to every trainer. So a film whose boxes nobody
knows stands in no file of instances, as COCO itself keeps what nobody annotated in files named
image_info. The limb is no finding, and a detector would learn it as one: its masks have a file of
their own. https://cocodataset.org/#format-data
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from radprep.dataset.boxes import Box, shown
from radprep.dataset.labels import labels_in
from radprep.dataset.schema import Row
from radprep.image.image import Pixels

LIMB = {"id": 1, "name": "limb", "supercategory": "anatomy"}
"""The category of masks."""

Entry = dict[str, Any]
"""An image, an annotation or a category, as COCO has it."""


def categories_of(labels: Iterable[str]) -> list[Entry]:
    """A category for each label of a box, by name, numbered from 1: readers keep 0 for what is
    behind everything."""
    return [
        {"id": number, "name": label, "supercategory": "finding"}
        for number, label in enumerate(sorted(set(labels)), start=1)
    ]


def image_entry(number: int, file_name: str, size: tuple[int, int], row: Row) -> Entry:
    """An image. file_name: below images/; size: width and height of that file, pixels. What COCO
    does not know stands under the names of our columns, which its readers pass over."""
    return {
        "id": number,
        "file_name": file_name,
        "width": size[0],
        "height": size[1],
        "study_id": row["study_id"],
        "patient_id": row["patient_id"],
        "label": row["label"],
        "labels": dict(labels_in(row["labels"])),
        "body_part": row["body_part"],
    }


def box_entry(
    image: Entry, number: int, box: Box, categories: Mapping[str, int]
) -> Entry | None:
    """The annotation of a box; None where nothing of it lies on the image. image: its entry;
    number: of the annotation; categories: label -> id.

    bbox is the upright box. Where the film was turned it is larger than what somebody drew, whose
    outline is the segmentation, and area is that of the outline.
    """
    found = shown(box, image["width"], image["height"])
    if found is None:
        return None
    return {
        "id": number,
        "image_id": image["id"],
        "category_id": categories[box.label],
        "bbox": [found.x, found.y, found.width, found.height],
        "area": found.area,
        "segmentation": [list(found.outline)],
        "iscrowd": 0,
        "share": box.share,
        "by": box.by,
    }


def mask_entry(image: Entry, number: int, mask: Pixels) -> Entry | None:
    """The annotation of a limb; None where the mask is empty. image: its entry; number: of the
    annotation; mask: 0 and 255, shape (h, w) of the image."""
    from pycocotools import mask as runs  # in the extra `export`, and only masks need it

    found = runs.encode(np.asfortranarray(mask > 127, dtype=np.uint8))
    area = int(runs.area(found))
    if not area:
        return None
    return {
        "id": number,
        "image_id": image["id"],
        "category_id": LIMB["id"],
        "bbox": [float(value) for value in runs.toBbox(found)],
        "area": area,
        "segmentation": {"size": found["size"], "counts": found["counts"].decode("ascii")},
        "iscrowd": 0,
    }
