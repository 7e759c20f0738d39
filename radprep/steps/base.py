"""What a step is. A step knows nothing of files, workers or other steps."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

from radprep.image.image import Image
from radprep.steps._draw import Picture, picture


class Step(BaseModel, ABC):
    """A frozen set of parameters with a name and a version. Raise the version when the same
    parameters give other pixels or other decisions: studies made by the old one are then redone.
    Types are strict ("yes" is no boolean, 10.5 and "10" are no integers), except that an integer
    will do for a float and a list for a tuple: TOML has no tuples."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, strict=True, allow_inf_nan=False
    )

    name: ClassVar[str]
    version: ClassVar[int] = 1

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, parameters: Any) -> Any:
        if not isinstance(parameters, dict):
            return parameters
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in parameters.items()
        }

    @property
    def entry(self) -> str:
        """`name@version#digest of the parameters`: what stands in an image's history."""
        return entry_of(self.name, self.version, self.model_dump(mode="json"))


def entry_of(name: str, version: int, parameters: Mapping[str, Any]) -> str:
    """The entry of a step that is known by its JSON values only, as dataset.json holds them."""
    text = json.dumps(parameters, sort_keys=True)
    return f"{name}@{version}#{hashlib.sha256(text.encode()).hexdigest()[:8]}"


class ImageStep(Step):
    """A step that sees one image at a time."""

    corrects: ClassVar[str | None] = None
    """Field of corrections.csv by which a person may decide instead of this step; None where there
    is none."""

    @abstractmethod
    def apply(self, image: Image) -> list[Image]:
        """Return the image changed, or its parts. Raises Rejected to drop it."""

    def corrected(self, image: Image, value: Any) -> list[Image]:
        """Return the image, or its parts, as a person wants it: the column `corrects` ends at
        `value`, whatever it was. Noted as `corrected`, with confidence 1 and no mark for review.
        Only a step that says what it corrects has it."""
        raise NotImplementedError(f"{self.name} corrects nothing")

    def draw(self, image: Image) -> Picture:
        """Show on the view of `image`, the step's input, what its decision was read from. A step
        that decides nothing shows the view."""
        return picture(image.view.pixels)


@dataclass(frozen=True)
class Verdict:
    """What a study step says of one row: dropped where `reason` is given, marked where `review`
    is."""

    reason: str | None = None
    value: str = ""
    review: str | None = None
    seen: Mapping[str, Any] = field(default_factory=dict)


class StudyStep(Step):
    """A step that decides on rows, before any pixel of the study is read."""

    @abstractmethod
    def judge(self, rows: Sequence[Mapping[str, Any]]) -> list[Verdict]:
        """Return one verdict for each row of kept images, in their order. Rows are those of
        schema.py; reads only."""
