"""The merging of one study: its rows and its images come from the part that has it, as they are."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radprep.dataset.commit import Attempt
from radprep.dataset.footer import Footer
from radprep.dataset.keys import key_of
from radprep.dataset.layout import DataSet
from radprep.dataset.names import UNASSIGNED
from radprep.dataset.schema import FORMAT_VERSION, Row
from radprep.dataset.ways import MERGE
from radprep.errors import InterruptedRunError, UsageError
from radprep.stage.plan import digest_of
from radprep.stage.stopwatch import Stopwatch
from radprep.stage.work import Outcome

VERSION = 1
"""Raise it when the same parts give other files."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A part that has the study. state: names what the study is there; shift: the part's deliveries
    have the numbers behind this one in OUT."""

    data_set: DataSet
    state: str
    shift: int


@dataclass(frozen=True, slots=True)
class MergeJob:
    """One study, the parts that have it, in their order, and about how many files it has."""

    study_id: str
    holders: tuple[Holder, ...]
    weight: int = 1


@dataclass(frozen=True)
class MergeStage:
    """Work on one study of a merged data set. copy: make no hard links."""

    out: DataSet
    made_from: Mapping[str, Any]
    copy: bool = False

    def parts(self, job: MergeJob) -> dict[str, str]:
        """Parts of a study's key: what it is where it comes from, and what may change its rows."""
        shifts = [one.shift for one in job.holders]
        return {
            "parameters": digest_of(dict(self.made_from), shifts),
            "versions": digest_of({"version": VERSION, "format": FORMAT_VERSION}),
            "input": digest_of([one.state for one in job.holders]),
        }

    def do(self, job: MergeJob) -> Outcome:
        """Put a study together and commit it: images and masks as hard links where the file system
        has them, else as copies. Nothing is decoded. Raises UsageError where a file of a part is
        not there, or is a link."""
        watch = Stopwatch()
        with watch.timing("rows"):
            found = rows_from(job)
        parts = self.parts(job)
        with Attempt(self.out, job.study_id) as attempt:
            staged = {}
            with watch.timing("link"):
                for data_set, row in found:
                    for name in (row["file_name"], row["mask_file_name"]):
                        if name:
                            staged[name] = attempt.stage_existing(
                                _regular(data_set, name), copy=self.copy
                            )
            footer: Footer = {
                "key": key_of(parts),
                "parts": parts,
                "labels": None,
                "stage": MERGE,
                "made_from": dict(self.made_from),
                "failed": [],
                "images": len(staged),
            }
            rows = [row for _, row in found]
            with watch.timing("commit"):
                attempt.commit(rows, staged, footer)
        return Outcome.of(job.study_id, rows, watch.seconds)

    def fail(self, job: MergeJob, code: str) -> Outcome:
        """A study that could not be merged is not failed films: they are whole where they come
        from. Raises InterruptedRunError."""
        raise InterruptedRunError(
            f"Study {job.study_id} of {job.holders[0].data_set} could not be merged ({code}). Run "
            "the same command again; if that does not help, run `radprep verify` on that data set."
        )


def rows_from(job: MergeJob) -> list[tuple[DataSet, Row]]:
    """The rows of a study with the data set that each comes from, their deliveries numbered as in
    OUT. A study that several parts have is the same in all, and comes from the first. Files whose
    study is unknown are of all parts, each file once.

    The source_id of a file without UIDs is made of its path: every CD has a README. Where two parts
    have other files there, the later one's gets another source_id.
    """
    if job.study_id != UNASSIGNED:
        return list(_numbered(job.holders[0], job.study_id))
    found: list[tuple[DataSet, Row]] = []
    seen: dict[str, str] = {}
    for holder in job.holders:
        files: dict[str, str] = {}
        for data_set, row in _numbered(holder, job.study_id):
            source_id, instance_id = row["source_id"], row["instance_id"]
            if seen.get(source_id) == instance_id:
                continue
            if source_id in seen:
                row["source_id"] = key_of("of another part", source_id, instance_id)[:16]
                if row["source_id"] in seen:
                    continue
            files[row["source_id"]] = instance_id
            found.append((data_set, row))
        seen |= files
    return found


def _numbered(holder: Holder, study_id: str) -> Iterator[tuple[DataSet, Row]]:
    for row in holder.data_set.rows(study_id):
        row["delivery"] += holder.shift
        yield holder.data_set, row


def _regular(data_set: DataSet, name: str) -> Path:
    """A file of a part. Raises UsageError where there is none, or a link: what a link leads to may
    change, and is no film of the data set."""
    path = data_set.file(name)
    try:
        is_regular = stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        is_regular = False
    if not is_regular:
        raise UsageError(
            f"{path} is missing, or is a link or no file. Run `radprep verify {data_set} --repair` "
            "and the command that made it, then merge again: it goes on from here."
        )
    return path
