"""The frames of a picture, which is no DICOM file, as grey values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from radprep.convert.film import Grey, refuse_several
from radprep.convert.options import ConvertOptions
from radprep.dicom.decode import refuse_too_many
from radprep.pictures.opened import Limits, Picture, open_picture
from radprep.pictures.shown import shown
from radprep.stage.stopwatch import Stopwatch


@dataclass(frozen=True)
class PictureFilm:
    """A picture whose frames can be read; see `Film`."""

    picture: Picture
    options: ConvertOptions
    watch: Stopwatch

    @property
    def frames(self) -> int:
        """How many there are."""
        return self.picture.frames

    @property
    def said(self) -> Mapping[str, Any]:
        """What `decisions` says of the file."""
        return {"format": self.picture.kind}

    @property
    def marks(self) -> list[str]:
        """None: what is to be looked at belongs to a frame."""
        return []

    def grey(self, number: int) -> Grey:
        """A frame, from 0, decoded and made grey. Raises Failure."""
        with self.watch.timing("decode"):
            read = self.picture.read(number)
        with self.watch.timing("lut"):
            pixels, applied = shown(read, self.options.bits, self.options.window)
        seen = {**read.seen, **applied}
        return Grey(pixels, read.decoder, read.version, seen, read.marks)


def open_picture_film(data: bytes, options: ConvertOptions, watch: Stopwatch) -> PictureFilm:
    """The frames of a picture. data: the bytes of its file. Raises Rejected and Failure."""
    check = partial(refuse_too_many, max_pixels=options.max_pixels, max_frames=options.max_frames)
    limits = Limits(check, options.max_frames, options.first_only)
    with watch.timing("header"):
        picture = open_picture(data, limits)
    refuse_several(picture.frames, options)
    return PictureFilm(picture, options, watch)
