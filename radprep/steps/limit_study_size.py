"""Drop studies with too many images: cross-sections exported as if they were films."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from radprep.steps.base import StudyStep, Verdict


class LimitStudySize(StudyStep):
    """Drop every image of a study that has more instances than a study of plain films has.

    Most studies have one or two instances; the published data set dropped one study of 195 axial
    images by hand. Source: wrist thesis, 3.1.
    """

    name: ClassVar[str] = "limit_study_size"
    summary: ClassVar[str] = "Drops studies with too many instances to be plain films."
    for_paper: ClassVar[str] = "studies of more than {max_instances} instances were left out"

    max_instances: int = Field(default=50, gt=0)
    """The most distinct instances (files, not frames) a study may have."""

    def judge(self, rows: Sequence[Mapping[str, Any]]) -> list[Verdict]:
        """Return one verdict a row, the same for all. Reads instance_id."""
        count = len({row["instance_id"] for row in rows})
        seen = {"instances": count}
        if count <= self.max_instances:
            return [Verdict(seen=seen) for _ in rows]
        value = f"{count} instances > {self.max_instances}"
        return [Verdict(reason="study_too_large", value=value, seen=seen) for _ in rows]
