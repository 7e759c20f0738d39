"""`radprep.open`: a data set as an object that tables, pictures and decisions are asked of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radprep.api.arguments import StrPath, Texts, one_of, several
from radprep.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from radprep.dataset.boxes import Box
    from radprep.dataset.info import Info
    from radprep.dataset.schema import Row
    from radprep.image.image import Pixels
    from radprep.train.data.samples import Sample
    from radprep.train.data.torch_dataset import Films

_MEND = "`radprep verify DATASET --repair` queues what to make again."


def open(dataset: StrPath) -> OpenDataSet:  # noqa: A001 - radprep.open, as gzip.open
    """Open a data set that `radprep.convert` or `radprep.preprocess` has made. Nothing is written.

    Args:
        dataset: its folder.

    Returns:
        The data set: `.rows` and `.films` are tables, `.read(image_id)` gives an image.

    Raises:
        UsageError: there is no such folder, it is no data set, or the run that makes it was
            interrupted.

    Example:
        >>> clean = radprep.open("clean")
        >>> len(clean)
        18
    """
    from radprep.dataset.info import read_complete
    from radprep.dataset.layout import DataSet

    root = Path(dataset)
    if not root.is_dir():
        raise UsageError(
            f"There is no folder {root}. Give a data set made by `radprep convert` or `radprep "
            "preprocess`."
        )
    info = read_complete(DataSet(root))
    if not {"counts", "instances_bytes", "studies_left"} <= info.keys():
        raise UsageError(
            f"{root}/dataset.json is damaged. Run `radprep {info['stage']}` again with the same "
            "input and flags: it is rebuilt."
        )
    return OpenDataSet(root, info)


class OpenDataSet:
    """A data set that was opened with `radprep.open`.

    Its length is the number of kept images, and iterating over it gives their ids in the order of
    `.films`. It holds the tables as they were when they were first asked for.

    Attributes:
        root: its folder.
        info: the contents of dataset.json: how it was made, and the counts.
    """

    def __init__(self, root: Path, info: Info) -> None:
        self.root, self.info = root, info

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Every row: an image, or a file that gave none. `radprep columns` explains the columns.

        Raises:
            UsageError: instances.parquet is missing, damaged or not the one that was written.

        Example:
            >>> clean.rows.status.value_counts().to_dict()
            {'kept': 18, 'rejected': 6, 'failed': 1}
        """
        frame: pd.DataFrame = self._table.to_pandas()
        return frame

    @cached_property
    def films(self) -> pd.DataFrame:
        """The rows of the images that were kept.

        Raises:
            UsageError: as `.rows` does.

        Example:
            >>> clean.films["label"].value_counts().to_dict()
            {'fracture': 10, 'normal': 7}
        """
        from radprep.dataset.schema import KEPT

        return self.rows[self.rows["status"] == KEPT]

    @cached_property
    def labels(self) -> pd.DataFrame:
        """The labels of the images that were kept: a column for each label by its name, a line for
        each image by its image_id, in the order of `.films`; empty cells where there is none.

        Raises:
            UsageError: as `.rows` does.

        Example:
            >>> clean.labels["diagnosis"].value_counts().to_dict()
            {'fracture': 10, 'normal': 7}
        """
        import pandas as pd

        from radprep.dataset.label_names import label_names
        from radprep.dataset.labels import labels_in

        texts = [None if pd.isna(text) else text for text in self.films["labels"]]
        return pd.DataFrame(
            [labels_in(text) for text in texts],
            index=pd.Index(self.films["image_id"], name="image_id"),
            columns=label_names(self.info),
            dtype=object,
        )

    def read(self, image_id: str) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """An image.

        Args:
            image_id: as in the column image_id of `.films`.

        Returns:
            Grey values, uint8 or uint16 as the column bits says, shape (h, w).

        Raises:
            UsageError: there is no such image, or its file is missing or altered.

        Example:
            >>> image_id = next(iter(clean))
            >>> film = clean.read(image_id)
            >>> film.dtype, film.ndim
            (dtype('uint8'), 2)
        """
        return self._picture(self._row(image_id)).pixels()

    def mask(self, image_id: str) -> NDArray[np.uint8] | None:
        """The mask of an image: where a step has seen the limb.

        Args:
            image_id: as in the column image_id of `.films`.

        Returns:
            0 or 255, uint8, as large as the image; None where no step made a mask.

        Raises:
            UsageError: there is no such image, or the mask's file is missing or altered.

        Example:
            >>> clean.mask(image_id) is None
            True
        """
        from radprep.dataset.names import mask_hash

        row = self._row(image_id)
        name = row["mask_file_name"]
        if name is None:
            return None
        mask: Any = _Picture(self.root, name, mask_hash(row)).pixels()
        return mask  # type: ignore[no-any-return]  # what we write as masks has 8 bits

    def boxes(self, image_id: str) -> list[Box] | None:
        """The boxes that are drawn on an image: around fractures, say.

        Args:
            image_id: as in the column image_id of `.films`.

        Returns:
            Each with its `label`, its `x`, `y`, `width` and `height` on the image in pixels from
            the upper left corner, as COCO has them, the `share` of it that the image shows, the
            `outline` of its four corners, and `film`, where it lies on the converted film. None
            where no file and no person has said whether there are any.

        Raises:
            UsageError: there is no such image.

        Example:
            >>> clean.boxes(image_id) is None
            True
        """
        from radprep.dataset.boxes import boxes_in

        text = self._row(image_id)["boxes"]
        return None if text is None else boxes_in(text)

    def decisions(self, image_id: str) -> dict[str, Any]:
        """What each step saw of an image, and what it decided.

        Args:
            image_id: as in the column image_id of `.films`.

        Returns:
            Name of each step that had something to say -> JSON values.

        Raises:
            UsageError: there is no such image.

        Example:
            >>> sorted(clean.decisions(image_id)["colour_inversion"])
            ['contrast', 'field', 'inverted', 'tails']
        """
        text = self._row(image_id)["decisions"]
        found: dict[str, Any] = json.loads(text or "{}")  # its form was checked
        return found

    def torch(
        self,
        positive: str = "",
        negative: Texts = (),
        label: str | None = None,
        part: str | None = "training",
        transform: Callable[[NDArray[np.uint8]], Any] | None = None,
    ) -> Films:
        """The labelled images as a map-style Dataset of PyTorch (extra `torch`).

        Args:
            positive: what the label says of the positive class; found as `radprep train` finds it
                if it is empty.
            negative: what it says of the negative class; may be left away where it says two things.
                Images of labels that are neither are left out.
            label: name of the label, where the data set has several; the main one if it is None.
            part: "training", "validation" or "holdout" of the split by patient that `radprep train`
                makes if nobody says otherwise; None for all of them.
            transform: called with the grey values of an image, uint8, shape (h, w); what it gives
                is the image of the item.

        Returns:
            Items are (image, label): float32, shape (1, h, w), in 0..1, or what `transform` gives;
            and 1 for the positive class, 0 for the negative one. A DataLoader with workers may
            read it.

        Raises:
            UsageError: PyTorch is not installed, there is no such label or part, or nobody has said
                which of several labels are negative.

        Example:
            >>> films = clean.torch(positive="fracture", part=None)
            >>> image, label = films[0]
            >>> image.dtype, tuple(image.shape) == (1, *clean.read(films.image_ids[0]).shape)
            (torch.float32, True)
        """
        from radprep.train.models import require_torch

        require_torch("`.torch()`")
        from radprep.train.data.samples import name_of_label, read_samples
        from radprep.train.data.torch_dataset import Films

        name = name_of_label(self.root, label)
        samples = _part_of(read_samples(self.root, positive, several(negative), name), part)
        return Films(
            [sample.image_id for sample in samples],
            [sample.label for sample in samples],
            [self._picture(self._row(sample.image_id)) for sample in samples],
            transform,
        )

    def __len__(self) -> int:
        """Number of kept images."""
        return len(self.films)

    def __iter__(self) -> Iterator[str]:
        """The ids of the kept images, in the order of `.films`."""
        return iter(self.films["image_id"])

    def __repr__(self) -> str:
        """What it is, in a few lines."""
        return _described(self.root, self.info)

    @cached_property
    def _table(self) -> pa.Table:
        return _read_instances(self.root, self.info)

    @cached_property
    def _places(self) -> dict[str, int]:
        """image_id -> its place in the table."""
        ids = self._table["image_id"].to_pylist()
        return {image_id: place for place, image_id in enumerate(ids) if image_id is not None}

    def _row(self, image_id: str) -> Row:
        if image_id not in self._places:
            raise UsageError(
                f"There is no image {image_id!r} in {self.root}: it has {len(self)} kept images, "
                "whose ids stand in the column image_id of `.films`. The ids of the parts that an "
                "image was cut into end in -p2, -p3 and so on (the first one keeps the name), and "
                "those of frames in -f1, -f2."
            )
        row: Row = self._table.slice(self._places[image_id], 1).to_pylist()[0]
        return row

    def _picture(self, row: Row) -> _Picture:
        if row["file_name"] is None:
            raise UsageError(
                f"{row['image_id']} has no picture in {self.root}: it was {row['status']} by "
                f"{row['step']} ({row['reason']})."
            )
        return _Picture(self.root, row["file_name"], row["pixel_hash"])


