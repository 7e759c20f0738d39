"""YOLO: images beside text files of their boxes, in the layout that ultralytics reads.

::

    data.yaml                               where the images are, and the names of the classes
    images/<train|val|test>/<image_id>.png
    labels/<train|val|test>/<image_id>.txt  a line a box; empty where a film has none

Its trainer takes an image without a file of labels for one without boxes. So a film whose boxes
nobody knows is not among the images. https://docs.ultralytics.com/datasets/detect/
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from radprep.dataset.boxes import Box, Shown, shown

FOLDERS = {"training": "train", "validation": "val", "holdout": "test"}
"""What the parts are called there."""

EVERYTHING = "all"
"""What the images are called that stand in no part."""

_STANDS_IN = "there is no such part: figures on these images say nothing of new ones"


def line_of(box: Box, size: tuple[int, int], classes: Mapping[str, int], *, outline: bool) -> str:
    """The line of a box; "" where nothing of it lies on the image. size: width and height of the
    image, pixels; classes: label -> number from 0; outline: write the outline for a model that
    draws outlines, instead of the middle, width and height of the upright box. All are shares of
    the image's width and height."""
    found = shown(box, *size)
    if found is None:
        return ""
    values = found.outline if outline else _middle_of(found)
    shares = (min(1.0, value / size[place % 2]) for place, value in enumerate(values))
    return " ".join((str(classes[box.label]), *(f"{share:.8f}" for share in shares)))


def _middle_of(found: Shown) -> tuple[float, float, float, float]:
    return found.x + found.width / 2, found.y + found.height / 2, found.width, found.height


def data_yaml(classes: Sequence[str], folders: Sequence[str]) -> str:
    """The file data.yaml. classes: labels of boxes, in order; folders: those of images that there
    are, of FOLDERS.

    A trainer wants images to learn from and others to choose by, and reads no file that names one
    alone. Where a part is missing another one stands for it, and a comment says so. An empty path
    means the folder of the file itself: no path of this machine leaves with the images.
    """
    train = next(name for name in (*FOLDERS.values(), EVERYTHING) if name in folders)
    lines = ["# Give a trainer the full path of this file.", 'path: ""  # the folder of this file']
    for key in FOLDERS.values():
        if key in folders:
            lines.append(f"{key}: images/{key}")
        elif key != "test":
            lines.append(f"{key}: images/{train}  # {_STANDS_IN}")
    lines += ["names:", *(f"  {number}: {json.dumps(name)}" for number, name in enumerate(classes))]
    return "\n".join(lines) + "\n"
