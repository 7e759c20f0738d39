"""How a hospital's labels were joined to studies, as convert recorded it: numbers, never a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from radprep.convert.label_told import label_sentences
from radprep.dataset.counts import LABEL_COUNTS


@dataclass(frozen=True)
class LabelJoin:
    """What the join gave when the dump was converted.

    key: the header field that labels were joined on; meanings: what texts mean, as `TEXT = label`;
    told: sentences about texts that are no class and about keys that look changed; labelled,
    without, contradictory: studies with one label, with none, with several; keys_left: keys of the
    labels file that are no study's; rows_left: its rows whose text the map does not name; missing,
    uncertain: its rows whose text says nothing, or that nobody is sure; lists: its rows whose text
    lists several findings.
    """

    key: str
    meanings: tuple[str, ...]
    told: tuple[str, ...]
    labelled: int
    without: int
    contradictory: int
    keys_left: int
    rows_left: int
    missing: int
    uncertain: int
    lists: int


def label_join(convert: Mapping[str, Any] | None) -> LabelJoin | None:
    """What the parameters of convert say of the join; None where there was none, or they do not
    say."""
    if not convert or not isinstance(convert.get("label_key"), str):
        return None
    numbers = [convert.get(name) for name in LABEL_COUNTS]
    meanings = convert.get("label_map")
    said = tuple(map(str, meanings)) if isinstance(meanings, list) else ()
    told = tuple(label_sentences(convert))
    counts = [number if isinstance(number, int) else 0 for number in numbers]
    return LabelJoin(convert["label_key"], said, told, *counts)
