"""The conversion of one file: read, decode, map to grey, de-identify."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from radprep.burned_in.places import BURNED_IN, boxes_of
from radprep.burned_in.reader import reader
from radprep.convert.identify import conflict_id, described_row, identifiers_of
from radprep.convert.job import STEP, Converted, ConvertJob, Source
from radprep.convert.options import ConvertOptions
from radprep.convert.text_on_film import SHOWS_TEXT, Treated, treat_text
from radprep.dataset.commit import Attempt
from radprep.dataset.image_id import ImageId
from radprep.dataset.schema import FAILED, KEPT, REJECTED, Row
from radprep.dataset.withheld import CORRECTION
from radprep.dicom import deidentify, files, header, numbers
from radprep.dicom.budget import memory_for
from radprep.dicom.decode import decode_frames, pixel_format
from radprep.dicom.files import FoundFile, read_file
from radprep.dicom.header import Header
from radprep.dicom.luts import grey_table
from radprep.dicom.pictures import is_picture
from radprep.dicom.pixel_format import PixelFormat
from radprep.errors import Failure, RadprepError
from radprep.image.hashes import perceptual_hash, pixel_hash
from radprep.image.image import Pixels, Rejected
from radprep.private.identifiers import Identifiers
from radprep.private.key import Pseudonyms
from radprep.stage.corrections import STATUS, Fields, value_of
from radprep.stage.stopwatch import Stopwatch
from radprep.stage.work import stage_png


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
                    data, found = self._read(source.file)
                if not isinstance(found, Header):
                    raise found
                parsed = found
                return self._convert_parsed(source, data, parsed)
        except RadprepError:
            raise
        except files.LinkToFolder:
            verdict = _rejected("link_to_folder", "links are not followed: they may loop")
        except header.NotDicom:
            verdict = _rejected("picture" if is_picture(data or b"") else "not_dicom")
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

    def _read(self, file: FoundFile) -> tuple[bytes, Header | header.NotDicom | Failure]:
        """The bytes of a file and its header. Where it has none that can be read, what is wrong
        with it, and its first bytes: the others decide on nothing."""
        found: Header | header.NotDicom | Failure = header.NotDicom()

        def has_header(handle: BinaryIO) -> bool:
            """Whether a header can be read; notes it, or what is wrong."""
            nonlocal found
            try:
                found = header.read_header(handle)
            except (header.NotDicom, Failure) as fault:
                found = fault
            return isinstance(found, Header)

        return read_file(self.dump, file, has_header), found

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
        row = described_row(ids, parsed, self.pseudonyms, self.options.retain)
        return Converted(ids, [{**row, **verdict}])

    def _convert_parsed(self, source: Source, data: bytes, parsed: Header) -> Converted:
        """Decide on the header, then decode each frame and stage it as a PNG."""
        self._refuse_by_header(source, parsed)
        with self.watch.timing("header"):
            ids = identifiers_of(self.pseudonyms, self.job.study_id, source, data, parsed)
            described = described_row(ids, parsed, self.pseudonyms, self.options.retain)
        if other_part := self._other_part(described):
            return Converted(ids, [{**described, **other_part}])
        form = pixel_format(
            parsed,
            self.options.max_pixels,
            self.options.max_frames,
            first_only=self._first_only,
        )
        if form.frames > 1 and self.options.frames == "reject":
            raise Rejected("multi_frame", f"{form.frames} frames")
        marks = [] if ids["StudyInstanceUID"] else [f"{STEP}:no_study_uid"]
        converted = Converted(ids, [])
        for shown, staged in self._frames(data, parsed, form, (ids, described)):
            if staged is not None:
                shown["review"] = [*shown["review"], *marks]
                converted.staged.append(staged)
            converted.rows.append({**described, **shown})
        return converted

    @property
    def _first_only(self) -> bool:
        return self.options.frames != "all"

    def _refuse_by_header(self, source: Source, parsed: Header) -> None:
        """Raises Rejected for what is not converted whatever its pixels are."""
        modality = deidentify.modality_shown(parsed)
        if modality not in self.options.modalities:
            raise Rejected("modality", modality)
        if deidentify.is_secondary_capture(parsed) and not self.options.secondary_captures:
            raise Rejected("secondary_capture")
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
        self,
        data: bytes,
        parsed: Header,
        form: PixelFormat,
        known: tuple[Identifiers, Row],
    ) -> Iterator[tuple[Row, Path | None]]:
        """Each frame that is wanted: the columns of its image, and its staged PNG; None where the
        frame is rejected for the text that it shows, or by a person. known: the file's names, and
        the columns that its header gives."""
        ids, described = known
        with self.watch.timing("header"):
            whole = header.read_with_pixels(data, parsed)
        said: dict[str, Any] = {"window": self.options.window}
        if form.frames > 1:
            said |= {
                "frames": self.options.frames,
                "frames_in_file": numbers.shown_frames(form.frames),
            }
        frames = decode_frames(whole, form, data, first_only=self._first_only)
        for number, (codes, decoder) in enumerate(self.watch.each("decode", frames), start=1):
            frame = number if form.frames > 1 else None
            named, corrections = self._corrections(ids, frame)
            if value_of(corrections, STATUS) == REJECTED:
                yield {**named, **rejected_by_person()}, None
                continue
            with self.watch.timing("lut"):
                table = grey_table(parsed, form, codes, self.options.bits, self.options.window)
                grey = table.render(codes)
            try:
                with self.watch.timing("text"):
                    treated = self._treated(grey, described, corrections)
            except Rejected as decision:
                yield (
                    {
                        **named,
                        **_rejected(decision.reason, decision.value),
                        "burned_in_risk": "high",
                    },
                    None,
                )
                continue
            seen = {STEP: _shown({**table.applied, **said})}
            seen |= {BURNED_IN: treated.seen} if treated.seen else {}
            row = self._image_row(treated, seen)
            row["frame"] = frame
            row["decoder"], row["decoder_version"] = decoder.name, decoder.version
            yield row, stage_png(treated.pixels, self.attempt, self.watch)

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

    def _image_row(self, treated: Treated, seen: Mapping[str, Any]) -> Row:
        """The columns of an image that is kept."""
        grey = treated.pixels
        with self.watch.timing("hash"):
            exact, perceptual = pixel_hash(grey), perceptual_hash(grey)
        marks = [f"{STEP}:constant_image"] if grey.min() == grey.max() else []
        if treated.is_marked:
            marks.append(f"{STEP}:{SHOWS_TEXT}")
        return {
            "status": KEPT,
            "part": 1,
            "inverted": False,
            "rotation_degrees": 0.0,
            "width": grey.shape[1],
            "height": grey.shape[0],
            "bits": self.options.bits,
            "pixel_hash": exact,
            "perceptual_hash": perceptual,
            "burned_in_risk": treated.risk,
            "review": marks,
            "source_matrix": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            "decisions": json.dumps(seen, sort_keys=True),
        }


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
