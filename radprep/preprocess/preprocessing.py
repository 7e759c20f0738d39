"""The stage `preprocess`: from a data set to a data set, through a pipeline. Finds what has to be
done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from radprep.dataset.commit import (
    relabel_study,
    remove_attempts_of,
    remove_sources,
    remove_study,
)
from radprep.dataset.durable import explain_disk_errors
from radprep.dataset.info import (
    Info,
    Making,
    check_folders,
    check_out,
    read_complete,
    stages_up_to,
    write_info,
)
from radprep.dataset.keys import key_of
from radprep.dataset.labels import NO_LABELS, RowLabels
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import KEPT
from radprep.errors import UsageError
from radprep.preprocess.absent import Moved, moved_sources, strays
from radprep.preprocess.corrections import settle
from radprep.preprocess.pipeline import Pipeline
from radprep.preprocess.study import STEP, PreprocessJob, PreprocessStage
from radprep.private.place import check_place
from radprep.stage.corrections import (
    Corrections,
    by_study,
    known_images,
    parameters,
    rejected_by_film,
    rejected_images,
    remember,
    remembered,
)
from radprep.stage.plan import EVERYTHING, Plan, Selection


@dataclass
class Preprocessing:
    """One run of preprocess. Make it with `prepare`, which checks everything before anything is
    written. moved: study that the source no longer has -> what of it the source has in another
    one; `plan` finds that."""

    source: DataSet
    out: DataSet
    pipeline: Pipeline
    prune: bool
    corrections: Corrections
    source_info: Info
    info: Info | None
    moved: Mapping[str, Moved] = field(default_factory=dict)

    @classmethod
    def prepare(
        cls,
        source: Path,
        out: Path,
        pipeline: Pipeline,
        *,
        prune: bool = False,
        corrections: Path | None = None,
    ) -> Preprocessing:
        """Check the source, an existing OUT and the corrections of a person, which join those that
        OUT remembers.

        Raises UsageError; writes nothing.
        """
        if not source.is_dir():
            raise UsageError(
                f"There is no folder {source}. Give a data set made by `radprep convert`."
            )
        data_set, made = DataSet(source), DataSet(out)
        info = read_complete(data_set)
        check_folders(source, out)
        check_place(out)
        existing = check_out(made, STEP, _made_from(info, pipeline))
        corrected = settle(data_set, made, existing, pipeline, corrections)
        return cls(data_set, made, pipeline, prune, corrected, info, existing)

    @property
    def made_from(self) -> dict[str, str]:
        """What decides whether OUT may be gone on with."""
        return _made_from(self.source_info, self.pipeline)

    def begin(self, *, dry: bool = False) -> PreprocessStage:
        """Create OUT, unless nothing is to be written."""
        if not dry:
            with explain_disk_errors(self.out):
                self.out.root.mkdir(parents=True, exist_ok=True)
        return PreprocessStage(self.source, self.out, self.pipeline, self.made_from)

    def plan(self, stage: PreprocessStage, selection: Selection = EVERYTHING) -> Plan:
        """Compare each study of the source, as far as the run is about it, with what stands in
        OUT."""
        wanted = self.source.study_ids()
        absent = set(self.out.study_ids()).difference(wanted)
        self.moved = {} if self.prune else moved_sources(self.source, self.out, absent)
        moved_whole = {study_id for study_id, moved in self.moved.items() if moved.is_all}
        gone = absent if self.prune else moved_whole
        plan = Plan(self.out, selection, studies=len(wanted) + len(absent - gone))
        corrections = by_study(self.corrections, self.source)
        for study_id in filter(selection.shard.holds, wanted):
            source = self.source.footer(study_id)
            if source is None:
                raise UsageError(
                    f"Study {study_id} of {self.source} cannot be read. Make that data set again."
                )
            # a failure that was mended has the same key
            state = key_of(source["key"], source["failed"], source["images"])
            job = PreprocessJob(
                study_id, state, 1 + source["images"], corrections.get(study_id, {})
            )
            parts = stage.parts(state, job.corrections)
            plan.sort_in(job, parts, source["labels"])
        going = gone.union(self.moved, strays(self.out, wanted))
        plan.remove = sorted(filter(selection.shard.holds, going))
        plan.absent = sum(map(selection.shard.holds, absent - gone))
        return plan

    def remove(self, study_id: str) -> None:
        """Remove a study that the source no longer has or, where --prune was not given, what the
        source has in another study by now."""
        if study_id in self.moved:
            remove_sources(self.out, study_id, self.moved[study_id].sources)
        else:
            remove_study(self.out, study_id)

    def relabel(self, study_id: str, labels: None) -> None:
        """Give the images of a study the labels that their films have in the source."""
        rows = self.source.rows(study_id)
        found = {row["source_id"]: RowLabels.of(row) for row in rows}
        relabel_study(self.out, study_id, lambda source_id: found.get(source_id, NO_LABELS))

    def rejected_in_source(self) -> int:
        """How many films that a person rejected for OUT still stand in the source, as a whole or as
        a part: OUT does without them, but whoever gets the source sees them."""
        rejected = rejected_images(self.corrections)
        films = known_images(self.source) if rejected else {}
        kept = {film for film, image in films.items() if image.status == KEPT}
        return len(rejected_by_film(self.corrections, kept))

    @property
    def making(self) -> Making:
        """What dataset.json of OUT says of how it is made."""
        made_with = {
            "pipeline": self.pipeline.resolved(),
            "source_fingerprint": self.source_info["fingerprint"],
            **parameters(self.corrections),
        }
        return Making(STEP, self.made_from, made_with, stages_up_to(self.source_info))

    def announce(self, plan: Plan) -> None:
        """Say in dataset.json what is being made, and remember the corrections, before the first
        study is done; what killed runs have left of studies with a rejected film goes."""
        write_info(self.out, self.making, complete=False, planned=plan.studies)
        if remembered(self.out) != self.corrections:
            remember(self.out, self.corrections)
        for study_id, corrections in by_study(self.corrections, self.source).items():
            if rejected_images(corrections):
                remove_attempts_of(self.out, study_id, before=self.out.corrections)


def _made_from(source: Info, pipeline: Pipeline) -> dict[str, str]:
    return {"pipeline": pipeline.name, "source": source_name(source)}


def source_name(info: Info) -> str:
    """Names the data set that others are made from. info: its dataset.json."""
    return key_of(info["stage"], info["made_from"])[:16]
