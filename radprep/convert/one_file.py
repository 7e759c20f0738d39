"""The conversion of one file: read, decode, map to grey, de-identify."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from radprep.burned_in.places import BURNED_IN, boxes_of
from radprep.burned_in.reader import reader
from radprep.convert.dicom_film import open_dicom
from radprep.convert.film import Film, Grey
from radprep.convert.identify import conflict_id, described_row, identifiers_of, told_row
from radprep.convert.job import CONSTANT, STEP, Converted, ConvertJob, Source
from radprep.convert.one_picture import open_picture_film
from radprep.convert.options import ConvertOptions
from radprep.convert.text_on_film import SHOWS_TEXT, Treated, treat_text
from radprep.dataset.commit import Attempt
from radprep.dataset.image_id import ImageId
from radprep.dataset.schema import FAILED, KEPT, REJECTED, Row
from radprep.dataset.withheld import CORRECTION
from radprep.dicom import deidentify, files, header, numbers
from radprep.dicom.budget import memory_for
from radprep.dicom.files import read_file
from radprep.dicom.header import Header
from radprep.dicom.modality import modality_of
from radprep.dicom.objects import is_without_pixels, refuse_lost_pixels
from radprep.errors import Failure, RadprepError
from radprep.image.hashes import perceptual_hash, pixel_hash
from radprep.image.image import Pixels, Rejected
from radprep.layouts.wanted import DICOM
from radprep.pictures.kinds import START_BYTES, is_picture
from radprep.private.identifiers import Identifiers
from radprep.private.key import Pseudonyms
from radprep.stage.corrections import STATUS, Fields, value_of
from radprep.stage.stopwatch import Stopwatch
from radprep.stage.work import stage_png

NO_ROW = f"{STEP}:no_table_row"
"""The mark of a picture that a table says nothing of."""


@dataclass(frozen=True)
class FileConverter:
    """Converts the files of one study, one at a time, into the attempt at that study."""

    dump: Path
    pseudonyms: Pseudonyms
    options: ConvertOptions
    job: ConvertJob
    attempt: Attempt
    watch: Stopwatch

    def convert(self, source: Source) -> Converted:
        """One file, whatever it holds. Only what stops the whole run (the disk is full) leaves as
        an exception."""
        data: bytes | None = None
        parsed: Header | None = None
        try:
            with memory_for(source.file.size):
                with self.watch.timing("read"):
                    data, found = self._read(source)
                if isinstance(found, Header):
                    parsed = found
                elif not (source.told and isinstance(found, header.NotDicom)):
                    raise found
                return self._convert_found(source, data, parsed)
        except RadprepError:
            raise
        except files.LinkNotFollowed as link:
            verdict = _rejected(link.reason, "links are not followed: they may loop")
        except header.NotDicom:
            verdict = _rejected(self._strange(data or b""))
        except Rejected as decision:
            verdict = _rejected(decision.reason, decision.value)
        except Failure as failure:
            verdict = failed(failure.code, failure.detail)
        except MemoryError:
            verdict = failed("out_of_memory")
        # hostile input finds what nobody thought of: it must cost this file only
        except Exception as error:
            verdict = failed("internal_error", type(error).__name__)
        return self.without_image(source, verdict, data, parsed)

    def _read(self, source: Source) -> tuple[bytes, Header | header.NotDicom | Failure]:
        """The bytes of a file and its header. Where it has none that can be read, what is wrong
        with it, and its first bytes: the others decide on nothing, unless it is a picture that is
        asked for."""
        found: Header | header.NotDicom | Failure = header.NotDicom()

        def is_wanted(handle: BinaryIO) -> bool:
            """Whether all of it is to be read; notes the header, or what is wrong with it."""
            nonlocal found
            try:
                found = header.read_header(handle)
            except (header.NotDicom, Failure) as fault:
                found = fault
            return isinstance(found, Header) or (
                isinstance(found, header.NotDicom) and _is_picture_told_of(source, handle)
            )

        return read_file(self.dump, source.file, is_wanted), found

    def without_image(
        self,
        source: Source,
        verdict: Row,
        data: bytes | None = None,
        parsed: Header | None = None,
    ) -> Converted:
        """A file that gave no image. verdict: the columns that say why; data, parsed: its bytes and
        header, as far as they could be read."""
        ids = identifiers_of(self.pseudonyms, self.job.study_id, source, data, parsed)
        row = self._described(ids, source, parsed)
        return Converted(ids, [{**row, **verdict}])

    def _convert_found(self, source: Source, data: bytes, parsed: Header | None) -> Converted:
        """Decide on what is known of a file, then decode each frame and stage it as a PNG. parsed:
        its header; None for a picture. Raises Rejected and Failure."""
        if parsed is not None:
            self._refuse_by_header(source, data, parsed)
        elif is_picture(data):
            self._refuse_unlabelled(source)
        else:
            raise Rejected("no_picture")
        with self.watch.timing("header"):
            ids = identifiers_of(self.pseudonyms, self.job.study_id, source, data, parsed)
            described = self._described(ids, source, parsed)
        if other_part := self._other_part(described):
            return Converted(ids, [{**described, **other_part}])
        film = (
            open_dicom(data, parsed, self.options, self.watch)
            if parsed is not None
            else open_picture_film(data, self.options, self.watch)
        )
        converted = Converted(ids, [])
        marks = [] if source.told is None or source.told.has_row else [NO_ROW]
        for shown, staged in self._frames(film, converted, described):
            if staged is not None:
                shown["review"] = [*shown["review"], *film.marks, *marks]
                converted.staged.append(staged)
            converted.rows.append({**described, **shown})
        if all(row["status"] == FAILED for row in converted.rows):  # one row tells it
            first = converted.rows[0]
            return Converted(ids, [{**described, **failed(str(first["reason"]), first["detail"])}])
        return converted

    def _described(self, ids: Identifiers, source: Source, parsed: Header | None) -> Row:
        """The columns that describe a file, whether or not it gives an image."""
        if parsed is None and source.told:
            return told_row(ids, source.told)
        return described_row(ids, parsed, self.pseudonyms, self.options.retain)

    def _strange(self, data: bytes) -> str:
        """The reason of a file that is none of those that are converted. data: its first bytes."""
        asked, other = ("picture", "not_dicom"), ("outside_layout", "no_picture")
        reasons = asked if self.options.layout == DICOM else other
        return reasons[0 if is_picture(data) else 1]

    def _refuse_by_header(self, source: Source, data: bytes, parsed: Header) -> None:
        """Raises Rejected and Failure for what is not converted whatever its pixels are."""
        if self.options.layout != DICOM:
            raise Rejected("dicom")
        if is_without_pixels(data, parsed):
            raise Rejected("no_pixels")
        modality = modality_of(parsed)
        if modality.name not in self.options.modalities:
            origin = f" (read from {modality.read_from})" if modality.read_from else ""
            raise Rejected("modality", modality.name + origin)
        if deidentify.is_secondary_capture(parsed) and not self.options.secondary_captures:
            raise Rejected("secondary_capture")
        self._refuse_unlabelled(source)
        refuse_lost_pixels(data, parsed)

    def _refuse_unlabelled(self, source: Source) -> None:
        """Raises Rejected where nobody has labelled the file and that is asked for."""
        if self.options.require_label and self.job.main_label(source) is None:
            raise Rejected("no_label")

    def _other_part(self, described: Row) -> Row | None:
        """What a row says of a film of a body part that is not wanted: what the step would say
        after convert."""
        if self.options.filter is None:
            return None
        [verdict] = self.options.filter.judge([described])
        if not verdict.reason:
            return None
        return _rejected(verdict.reason, verdict.value, self.options.filter.name)

    def _frames(
        self, film: Film, converted: Converted, described: Row
    ) -> Iterator[tuple[Row, Path | None]]:
        """Each frame that is wanted: the columns of its image, and its staged PNG; None where the
        frame is broken, or rejected for the text that it shows, or by a person. converted: what the
        file becomes, with its names; described: the columns that describe it."""
        ids, count = converted.identifiers, film.frames
        said: dict[str, Any] = {"window": self.options.window, **film.said}
        if count > 1:
            said |= {
                "frames": self.options.frames,
                "frames_in_file": numbers.shown_frames(count),
            }
        for number in range(1, 1 + (1 if self.options.first_only else count)):
            frame = number if count > 1 else None
            named, corrections = self._corrections(ids, frame)
            seen_of = partial(self._seen, film, number - 1, described, corrections)
            if value_of(corrections, STATUS) == REJECTED:
                converted.rejected_pixels += self._hidden_hash(seen_of)
                yield {**named, **rejected_by_person()}, None
                continue
            try:
                grey, treated = seen_of()
            except Failure as failure:
                if count == 1:
                    raise
                yield {**named, **failed(failure.code, failure.detail)}, None
            except Rejected as decision:
                verdict = _rejected(decision.reason, decision.value)
                yield {**named, **verdict, "burned_in_risk": "high"}, None
            else:
                row = self._image_row(grey, treated, said)
                row["frame"] = frame
                yield row, stage_png(treated.pixels, self.attempt, self.watch)

    def _seen(
        self, film: Film, number: int, described: Row, corrections: Fields
    ) -> tuple[Grey, Treated]:
        """A frame as it was made grey, and after the text on it was dealt with. number: from 0.
        Raises Failure, and Rejected for the text that it shows."""
        grey = film.grey(number)
        with self.watch.timing("text"):
            return grey, self._treated(grey.pixels, described, corrections)

    def _hidden_hash(self, seen_of: Callable[[], tuple[Grey, Treated]]) -> list[str]:
        """The hash of an image that a person rejected, by which the same film is known under
        another UID; nothing where it would have been refused anyway."""
        try:
            shown = seen_of()[1].pixels
            return [pixel_hash(shown)] if shown.min() < shown.max() else []
        except (Rejected, Failure):
            return []

    def _corrections(self, ids: Identifiers, frame: int | None) -> tuple[Row, Fields]:
        """What a person corrects of a frame, and the names that its row has where the frame gives
        no image, so that the person can take it back."""
        names = (ids["instance_id"], conflict_id(self.pseudonyms, ids))
        instance_id = next(
            (one for one in names if str(ImageId(one, frame)) in self.job.corrections), names[0]
        )
        image_id = str(ImageId(instance_id, frame))
        named: Row = {"instance_id": instance_id, "image_id": image_id, "frame": frame}
        return named, self.job.corrections.get(image_id, {})

    def _treated(self, grey: Pixels, described: Row, corrections: Fields) -> Treated:
        """The film after the text on it was dealt with. Raises Rejected."""
        boxes = value_of(corrections, BURNED_IN)
        return treat_text(
            grey,
            described["burned_in_risk"] or "medium",
            self.options.burned_in,
            reader(),
            None if boxes is None else boxes_of(str(boxes)),
        )

    def _image_row(self, film: Grey, treated: Treated, said: Mapping[str, Any]) -> Row:
        """The columns of an image that is kept. film: as it was read; treated: as it is kept; said:
        what is recorded of every frame."""
        grey = treated.pixels
        seen = {STEP: _shown({**film.seen, **said})}
        seen |= {BURNED_IN: treated.seen} if treated.seen else {}
        with self.watch.timing("hash"):
            exact, perceptual = pixel_hash(grey), perceptual_hash(grey)
        marks = [CONSTANT] if grey.min() == grey.max() else []
        if treated.is_marked:
            marks.append(f"{STEP}:{SHOWS_TEXT}")
        marks += [f"{STEP}:{mark}" for mark in film.marks]
        return {
            "status": KEPT,
            "part": 1,
            "inverted": False,
            "rotation_degrees": 0.0,
            "width": grey.shape[1],
            "height": grey.shape[0],
            "bits": self.options.bits,
            "decoder": film.decoder,
            "decoder_version": film.version,
            "pixel_hash": exact,
            "perceptual_hash": perceptual,
            "burned_in_risk": treated.risk,
            "review": list(dict.fromkeys(marks)),
            "source_matrix": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            "pixel_spacing": film.spacing,
            "pixel_spacing_source": film.source,
            "decisions": json.dumps(seen, sort_keys=True),
        }


def _is_picture_told_of(source: Source, handle: BinaryIO) -> bool:
    """Whether a file is a picture that somebody tells of, and so one to convert."""
    if source.told is None:
        return False
    handle.seek(0)
    return is_picture(handle.read(START_BYTES))


def failed(code: str, detail: str | None = None) -> Row:
    """The columns of a file that failed in this stage."""
    shown = detail and numbers.shown_detail(detail)
    return {"status": FAILED, "reason": code, "detail": shown, "step": STEP}


def rejected_by_person() -> Row:
    """The columns of an image that a person rejected."""
    return _rejected(CORRECTION, "by a person", CORRECTION)


def _rejected(reason: str, detail: str | None = None, step: str = STEP) -> Row:
    shown = detail and numbers.shown_detail(detail)
    return {"status": REJECTED, "reason": reason, "detail": shown, "step": step}


def _shown(applied: dict[str, Any]) -> dict[str, Any]:
    """What was done to the values, with the header's numbers as far as they may leave."""
    return {
        name: numbers.shown_grey(value) if isinstance(value, float) else value
        for name, value in applied.items()
    }
