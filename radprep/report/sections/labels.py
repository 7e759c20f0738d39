"""Labels, the sizes of studies, and what was read as which body part."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from radprep.convert.box_told import box_lines
from radprep.report.facts.accounting import body_part_texts
from radprep.report.facts.drawn import told_of_boxes
from radprep.report.facts.label_join import label_join
from radprep.report.facts.material import Material
from radprep.report.findings import MOST_LABELS, Findings
from radprep.report.pictures import plots
from radprep.report.sections.base import Section
from radprep.upkeep.people import size_class

MOST_TEXTS = 20
"""Texts of BodyPartExamined that are listed."""


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    labels = {row["label"] for row in findings.material.kept}
    texts = body_part_texts(findings.material.rows)
    return {
        "label_plots": [Markup(plot) for plot in _plots(findings.material)],
        "boxes": told_of_boxes(findings.material),
        "join": label_join(findings.material.provenance.convert, findings.material.label),
        "joined_boxes": box_lines(findings.material.provenance.convert or {}),
        "named": _named(findings.material),
        "shown": findings.material.label,
        "texts": texts[:MOST_TEXTS],
        "labels_left": len(labels) - MOST_LABELS,
        "texts_left": max(0, len(texts) - MOST_TEXTS),
    }


def _named(material: Material) -> list[tuple[str, str, int]]:
    """Name of each label, its images by what it says, and how many images have none; nothing where
    there is one label only."""
    named = material.counts["named_labels"]
    return [
        (
            name,
            ", ".join(f"{label} {images:,}" for label, images in labels.items()),
            material.counts["images"] - sum(labels.values()),
        )
        for name, labels in (named.items() if len(named) > 1 else ())
    ]


def _plots(material: Material) -> list[str]:
    instances: dict[str, set[str]] = defaultdict(set)
    studies: dict[str, set[str]] = defaultdict(set)
    for row in material.kept:
        instances[row["study_id"]].add(row["instance_id"])
        studies[row["patient_id"]].add(row["study_id"])
    return [
        plots.bars(_sizes_of(instances.values()), "Instances in a study", "instances"),
        plots.bars(_labels_of(material), "Labels", "images"),
        plots.bars(_sizes_of(studies.values()), "Studies of a patient", "studies"),
    ]


def _labels_of(material: Material) -> dict[str, int]:
    """Images by label, the most frequent first, the rare ones together."""
    labels = Counter(row["label"] or "none" for row in material.kept)
    most = dict(labels.most_common(MOST_LABELS))
    others = labels.total() - sum(most.values())
    left = len(labels) - len(most)
    return most | {f"{left} other{'s' if left > 1 else ''}": others} if left else most


def _sizes_of(groups: Iterable[set[str]]) -> dict[str, int]:
    """Number of groups by their size, in classes such as `3` or `6-10`, the smallest first."""
    counts = Counter(size_class(len(group)) for group in groups)
    smallest = {name: int(name.strip(">").partition("-")[0]) for name in counts}
    return {name: counts[name] for name in sorted(counts, key=smallest.__getitem__)}


SECTION = Section("labels", "Labels", values)
