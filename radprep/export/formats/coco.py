"""COCO: images beside JSON files of their annotations, which detectors and pycocotools read.

::

    images/<ab>/<study_id>/<image_id>.png
    annotations/instances_<part>.json       the films of which somebody said which boxes they have
    annotations/image_info_<part>.json      the films of which nobody did: images alone
    annotations/masks_<part>.json           the limb of each film that has a mask

An image without annotations is a negative example to every trainer. So a film whose boxes nobody
knows stands in no file of instances, as COCO itself keeps what nobody annotated in files named
image_info. The limb is no finding, and a detector would learn it as one: its masks have a file of
their own. https://cocodataset.org/#format-data
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO

import numpy as np

from radprep.dataset.boxes import Box, Shown
from radprep.export.film import Film
from radprep.export.pictures import Encoded
from radprep.export.work import Format, Work
from radprep.image import png
from radprep.image.image import Pixels

LIMB = {"id": 1, "name": "limb", "supercategory": "anatomy"}
"""The category of masks."""

Entry = dict[str, Any]
"""An image, an annotation or a category, as COCO has it."""

_IN_MEMORY = 16_000_000
"""Bytes of a list of entries that wait in memory; a longer one waits on the disk."""


def categories_of(labels: Sequence[str]) -> list[Entry]:
    """A category for each label of a box, numbered from 1: readers keep 0 for what is behind
    everything."""
    return [
        {"id": number, "name": label, "supercategory": "finding"}
        for number, label in enumerate(labels, start=1)
    ]


def image_entry(film: Film, number: int, file_name: str, image: Encoded) -> Entry:
    """The entry of an image. number: its id; file_name: below images/. What COCO does not know
    stands under the names of our columns, which its readers pass over."""
    return {
        "id": number,
        "file_name": file_name,
        "width": image.width,
        "height": image.height,
        "study_id": film.study_id,
        "patient_id": film.row["patient_id"],
        "label": film.label,
        "labels": dict(film.labels),
        "body_part": film.row["body_part"],
    }


def box_entry(image: Entry, numbers: _Numbers, box: Box, found: Shown) -> Entry:
    """The annotation of a box. image: its entry; found: what of the box lies on it.

    bbox is the upright box. Where the film was turned it is larger than what somebody drew, whose
    outline is the segmentation, and area is that of the outline.
    """
    return {
        "id": next(numbers.boxes),
        "image_id": image["id"],
        "category_id": numbers.categories[box.label],
        "bbox": [found.x, found.y, found.width, found.height],
        "area": found.area,
        "segmentation": [list(found.outline)],
        "iscrowd": 0,
        "share": box.share,
        "by": box.by,
    }


def mask_entry(image: Entry, number: int, mask: Pixels) -> Entry | None:
    """The annotation of a limb; None where the mask is empty. image: its entry; number: of the
    annotation; mask: 0 where no limb is, shape (h, w) of the image."""
    from pycocotools import mask as runs  # of the extra `export`

    found = runs.encode(np.asfortranarray(mask > 0, dtype=np.uint8))
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


class _Entries:
    """The entries of one list, as JSON, until their file is written: a hundred thousand images with
    their masks need not be in memory together."""

    def __init__(self, work: Work, stack: ExitStack) -> None:
        self._waiting = stack.enter_context(_temporary(work.root))
        self.count = 0

    def add(self, entry: Entry | None) -> None:
        """Take an entry, if there is one."""
        if entry is not None:
            text = json.dumps(entry, separators=(",", ":"))
            self._waiting.write(f"{',' if self.count else ''}\n{text}".encode())
            self.count += 1

    def copy_to(self, handle: BinaryIO) -> None:
        """Write the list into a file."""
        self._waiting.seek(0)
        handle.write(b"[")
        shutil.copyfileobj(self._waiting, handle)
        handle.write(b"\n]")


def _temporary(folder: Path) -> SpooledTemporaryFile[bytes]:
    """A file without a name, on the disk that has room for the export."""
    return SpooledTemporaryFile(_IN_MEMORY, dir=str(folder))


class _Part:
    """The lists of the files of one part."""

    def __init__(self, work: Work, stack: ExitStack) -> None:
        self.known, self.boxes = _Entries(work, stack), _Entries(work, stack)
        self.unknown = _Entries(work, stack)
        self.masked, self.limbs = _Entries(work, stack), _Entries(work, stack)

    def add(self, film: Film, image: Entry, boxes: Iterable[Entry]) -> None:
        """Take a film into the file of instances or, where nobody knows its boxes, into that of
        images alone. image: its entry; boxes: theirs."""
        (self.known if film.knows_boxes else self.unknown).add(image)
        for box in boxes:
            self.boxes.add(box)

    def add_mask(self, image: Entry, mask: Encoded | None, numbers: _Numbers) -> None:
        """Take the mask of a film, if it has one. image: its entry."""
        if mask is not None and mask.data is not None:
            self.masked.add(image)
            self.limbs.add(mask_entry(image, next(numbers.limbs), png.decode(mask.data)))

    def files(
        self, name: str, categories: list[Entry]
    ) -> Iterator[tuple[str, list[Entry], _Lists]]:
        """The files of the part: name, categories and lists. One without images is not written.
        name: of the part."""
        instances = {"images": self.known, "annotations": self.boxes}
        masks = {"images": self.masked, "annotations": self.limbs}
        for file, kinds, lists in (
            (f"instances_{name}", categories, instances),
            (f"image_info_{name}", categories, {"images": self.unknown}),
            (f"masks_{name}", [LIMB], masks),
        ):
            if lists["images"].count:
                yield file, kinds, lists


_Lists = Mapping[str, _Entries]


class _Numbers:
    """The ids of what is written: each once in all files of its kind. categories: label -> id."""

    def __init__(self, categories: Sequence[Entry]) -> None:
        self.categories: Mapping[str, int] = {one["name"]: one["id"] for one in categories}
        self.images, self.boxes, self.limbs = count(1), count(1), count(1)


def write(work: Work) -> None:
    """The images, then for each part the files of their annotations."""
    with ExitStack() as stack:
        _write(work, {part: _Part(work, stack) for part in work.parts})


def _write(work: Work, parts: Mapping[str | None, _Part]) -> None:
    categories = categories_of(work.survey.box_labels)
    numbers = _Numbers(categories)
    for film in work.films():
        name = f"{film.place}{work.suffix}"
        image = work.place(film, f"images/{name}")
        entry = image_entry(film, next(numbers.images), name, image)
        boxes = (box_entry(entry, numbers, *one) for one in work.boxes(film, image))
        parts[film.part].add(film, entry, boxes)
        parts[film.part].add_mask(entry, work.mask(film) if film.has_mask else None, numbers)
    for part, found in parts.items():
        for file, kinds, lists in found.files(work.split_name(part), categories):
            about = {"info": _info(work), "licenses": [], "categories": kinds}
            work.write(f"annotations/{file}.json", partial(_write_file, about, lists))
    _tell(work, parts.values())


def _info(work: Work) -> Entry:
    return {"description": "Radiographs, exported by radprep", "version": work.info["fingerprint"]}


def _write_file(about: Entry, lists: _Lists, path: Path) -> None:
    """A file of annotations. about: what stands in front of its lists."""
    with path.open("wb") as handle:
        handle.write(json.dumps(about)[:-1].encode())
        for name, entries in lists.items():
            handle.write(f',\n"{name}": '.encode())
            entries.copy_to(handle)
        handle.write(b"}\n")


def _tell(work: Work, parts: Iterable[_Part]) -> None:
    known = sum(part.known.count for part in parts)
    work.told["films_with_known_boxes"] = known
    work.told["films_without_known_boxes"] = work.exported - known
    if not known:
        work.beware.append(
            "nobody has said which boxes these films have, so that a detector has nothing to learn "
            "from: `radprep convert --boxes` takes them in"
        )


FORMAT = Format(
    "coco",
    "images/ beside annotations/, with boxes, the outlines of turned ones, and masks of limbs",
    "pycocotools, torchvision, Detectron2, MMDetection, FiftyOne",
    write,
    modules=("pycocotools",),
)
