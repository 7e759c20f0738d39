"""What a step is. A step knows nothing of files, workers or other steps.

What the page, the paper's paragraph and the documentation say of a step stands in the step: its
class attributes `summary`, `for_paper`, `published`, `confidence_column` and `effect`.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, model_validator

from radprep.image.image import Image
from radprep.steps._draw import Picture, picture


class Published(NamedTuple):
    """The method of a step that has a work of its own to cite. method: the value of the parameter
    `method` that takes it; work: its number in works.py."""

    method: str
    work: int


class Effect(NamedTuple):
    """What the page counts of a step. did: the words behind the number, as in "3 turned"; of: says
    of the row of a kept image whether it is one of those that are counted."""

    did: str
    of: Callable[[Mapping[str, Any]], bool]


class Step(BaseModel, ABC):
    """A frozen set of parameters with a name and a version. Raise the version when the same
    parameters give other pixels or other decisions: studies made by the old one are then redone.
    Types are strict ("yes" is no boolean, 10.5 and "10" are no integers), except that an integer
    will do for a float and a list for a tuple: TOML has no tuples.

    The class attributes below are texts and columns for readers. They are no parameters: they stand
    in no history and no key, so a better sentence makes no study be done again.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, strict=True, allow_inf_nan=False
    )

    name: ClassVar[str]
    """What a pipeline file calls it: the name of its module. Shown with spaces for underscores."""

    version: ClassVar[int] = 1

    summary: ClassVar[str]
    """What it does, in one sentence for a table of all steps."""

    for_paper: ClassVar[str]
    """What it did, as a part of a sentence in the past tense for a paper. {names} are replaced by
    its parameters; [1] cites the first work of works.py."""

    published: ClassVar[Published | None] = None
    """The published method, where one of the step's methods has a work of its own to cite."""

    confidence_column: ClassVar[str | None] = None
    """The column (0 to 1) that says how sure the step was. None: it says so, if at all, in its
    decisions, as `confidence`."""

    effect: ClassVar[Effect | None] = None
    """What the page counts. None: the kept images that the step saw."""

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
