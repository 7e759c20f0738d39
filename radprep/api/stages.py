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
    checked_retry,
    label_options,
    one_of,
    path_or_none,
    several,
)
from radprep.api.results import StageResult
from radprep.errors import UsageError
from radprep.run import STUDY_TIMEOUT_S

if TYPE_CHECKING:
    from radprep.convert.options import ConvertOptions


def convert(
    dump: StrPath,
    out: StrPath,
    *,
    labels: StrPath | None = None,
    label_key: Texts = USUAL_KEYS,
    label_column: Texts = USUAL_COLUMNS,
    label_main: str | None = None,
    label_map: Mapping[str, str] | None = None,
    require_label: bool = False,
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
    """Turn a dump of DICOM files into a data set: PNGs, one row for each image or file, pseudonyms
    instead of identifiers.

    Run again with the same arguments, it does only what is new or has changed.

    Args:
        dump: folder with DICOM files, in any order and under any names.
        out: data set to make or to go on with. Its private tree, the folder beside it with
            `.private` behind its name, leads back to patients: never give it away.
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
    from radprep.convert.conversion import Conversion
    from radprep.convert.options import ConvertOptions, checked_only, checked_retain
    from radprep.run.runner import RunOptions, plan_conversion, run_conversion
    from radprep.run.workers import worker_count
    from radprep.stage.shard import parse_shard

    at_least(1, limit=limit, study_timeout=study_timeout, max_pixels=max_pixels)
    at_least(1, max_frames=max_frames)
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
    )
    _check_choices(options)
    run = RunOptions(
        worker_count(workers, quiet=quiet),
        limit,
        quiet,
        study_timeout,
        group_readable,
        parse_shard(shard),
        checked_retry(retry),
        dask,
    )
    conversion = Conversion.prepare(
        Path(dump),
        Path(out),
        options,
        label_options(labels, label_key, label_column, label_map, label_main),
        path_or_none(key),
        path_or_none(private),
    )
    conversion.add, conversion.prune = add, prune
    conversion.correct(path_or_none(corrections))
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
    from radprep.run.runner import RunOptions, plan_preprocessing, run_preprocessing
    from radprep.run.workers import worker_count
    from radprep.stage.shard import parse_shard

    at_least(1, limit=limit, study_timeout=study_timeout)
    run = RunOptions(
        worker_count(workers, quiet=quiet),
        limit,
        quiet,
        study_timeout,
        group_readable,
        parse_shard(shard),
        checked_retry(retry),
        dask,
    )
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
