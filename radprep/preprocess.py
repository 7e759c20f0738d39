"""The stage `preprocess`: from a data set to a data set, through a pipeline. Finds what has to be done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radprep import dataset
from radprep.errors import UsageError
from radprep.hashes import key_of
from radprep.pipeline import Pipeline
from radprep.preprocess_study import PreprocessJob, PreprocessStage
from radprep.stage import Plan, check_folders, check_out, write_info


@dataclass
class Preprocessing:
    """One run of preprocess. Make it with `prepare`, which checks everything before anything is written."""

    source: Path
    out: Path
    pipeline: Pipeline
    prune: bool
    made_from: dict[str, Any]
    source_fingerprint: str | None
    info: dict[str, Any] | None

    @classmethod
    def prepare(cls, source: Path, out: Path, pipeline: Pipeline, *, prune: bool = False) -> Preprocessing:
        """Check the source and an existing OUT. Raises UsageError; writes nothing."""
        if not source.is_dir():
            raise UsageError(f"There is no folder {source}. Give a data set made by `radprep convert`.")
        info = dataset.read_info(source)
        if not info["complete"]:
            raise UsageError(f"{source} is not complete: its `radprep {info['stage']}` was interrupted. Run that command again first.")
        check_folders(source, out)
        made_from = {"pipeline": pipeline.name, "source": key_of(info["stage"], info["made_from"])[:16]}
        return cls(source, out, pipeline, prune, made_from, info["fingerprint"], check_out(out, "preprocess", made_from))

    def begin(self) -> PreprocessStage:
        """Create OUT and say in dataset.json what is being made."""
        with dataset.explain_disk_errors(self.out):
            self.out.mkdir(parents=True, exist_ok=True)
        return PreprocessStage(self.source, self.out, self.pipeline, self.made_from)

    def plan(self, stage: PreprocessStage) -> Plan:
        """Compare each study of the source with what stands in OUT."""
        plan = Plan()
        wanted = dataset.study_ids(self.source)
        for study_id in wanted:
            source = dataset.read_footer(self.source, study_id)
            if source is None:
                raise UsageError(f"Study {study_id} of {self.source} cannot be read. Make that data set again.")
            weight = dataset.marker_path(self.source, study_id).stat().st_size
            job = PreprocessJob(study_id, source["label"], source["key"], weight)
            plan.sort_in(self.out, job, stage.key(source["key"]), source["label"])
        if self.prune:
            plan.remove = sorted(set(dataset.study_ids(self.out)) - set(wanted))
        return plan

    def remove(self, study_id: str) -> None:
        """Remove a study that the source no longer has."""
        dataset.remove_study(self.out, study_id)

    def finish(self, *, complete: bool, left: int = 0) -> dict[str, Any]:
        """Rebuild the shared tables from the studies on disk."""
        if complete:
            dataset.collate_instances(self.out)
            dataset.remove_old_attempts(self.out)
        parameters = {"pipeline": self.pipeline.resolved(), "source_fingerprint": self.source_fingerprint}
        return write_info(self.out, "preprocess", self.made_from, parameters, complete=complete, left=left)
