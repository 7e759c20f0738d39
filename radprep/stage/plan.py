"""What a run has to do, found by comparing keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from radprep.dataset.footer import Footer
from radprep.dataset.keys import key_of
from radprep.dataset.layout import DataSet
from radprep.stage.shard import WHOLE, Shard
from radprep.stage.work import StudyJob


@dataclass(frozen=True)
class Selection:
    """Which studies a run is about. shard: only those that it holds; retry: also studies that are
    as they must be, but hold failures that this stage has made: with this code, or with any where
    it is empty."""

    shard: Shard = WHOLE
    retry: str | None = None

    def tries_again(self, failed: Collection[str]) -> bool:
        """Whether a study with these codes of failures is to be done again."""
        return self.retry is not None and (self.retry in failed if self.retry else bool(failed))


EVERYTHING = Selection()


@dataclass
class Plan:
    """What a run has to do. jobs: studies to do, and reasons: why, one for each; relabel: study ->
    its labels, where nothing else has changed; remove: studies that no longer belong; done: number
    of studies that are as they must be; absent: that stay, though they or some of their files are
    no longer in the input; outdated: that hold films which are not in the input, and which other
    options or versions have made; studies: that there are in all shards."""

    data_set: DataSet
    selection: Selection
    jobs: list[Any] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    relabel: dict[str, Any] = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)
    done: int = 0
    absent: int = 0
    outdated: int = 0
    studies: int = 0

    def __post_init__(self) -> None:
        self._tops = self.data_set.image_tops()

    def sort_in(
        self,
        job: StudyJob,
        parts: Mapping[str, str] | None,
        digest: str | None,
        labels: Any = None,
    ) -> None:
        """Hold what a study would be made from against what stands on disk. parts: those of its
        key; None: a source file of it is new or has changed. digest: names its labels; labels:
        what these are, for who gives them to a study that has others."""
        footer = self.data_set.footer(job.study_id)
        why = self._why(job.study_id, footer, parts)
        if why:
            self.jobs.append(job)
            self.reasons.append(why)
        elif footer and footer["labels"] != digest:
            self.relabel[job.study_id] = labels
        else:
            self.done += 1

    def _why(
        self, study_id: str, footer: Footer | None, parts: Mapping[str, str] | None
    ) -> str | None:
        """Why a study must be done (REASONS), or None."""
        if footer is None:
            return "new"
        if parts is None or footer["key"] is None:
            return "input"
        if footer["key"] != key_of(parts):
            before = footer["parts"]
            return next(
                (name for name in (*parts, *before) if before.get(name) != parts.get(name)), "input"
            )
        if footer["images"] != sum(1 for _ in self.data_set.files_of(study_id, self._tops)):
            return "images"
        return "retry" if self.selection.tries_again(footer["failed"]) else None

    @property
    def why(self) -> dict[str, str]:
        """Study -> reason, for each that is to be done."""
        return {job.study_id: reason for job, reason in zip(self.jobs, self.reasons, strict=True)}

    @property
    def is_empty(self) -> bool:
        """Nothing to do."""
        return not (self.jobs or self.relabel or self.remove)


REASONS = {
    "new": "not made yet",
    "parameters": "a parameter has changed",
    "versions": "another version of radprep, a step or a library",
    "input": "what it is made from has changed",
    "boxes": "boxes drawn on its films were given, have changed or are gone",
    "corrections": "a person's corrections were given or taken back",
    "contradictions": "labels of copies contradict each other, or no longer do",
    "images": "images are missing or were added",
    "retry": "it failed and is tried again",
}
"""Why a study is done, as `Plan.why` says it."""


def digest_of(*values: Any) -> str:
    """A part of a study's key: parameters, versions or input. The key is the hash of all of them;
    they stand beside it in the study's footer, to say what has changed."""
    return key_of(*values)[:16]
