"""Files of boxes, joined to the films of a dump. What does not match is counted, both ways."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radprep.annotations.formats import FORMATS, read_boxes
from radprep.annotations.reading import FAULTS, UNITS, FilmAnnotations, Reading
from radprep.convert.box_labels import USUAL_LABEL, labels_of_boxes, unclear_texts
from radprep.convert.boxes_given import OfStudy, as_given, given_in
from radprep.convert.film_names import FilmNames, Keys
from radprep.convert.job import Source
from radprep.convert.label_texts import check_mapping, meanings
from radprep.dicom.scan import ScannedFile
from radprep.errors import UsageError
from radprep.text.csv_file import LINE_BREAKS

_NO_CLASS = "none"
"""What dataset.json says of boxes without a class."""
_WITH, _WITHOUT, _UNUSABLE = "files_with_boxes", "files_without_a_box", "files_with_unusable_boxes"


@dataclass(frozen=True)
class BoxesWanted:
    """How to read boxes. paths: files or folders; kind: one of formats.FORMATS, None to tell it by
    the content; unit: one of reading.UNITS, None for that of the file; mapping: text of a class ->
    label; label: of boxes without a class."""

    paths: tuple[Path, ...]
    kind: str | None = None
    unit: str | None = None
    mapping: tuple[tuple[str, str], ...] = ()
    label: str = USUAL_LABEL


@dataclass(frozen=True)
class FilmBoxes:
    """What files of boxes say. by_keys: keys of a film -> what is drawn on it; labels: text of a
    class -> label; the mapping is said in dataset.json. unclear: texts that give no label, although
    nobody has left them out."""

    readings: tuple[Reading, ...]
    by_keys: Mapping[Keys, list[FilmAnnotations]]
    labels: Mapping[str, str]
    unclear: frozenset[str]

    def labelled(self, keys: Keys) -> int:
        """Boxes of a film that have a label."""
        return self.number(keys, self.labels)

    def number(self, keys: Keys, texts: Container[str]) -> int:
        """Boxes of a film whose class has one of these texts."""
        return sum(box.text in texts for film in self.by_keys[keys] for box in film.boxes)


def read_film_boxes(wanted: BoxesWanted) -> FilmBoxes:
    """Read files of boxes. Raises UsageError where one cannot be read, or has classes that may be
    none."""
    if wanted.kind is not None and wanted.kind not in FORMATS:
        raise UsageError(f"--boxes-format {wanted.kind!r} is unknown: give {', '.join(FORMATS)}.")
    if wanted.unit is not None and wanted.unit not in UNITS:
        raise UsageError(f"--boxes-unit {wanted.unit!r} is unknown: give {' or '.join(UNITS)}.")
    check_mapping(wanted.mapping, "--box-map")
    readings = [read_boxes(path, wanted.kind, wanted.unit) for path in wanted.paths]
    labels = labels_of_boxes(readings, dict(wanted.mapping), wanted.label)
    by_keys: dict[Keys, list[FilmAnnotations]] = defaultdict(list)
    for reading in readings:
        for film in reading.films.values():
            by_keys[film.keys].append(film)
    return FilmBoxes(tuple(readings), by_keys, labels, unclear_texts(readings, labels))


@dataclass
class BoxJoin:
    """What the join gave. of_studies: study_id -> source_id -> what is drawn on the film; used: the
    keys that were joined; files: numbers of the files of the dump that have boxes, that have none,
    and of which nothing that is said can be used; unnamed: files of which no file of boxes speaks.
    All fill up as `add` is called."""

    boxes: FilmBoxes | None = None
    of_studies: dict[str, dict[str, str]] = field(default_factory=dict)
    used: set[Keys] = field(default_factory=set)
    files: Counter[str] = field(default_factory=Counter)
    unnamed: list[str] = field(default_factory=list)
    _names: FilmNames | None = None

    @classmethod
    def of(cls, boxes: FilmBoxes | None, scanned: Iterable[ScannedFile]) -> BoxJoin:
        """Look for the films. scanned: every file of the dump, those of forgotten patients too, so
        that nobody looks for these."""
        return cls(boxes, _names=FilmNames(boxes.by_keys, scanned) if boxes else None)

    def add(self, study_id: str, source: Source) -> None:
        """Take a file of the dump into the join."""
        if self.boxes is None or self._names is None:
            return
        keys = self._names.named.get(source.file.path)
        if keys is None:
            self.unnamed.append(os.fsdecode(source.file.path))
            return
        self.used.update(keys)
        annotated = [film for one in keys for film in self.boxes.by_keys[one]]
        given = as_given(annotated, self.boxes.labels, self.boxes.unclear)
        self.files[_what_is_said(given)] += 1
        self.of_studies.setdefault(study_id, {})[source.source_id] = given

    def of_study(self, study_id: str) -> OfStudy:
        """What is drawn on the films of a study."""
        return self.of_studies.get(study_id, {})

    def refuse_foreign(self, *, may_be_elsewhere: bool) -> None:
        """Raise UsageError where no key is one of the dump's. may_be_elsewhere: the boxes may be of
        films that other deliveries brought."""
        if self._names is None or self._names.named or may_be_elsewhere:
            return
        number = len(self._names.missing) + len(self._names.unclear)
        unclear = f" ({len(self._names.unclear)} fit several)" if self._names.unclear else ""
        raise UsageError(
            f"No box fits: none of the {number} films that --boxes names is a file of the "
            f"dump{unclear}. Name films by their path in DUMP, by the name of their file, or by "
            "their SOPInstanceUID."
        )

    def counts(self) -> dict[str, int]:
        """What became of the boxes, of the names by which films are named, and of the files of the
        dump. Each box is joined, without a film, of a class that is unclear or left out, or at
        fault."""
        boxes, names = self.boxes, self._names
        if boxes is None or names is None:
            return {}
        faults = Counter[str]()
        for reading in boxes.readings:
            faults.update(reading.faults)
        lost = [*names.missing, *names.unclear]
        labelled = sum(map(boxes.labelled, boxes.by_keys))
        unclear = sum(boxes.number(keys, boxes.unclear) for keys in boxes.by_keys)
        every = sum(reading.boxes for reading in boxes.readings)
        return {
            "boxes_joined": sum(map(boxes.labelled, self.used)),
            "boxes_without_film": sum(map(boxes.labelled, lost)),
            "boxes_of_unclear_classes": unclear,
            "boxes_of_unnamed_classes": every - labelled - unclear,
            "box_entries_at_fault": sum(faults.values()),
            **{name: self.files[name] for name in (_WITH, _WITHOUT, _UNUSABLE)},
            "files_not_named": len(self.unnamed),
            "film_names": len(boxes.by_keys),
            "film_names_not_found": len(names.missing),
            "film_names_unclear": len(names.unclear),
            **{f"fault_{code}": faults[code] for code in FAULTS if faults[code]},
        }

    @property
    def said(self) -> dict[str, Any]:
        """What a run says of the join: counts, and how the files were understood."""
        if self.boxes is None:
            return {}
        return {"box_join": self.counts(), "box_notes": self._notes}

    @property
    def _notes(self) -> list[str]:
        readings = self.boxes.readings if self.boxes else ()
        return list(dict.fromkeys(note for reading in readings for note in reading.notes))

    @property
    def parameters(self) -> dict[str, Any]:
        """What dataset.json says of the join: formats, what classes mean, and counts. Never a
        key."""
        if self.boxes is None:
            return {"boxes": False}
        named = {text or _NO_CLASS: label for text, label in self.boxes.labels.items()}
        return {
            "boxes": True,
            "box_formats": sorted({reading.kind for reading in self.boxes.readings}),
            "box_map": list(meanings(named)),
            "box_notes": self._notes,
            "box_join": self.counts(),
        }

    def lists(self) -> dict[str, list[tuple[str, ...]]]:
        """Tables for the private tree, by the names of their files."""
        if self.boxes is None or self._names is None:
            return {}
        return {
            "boxes_without_film": _as_table("film", (keys[0] for keys in self._names.missing)),
            "boxes_unclear": _as_table("film", (keys[0] for keys in self._names.unclear)),
            "boxes_at_fault": [
                ("place", "why"),
                *(
                    (_on_a_line(where), FAULTS[code])
                    for reading in self.boxes.readings
                    for where, code in reading.listed
                ),
            ],
            "files_without_boxes": _as_table("path", self.unnamed),
        }


def _what_is_said(given: str) -> str:
    """Whether a file has boxes, has none, or has what cannot be used. given: as `as_given` writes
    it, without the boxes that a person left out."""
    said = given_in(given)
    if any(one.boxes for one in said):
        return _WITH
    return _UNUSABLE if any(one.faults + one.left for one in said) else _WITHOUT


def _as_table(title: str, cells: Iterable[str]) -> list[tuple[str, ...]]:
    return [(title,), *((_on_a_line(cell),) for cell in sorted(cells))]


def _on_a_line(text: str) -> str:
    """A text as a cell of a list, which must stay on one line and be Unicode."""
    shown = text.encode("utf-8", "backslashreplace").decode()
    return shown if LINE_BREAKS.isdisjoint(shown) else "(goes over several lines)"
