"""`radprep.report` and `radprep.verify`: a data set to look at, and whether it is what it says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from radprep.api.arguments import StrPath, at_least, path_or_none
from radprep.api.results import ReportResult, VerifyResult
from radprep.errors import UsageError

if TYPE_CHECKING:
    from radprep.report.facts.material import RunSplit


def report(
    dataset: StrPath,
    *,
    source: StrPath | None = None,
    out: StrPath | None = None,
    single_file: bool = False,
    steps: int | None = None,
    show_marked: bool = False,
    run: StrPath | None = None,
    label: str | None = None,
    replace: bool = False,
    workers: int | None = None,
    quiet: bool = True,
) -> ReportResult:
    """Write a page that opens by double click, offline: what came in, what was kept, rejected and
    failed and why, what each step did to every film, and what a person should look at.

    It is made of the data sets alone, never of a private tree.

    Args:
        dataset: a data set made by `radprep.convert` or `radprep.preprocess`.
        source: the data set that it was made from: shows each film before, and what each step saw.
        out: folder for the page; `report` in the data set if it is None.
        single_file: also write report.html, a sample in one file under 3 MB, to mail.
        steps: draw what the steps saw for so many images only, those to look at first.
        show_marked: draw films that were kept although text may stand in their pixels, too, for a
            person who looks through them; such a page must not leave the hospital.
        run: folder of a training on the data set: shows its split.
        label: name of the label to show, where the data set has several; that of `run`, or else the
            main one, if it is None.
        replace: also take the place of a page that shows more, such as one made with `source`
            where this one has none.
        workers: worker processes; the cores that this process may use if it is None.
        quiet: show no progress on stderr.

    Returns:
        Where the page is.

    Raises:
        UsageError: a folder is not what it must be, the page in it shows more than this one would,
            or `single_file` and `show_marked` are both asked for.
        InterruptedRunError: the run was asked to stop; run it again.

    Example:
        >>> radprep.report("clean", source="raw").page.exists()
        True
    """
    from radprep.report.folder import SAMPLE, default_folder
    from radprep.report.stale import PAGE
    from radprep.run.reporter import Wanted, run_report
    from radprep.run.workers import worker_count

    at_least(0, steps=steps)
    if single_file and show_marked:
        raise UsageError(
            "--single-file makes a file to mail, and a page with --show-marked must not leave the "
            "hospital: give one of them."
        )
    split, learnt = split_of(Path(dataset), path_or_none(run))
    folder = path_or_none(out) or default_folder(Path(dataset))
    material = run_report(
        Path(dataset),
        path_or_none(source),
        folder,
        worker_count(workers, quiet=quiet),
        Wanted(
            single_file,
            steps,
            show_marked,
            split,
            replace,
            label or learnt,
        ),
        quiet=quiet,
    )
    sample = folder / SAMPLE if single_file else None
    return ReportResult(folder, folder / PAGE, len(material.rows), sample)


def split_of(root: Path, run: Path | None) -> tuple[RunSplit | None, str | None]:
    """The split of a training run, for the page or the card of a data set, and the name of
    the label that it has learnt. Raises UsageError where the folder is none, or has none of the
    data set's images."""
    if run is None:
        return None, None
    from radprep.report.facts.material import RunSplit
    from radprep.train.data.samples import fingerprint
    from radprep.train.data.splits import FILE_NAME, SPLITS, split_of_run
    from radprep.train.experiment import experiment_of

    experiment, trained_on = experiment_of(run)
    split = RunSplit(SPLITS, split_of_run(run / FILE_NAME), trained_on == fingerprint(root))
    return split, experiment.label or None


def verify(
    dataset: StrPath,
    *,
    repair: bool = False,
    private: StrPath | None = None,
    workers: int | None = None,
    quiet: bool = True,
) -> VerifyResult:
    """Read and hash everything of a data set again: missing, extra and altered images, rows without
    files, empty class folders, mixed keys, stale tables. Writes nothing without `repair`.

    Args:
        dataset: a data set made by `radprep.convert` or `radprep.preprocess`.
        repair: queue what must be redone: damaged studies lose their completion marker, and files
            that no row names, and empty folders of images, are removed. The stage, run again, then
            redoes just those studies.
        private: the private tree, where it does not stand beside the data set.
        workers: worker processes; the cores that this process may use if it is None.
        quiet: show no progress on stderr.

    Returns:
        Everything that is not as it must be. Call its `check()` to have that raised.

    Raises:
        UsageError: the folder is no data set, or `private` is not its private tree.
        InterruptedRunError: the run was asked to stop; nothing can be said of the data set.

    Example:
        >>> found = radprep.verify("clean")
        >>> found.verified, [one.meaning for one in found.findings]
        (True, [])
    """
    from radprep.dataset.info import read_info
    from radprep.report.stale import tell_page
    from radprep.run.verifier import run_verification
    from radprep.run.workers import worker_count
    from radprep.upkeep.verify import repair as queue

    found = run_verification(
        Path(dataset), worker_count(workers, quiet=quiet), path_or_none(private), quiet=quiet
    )
    done = queue(found) if repair and found.findings else None
    if done:
        tell_page(found.data_set.report, read_info(found.data_set).get("fingerprint", ""))
    return VerifyResult.of(found, done, Path(dataset))
