"""Copies of a film, which show the same pixels, whose headers contradict each other."""

from __future__ import annotations

from collections.abc import Sequence

from radprep.convert.duplicates import keeper_of
from radprep.convert.job import STEP, Converted, set_marks
from radprep.convert.same_exposure import Image, differ_in_side_or_view
from radprep.dataset.schema import KEPT

_MARK = f"{STEP}:copies_differ"


def mark_copies_that_differ(found: Sequence[Converted]) -> None:
    """Mark the images of each file a copy of which names another side or view: one of the headers
    is wrong, and nothing tells which."""
    by_source = {one.identifiers["source_id"]: one for one in found}
    doubtful = set()
    for copy in found:
        kept = _kept_instead(copy, by_source)
        if kept is not None and differ_in_side_or_view(Image(kept), Image(copy)):
            doubtful.add(kept.identifiers["source_id"])
    for source_id, one in by_source.items():
        for row in one.rows:
            if row["status"] == KEPT:
                set_marks(row, {_MARK: source_id in doubtful})


def _kept_instead(copy: Converted, by_source: dict[str, Converted]) -> Converted | None:
    """The file that stays for a copy: that which it names, or what that one is a copy of. None for
    what is no copy."""
    keeper = keeper_of(copy.rows)
    seen: set[str] = set()
    while keeper in by_source and keeper not in seen:
        seen.add(keeper)
        found = by_source[keeper]
        keeper = keeper_of(found.rows)
        if keeper is None:
            return found
    return None
