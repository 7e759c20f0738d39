"""The conversion of one film in memory, to measure what it takes. Nothing is written."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from radprep.burned_in.reader import reader
from radprep.convert.options import ConvertOptions
from radprep.convert.text_on_film import treat_text
from radprep.dicom import header
from radprep.dicom.budget import memory_for
from radprep.dicom.decode import decode_frames, pixel_format
from radprep.dicom.files import FoundFile, read_file
from radprep.dicom.luts import grey_table
from radprep.dicom.spacing import in_square_pixels, pixel_size
from radprep.image import png
from radprep.image.hashes import perceptual_hash, pixel_hash

_TIMES = 2
"""The first time loads decoders, which a long run does once."""


@dataclass(frozen=True)
class Trial:
    """What one film took: pixels of its image, seconds of one core, and bytes of the PNG."""

    pixels: int
    seconds: float
    png_bytes: int


def try_film(dump: Path, file: FoundFile) -> Trial | None:
    """Convert the first frame of a file with the default options, and forget it. None where that
    gives no image."""
    try:
        with memory_for(file.size):
            return min(
                (_try_once(dump, file, ConvertOptions()) for _ in range(_TIMES)),
                key=lambda trial: trial.seconds,
            )
    except Exception:  # whatever convert would reject or fail
        return None


def _try_once(dump: Path, file: FoundFile, options: ConvertOptions) -> Trial:
    began = time.perf_counter()
    data = read_file(dump, file, lambda _: True)
    parsed = header.read_header(data)
    form = pixel_format(parsed, options.max_pixels, options.max_frames, first_only=True)
    whole = header.read_with_pixels(data, parsed)
    codes, how = next(iter(decode_frames(whole, form, data, first_only=True)))
    grey = grey_table(parsed, how.form, codes, options.bits, options.window).render(codes)
    grey = in_square_pixels(grey, pixel_size(parsed), options.max_pixels).pixels
    shown = treat_text(grey, "medium", options.burned_in, reader()).pixels
    pixel_hash(shown), perceptual_hash(shown)
    size = len(png.encode(shown))
    return Trial(shown.size, time.perf_counter() - began, size)
