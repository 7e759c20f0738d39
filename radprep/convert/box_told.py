"""What a person is told of files of boxes, from what convert counted of them: numbers alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from radprep.annotations.reading import FAULTS

_LISTED = "`labels/` of the private tree"
_PARTS = {
    "boxes_joined": "for films of the dump",
    "boxes_without_film": "for films that were not found",
    "boxes_of_unclear_classes": "of whose class nobody was sure",
    "boxes_of_unnamed_classes": "of classes that --box-map leaves out",
    "box_entries_at_fault": "that could not be used",
}
"""Each box of the files is one of these, so that the numbers add up."""


def box_lines(joined: Mapping[str, Any]) -> list[str]:
    """A line for what became of the boxes, one for the films, and more for what went wrong. joined:
    what a run, or dataset.json among the parameters of convert, says of its files of labels and
    boxes."""
    counts = Counter[str](joined.get("box_join") or {})
    if not counts:
        return []
    parts = {name: counts[name] for name in _PARTS}
    sum_of = " + ".join(f"{parts[name]} {said}" for name, said in _PARTS.items() if parts[name])
    lines = [
        f"{sum(parts.values())} boxes stand in the files" + (f" = {sum_of}" if sum_of else ""),
        f"{counts['files_with_boxes']} files of the dump have boxes, of "
        f"{counts['files_without_a_box']} it is said that they have none, of "
        f"{counts['files_not_named']} nothing is said",
    ]
    if number := counts["files_with_unusable_boxes"]:
        lines.append(
            f"{number} files of the dump have boxes of which none can be used: it is unknown what "
            "they show"
        )
    if number := counts["film_names_not_found"]:
        lines.append(
            f"{number} of {counts['film_names']} names of films were not found: "
            f"boxes_without_film.csv in {_LISTED}"
        )
    if number := counts["film_names_unclear"]:
        lines.append(
            f"{number} of {counts['film_names']} names of films may mean several, and were not "
            f"joined: boxes_unclear.csv in {_LISTED}"
        )
    if number := counts["film_names_by_name_alone"]:
        lines.append(
            f"{number} of {counts['film_names']} names of films have other folders than their "
            "film, and were joined by the name of the file alone: look at some of them"
        )
    if number := counts["box_entries_at_fault"]:
        why = "; ".join(
            f"{counts[f'fault_{code}']}: {said}"
            for code, said in FAULTS.items()
            if counts.get(f"fault_{code}")
        )
        lines.append(f"{number} entries could not be used ({why}): boxes_at_fault.csv in {_LISTED}")
    return [*lines, *(note.rstrip(".") for note in joined.get("box_notes") or ())]
