"""README.md: the YAML head that Hugging Face reads, the card behind it, and at the end a mark by
which a later run sees whether a person has changed the file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from radprep.dataset.card_files import ANSWERS, marked
from radprep.dataset.info import Info
from radprep.dataset.layout import DataSet
from radprep.export.card.answers import Answers, read_answers
from radprep.export.card.datasheet import datasheet, unnamed
from radprep.export.card.markdown import as_yaml
from radprep.export.card.measured import Measured, measure
from radprep.report.facts.material import RunSplit, read_material
from radprep.report.findings import Findings

_SIZES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M")
_LICENCES = frozenset(
    (
        *("apache-2.0", "mit", "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0"),
        *("cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0"),
        *("cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "pddl"),
        *("cdla-sharing-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "odc-by", "odbl"),
    )
)
"""Licences of data that Hugging Face knows by these names; every other one is `other` there."""


def readme(
    data_set: DataSet,
    info: Info,
    configs: Mapping[str, Any],
    *,
    label: str | None = None,
    split: RunSplit | None = None,
    notes: Sequence[str] = (),
) -> str:
    """README.md of a data set, or of an export of it.

    configs: what the head says of the files (`configs`, `dataset_info`), as YAML values; label: the
    name of the label that is shown, the main one if it is None; split: of a training run; notes:
    sentences that stand before everything else. The answers are those of card.toml in the data set.
    Raises UsageError where the data set or card.toml is not what it must be.
    """
    answers = read_answers(data_set.within(data_set.root / ANSWERS))
    return text_of(measured(data_set.root, label=label, split=split), answers, configs, notes)


def measured(root: Path, *, label: str | None = None, split: RunSplit | None = None) -> Measured:
    """What the card says of a data set by itself. Raises UsageError where it is not complete."""
    # A card draws no film, so it hides none either.
    material = read_material(root, None, show_marked=True, label=label)
    return measure(Findings(replace(material, split=split), {}))


def text_of(
    found: Measured, answers: Answers, configs: Mapping[str, Any], notes: Sequence[str] = ()
) -> str:
    """README.md of what was measured and answered."""
    head = {**head_of(found, answers), **configs}
    lines = [f"---\n{as_yaml(head)}---", "", *datasheet(found, answers, notes)]
    return marked("\n".join(lines).rstrip("\n") + "\n\n")


def head_of(found: Measured, answers: Answers) -> dict[str, Any]:
    """What the YAML head says, but for the files."""
    tasks = ["image-classification"] * bool(found.label_names)
    tasks += ["object-detection"] * bool(found.boxes.images)
    images = found.counts["images"]
    size = next((size for power, size in enumerate(_SIZES, 3) if images < 10**power), "other")
    return {
        "pretty_name": answers.get("title") or unnamed(found),
        **_licence(answers),
        "task_categories": tasks or ["other"],
        "size_categories": [size],
        "tags": ["medical", "radiology", "x-ray", "radiography", "radprep"],
    }


def _licence(answers: Answers) -> dict[str, str]:
    said, link = answers.get("licence"), answers.get("licence_link")
    if said is None:
        return {"license": "unknown"}
    if said.lower() in _LICENCES:
        return {"license": said.lower()}
    name = re.sub(r"[^a-z0-9.]+", "-", said.lower()).strip("-") or "own"
    return {
        "license": "other",
        "license_name": name[:60],
        **({"license_link": link} if link else {}),
    }
