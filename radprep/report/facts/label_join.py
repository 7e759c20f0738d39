"""How a hospital's labels were joined to studies, as convert recorded it: numbers, never a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from radprep.convert.label_told import label_sentences
from radprep.dataset.counts import label_counts_told


@dataclass(frozen=True)
class LabelJoin:
    """What the join gave when the dump was converted.

    key: what labels were joined on; meanings: what texts mean, as `TEXT = label`; told: sentences
    about texts that are no class and about keys that look changed; labelled, without,
    contradictory: studies with one label, with none, with several; keys_left: keys of the labels
    file that are no study's; rows_left: its rows whose text the map does not name; missing,
    uncertain: its rows whose text says nothing, or that nobody is sure. images: those that have one
    label of their own, files_contradictory: with several; image_keys_left: keys that are no
    image's; strange: images whose rows name another study.
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
    images: int
    files_contradictory: int
    image_keys_left: int
    strange: int
    of_studies: bool


def label_join(convert: Mapping[str, Any] | None, name: str | None) -> LabelJoin | None:
    """What the parameters of convert say of the join of one label; None where there was none, or
    they do not say. name: of the label."""
    found = ((convert or {}).get("label_join") or {}).get(name)
    keys = (convert or {}).get("label_key")
    if not found or not isinstance(keys, list):
        return None
    return LabelJoin(
        key=" and ".join(map(str, keys)),
        meanings=tuple(map(str, found.get("label_map", ()))),
        told=tuple(label_sentences(found)),
        labelled=found.get("labelled_studies", 0),
        without=found.get("studies_without_label", 0),
        contradictory=found.get("contradictory_studies", 0),
        keys_left=found.get("label_keys_without_study", 0),
        rows_left=found.get("unmapped_label_rows", 0),
        missing=found.get("missing_label_rows", 0),
        uncertain=found.get("uncertain_label_rows", 0),
        images=found.get("labelled_images", 0),
        files_contradictory=found.get("contradictory_images", 0),
        image_keys_left=found.get("label_keys_without_image", 0),
        strange=found.get("images_of_another_study", 0),
        of_studies="labelled_studies" in label_counts_told(found),
    )
