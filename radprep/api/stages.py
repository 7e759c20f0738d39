"""`radprep.convert` and `radprep.preprocess`: from a dump to a data set, and from a data set to a
better one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from radprep.api.arguments import (
    USUAL_COLUMNS,
    USUAL_KEYS,
    Settings,
    StrPath,
    Texts,
    as_texts,
    at_least,
    box_options,
    checked_retry,
    one_of,
    path_or_none,
    several,
)
from radprep.api.results import StageResult
from radprep.errors import UsageError
from radprep.run import STUDY_TIMEOUT_S

if TYPE_CHECKING:
    from radprep.convert.options import ConvertOptions
    from radprep.run.runner import RunOptions


def convert(
    dump: StrPath,
    out: StrPath,
    *,
    layout: str = "dicom",
    table: StrPath | None = None,
    path_column: str = "path",
    patient_column: str | None = None,
    study_column: str | None = None,
    split_column: str | None = None,
    body_part_column: Texts = (),
    view_column: Texts = (),
    laterality_column: Texts = (),
    class_level: int | None = None,
    patient_level: int | None = None,
    body_part: str | None = None,
    labels: StrPath | None = None,
    label_key: Texts = USUAL_KEYS,
    label_column: Texts = USUAL_COLUMNS,
    label_main: str | None = None,
    label_map: Mapping[str, str] | None = None,
    require_label: bool = False,
    boxes: StrPath | Sequence[StrPath] | None = None,
    boxes_format: str | None = None,
    boxes_unit: str | None = None,
    box_map: Mapping[str, str] | None = None,
    box_label: str | None = None,
    bits: int = 8,
    modality: Texts | None = None,
    max_pixels: int = 100_000_000,
    max_frames: int = 1000,
    frames: str = "all",
    window: str = "auto",
    secondary_captures: bool = False,
    keep_raw_twins: bool = False,
    retain: Sequence[str] | None = None,
    only: str | Sequence[str] = "",
    burned_in: str = "mark",
    corrections: StrPath | None = None,
    key: StrPath | None = None,
    private: StrPath | None = None,
    workers: int | None = None,
    limit: int | None = None,
    study_timeout: float = STUDY_TIMEOUT_S,
    add: bool = False,
    prune: bool = False,
    group_readable: bool = False,
    shard: str | None = None,
    retry: str | None = None,
    dask: str | None = None,
    dry_run: bool = False,
    quiet: bool = True,
) -> StageResult:
    """Turn a dump of DICOM files, or a folder of pictures, into a data set: PNGs, one row for each
    image or file, pseudonyms instead of identifiers.

    Run again with the same arguments, it does only what is new or has changed.

    Args:
        dump: folder with DICOM files, in any order and under any names; or with pictures, where
            `layout` says so.
        out: data set to make or to go on with. Its private tree, the folder beside it with
            `.private` behind its name, leads back to patients: never give it away.
        layout: "dicom", or how pictures are laid out: "mura" (the folders of MURA-v1.1), "classes"
            (a folder is a label), "names" (a label stands in the file's name; `label_map` says
            which) or "table".
        table: CSV or Parquet file with a row for each picture.
        path_column: its column that names the file: a path, a name, or a name without its ending.
        patient_column: its column with the patient; without it each study is a patient of its own.
        study_column: its column with the study, within the patient; without it each picture is one.
        split_column: its column with the part of a published split (train, val, test).
        body_part_column: its column with the body part, or a list of columns of 0 and 1, each
            called as the part, or as in "leg=knee".
        view_column: the same of the view.
        laterality_column: the same of the side.
        class_level: of the layout "classes": which folder is the class, 1 for those in `dump`.
        patient_level: of the layout "classes": which folder is the patient, 1 for those in `dump`.
        body_part: of pictures: the part that each shows of which the layout tells none.
        labels: CSV file with the labels of studies, of images, or of both.
        label_key: header field that labels are joined on: accession, patient, study or studyid;
            "Acc. no.=accession" where the CSV has another name for it. Of images: image (their
            SOPInstanceUID) or path (in the dump). Where the CSV has both, a list of the two.
        label_column: column of the CSV that holds the label, or a list of columns: each is a label
            of its own, called as its column, or as in "Metall=hardware".
        label_main: name of the label that names the folders; that of the first column if it is
            None.
        label_map: text of that column -> label, or "hardware:Metall" -> label. Other texts then
            give no label.
        require_label: reject images that have no main label.
        boxes: file or folder with boxes that people have drawn on films, or a list of such: CSV,
            COCO, YOLO or Pascal VOC. Films are named by their path in the dump, by the name of
            their file, or by their SOPInstanceUID.
        boxes_format: "csv", "coco", "yolo" or "voc"; told by the content if it is None.
        boxes_unit: "pixels" or "share" (of width and height), where the file does not say.
        box_map: class in the file of boxes -> label. Boxes of other classes are then left out.
        box_label: label of boxes that have no class; "finding" if it is None.
        bits: depth of the PNGs, 8 or 16.
        modality: modalities to convert, as `inspect` shows them; CR, DX and RG if it is None.
        max_pixels: fail a file with more pixels than this before it is decoded.
        max_frames: fail a file with more frames than this, where each gives an image.
        frames: of a file with several frames: "all" (an image each), "first", or "reject".
        window: values shown: "auto", "dicom", "percentile" or "full".
        secondary_captures: convert pictures of screens and papers, too; they often show a name.
        keep_raw_twins: keep raw images (FOR PROCESSING) whose film FOR PRESENTATION is there, too.
        retain: let leave as they are: dates, descriptions, uids. The result is then no longer
            de-identified.
        only: reject films of other body parts by their headers, as "wrist,hand".
        burned_in: what is done about text in the pixels that may name a person: "mark", "redact"
            (paint it over) or "reject".
        corrections: CSV file with films that a person accepts or rejects, where text stands on
            others, and which boxes are drawn on them.
        key: file with the key of an existing project, so that pseudonyms agree.
        private: folder for the private tree, where it is not to stand beside `out`. It must lie
            outside of `out`, of `dump` and of whatever you give away.
        workers: worker processes; the cores that this process may use if it is None.
        limit: do at most so many studies in this run.
        study_timeout: seconds after which a study fails.
        add: the dump is another delivery: `out` keeps what it holds, and takes this besides.
        prune: remove from `out` what this delivery no longer has; others stay.
        group_readable: let the group read `out`, whatever the umask.
        shard: do one part of the studies, as "3/20"; `radprep collate` makes the shared tables.
        retry: "failed" or "failed:CODE": do studies again that hold failures.
        dask: address of a Dask scheduler whose workers do the studies.
        dry_run: write nothing; the result's `plan` says what would be done and why.
        quiet: show no progress on stderr.

    Returns:
        What became of every file of the dump.

    Raises:
        UsageError: an argument, a folder, the labels or the key is not what it must be.
        InterruptedRunError: the run was asked to stop, or the disk is full; run it again.

    Example:
        >>> raw = radprep.convert(
        ...     "data_samples/dicom",
        ...     "raw",
        ...     labels="data_samples/labels.csv",
        ...     label_map={"FRACTURA": "fracture", "NO FRACTURA": "normal"},
        ... )
        >>> raw
        <convert raw: 24 files = 19 kept + 4 rejected + 1 failed; 19 images; this run: ...>
        >>> raw.counts["failed_rows"]
        {'convert:truncated': 1}
        >>> radprep.convert("data_samples/dicom", "raw", bits=12)
        Traceback (most recent call last):
        radprep.errors.UsageError: --bits 12 is not possible: give 8 or 16.
    """
    from radprep.api.layouts import layout_and_labels, refuse_options_of_dicom
    from radprep.convert.conversion import Conversion
    from radprep.convert.options import ConvertOptions, checked_only, checked_retain
    from radprep.run.runner import plan_conversion, run_conversion

    at_least(1, limit=limit, study_timeout=study_timeout, max_pixels=max_pixels)
    at_least(1, max_frames=max_frames)
    refuse_options_of_dicom(
        layout,
        modality=modality,
        secondary_captures=secondary_captures,
        keep_raw_twins=keep_raw_twins,
        retain=retain,
    )
    laid_out, labels_wanted = layout_and_labels(
        (layout, table, (class_level, patient_level), body_part),
        (path_column, patient_column, study_column, split_column),
        (body_part_column, view_column, laterality_column),
        (labels, label_key, label_column, label_map, label_main),
    )
    options = ConvertOptions(
        bits=bits,
        modalities=_modalities(modality),
        max_pixels=max_pixels,
        max_frames=max_frames,
        require_label=require_label,
        secondary_captures=secondary_captures,
        keep_raw_twins=keep_raw_twins,
        retain=checked_retain(retain or ()),
        frames=frames,
        window=window,
        burned_in=burned_in,
        only=checked_only(only if isinstance(only, str) else ",".join(only)),
        layout=layout,
    )
    _check_choices(options)
    run = _run_options(workers, limit, quiet, study_timeout, group_readable, shard, retry, dask)
    conversion = Conversion.prepare(
        Path(dump),
        Path(out),
        options,
        labels_wanted,
        path_or_none(key),
        path_or_none(private),
    )
    conversion.add, conversion.prune, conversion.layout = add, prune, laid_out
    conversion.correct(path_or_none(corrections))
    conversion.draw(box_options(boxes, boxes_format, boxes_unit, box_map, box_label))
    if dry_run:
        return StageResult(Path(out), "convert", plan=plan_conversion(conversion, run))
    return StageResult.of(run_conversion(conversion, run), Path(out))


def preprocess(
    dataset: StrPath,
    out: StrPath,
    *,
    pipeline: StrPath,
    overrides: Settings | None = None,
    corrections: StrPath | None = None,
    workers: int | None = None,
    limit: int | None = None,
    study_timeout: float = STUDY_TIMEOUT_S,
    prune: bool = False,
    group_readable: bool = False,
    shard: str | None = None,
    retry: str | None = None,
    dask: str | None = None,
    dry_run: bool = False,
    quiet: bool = True,
) -> StageResult:
    """Take a data set through a pipeline of steps, study by study. The result is a data set of the
    same shape.

    Run again with the same arguments, it does only what is new or has changed.

    Args:
        dataset: a data set made by `radprep.convert` or `radprep.preprocess`.
        out: data set to make or to go on with.
        pipeline: name of a preset (`radprep pipeline list`), or a .toml file.
        overrides: values of the pipeline to override, as {"part_splitter.threshold": 0.6}; the
            command line calls this `--set`.
        corrections: CSV file with what a person decides instead of the steps.
        workers: worker processes; the cores that this process may use if it is None.
        limit: do at most so many studies in this run.
        study_timeout: seconds after which a study fails.
        prune: remove from `out` what `dataset` no longer has.
        group_readable: let the group read `out`, whatever the umask.
        shard: do one part of the studies, as "3/20"; `radprep collate` makes the shared tables.
        retry: "failed" or "failed:CODE": do studies again that hold failures.
        dask: address of a Dask scheduler whose workers do the studies.
        dry_run: write nothing; the result's `plan` says what would be done and why.
        quiet: show no progress on stderr.

    Returns:
        What became of every file that the data set accounts for.

    Raises:
        UsageError: an argument, a folder, the pipeline or the corrections are not what they must
            be.
        InterruptedRunError: the run was asked to stop, or the disk is full; run it again.

    Example:
        >>> clean = radprep.preprocess("raw", "clean", pipeline="wrist")
        >>> clean.counts["rejected_rows"]
        {'anatomic_filter:body_part': 2, 'convert:duplicate': 1, 'convert:not_dicom': 3}
        >>> radprep.preprocess("raw", "clean", pipeline="wrist", dry_run=True)
        <preprocess clean, dry run: 0 studies to do>
    """
    from radprep.preprocess.pipeline import load_pipeline
    from radprep.preprocess.preprocessing import Preprocessing
    from radprep.run.runner import plan_preprocessing, run_preprocessing

    at_least(1, limit=limit, study_timeout=study_timeout)
    run = _run_options(workers, limit, quiet, study_timeout, group_readable, shard, retry, dask)
    preprocessing = Preprocessing.prepare(
        Path(dataset),
        Path(out),
        load_pipeline(str(pipeline), as_texts(overrides)),
        prune=prune,
        corrections=path_or_none(corrections),
    )
    if dry_run:
        return StageResult(Path(out), "preprocess", plan=plan_preprocessing(preprocessing, run))
    return StageResult.of(run_preprocessing(preprocessing, run), Path(out))


def _run_options(
    workers: int | None,
    limit: int | None,
    quiet: bool,
    study_timeout: float,
    group_readable: bool,
    shard: str | None,
    retry: str | None,
    dask: str | None,
) -> RunOptions:
    """How a stage is carried out. Raises UsageError."""
    from radprep.run.runner import RunOptions
    from radprep.run.workers import worker_count
    from radprep.stage.shard import parse_shard

    return RunOptions(
        worker_count(workers, quiet=quiet),
        limit,
        quiet,
        study_timeout,
        group_readable,
        parse_shard(shard),
        checked_retry(retry),
        dask,
    )


def _modalities(names: Sequence[str] | None) -> tuple[str, ...]:
    from radprep.dicom.modality import FILMS, asked_for

    asked = {
        asked_for(one) for text in several(names or ()) for one in text.split(",") if one.strip()
    }
    return tuple(sorted(asked)) or FILMS


def _check_choices(options: ConvertOptions) -> None:
    """Raise UsageError for a value that is none of those possible."""
    from radprep.convert.options import FRAMES
    from radprep.convert.text_on_film import WAYS
    from radprep.dicom.voi import WINDOWS

    if options.bits not in (8, 16):
        raise UsageError(f"--bits {options.bits} is not possible: give 8 or 16.")
    one_of(FRAMES, frames=options.frames)
    one_of(WAYS, burned_in=options.burned_in)
    one_of(WINDOWS, window=options.window)