@dataclass(frozen=True)
class _Picture:
    """A PNG of a data set, as its row names it: nothing is opened outside the data set, whatever a
    row says, and only what was written is given back. expected: its pixel_hash."""

    root: Path
    name: str
    expected: str | None

    def pixels(self) -> Pixels:
        """Grey values, uint8 or uint16, shape (h, w). Raises UsageError."""
        from radprep.dataset.image_file import read_image
        from radprep.dataset.layout import DataSet
        from radprep.image.hashes import pixel_hash

        path = DataSet(self.root).file(self.name)
        try:
            found = read_image(path)
        except OSError:
            raise UsageError(f"The image {self.name!r} is missing. {_MEND}") from None
        except ValueError as error:
            raise UsageError(f"The image {self.name!r} cannot be used: {error}. {_MEND}") from None
        if pixel_hash(found) != self.expected:
            raise UsageError(
                f"The image {self.name!r} is not the one that was written: its grey values were "
                f"altered. {_MEND}"
            )
        return found


def _part_of(samples: list[Sample], part: str | None) -> list[Sample]:
    """The samples of one part of the split that a training makes by default."""
    from radprep.train.data.splits import SPLITS, split_by_hash
    from radprep.train.experiment import Experiment

    if part is None:
        return samples
    one_of(SPLITS, part=part)
    usual = Experiment()
    split = split_by_hash(samples, usual.seed, usual.validation, usual.holdout)
    return [sample for sample in samples if split[sample.image_id] == part]


