"""Several data sets become one of the same layout, which every later command takes. Finds what has
to be done, and why it must not be."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radprep.dataset.commit import relabel_study, remove_study
from radprep.dataset.durable import explain_disk_errors
from radprep.dataset.info import Info, Making, check_out, write_info
from radprep.dataset.keys import key_of
from radprep.dataset.labels import RowLabels, digest_of_rows
from radprep.dataset.layout import DataSet
from radprep.dataset.ways import MERGE, PartSaid, pipelines_of, ways_of
from radprep.errors import UsageError
from radprep.preprocess.absent import strays
from radprep.private.forgotten import read_forgotten
from radprep.private.key import read_key
from radprep.private.place import check_place, existing_tree, find_tree
from radprep.private.tree import PrivateTree
from radprep.stage.corrections import Corrections, parameters, remember, remembered
from radprep.stage.plan import EVERYTHING, Plan, Selection
from radprep.upkeep.merge_clashes import (
    Shared,
    forgotten_clashes,
    id_clashes,
    merged_corrections,
    study_clashes,
    unassigned_clashes,
)
from radprep.upkeep.merge_differences import (
    by_value,
    differences,
    joined,
    main_labels,
    several_keys,
    shapes,
)
from radprep.upkeep.merge_parts import Part, read_parts
from radprep.upkeep.merge_study import Holder, MergeJob, MergeStage, rows_from

_SHOWN = 8
"""Sentences of a message."""


@dataclass
class Merging:
    """One run of merge. Make it with `prepare`, which checks everything before anything is written.

    parts: in their order; shared: what several of them have; told: sentences on what a person must
    know; look_alikes: pairs of images of different parts and patients that show the same film, as
    far as anybody can tell; None until somebody has looked.
    """

    parts: Sequence[Part]
    out: DataSet
    shared: Shared
    corrections: Corrections
    told: Sequence[str]
    info: Info | None
    look_alikes: int | None = None
    copy: bool = False

    @classmethod
    def prepare(
        cls,
        paths: Sequence[Path],
        out: Path,
        *,
        mixed: bool = False,
        private: Sequence[Path] = (),
        copy: bool = False,
    ) -> Merging:
        """Check the parts, OUT, and what clashes. mixed: data sets that were made otherwise are
        wanted in one; private: private trees of parts that do not stand beside them; copy: make no
        hard links.

        Raises UsageError; writes nothing.
        """
        check_place(out)
        parts, made = read_parts(paths, out), DataSet(out)
        info = check_out(made, MERGE, {})
        _check_parts_before(parts, made, info)
        told = [*_told(parts, mixed=mixed)]
        shared = Shared.of(parts)
        corrections, contradictions = merged_corrections(parts)
        forgotten, unknown = _forgotten(parts, made, private)
        _refuse(
            [
                *forgotten_clashes(parts, forgotten),
                *contradictions,
                *study_clashes(parts, shared),
                *unassigned_clashes(parts, shared),
                *id_clashes(parts, shared),
            ]
        )
        merging = cls(parts, made, shared, corrections, [*told, *unknown], info, copy=copy)
        merging.look_alikes = merging.look_alikes_before()
        return merging

    @property
    def made_from(self) -> dict[str, str]:
        """What decides which data sets may be made from OUT: the data sets that it is merged
        from."""
        return _made_from(self.parts)

    @property
    def said(self) -> list[PartSaid]:
        """What dataset.json says of the parts."""
        return [part.said() for part in self.parts]

    @property
    def making(self) -> Making:
        """What dataset.json of OUT says of how it is made."""
        made_with: dict[str, Any] = {"parts": self.said, **parameters(self.corrections)}
        if self.look_alikes is not None:
            made_with["look_alikes"] = self.look_alikes
        pipeline = _common_pipeline(self.said)
        if pipeline:
            made_with["pipeline"] = pipeline
        return Making(MERGE, self.made_from, made_with)

    def look_alikes_before(self) -> int | None:
        """How many pairs OUT says that there are, where it was merged from just these states of the
        parts; None where nobody has looked."""
        said = self.info["parameters"] if self.info else {}
        return said.get("look_alikes") if said.get("parts") == self.said else None

    @property
    def summary(self) -> dict[str, Any]:
        """What is told when the run has ended: the parts, what was in several of them, pairs that
        look the same, and whatever else a person must know."""
        return {
            "parts": [
                {
                    "dataset": str(part),
                    "first_delivery": part.shift + 1,
                    **part.counts,
                }
                for part in self.parts
            ],
            "in_several": self.shared.files_in_several(self.parts),
            "look_alikes": self.look_alikes,
            "told": list(self.told),
        }

    def begin(self, *, dry: bool = False) -> MergeStage:
        """Create OUT, unless nothing is to be written."""
        if not dry:
            with explain_disk_errors(self.out):
                self.out.root.mkdir(parents=True, exist_ok=True)
        return MergeStage(self.out, self.made_from, self.copy)

    def plan(self, stage: MergeStage, selection: Selection = EVERYTHING) -> Plan:
        """Compare each study of the parts with what stands in OUT. What no part has goes."""
        wanted = sorted(self.shared.owners)
        plan = Plan(self.out, selection, studies=len(wanted))
        for study_id in wanted:
            job = self._job(study_id)
            plan.sort_in(job, stage.parts(job), self._digest_of_labels(job))
        gone = {*self.out.study_ids(), *strays(self.out, wanted)}
        plan.remove = sorted(gone.difference(wanted))
        return plan

    def _job(self, study_id: str) -> MergeJob:
        holders, weight = [], 1
        for place in self.shared.owners[study_id]:
            part = self.parts[place]
            footer = part.data_set.footer(study_id)
            if footer is None:
                raise UsageError(
                    f"Study {study_id} of {part} cannot be read. Make that data set again."
                )
            state = key_of(footer["key"], footer["failed"], footer["images"])
            holders.append(Holder(part.data_set, state, part.shift))
            weight += footer["images"]
        return MergeJob(study_id, tuple(holders), weight)

    def _digest_of_labels(self, job: MergeJob) -> str | None:
        if len(job.holders) == 1:
            footer = job.holders[0].data_set.footer(job.study_id)
            return footer["labels"] if footer else None
        return digest_of_rows(row for _, row in rows_from(job))

    def remove(self, study_id: str) -> None:
        """Remove a study that no part has any more."""
        remove_study(self.out, study_id)

    def relabel(self, study_id: str, labels: None) -> None:
        """Give the images of a study the labels that they have in their part."""
        found = {row["source_id"]: RowLabels.of(row) for _, row in rows_from(self._job(study_id))}
        relabel_study(self.out, study_id, found.__getitem__)

    def announce(self, plan: Plan) -> None:
        """Say in dataset.json what is being made, and remember the corrections, before the first
        study is merged."""
        write_info(self.out, self.making, complete=False, planned=plan.studies)
        if remembered(self.out) != self.corrections:
            remember(self.out, self.corrections)


def _made_from(parts: Sequence[Part]) -> dict[str, str]:
    return {"parts": key_of(sorted({part.name for part in parts}))[:16]}


def _refuse(clashes: Sequence[str]) -> None:
    """Raise UsageError with the sentences, if there are any."""
    if clashes:
        more = f"; and {len(clashes) - _SHOWN} more" if len(clashes) > _SHOWN else ""
        raise UsageError(
            f"These data sets cannot be merged, and nothing was written: "
            f"{'; '.join(clashes[:_SHOWN])}{more}."
        )


def _check_parts_before(parts: Sequence[Part], out: DataSet, info: Info | None) -> None:
    """Raise UsageError where a data set that OUT was merged from is not among the parts: its films
    would go."""
    if info is None:
        return
    if "parts" not in info["parameters"] and info["made_from"] != _made_from(parts):
        raise UsageError(
            f"The dataset.json of OUT ({out}) is lost, and its studies were merged from other data "
            "sets than these. Give those, or choose another OUT."
        )
    before = Counter(one["name"] for one in info["parameters"].get("parts", ()))
    missing = before - Counter(part.name for part in parts)
    if missing:
        raise UsageError(
            f"OUT ({out}) was merged from {sum(before.values())} data sets, and "
            f"{sum(missing.values())} of them are not given now: their films would go. Give all of "
            "them, and others if you like, or choose another OUT."
        )


def _told(parts: Sequence[Part], *, mixed: bool) -> list[str]:
    """What a person must know of what differs. Raises UsageError where the parts are not of one
    kind, and where they differ gravely and nobody said that this is wanted."""
    said, names = [part.said() for part in parts], [str(part) for part in parts]
    made_by = [shapes(one) for one in said]
    if len(set[tuple[str, ...]]().union(*made_by)) > 1:
        listed = by_value([{" then ".join(one) for one in found} for found in made_by], names)
        raise UsageError(
            f"These data sets are not of one kind: made by {listed}. A film beside what a pipeline "
            "made of it is no data set. Take all of them through the same stages, then merge."
        )
    mains = [main_labels(one) for one in said]
    if len(set[str]().union(*mains)) > 1:
        raise UsageError(
            f"The folders of these data sets are named by other labels: {by_value(mains, names)}. "
            "Convert one of them again with --label-main, or with --label-column COLUMN=NAME where "
            "the same label is called otherwise: nothing is decoded again for it."
        )
    found = differences(said, names)
    grave = [one.text for one in found if one.is_grave]
    if grave and not mixed:
        raise UsageError(
            f"These data sets differ in what a classifier could learn instead of the disease: "
            f"{'; '.join(grave)}. Make them alike, or add --mixed if you want them in one data set "
            "as they are: its page then says so."
        )
    keys = several_keys(said)
    return [*([keys] if keys else []), *(one.text for one in found)]


def _common_pipeline(said: Sequence[PartSaid]) -> Mapping[str, Any] | None:
    """The last pipeline, where all films went through the same ones."""
    found = [pipelines_of(way) for part in said for way in ways_of(part["stages"])]
    digests = {tuple(one["digest"] for one in way) for way in found}
    return found[0][-1] if len(digests) == 1 and found[0] else None


def _forgotten(
    parts: Sequence[Part], out: DataSet, private: Sequence[Path]
) -> tuple[list[tuple[frozenset[str], frozenset[str]]], list[str]]:
    """Whom each private tree at hand has forgotten, with the keys for which that counts; and what
    is to be said where a tree is not at hand. Raises UsageError where others can reach a tree."""
    found = [_record(find_tree(out, None), frozenset())]
    named = [existing_tree(out, path) for path in private]
    found += [_record(tree, frozenset()) for tree in named]
    reached = {keys for keys, _ in found[1:]}
    without = []
    for part in parts:
        tree = find_tree(part.data_set, None)
        if os.path.lexists(tree.root):
            found.append(_record(tree, part.keys))
        elif not any(part.keys & keys for keys in reached):
            without.append(part)
    told = (
        [
            f"no private tree of {joined([str(part) for part in without])} is at hand, so nobody "
            "could look whether a patient was forgotten there who is still in the data set: name "
            "it with --private DIR"
        ]
        if without
        else []
    )
    return [one for one in found if one[1]], told


def _record(tree: PrivateTree, keys: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    if os.path.lexists(tree.key):
        keys = frozenset({read_key(tree.key).fingerprint})
    return keys, frozenset(read_forgotten(tree))
