"""A whole run of a stage: prepare has checked it, here it is planned, carried out, logged and
ended."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from radprep.dataset.durable import readable_for_group
from radprep.dataset.info import Info, Making, is_complete, read_info, refuse_mixture
from radprep.dataset.layout import DataSet
from radprep.dataset.withheld import never_shown, whole_films
from radprep.errors import InterruptedRunError
from radprep.preprocess.preprocessing import Preprocessing
from radprep.private.guard import open_above
from radprep.report.stale import remove_page_of, tell_page
from radprep.run import STUDY_TIMEOUT_S
from radprep.run.dask_cluster import run_on_dask
from radprep.run.engine import map_in_workers, run_stage
from radprep.run.interrupt import Interrupt
from radprep.run.progress import Progress, RunLog
from radprep.stage.collate import collate
from radprep.stage.corrections import Corrections, rejected_images, remember
from radprep.stage.plan import Plan, Selection
from radprep.stage.shard import WHOLE, Shard
from radprep.stage.work import Outcome, Stage

if TYPE_CHECKING:  # what reads DICOM takes a fifth of the imports, and preprocess needs none of it
    from radprep.convert.conversion import Conversion
    from radprep.convert.scan_index import Scanned
    from radprep.convert.study import ConvertStage
    from radprep.dicom.files import FoundFile
    from radprep.dicom.scan import ScannedFile
    from radprep.private.tree import PrivateTree

_FILES_A_TASK = 64
"""Reading a header takes about as long as handing a task to a worker."""


class Undertaking(Protocol):
    """What every stage offers to a run."""

    out: DataSet
    info: Info | None

    @property
    def making(self) -> Making:
        """What dataset.json of OUT says of how it is made."""

    def remove(self, study_id: str) -> None:
        """Remove a study that no longer belongs."""

    def relabel(self, study_id: str, labels: Any) -> None:
        """Give a study other labels; labels: as the plan has them."""

    def announce(self, plan: Plan) -> None:
        """Write a dataset.json that says what is being made."""


@dataclass(frozen=True)
class RunOptions:
    """How a run is carried out; nothing here changes the result. workers: processes, or 0 to work
    in this one; limit: do at most so many studies in this run; study_timeout_s: a worker that takes
    longer over one study is ended; group_readable: the group may read OUT; shard: do the studies of
    this shard only, and leave the shared tables to `collate`; retry: see Selection; dask: address
    of the scheduler whose workers do the studies, instead of ours."""

    workers: int = 0
    limit: int | None = None
    quiet: bool = False
    study_timeout_s: float = STUDY_TIMEOUT_S
    group_readable: bool = False
    shard: Shard | None = None
    retry: str | None = None
    dask: str | None = None

    @property
    def selection(self) -> Selection:
        """Which studies it is about."""
        return Selection(self.shard or WHOLE, self.retry)

    def outcomes(
        self, stage: Stage[Any], jobs: list[Any], interrupt: Interrupt
    ) -> Iterator[tuple[Any, Outcome]]:
        """Have every job done, by workers of this machine or of a Dask cluster."""
        if self.dask:
            return run_on_dask(stage, jobs, self.dask, interrupt, self.study_timeout_s)
        return run_stage(stage, jobs, self.workers, interrupt, self.study_timeout_s)

    def modes(self, out: DataSet) -> AbstractContextManager[None]:
        """While entered, what is written gets the modes asked for."""
        return readable_for_group(out.root) if self.group_readable else nullcontext()


@dataclass(frozen=True)
class RunResult:
    """How a run ended. info: dataset.json; did: studies done, relabelled, removed and left as they
    were in this run; files: those of the studies done, by status; shard: the part that it did, if
    it was one; images: written in this run; seconds: that the workers took for them, all together,
    by stage of the work; why: of how many studies each of REASONS was the reason to do them."""

    info: Info
    did: dict[str, int]
    left: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    shard: Shard | None = None
    images: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    why: Mapping[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, Any]:
        """Counts of the data set; empty where the run was not completed."""
        return dict(self.info.get("counts", {}))


def run_scan(conversion: Conversion, options: RunOptions) -> int:
    """Write the key and the index of the dump's headers; returns how many files were found, those
    in archives too. Raises InterruptedRunError where it was asked to stop."""
    with options.modes(conversion.out), Interrupt() as interrupt:
        scan = _scan(conversion, options, interrupt)
        conversion.settle(scan.stage, scan.found, changed=scan.changed)
        return len(conversion.with_missing(scan.found))


def run_conversion(conversion: Conversion, options: RunOptions) -> RunResult:
    """Scan, plan and convert. Nothing is written before all is checked that can be. Raises
    InterruptedRunError where it was asked to stop."""
    with options.modes(conversion.out), Interrupt() as interrupt:
        _warn_of_place(conversion.tree, quiet=options.quiet)
        scan = _scan(conversion, options, interrupt)
        scanned = conversion.with_missing(scan.found)
        extra: dict[str, Any] = {"files_found": len(scanned)}
        plan = conversion.plan(scan.stage, scanned, options.selection)
        stage = conversion.settle(scan.stage, scan.found, changed=scan.changed)
        if stage != scan.stage:  # another run has made the key, or taken the number, meanwhile
            plan = conversion.plan(stage, scanned, options.selection)
        del scan, scanned
        extra |= conversion.join.said | conversion.box_join.said | conversion.layout.said
        extra |= {"outdated": plan.outdated} if plan.outdated else {}
        run = Run("convert", conversion, stage, plan, options, interrupt, conversion.tree)
        done, pages = with_corrections(run, conversion.corrections)
        return replace(done, extra={**extra, **pages})


def run_preprocessing(preprocessing: Preprocessing, options: RunOptions) -> RunResult:
    """Plan and pre-process. Raises InterruptedRunError where it was asked to stop."""
    with options.modes(preprocessing.out), Interrupt() as interrupt:
        stage = preprocessing.begin()
        plan = preprocessing.plan(stage, options.selection)
        run = Run("preprocess", preprocessing, stage, plan, options, interrupt)
        done, pages = with_corrections(run, preprocessing.corrections)
        still = preprocessing.rejected_in_source()
        return replace(
            done, extra={**({"rejected_still_in_input": still} if still else {}), **pages}
        )


def with_corrections(run: Run, corrections: Corrections) -> tuple[RunResult, dict[str, int]]:
    """Carry a run out, and see to what a person's corrections ask for besides: the page of OUT goes
    where it shows a film that is not to be seen any more, for a rejected one even before the work,
    so that a run that is killed has done it; and a lost file of corrections is written again. A
    page that stays is told which state OUT has. Returns what the run did, and what became of the
    page: removed or older than OUT."""
    out = run.undertaking.out
    gone = remove_page_of(out.report, whole_films(rejected_images(corrections)))
    if not run.plan.is_empty:
        tell_page(out.report, "")
    done = run.carry_out()
    if corrections and not out.corrections.exists():
        remember(out, corrections)
    if out.report.exists() and not done.shard:
        gone = remove_page_of(out.report, never_shown(out)) or gone
    is_older = not done.shard and tell_page(out.report, done.info["fingerprint"])
    pages = {"pages_removed": int(gone), "pages_older": int(is_older)}
    return done, {name: number for name, number in pages.items() if number}


def plan_conversion(conversion: Conversion, options: RunOptions) -> Plan:
    """What a conversion would do, and why. Writes nothing."""
    with Interrupt() as interrupt:
        scan = _scan(conversion, options, interrupt)
        scanned = conversion.with_missing(scan.found)
        return conversion.plan(scan.stage, scanned, options.selection)


def plan_preprocessing(preprocessing: Preprocessing, options: RunOptions) -> Plan:
    """What a pre-processing would do, and why. Writes nothing."""
    return preprocessing.plan(preprocessing.begin(dry=True), options.selection)


@dataclass(frozen=True)
class _Scan:
    """What a scan gave. stage: works on the delivery that the dump is; changed: there were headers
    to read."""

    stage: ConvertStage
    found: Scanned
    changed: bool


def _scan(conversion: Conversion, options: RunOptions, interrupt: Interrupt) -> _Scan:
    """What the headers say of every file of the dump; those that are in the index are not opened.
    Nothing is written."""
    stage = conversion.begin()
    scanned, unknown = conversion.scan(stage)
    tasks = [
        (unknown[start : start + _FILES_A_TASK],) for start in range(0, len(unknown), _FILES_A_TASK)
    ]
    with Progress("scan", len(unknown), "headers", quiet=options.quiet) as progress:
        scan = partial(_scan_files, conversion.dump)
        for files, found in map_in_workers(
            scan,
            tasks,
            options.workers,
            interrupt,
            partial(_scan_singly, scan, options, interrupt),
            options.study_timeout_s,
        ):
            scanned.add(found)
            progress.step(effort=files, number=files)
    _stop_if_asked(interrupt, conversion.out)
    scanned = conversion.lay_out(scanned)
    _warn(conversion.check_modalities(scanned), quiet=options.quiet)
    return _Scan(conversion.enter(stage, scanned), scanned, bool(unknown))


def _scan_files(dump: Path, files: Sequence[FoundFile]) -> tuple[int, list[ScannedFile]]:
    from radprep.dicom.scan import scan_file

    return len(files), [one for file in files for one in scan_file(dump, file)]


def _scan_singly(
    scan: Any, options: RunOptions, interrupt: Interrupt, files: Sequence[FoundFile]
) -> tuple[int, list[ScannedFile]]:
    """Scan files one of which has cost its worker. It counts as one without a header: its
    conversion says what is wrong with it."""
    from radprep.dicom.scan import ScannedFile

    if len(files) == 1:
        return 1, [ScannedFile(files[0])]
    again = partial(_scan_singly, scan, options, interrupt)
    singly = [([file],) for file in files]
    each = map_in_workers(scan, singly, options.workers, interrupt, again, options.study_timeout_s)
    return len(files), [one for _, found in each for one in found]


@dataclass(frozen=True)
class Run:
    """A run that was planned. name: of its stage, as the progress and the log show it; tree: the
    private tree, for convert."""

    name: str
    undertaking: Undertaking
    stage: Stage[Any]
    plan: Plan
    options: RunOptions
    interrupt: Interrupt
    tree: PrivateTree | None = None

    def carry_out(self) -> RunResult:
        """Do what was planned, unless there is nothing to do, and make the shared tables, unless
        this is a shard."""
        out, info, plan, shard = (
            self.undertaking.out,
            self.undertaking.info,
            self.plan,
            self.options.shard,
        )
        did = {
            "done": len(plan.jobs),
            "relabelled": len(plan.relabel),
            "removed": len(plan.remove),
            "unchanged": plan.done,
            "absent": plan.absent,
        }
        if info is not None and self._is_up_to_date(info):
            return RunResult(info, did, shard=shard)
        jobs, left = self._jobs()
        did["done"] = len(jobs)
        self.undertaking.announce(plan)
        announced = read_info(out)["parameters"]
        progress = self._do_all(jobs)
        plan.jobs.clear()  # collating needs the memory
        jobs.clear()
        _stop_if_asked(self.interrupt, out)
        refuse_mixture(out, announced)
        return RunResult(
            read_info(out) if shard else collate(out, tree=self.tree, left=left),
            did,
            left,
            files=progress.files,
            shard=shard,
            images=progress.images,
            seconds=progress.seconds,
            why=Counter(plan.reasons),
        )

    def _is_up_to_date(self, info: Info) -> bool:
        """Whether nothing is to be done, and OUT says so already: where only what it was made from
        has changed, dataset.json must come to name that. The shared tables are none of a shard's
        business."""
        return (
            self.plan.is_empty
            and self.undertaking.making.is_said_by(info, self.plan.studies)
            and (self.options.shard is not None or is_complete(self.undertaking.out, info))
        )

    def _jobs(self) -> tuple[list[Any], int]:
        """The studies of this run, the largest first, and how many `limit` leaves for another."""
        planned, limit = self.plan.jobs, self.options.limit
        left = max(0, len(planned) - limit) if limit is not None else 0
        wanted = planned[: len(planned) - left]
        return sorted(wanted, key=lambda job: (-job.weight, job.study_id)), left

    def _do_all(self, jobs: list[Any]) -> Progress:
        """Remove, relabel and do what the plan says; returns what became of the studies done."""
        out, options = self.undertaking.out, self.options
        effort = sum(job.weight for job in jobs)
        log = RunLog(out, self.name, len(jobs), options.shard or WHOLE, effort)
        how = "stopped"
        try:
            for study_id in self.plan.remove:
                self.undertaking.remove(study_id)
            for study_id, labels in self.plan.relabel.items():
                self.undertaking.relabel(study_id, labels)
            with Progress(self.name, len(jobs), effort=effort, quiet=options.quiet) as progress:
                for job, outcome in options.outcomes(self.stage, jobs, self.interrupt):
                    log.study(outcome, job.weight)
                    progress.step(outcome, job.weight)
            how = "interrupted" if self.interrupt.asked else "done"
        finally:
            log.close(how)
        return progress


def _warn_of_place(tree: PrivateTree, *, quiet: bool) -> None:
    """Say on stderr that others may rename and remove the private tree. They cannot read it, and a
    tree of theirs would be refused."""
    folder = open_above(tree.root)
    if folder:
        _warn(
            f"Everybody may rename and remove what stands in {folder}, the private tree {tree} "
            "too. A safer place can be named with --private DIR.",
            quiet=quiet,
        )


def _warn(sentence: str, *, quiet: bool) -> None:
    """Say something on stderr, if there is anything to say."""
    if sentence and not quiet:
        print(sentence, file=sys.stderr, flush=True)


def _stop_if_asked(interrupt: Interrupt, out: DataSet) -> None:
    if interrupt.asked:
        raise InterruptedRunError(
            f"Stopped as asked; every study that was finished stands in {out}. Run the same "
            "command again to go on from here."
        )
