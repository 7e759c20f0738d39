"""YOLO: images beside text files of their boxes, in the layout that ultralytics reads.

::

    data.yaml                               where the images are, and the names of the classes
    images/<train|val|test>/<ab>/<study_id>/<image_id>.png
    labels/<train|val|test>/<ab>/<study_id>/<image_id>.txt
                                            a line a box; empty where a film has none

Its trainer takes an image without a file of labels for one without boxes. So a film whose boxes
nobody knows is not among the images. https://docs.ultralytics.com/datasets/detect/
"""

from __future__ import annotations

from collections.abc import Sequence

from radprep.dataset.boxes import Shown
from radprep.export.card.markdown import as_yaml
from radprep.export.film import NO_BOXES, Selection, Unfit
from radprep.export.options import ExportOptions
from radprep.export.work import Format, Work

_FOLDERS = {"validation": "val"}
"""Parts that are called otherwise there than in other exports."""

_NEEDED, _KEYS = ("train", "val"), ("train", "val", "test")


def line_of(number: int, found: Shown, size: tuple[int, int], *, outline: bool) -> str:
    """The line of a box. number: of its class, from 0; found: what of the box lies on the image;
    size: width and height of the image, pixels; outline: write the outline for a model that draws
    outlines, instead of the middle, width and height of the upright box. All are shares of the
    image's width and height."""
    values = found.outline if outline else _middle_of(found)
    shares = (min(1.0, value / size[place % 2]) for place, value in enumerate(values))
    return " ".join((str(number), *(f"{share:.8f}" for share in shares)))


def _middle_of(found: Shown) -> tuple[float, float, float, float]:
    return found.x + found.width / 2, found.y + found.height / 2, found.width, found.height


def data_yaml(classes: Sequence[str], folders: Sequence[str]) -> str:
    """The file data.yaml. classes: labels of boxes, in order; folders: of images, in order.

    A trainer wants images to learn from and others to choose by, and reads no file that names one
    alone. Where a part is missing another one stands for it, and a remark says so. An empty path
    means the folder of the file itself: no path of this machine leaves with the images.
    """
    there = {key: f"images/{key}" for key in _KEYS if key in folders}
    missing = [key for key in _NEEDED if key not in folders]
    remarks = ["Give a trainer the full path of this file, whose folder an empty path means."]
    remarks += [f"There is no part {key} of its own: see export.json." for key in missing]
    named = dict.fromkeys(missing, f"images/{folders[0]}")
    about = {"path": "", **named, **there, "names": dict(enumerate(classes))}
    return "".join(f"# {remark}\n" for remark in remarks) + as_yaml(about)


def write(work: Work) -> None:
    """The images of which somebody has said where boxes are, with a text beside each."""
    numbers = {label: number for number, label in enumerate(work.survey.box_labels)}
    folders = {part: _folder(work, part) for part in work.parts}
    for film in work.films():
        name = f"{folders[film.part]}/{film.place}"
        image = work.place(film, f"images/{name}{work.suffix}")
        size = image.width, image.height
        lines = (
            line_of(numbers[box.label], found, size, outline=work.options.outlines)
            for box, found in work.boxes(film, image)
        )
        work.write_beside(f"labels/{name}.txt", "".join(f"{line}\n" for line in lines))
    work.write("data.yaml", data_yaml(work.survey.box_labels, [*folders.values()]))
    _warn(work, [*folders.values()])


def _folder(work: Work, part: str | None) -> str:
    name = work.split_name(part)
    return _FOLDERS.get(name, name)


def _warn(work: Work, folders: Sequence[str]) -> None:
    missing = [key for key in _NEEDED if key not in folders]
    if missing:
        work.beware.append(
            f"there is no part {' and no part '.join(missing)}, so that data.yaml names "
            f"images/{folders[0]} there: figures on images that a model has learnt from say "
            "nothing of new ones"
        )
    if not work.told["boxes_written"]:
        work.beware.append("there is no box on any of these films")


def _unfit(selection: Selection, options: ExportOptions) -> Unfit:
    """Films of which nobody has said whether there are boxes have no place here."""
    return lambda row: NO_BOXES if row["boxes"] is None else None


FORMAT = Format(
    "yolo",
    "images/ beside labels/ and data.yaml, as ultralytics has them; only films whose boxes are "
    "known",
    "ultralytics, YOLOv5 and others of its kind",
    write,
    unfit=_unfit,
    options=("outlines",),
    has_masks=False,
)