def _read_instances(root: Path, info: Info) -> pa.Table:
    """instances.parquet. Raises UsageError where it is not the one that dataset.json speaks of."""
    from radprep.dataset.checked import read_columns
    from radprep.dataset.layout import DataSet

    path = DataSet(root).within(DataSet(root).instances)
    try:
        if path.stat().st_size == info["instances_bytes"]:
            return read_columns(path)
    except OSError:
        pass
    raise UsageError(
        f"{path} is missing, damaged or not the one that dataset.json speaks of. Run `radprep "
        f"{info['stage']}` again with the same input and flags: it is rebuilt."
    )


def _described(root: Path, info: Info) -> str:
    counts, left = info["counts"], info["studies_left"]
    labels: Mapping[str, int] = counts["labels"]
    listed = ", ".join(f"{name or 'unlabelled'} {number}" for name, number in labels.items())
    listed = "".join(one if one.isprintable() else "?" for one in listed)  # for a terminal
    pipeline = info["parameters"].get("pipeline")
    facts = {
        "stage": info["stage"] + (f", pipeline {pipeline['name']}" if pipeline else ""),
        "images": f"{counts['images']} kept, of {counts['studies_kept']} studies and "
        f"{counts['patients']} patients",
        "labels": listed or "none",
        "files": f"{counts['files']} = {counts['kept']} kept + {counts['rejected']} rejected + "
        f"{counts['failed']} failed",
        "complete": f"no: {left} studies were left by --limit" if left else "yes",
    }
    return "\n".join(
        [f"radprep data set {root}", *(f"  {name:<9} {text}" for name, text in facts.items())]
    )
