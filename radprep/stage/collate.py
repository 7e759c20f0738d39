"""Makes the shared tables of a data set from its studies: after a run, or once for many shards.
Safe to repeat, and beside runs."""

from __future__ import annotations

import time

from radprep.dataset.commit import remove_old_attempts, remove_old_leftovers, remove_replaced
from radprep.dataset.folders import sweep
from radprep.dataset.info import Info, Making, fingerprint, read_info, write_info
from radprep.dataset.layout import DataSet
from radprep.dataset.tables import collate_instances
from radprep.errors import InterruptedRunError
from radprep.private.identifiers import collate_identifiers
from radprep.private.place import existing_tree
from radprep.private.tree import PrivateTree

_TRIES = 5
"""How often the studies may change meanwhile; another run replaces a study in milliseconds."""

_PAUSES_S = (0.1, 0.4, 1.5)
"""So long a study that is missing may be in the hands of another run, or of a worker whose run was
killed."""


def collate(data_set: DataSet, *, tree: PrivateTree | None = None, left: int | None = None) -> Info:
    """Rebuild instances.parquet, the private identifiers.parquet and dataset.json; returns the
    latter.

    tree: the private tree of what convert has made; None: the one beside. left: studies that the
    run leaves undone on purpose; None: none should be. Raises UsageError where the private tree is
    not to be had. Raises InterruptedRunError where other runs keep on writing, or where studies
    that were planned have no result: dataset.json then stays incomplete.
    """
    info = read_info(data_set)
    if info["stage"] == "convert":
        tree = tree or existing_tree(data_set, None)
    planned = info.get("studies_planned", 0)
    wanted = 0 if left is None and info["complete"] else planned - (left or 0)
    for _ in range(_TRIES):
        before = fingerprint(data_set)
        if tree:
            collate_identifiers(tree)
        collate_instances(data_set)
        missing = _count_missing(data_set, wanted)
        if fingerprint(data_set) == before:
            break
    else:
        raise InterruptedRunError(
            f"Other runs are writing to {data_set}. Its studies are safe; run `radprep collate` "
            "when they have ended."
        )
    sweep(data_set)
    remove_replaced(data_set)
    remove_old_attempts(data_set)
    for root in (data_set.root, *([tree.root] if tree else [])):
        remove_old_leftovers(root)
    left = info.get("studies_left", 0) if left is None else left
    written = write_info(
        data_set, Making.of(info), complete=not missing, planned=planned, left=left
    )
    if missing:
        raise InterruptedRunError(
            f"{missing} of {planned} studies of {data_set} are not done. Run the same command, or "
            "the missing shards, again; then collate."
        )
    return written


def _count_missing(data_set: DataSet, wanted: int) -> int:
    """How many studies of those wanted have no result, even after a while."""
    for pause in (*_PAUSES_S, 0.0):
        missing = max(0, wanted - len(data_set.study_ids()))
        if not missing:
            break
        time.sleep(pause)
    return missing
