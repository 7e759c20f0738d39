"""The record of patients whose consent is withdrawn: OUT.private/forgotten.jsonl, one line each
time a patient is forgotten.

It holds a pseudonym, a time, counts, and of pictures digests under the key by which they are known
again, nothing else; a later convert of the same dump reads it and leaves their files out.
"""

from __future__ import annotations

import json
import os
from typing import TypedDict

from radprep.dataset.durable import explain_disk_errors, sync
from radprep.errors import UsageError
from radprep.private.guard import check_file, check_folder
from radprep.private.tree import PrivateTree, make_private_folder, owner_only


class Forgotten(TypedDict):
    """One line of the record. forgotten_at: time in UTC; the counts say what was removed; pictures:
    digests of the patient's pictures, as `Pseudonyms.of_forgotten` makes them."""

    patient_id: str
    forgotten_at: str
    studies: int
    files: int
    images: int
    pictures: list[str]


def read_forgotten(tree: PrivateTree) -> dict[str, Forgotten]:
    """patient_id -> what was recorded of it last; empty where nobody was forgotten. Raises
    UsageError where the record cannot be read: without it, forgotten patients would come back."""
    return {record["patient_id"]: record for record in _records(tree)}


def forgotten_pictures(tree: PrivateTree) -> frozenset[str]:
    """The digests of all pictures of forgotten patients. Raises UsageError as `read_forgotten`
    does."""
    return frozenset(one for record in _records(tree) for one in record["pictures"])


def _records(tree: PrivateTree) -> list[Forgotten]:
    path = tree.forgotten
    check_file(path, closed=False)
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        found: list[Forgotten] = [json.loads(line) for line in lines if line.strip()]
        for one in found:
            one["patient_id"], one["pictures"] = str(one["patient_id"]), [*one.get("pictures", ())]
        return found
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            f"{path} cannot be read, and it says whom this data set must leave out. Each line must "
            "be a JSON object with a patient_id; mend it or restore it from a backup."
        ) from None


def record_forgotten(tree: PrivateTree, record: Forgotten) -> None:
    """Add one line to the record, and wait until it is on the disk."""
    path = tree.forgotten
    with explain_disk_errors(path.parent), owner_only():
        make_private_folder(path.parent)
        check_folder(path.parent)
        check_file(path, closed=False)
        with path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(record) + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        sync(path.parent)
