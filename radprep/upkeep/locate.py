"""Names the source of any id: from our pseudonyms back to the original identifiers and paths, with
the private tree at hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from radprep.dataset.info import read_info
from radprep.errors import UsageError
from radprep.private.forgotten import read_forgotten
from radprep.private.key import private_root

KINDS = ("instance_id", "source_id", "series_id", "study_id", "patient_id")
"""The ids that lead back; an image_id is an instance_id with -f3 for a frame and -p2 for a part."""

ORIGINALS = (
    "source_path",
    "PatientID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "AccessionNumber",
)

_IMAGE_ID = re.compile(r"(?P<base>.+?)(-f(?P<frame>\d+))?(?P<parts>(-p\d+)*)")


@dataclass(frozen=True)
class Located:
    """What an id stands for. files: rows of private.IDENTIFIERS, in order of their paths; frame and
    part: of an image_id."""

    kind: str
    files: list[dict[str, Any]]
    frame: int | None = None
    part: str | None = None


def locate(out: Path, wanted: str) -> Located:
    """Find the files of a patient_id, study_id, series_id, instance_id, source_id or image_id.

    Raises UsageError where the private tree is absent or the id is not in it. Nothing that is found
    goes into a message.
    """
    info = read_info(out)
    path = private_root(out) / "identifiers.parquet"
    if not path.exists():
        raise UsageError(_absent(out, info["stage"]))
    matched = _IMAGE_ID.fullmatch(wanted.strip())
    table = pq.read_table(path)
    for base, frame, parts in (
        (wanted.strip(), None, ""),
        *([matched.group("base", "frame", "parts")] if matched else []),
    ):
        for kind in KINDS:
            files = table.filter(pc.equal(table[kind], base)).to_pylist()
            if files:
                is_image = kind == "instance_id" and (frame or parts)
                return Located(
                    "image_id" if is_image else kind,
                    sorted(files, key=lambda one: (one["source_path"], one["source_id"])),
                    int(frame) if frame else None,
                    (parts or "").replace("-p", " ").strip() or None,
                )
    forgotten = read_forgotten(out).get(wanted.strip())
    if forgotten:
        raise UsageError(
            f"This patient was forgotten on {forgotten['forgotten_at']}: nothing leads back any "
            "more."
        )
    raise UsageError(
        f"There is no such id in {path}. Give a patient_id, study_id, series_id, instance_id, "
        "source_id or image_id as it stands in an instances.parquet made with this key."
    )


def _absent(out: Path, stage: str) -> str:
    if stage == "convert":
        return (
            f"The private tree of {out} is not here ({private_root(out)}/identifiers.parquet): "
            "only its owner can locate an id. Put it back beside the data set, or end an "
            "interrupted convert."
        )
    return (
        f"{out} was made by `radprep {stage}` and has no identifiers of its own. Give the data set "
        "that `radprep convert` made, the first of the chain: its ids are the same."
    )
