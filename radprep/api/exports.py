"""`radprep.export`: a data set in the layout that another library reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from radprep.api.arguments import StrPath, Texts, path_or_none, several

if TYPE_CHECKING:
    from radprep.export.exporting import Exported


def export(
    dataset: StrPath,
    out: StrPath,
    *,
    format: str,  # noqa: A002 - named as the option
    part: str | None = None,
    run: StrPath | None = None,
    label: str | None = None,
    max_side: int | None = None,
    jpeg: int | None = None,
    with_marked: bool = False,
    shard_mb: int = 500,
    positive: str | None = None,
    negative: Texts | None = None,
    outlines: bool = False,
    copy: bool = False,
    workers: int | None = None,
    quiet: bool = True,
) -> Exported:
    """Write a data set in the layout that another trainer reads, into a new folder.

    It holds the images, masks, labels, boxes and parts of the kept films, under pseudonyms, and
    nothing that the data set does not hold. A run that was stopped goes on where it was.

    Args:
        dataset: a data set made by `radprep.convert` or `radprep.preprocess`.
        out: folder to make; it appears when it is whole.
        format: name of the layout: csv, parquet, hf, webdataset, coco, yolo, mura or croissant.
        part: only the films of one part: "training", "validation" or "holdout"; all if it is None.
        run: folder of a training on the data set, whose splits say where a film stands; the column
            `split` says so if it is None.
        label: name of the label that is the class of a film; the main one if it is None.
        max_side: most pixels of the longer side; images are never made larger.
        jpeg: quality of JPEG files, 1 to 100; PNG if it is None.
        with_marked: also films in whose pixels text about a person may stand.
        shard_mb: megabytes of pixels that a shard may hold, before they are compressed.
        positive: for mura, what the label says of the positive class; as in a training.
        negative: for mura, what it says of the negative class; may be left away where it says two
            things.
        outlines: for yolo, the outlines of boxes, for a model that draws outlines.
        copy: write copies of images where they would be hard links to the data set.
        workers: threads that read and encode; the cores that this process may use if it is None.
        quiet: show no progress on stderr.

    Returns:
        Where it is, and what export.json says of it. Call its `check()` to have it raised where
        too many films could not be read.

    Raises:
        UsageError: a folder or an option is not what it must be, or a library is missing.
        InterruptedRunError: the run was asked to stop; run it again to go on.

    Example:
        >>> radprep.export("clean", "for-others", format="csv").about["counts"]["unreadable"]
        0
    """
    from radprep.export.exporting import export as make
    from radprep.export.options import ExportOptions
    from radprep.run.workers import worker_count

    options = ExportOptions(
        part=part,
        run=path_or_none(run),
        label=label,
        max_side=max_side,
        jpeg=jpeg,
        with_marked=with_marked,
        shard_mb=shard_mb,
        positive=positive,
        negative=several(negative or ()),
        outlines=outlines,
        copy=copy,
    )
    return make(
        Path(dataset),
        Path(out),
        format,
        options,
        workers=worker_count(workers, quiet=quiet),
        quiet=quiet,
    )
