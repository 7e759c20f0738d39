"""Keep the images of the body parts that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field, field_validator

from radprep.steps.base import StudyStep, Verdict


class AnatomicFilter(StudyStep):
    """Drop images of other body parts, by the part that convert read from the labels.

    An image whose label names several parts ("hand and wrist") is kept where any of them is wanted.
    One whose part nobody could read is kept and marked for review, so that no film is lost for a
    missing label. Source: wrist thesis, 4.2.2.1, which matched the text of BodyPartExamined
    loosely; here convert has done that already.
    """

    name: ClassVar[str] = "anatomic_filter"
    version: ClassVar[int] = 2
    summary: ClassVar[str] = (
        "Keeps the body parts wanted, read from free text in nine languages; images whose part is "
        "unknown are kept and marked."
    )
    for_paper: ClassVar[str] = (
        "images of other body parts than {keep} were left out, by what names their body part "
        "(after [1])"
    )
    confidence_column: ClassVar[str | None] = "body_part_score"

    keep: tuple[str, ...] = Field(default=("wrist",), min_length=1, examples=[["wrist", "hand"]])
    """The body parts to keep, by their names in radprep's vocabulary."""

    min_score: float = Field(default=0.8, ge=0, le=1)
    """Images whose label was read with a lower score (0 to 1) are kept and marked for review,
    whatever it says."""

    @field_validator("keep")
    @classmethod
    def _in_vocabulary(cls, keep: tuple[str, ...]) -> tuple[str, ...]:
        from radprep.text.bodypart import known_parts

        known = known_parts()
        unknown = [part for part in keep if part not in known]
        if unknown:
            raise ValueError(
                f"unknown body part {', '.join(map(repr, unknown))}; known are: "
                f"{', '.join(sorted(known))}"
            )
        return keep

    def judge(self, rows: Sequence[Mapping[str, Any]]) -> list[Verdict]:
        """Return one verdict a row. Reads body_part, body_part_score and body_part_source."""
        return [
            self._judge_one(
                row["body_part"], row["body_part_score"] or 0.0, row["body_part_source"]
            )
            for row in rows
        ]

    def _judge_one(self, part: str | None, score: float, source: str | None) -> Verdict:
        if part is None:
            return Verdict(review="unknown_body_part", seen={"body_part": None})
        seen = {"body_part": part, "score": round(score, 3), "source": source}
        if score < self.min_score:
            return Verdict(review="unsure_body_part", seen=seen)
        if not set(self.keep).isdisjoint(part.split(",")):
            return Verdict(seen=seen)
        return Verdict(
            reason="body_part", value=f"{part} (score {score:.2f}, from {source})", seen=seen
        )
