"""How a hospital's labels were joined to studies, as convert recorded it: numbers, never a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from radprep.dataset.counts import IMAGE_LABEL_COUNTS, LABEL_COUNTS


@dataclass(frozen=True)
class LabelJoin:
    """What the join gave when the dump was converted.

    key: what labels were joined on; meanings: `TEXT = label` of each text that
    gave a label; labelled, without, contradictory: studies with one label, with none, with several;
    keys_left: keys of the labels file that are no study's; rows_left: its rows whose text gives no
    label. images: those that have one label of their own, files_contradictory: with several;
    image_keys_left: keys that are no image's; strange: images whose rows name another study.
    """

    key: str
    meanings: tuple[str, ...]
    labelled: int
    without: int
    contradictory: int
    keys_left: int
    rows_left: int
    images: int = 0
    files_contradictory: int = 0
    image_keys_left: int = 0
    strange: int = 0


def label_join(convert: Mapping[str, Any] | None, name: str | None) -> LabelJoin | None:
    """What the parameters of convert say of the join of one label; None where there was none, or
    they do not say. name: of the label."""
    found = ((convert or {}).get("label_join") or {}).get(name)
    keys = (convert or {}).get("label_key")
    if not found or not isinstance(keys, list):
        return None
    numbers = [found.get(one, 0) for one in (*LABEL_COUNTS, *IMAGE_LABEL_COUNTS)]
    said = tuple(map(str, found.get("label_map", ())))
    return LabelJoin(" and ".join(map(str, keys)), said, *numbers)
