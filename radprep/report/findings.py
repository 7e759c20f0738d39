"""What the sections of the page speak of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from radprep.dataset.layout import DataSet
from radprep.report.facts.confounding import Attribute, source_attributes
from radprep.report.facts.duplicates import Twins, identical, near_identical
from radprep.report.facts.material import Material, unique
from radprep.report.pictures.steps import StepPicture
from radprep.upkeep.uniqueness import Uniqueness, uniqueness

MOST_LABELS = 4
"""Labels that have a column in a table or a bar in a plot."""


@dataclass(frozen=True)
class Findings:
    """The data set, and what more than one section asks of it, worked out once.

    step_pictures: image_id -> picture of what the steps saw. sampled: number of films in a file
    that holds a sample of them, else 0.
    """

    material: Material
    step_pictures: Mapping[str, StepPicture]
    sampled: int = 0

    @cached_property
    def labels(self) -> list[str]:
        """The most frequent labels of kept images, in the order of their names."""
        counts = Counter(row["label"] for row in self.material.kept if row["label"])
        return sorted(label for label, _ in counts.most_common(MOST_LABELS))

    @cached_property
    def labels_left(self) -> int:
        """How many labels of kept images are not among the most frequent ones."""
        return len({row["label"] for row in self.material.kept if row["label"]}) - len(self.labels)

    @cached_property
    def attributes(self) -> list[Attribute]:
        """Machines, polarity and depth, held against rejection and label."""
        files = unique(self.material.rows, lambda row: row["source_id"])
        return source_attributes(files, self.labels)

    @cached_property
    def uniqueness(self) -> Uniqueness:
        """How many patients stand alone by what others may know of them."""
        return uniqueness(DataSet(self.material.root))

    @cached_property
    def identical(self) -> list[Twins]:
        """Images with the same pixels."""
        return identical(self.material.kept)

    @cached_property
    def near_identical(self) -> list[Twins]:
        """Images of different pixels that look the same."""
        return near_identical(self.material.kept)
