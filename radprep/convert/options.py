"""What a person may choose that changes the result of a conversion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from radprep.convert.text_on_film import MARK
from radprep.dicom.deidentify import RETAINABLE
from radprep.dicom.modality import FILMS
from radprep.errors import UsageError
from radprep.layouts.wanted import DICOM
from radprep.steps.anatomic_filter import AnatomicFilter

FRAMES = ("all", "first", "reject")
"""What becomes of a file of several frames: an image each, one image, none."""


@dataclass(frozen=True)
class ConvertOptions:
    """What changes the result. bits: of the PNGs, 8 or 16; modalities: those that are converted;
    max_pixels: rows x columns x frames x samples a file may have; max_frames: frames, where each
    gives an image; require_label: studies without a
    label are rejected; secondary_captures: they are not; retain: what leaves as it is
    (deidentify.RETAINABLE); frames: one of FRAMES; window: what is shown, one of voi.WINDOWS;
    only: body parts that are converted, as the step anatomic_filter keeps them, or () for all;
    burned_in: what is done about text in the pixels, one of text_on_film.WAYS; keep_raw_twins: raw
    images are kept beside the films that were made from them; layout: one of
    layouts.wanted.LAYOUTS."""

    bits: int = 8
    modalities: tuple[str, ...] = FILMS
    max_pixels: int = 100_000_000
    max_frames: int = 1000
    require_label: bool = False
    secondary_captures: bool = False
    retain: tuple[str, ...] = ()
    frames: str = "all"
    window: str = "auto"
    only: tuple[str, ...] = ()
    burned_in: str = MARK
    keep_raw_twins: bool = False
    layout: str = DICOM

    @property
    def first_only(self) -> bool:
        """Whether of several frames only the first is decoded."""
        return self.frames != "all"

    @property
    def filter(self) -> AnatomicFilter | None:
        """The step that `only` carries out on headers."""
        return AnatomicFilter(keep=self.only) if self.only else None


def checked_retain(names: Iterable[str]) -> tuple[str, ...]:
    """The names of `--retain`, each once. Raises UsageError for one that is not retainable."""
    unknown = sorted(set(names) - RETAINABLE.keys())
    if unknown:
        raise UsageError(f"--retain {unknown[0]!r} is unknown. It can be: {', '.join(RETAINABLE)}.")
    return tuple(sorted(set(names)))


def checked_only(names: str) -> tuple[str, ...]:
    """The body parts of `--only`, with commas between, each once. Raises UsageError for one that is
    not in the vocabulary."""
    wanted = tuple(sorted({name.strip() for name in names.split(",") if name.strip()}))
    try:
        return AnatomicFilter(keep=wanted).keep if names else ()
    except ValidationError as error:
        raise UsageError(
            f"--only {names!r}: {error.errors()[0]['msg'].removeprefix('Value error, ')}."
        ) from None
