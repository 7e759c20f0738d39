"""What a person is told of files of boxes, from what convert counted of them: numbers alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radprep.annotations.reading import FAULTS

_LISTED = "`labels/` of the private tree"


def box_lines(joined: Mapping[str, Any]) -> list[str]:
    """A line for what was joined, and one for each kind that was not. joined: what a run says of
    its files of labels and boxes."""
    counts: Mapping[str, int] = joined.get("box_join", {})
    if not counts:
        return []
    lines = [
        f"{counts['boxes_joined']} boxes of {counts['films_found']} films were joined "
        f"({counts['films_without_box']} of these films have none); the files of boxes name "
        f"{counts['films_named']} films; {counts['files_not_named']} files of the dump are not "
        "among them"
    ]
    if number := counts["films_not_found"]:
        lines.append(
            f"{number} films that are named were not found: boxes_without_film.csv in {_LISTED}"
        )
    if number := counts["films_unclear"]:
        lines.append(
            f"{number} films are named so that several may be meant, and were not joined: "
            f"boxes_unclear.csv in {_LISTED}"
        )
    if number := counts["boxes_of_unnamed_classes"]:
        lines.append(f"{number} boxes were left out: their class gives no label")
    if number := counts["box_entries_at_fault"]:
        why = "; ".join(
            f"{counts[f'fault_{code}']}: {said}"
            for code, said in FAULTS.items()
            if counts.get(f"fault_{code}")
        )
        lines.append(f"{number} boxes could not be used ({why}): boxes_at_fault.csv in {_LISTED}")
    return [*lines, *joined.get("box_notes", ())]
