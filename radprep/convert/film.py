"""What the conversion of a file asks of what was read from it, whatever format the file has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from radprep.convert.options import ConvertOptions
from radprep.image.image import Pixels, Rejected


@dataclass(frozen=True)
class Grey:
    """A frame as grey values. pixels: uint8 or uint16, shape (h, w), square. decoder, version: what
    decoded it. seen: what `decisions` says of it. marks: codes for a person, without the name of
    the stage. spacing: mm between rows and between columns, and source, the keyword that they stand
    in; None where nothing says."""

    pixels: Pixels
    decoder: str
    version: str
    seen: Mapping[str, Any] = field(default_factory=dict)
    marks: tuple[str, ...] = ()
    spacing: list[float] | None = None
    source: str | None = None


class Film(Protocol):
    """An opened file, whose frames can be asked for."""

    @property
    def frames(self) -> int:
        """How many there are."""
        ...

    @property
    def said(self) -> Mapping[str, Any]:
        """What `decisions` says of each frame."""
        ...

    @property
    def marks(self) -> list[str]:
        """Marks for review of each image."""
        ...

    def grey(self, number: int) -> Grey:
        """A frame, from 0. Raises Failure."""
        ...


def refuse_several(frames: int, options: ConvertOptions) -> None:
    """Raises Rejected where there are several frames and a person wants none of such files."""
    if frames > 1 and options.frames == "reject":
        raise Rejected("multi_frame", f"{frames} frames")
