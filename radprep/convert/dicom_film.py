"""The frames of a DICOM file as grey values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from radprep.convert.film import Grey, refuse_several
from radprep.convert.options import ConvertOptions
from radprep.convert.told import marks_of, told_by
from radprep.dicom import header
from radprep.dicom.decode import FrameReader, pixel_format, refuse_too_many
from radprep.dicom.header import Header
from radprep.dicom.luts import grey_table
from radprep.dicom.pixel_format import PixelFormat
from radprep.dicom.spacing import in_square_pixels, pixel_size
from radprep.stage.stopwatch import Stopwatch


@dataclass(frozen=True)
class DicomFilm:
    """A DICOM file whose frames can be read; see `Film`."""

    parsed: Header
    reader: FrameReader
    options: ConvertOptions
    watch: Stopwatch

    @property
    def frames(self) -> int:
        """How many there are."""
        return self.reader.form.frames

    @property
    def said(self) -> Mapping[str, Any]:
        """What `decisions` says of the header."""
        return told_by(self.parsed)

    @property
    def marks(self) -> list[str]:
        """The marks that the header gives."""
        return marks_of(self.parsed)

    def grey(self, number: int) -> Grey:
        """A frame, from 0, decoded and made grey. Raises Failure."""
        with self.watch.timing("decode"):
            read = self.reader.read(number)
        how = read.how
        with self.watch.timing("lut"):
            bits, window = self.options.bits, self.options.window
            table = grey_table(self.parsed, how.form, read.codes, bits, window, number)
            size = pixel_size(self.parsed, number)
            square = in_square_pixels(table.render(read.codes), size, self.options.max_pixels)
        return Grey(
            square.pixels,
            how.decoder.name,
            how.decoder.version,
            {**table.applied, **how.seen, **square.seen},
            (*square.marks, *how.marks, *table.marks),
            square.spacing,
            square.source,
        )


def open_dicom(data: bytes, parsed: Header, options: ConvertOptions, watch: Stopwatch) -> DicomFilm:
    """The frames of a file. data: its bytes. Raises Rejected and Failure."""
    form = pixel_format(
        parsed, options.max_pixels, options.max_frames, first_only=options.first_only
    )
    refuse_several(form.frames, options)
    with watch.timing("header"):
        reader = _frame_reader(data, parsed, form, options)
    return DicomFilm(parsed, reader, options, watch)


def _frame_reader(
    data: bytes, parsed: Header, form: PixelFormat, options: ConvertOptions
) -> FrameReader:
    """The frames of a file, which may be more than its header says. Raises Rejected and Failure."""
    whole = header.read_with_pixels(data, parsed)
    reader = FrameReader(whole, form, data, first_only=options.first_only)
    found = reader.form
    refuse_several(found.frames, options)
    if found.frames > form.frames and not options.first_only:
        size = (found.rows, found.columns, found.samples, found.frames)
        refuse_too_many(size, options.max_pixels, options.max_frames)
    return reader
