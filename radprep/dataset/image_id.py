"""The name of an image: the instance that it shows, its frame, and the parts it was cut from."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_NUMBER = "[1-9][0-9]*"  # as we write it: another spelling of a number is no name of ours
_GRAMMAR = re.compile(
    rf"(?P<instance>.+?)(-f(?P<frame>{_NUMBER}))?(?P<parts>(-p{_NUMBER})*)", re.DOTALL
)
_PSEUDONYM = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class ImageId:
    """An image_id taken apart: `<instance_id>`, then `-f3` for frame 3, then `-p2` for part 2.

    parts: numbers of the parts, one for each time that the image was cut. The first part of an
    image keeps the image's name, so every number here is 2 or more in what radprep writes.
    """

    instance_id: str
    frame: int | None = None
    parts: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> ImageId:
        """Take a name apart. A text that does not end in frame or parts is an instance_id alone."""
        found = _GRAMMAR.fullmatch(text)
        if found is None:
            return cls(text)
        parts = tuple(int(number) for number in found["parts"].split("-p")[1:])
        return cls(found["instance"], int(found["frame"]) if found["frame"] else None, parts)

    def __str__(self) -> str:
        """The name as the column image_id has it."""
        frame = f"-f{self.frame}" if self.frame else ""
        return self.instance_id + frame + "".join(f"-p{number}" for number in self.parts)

    @property
    def is_ours(self) -> bool:
        """Whether radprep could have given this name: its instance_id is a pseudonym."""
        return _PSEUDONYM.fullmatch(self.instance_id) is not None

    @property
    def film(self) -> ImageId | None:
        """The image that this one was cut from last; None where it was not cut."""
        return replace(self, parts=self.parts[:-1]) if self.parts else None

    @property
    def uncut(self) -> ImageId:
        """The image that was there before anything was cut."""
        return replace(self, parts=())

    def part(self, number: int) -> ImageId:
        """The name of a part of this image. Part 1 keeps the name."""
        return self if number == 1 else replace(self, parts=(*self.parts, number))
