"""What a data set was merged from, and what somebody must know of that."""

from __future__ import annotations

from radprep.dataset.info import merged_from, stages_up_to
from radprep.dataset.ways import MERGE
from radprep.report.facts.material import Material
from radprep.upkeep.merge_differences import differences, several_keys


def merged_sentence(material: Material) -> str:
    """A sentence for a paper; "" where nothing was merged."""
    parts = merged_from(material.info)
    if not parts:
        return ""
    files = [f"{part['counts']['files']:,}" for part in parts]
    text = (
        f"The data set was merged from {len(parts)} data sets (of {', '.join(files[:-1])} and "
        f"{files[-1]} files)"
    )
    keys = several_keys(parts)
    return f"{text}; {keys}." if keys else f"{text}, whose pseudonyms were made with one key."


def merged_whence(material: Material) -> str:
    """The fingerprints of the data sets that were merged, in their order; "" where nothing was."""
    parts = merged_from(material.info)
    return ", ".join(
        f"{_name(number)}: {part['fingerprint']} ({part['counts']['images']:,} images)"
        for number, part in enumerate(parts, 1)
    )


def beware(material: Material) -> list[str]:
    """What somebody must know before learning from a merged data set: that its patients cannot be
    told apart, and each thing in which its parts differ and that a classifier could learn."""
    parts = merged_from(material.info)
    if not parts:
        return []
    names = [_name(number) for number in range(1, len(parts) + 1)]
    keys = several_keys(parts)
    grave = [one.text for one in differences(parts, names) if one.is_grave]
    return [*([keys] if keys else []), *_look_alikes(material), *grave]


def _look_alikes(material: Material) -> list[str]:
    merges = [one for one in stages_up_to(material.info) if one["stage"] == MERGE]
    pairs = merges[-1]["parameters"].get("look_alikes") or 0
    return (
        [
            f"{pairs:,} pairs of images of different parts and patients show the same film, so "
            "that one person may have several patient_ids"
        ]
        if pairs
        else []
    )


def _name(number: int) -> str:
    return f"part {number}"
