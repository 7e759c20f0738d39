"""What the page tells of boxes: what became of them, and what they are drawn around."""

from __future__ import annotations

from collections import Counter
from typing import Any

from radprep.dataset.box_counts import FATES
from radprep.preprocess.boxes_on_parts import MARK_CUT, MARK_LOST, MARK_SEVERAL
from radprep.report.facts.material import Material, unique


def told_of_boxes(material: Material) -> dict[str, Any] | None:
    """How many boxes there are, what became of them and what they are drawn around; the review mark
    of the worst thing that became of one, "" where nothing did. None where there are no boxes."""
    counted = material.counts["boxes"]
    if not counted:
        return None
    films = unique(material.rows, material.film_name)
    drawn = (box.label for row in films for box in material.boxes_of_film(row) or ())
    marks = {mark for row in material.kept for mark in row["review"]}
    worst = (mark for mark in (MARK_LOST, MARK_CUT, MARK_SEVERAL) if mark in marks)
    return {
        "all": sum(counted.values()),
        "fates": [(words, counted[fate]) for fate, words in FATES.items() if fate in counted],
        "labels": sorted(Counter(drawn).items()),
        "marked": next(worst, ""),
    }
