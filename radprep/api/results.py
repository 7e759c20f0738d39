"""What the functions of the API give back: what a command prints, as objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from radprep.errors import NotVerifiedError, TooManyFailedError
from radprep.run import MAX_FAILED

if TYPE_CHECKING:
    from radprep.run.runner import RunResult
    from radprep.stage.plan import Plan
    from radprep.train.data.classes import ClassesTold
    from radprep.train.data.splits import Balance, Split
    from radprep.train.experiment import Rule
    from radprep.train.judging.card import Opened
    from radprep.train.judging.evaluation import Counts, Evaluation, Group, Judgement
    from radprep.train.judging.metrics import Figure, Interval
    from radprep.train.prediction import Answers, LeftOut, NoAnswer, StudyAnswer
    from radprep.train.training import CrossValidation, Trained
    from radprep.upkeep.verify import Repair, Verification
    from radprep.upkeep.verify_study import Finding


@dataclass(frozen=True, repr=False)
class StageResult:
    """How a run of `radprep.convert`, `radprep.preprocess` or `radprep.merge` ended.

    Attributes:
        where: the data set that was made.
        stage: "convert", "preprocess" or "merge".
        did: number of studies that were done, relabelled, removed, left unchanged, and absent from
            the input.
        why: how many studies were done for which reason, such as {"new": 12}.
        left: studies that `limit` left for another run.
        counts: counts of the whole data set as dataset.json has them: files, kept, rejected,
            failed, images, studies, patients, labels and more. Empty after a shard or a dry run.
        fingerprint: names the contents of the data set; None where it is not complete.
        joined: what became of the labels, and how many files the dump holds (convert only); how
            many films that a person rejected still stand in the input, and whether the page in the
            data set was removed because it showed such films (preprocess only); see `merge`.
        shard: the part that this run was about, such as "3/20"; None for all studies.
        files: files of the studies done in this run: kept, rejected and failed.
        images: images that this run wrote.
        seconds: seconds of all workers together, by stage of the work.
        plan: what would be done, and why, after `dry_run=True`; None otherwise.
    """

    where: Path
    stage: str
    did: Mapping[str, int] = field(default_factory=dict)
    why: Mapping[str, int] = field(default_factory=dict)
    left: int = 0
    counts: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str | None = None
    joined: Mapping[str, Any] = field(default_factory=dict)
    shard: str | None = None
    files: Mapping[str, int] = field(default_factory=dict)
    images: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    plan: Plan | None = None

    @classmethod
    def of(cls, run: RunResult, where: Path) -> Self:
        """The end of a run that made the data set `where`."""
        shard = f"{run.shard.number}/{run.shard.count}" if run.shard else None
        return cls(
            where,
            run.info["stage"],
            run.did,
            run.why,
            run.left,
            run.counts,
            run.info.get("fingerprint"),
            run.extra,
            shard,
            run.files,
            run.images,
            run.seconds,
        )

    def as_json(self, *, profile: bool = False) -> dict[str, Any]:
        """What the command prints with `--json`: JSON values only. profile: with the seconds."""
        if self.plan:
            return {**_planned(self.plan), **self.joined}
        part = {"shard": self.shard, "files": self.files} if self.shard else {}
        spent = {"profile": {"images": self.images, "seconds": self.seconds}} if profile else {}
        return {
            "stage": self.stage,
            "run": self.did,
            "why": self.why,
            "studies_left": self.left,
            **self.joined,
            **part,
            "counts": self.counts,
            "fingerprint": self.fingerprint,
            **spent,
        }

    def check(self, max_failed: float = MAX_FAILED) -> Self:
        """The same result, if no larger share of the files failed than `max_failed`, a fraction.

        Raises:
            TooManyFailedError: more failed. What was made is complete and stays.
        """
        counts = self.counts or {**self.files, "files": sum(self.files.values())}
        if counts["files"] and counts["failed"] / counts["files"] > max_failed:
            raise TooManyFailedError(
                f"{counts['failed']} of {counts['files']} files failed, more than --max-failed "
                f"{max_failed:g} allows. The reasons stand above and in the columns reason and "
                "detail of instances.parquet; mend the input, or raise --max-failed if this was to "
                "be expected."
            )
        return self

    def __repr__(self) -> str:
        """One line: what came of every file, and what this run did."""
        counts, what = self.counts, f"{self.stage} {self.where}"
        if self.plan:
            return f"<{what}, dry run: {len(self.plan.jobs)} studies to do>"
        done = f"this run: {self.did.get('done', 0)} studies done"
        if self.shard or not counts:
            part = f", shard {self.shard}" if self.shard else ""
            return f"<{what}{part}: {done}>"
        files = (
            f"{counts['files']} files = {counts['kept']} kept + {counts['rejected']} rejected + "
            f"{counts['failed']} failed; {counts['images']} images"
        )
        return f"<{what}: {files}; {done}>"


@dataclass(frozen=True, repr=False)
class ReportResult:
    """The page that `radprep.report` wrote.

    Attributes:
        where: folder of the page.
        page: its index.html, which opens by double click.
        rows: rows of the data set that it shows.
        single_file: the sample of it in one file, if it was asked for.
    """

    where: Path
    page: Path
    rows: int
    single_file: Path | None = None

    def __repr__(self) -> str:
        """One line: where it is."""
        return f"<report of {self.rows} rows: {self.page}>"


@dataclass(frozen=True, repr=False)
class VerifyResult:
    """What `radprep.verify` found.

    Attributes:
        where: the data set.
        stage: "convert", "preprocess" or "merge".
        studies, images: how many were read and hashed.
        private_tree: whether the private tree was there, so that identifiers were checked, too.
        findings: what is not as it must be, each with code, study_id, where, meaning and remedy.
        repair: what was queued to be done again; None unless `repair=True` found something.
    """

    where: Path
    stage: str
    studies: int
    images: int
    private_tree: bool
    findings: Sequence[Finding] = ()
    repair: Repair | None = None

    @classmethod
    def of(cls, found: Verification, repair: Repair | None, where: Path) -> Self:
        """The end of a verification."""
        return cls(
            where,
            found.info["stage"],
            len(found.reports),
            found.images,
            found.check.private,
            tuple(found.findings),
            repair,
        )

    @property
    def verified(self) -> bool:
        """Whether everything is as the tables say."""
        return not self.faults

    @property
    def faults(self) -> Sequence[Finding]:
        """The findings but for notes, which say something of the page and not of the data."""
        return [finding for finding in self.findings if finding.is_fault]

    def as_json(self) -> dict[str, Any]:
        """What the command prints with `--json`: JSON values only."""
        return {
            "verified": self.verified,
            "stage": self.stage,
            "studies": self.studies,
            "images": self.images,
            "private_tree": self.private_tree,
            "findings": [
                {**asdict(one), "meaning": one.meaning, "remedy": one.remedy}
                for one in self.findings
            ],
            "repair": asdict(self.repair) if self.repair else None,
        }

    def check(self) -> Self:
        """The same result, if everything is as the tables say.

        Raises:
            NotVerifiedError: something is not, and what to do now.
        """
        if self.faults:
            raise NotVerifiedError(self._what_next())
        return self

    def _what_next(self) -> str:
        done, number = self.repair, len(self.faults)
        if done is None:
            return (
                f"{self.where} is not what its tables say: {number} findings. `radprep verify "
                f"{self.where} --repair` queues what to redo."
            )
        by_hand = f" {done.by_hand} findings must be mended by hand." if done.by_hand else ""
        if done.by_hand == number:
            return f"{self.where} is not what its tables say.{by_hand}"
        if not done.due:
            return (
                f"{done.removed} empty folders were removed; no study is to be done again.{by_hand}"
            )
        absent = (
            " A source that is no longer in the dump then comes out as failed (source_absent)."
            if self.stage == "convert"
            else ""
        )
        return (
            f"{done.studies} studies are queued and {done.removed} files that no row names were "
            f"removed. Run `radprep {self.stage}` again with the same input and flags: it redoes "
            f"just those studies and rebuilds the shared tables.{by_hand}{absent}"
        )

    def __repr__(self) -> str:
        """One line: the verdict."""
        verdict = "verified" if self.verified else f"{len(self.faults)} findings"
        return f"<{self.where}: {verdict}; {self.studies} studies, {self.images} images>"


@dataclass(frozen=True, repr=False)
class TrainResult:
    """A classifier that `radprep.train` has trained.

    Attributes:
        where: the run's folder.
        model: name of the model.
        label: name of the label that it has learnt; "" where the data set does not say.
        classes: what is positive, negative and left out, with the studies of each label.
        splits: patients, studies, images and positive ones of training, validation and holdout.
        leaks: pairs of image ids of near-identical images that stood on two sides of the split.
        validation: every figure of the validation part, by which thresholds were chosen.
        folds: the cross-validation, if there was one.
    """

    where: Path
    model: str
    label: str
    classes: ClassesTold
    splits: Mapping[Split, Balance]
    leaks: Sequence[Sequence[str]]
    validation: Evaluation
    folds: CrossValidation | None = None

    def as_json(self) -> Trained:
        """What the command prints with `--json`: JSON values only."""
        found = _all_but_where(self)
        if self.folds is None:
            del found["folds"]
        return cast("Trained", found)

    def __repr__(self) -> str:
        """One line: what was trained, on how much, and its AUROC."""
        parts = ", ".join(f"{name} {part['studies']}" for name, part in self.splits.items())
        worth = _auroc(self.validation)
        return f"<{self.model} in {self.where}: studies: {parts}; validation: {worth}>"


@dataclass(frozen=True, repr=False)
class EvaluateResult:
    """What a classifier is worth, as `radprep.evaluate` measured it.

    Attributes:
        where: folder of the results inside the run.
        counts: patients, studies, images and positive ones.
        beware: why no figure means much, where there are too few patients or studies.
        intervals: how the intervals were made.
        rule: the rule from a study's images to its decision.
        image: figures of images: threshold, figures with their intervals, confusion, calibration.
        study: the same of studies, by rule.
        groups: figures of subgroups by maker, sex, age, number of views and review marks.
        part: "holdout", or which external data set it was.
        classes: what is positive, negative and left out, with the studies of each label.
        dataset: fingerprint of the data set.
        label, positive: the label that the run was held against, and its positive class.
        opened: how often this run was evaluated on these films, by whatever label or subset.
    """

    where: Path
    counts: Counts
    beware: str | None
    intervals: str
    rule: Rule
    image: Judgement
    study: Mapping[Rule, Judgement]
    groups: Mapping[str, Mapping[str, Group]]
    classes: ClassesTold
    part: str
    dataset: str
    label: str
    positive: str
    opened: int

    def as_json(self) -> Opened:
        """What the command prints with `--json`: JSON values only."""
        return cast("Opened", _all_but_where(self))

    @property
    def figures(self) -> Mapping[Figure, Interval]:
        """The figures of studies by the deciding rule: name -> {value, low, high}."""
        return self.study[self.rule]["figures"]

    def __repr__(self) -> str:
        """One line: the part, its size and the AUROC."""
        size = f"{self.counts['patients']} patients, {self.counts['studies']} studies"
        return f"<{self.part} of {size}: {_auroc(self.as_json())}>"


@dataclass(frozen=True, repr=False)
class PredictResult:
    """What `radprep.predict` was answered. A classifier's score is no diagnosis.

    Attributes:
        where: folder with studies.csv and images.csv.
        label, positive, negative: the label that the run has learnt, and its classes.
        rule, threshold: how a study's images become its decision.
        images: number of images asked about.
        files: files that were rejected or failed on the way.
        studies: one mapping a study: study_id, patient_id, views, score (0 to 1), positive and
            seen (training, validation, holdout, no or unknown).
        no_answer: studies without an image that could be asked about, with the reasons.
    """

    where: Path
    label: str
    positive: str
    negative: Sequence[str]
    rule: Rule
    threshold: float
    images: int
    files: LeftOut
    studies: Sequence[StudyAnswer]
    no_answer: Sequence[NoAnswer]

    def as_json(self) -> Answers:
        """What the command prints with `--json`: JSON values only."""
        return cast("Answers", _all_but_where(self))

    def __repr__(self) -> str:
        """One line: how many studies, and how many are positive."""
        positive = sum(one["positive"] for one in self.studies)
        return f"<{len(self.studies)} studies in {self.where}: {positive} {self.positive}>"


def _all_but_where(result: TrainResult | EvaluateResult | PredictResult) -> dict[str, Any]:
    """The fields by name, in their order, which is the order in which the command prints them."""
    return {one.name: getattr(result, one.name) for one in fields(result) if one.name != "where"}


def _auroc(result: Evaluation) -> str:
    value = result["study"][result["rule"]]["figures"]["auroc"]["value"]
    shown = "AUROC unknown" if value is None else f"AUROC {value:.3f}"
    return f"{shown}, of too few to mean something" if result["beware"] else shown


def _planned(plan: Plan) -> dict[str, Any]:
    """Each study that would be done with its reason."""
    return {
        "studies": plan.studies,
        "do": plan.why,
        "relabel": sorted(plan.relabel),
        "remove": plan.remove,
        "unchanged": plan.done,
        "absent": plan.absent,
    }
