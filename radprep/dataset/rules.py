"""What each column of a row may hold: the rules that `checked` holds every table against.

A data set is a folder that somebody hands on. Its ids and labels become names of files, its texts
stand on a page, its sizes become memory; so no value is believed before it has the form in which
this package writes it. A column of the schema without a rule here fails a test.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from radprep.dataset.boxes import MOST_BOXES, boxes_in
from radprep.dataset.image_file import MOST_PIXELS
from radprep.dataset.labels import MOST_NAMES
from radprep.dataset.names import PSEUDONYM, SLUG, STUDY
from radprep.dataset.person import PERSON, is_said_by_person
from radprep.dataset.schema import (
    BY_ID,
    BY_ISSUER,
    BY_STUDY,
    DICOM_COLUMNS,
    FAILED,
    KEPT,
    MISSING,
    PLACEHOLDER,
    REJECTED,
)
from radprep.text.small_file import parse_json
from radprep.text.splits import SPLITS

_CODE = "[A-Za-z0-9_][A-Za-z0-9_.-]*"
_LONG = 2048
_MOST_VALUES = 4096
_MOST_DECISIONS = 262_144
"""Characters of the column `decisions`: the longest that a pipeline of ours wrote has 4,000."""
_DAYS = (-719_162, 2_932_896)
"""Days since 1970 of the years 1 to 9999: outside of them Python has no date."""
_INT32 = 2**31 - 1


@dataclass(frozen=True)
class Text:
    """Texts: a pattern that all of a value must fit ("" for any), what that is in words, and the
    most bytes of a value. The pattern means the same to Python's `re` and to Arrow's RE2."""

    pattern: str
    must: str
    most: int = 64

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def holds(self, value: Any) -> bool:
        """Whether a value is as the rule asks."""
        return len(value.encode()) <= self.most and (
            not self.pattern or self._compiled.fullmatch(value) is not None
        )

    def holds_for_all(self, column: pa.ChunkedArray) -> bool:
        """Whether all values that are not null are as the rule asks."""
        longest = pc.max(pc.binary_length(column)).as_py()
        if longest is None or longest > self.most or not self.pattern:
            return longest is None or longest <= self.most
        fitting = pc.match_substring_regex(column, rf"\A(?:{self.pattern})\z")
        return bool(pc.all(fitting, min_count=0).as_py())


@dataclass(frozen=True)
class Number:
    """Numbers within bounds, both included; never not-a-number."""

    low: float
    high: float

    @property
    def must(self) -> str:
        """The rule in words."""
        return f"a number from {self.low:g} to {self.high:g}"

    def holds(self, value: Any) -> bool:
        """Whether a value is as the rule asks."""
        return bool(self.low <= value <= self.high)

    def holds_for_all(self, column: pa.ChunkedArray) -> bool:
        """Whether all values that are not null are as the rule asks."""
        bounds = pc.min_max(column).as_py()
        if bounds["min"] is None:
            return True
        if pa.types.is_floating(column.type) and pc.any(pc.is_nan(column)).as_py():
            return False
        return bool(self.low <= bounds["min"] and bounds["max"] <= self.high)


@dataclass(frozen=True)
class OneOf:
    """Whole numbers of a few kinds."""

    numbers: tuple[int, ...]

    @property
    def must(self) -> str:
        """The rule in words."""
        return " or ".join(map(str, self.numbers))

    def holds(self, value: Any) -> bool:
        """Whether a value is as the rule asks."""
        return value in self.numbers

    def holds_for_all(self, column: pa.ChunkedArray) -> bool:
        """Whether all values that are not null are as the rule asks."""
        return set(pc.unique(column).to_pylist()) <= {*self.numbers, None}


@dataclass(frozen=True)
class Values:
    """Lists without null: of so many values (`least` to `most`), each by a rule of its own."""

    of: Text | Number
    least: int = 0
    most: int = _MOST_VALUES

    @property
    def must(self) -> str:
        """The rule in words."""
        count = f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"
        return f"a list of {count} values, none of them null, each {self.of.must}"

    def holds(self, value: Any) -> bool:
        """Whether a value is as the rule asks."""
        return self.least <= len(value) <= self.most and all(
            one is not None and self.of.holds(one) for one in value
        )

    def holds_for_all(self, column: pa.ChunkedArray) -> bool:
        """Whether all values that are not null are as the rule asks."""
        inner = pc.list_flatten(column)
        lengths = pc.min_max(pc.list_value_length(column)).as_py()
        return lengths["min"] is None or (
            inner.null_count == 0
            and self.least <= lengths["min"]
            and lengths["max"] <= self.most
            and self.of.holds_for_all(inner)
        )


@dataclass(frozen=True)
class Day:
    """Dates that Python has: of the years 1 to 9999."""

    must: str = "a date of the years 1 to 9999"

    def holds(self, value: Any) -> bool:
        """Whether a value is as the rule asks: one that Python could make is."""
        return isinstance(value, datetime.date)

    def holds_for_all(self, column: pa.ChunkedArray) -> bool:
        """Whether all values that are not null are as the rule asks."""
        return Number(*_DAYS).holds_for_all(column.cast(pa.int32()))


@dataclass(frozen=True)
class Decisions:
    """The column `decisions`: what each step saw."""

    must: str = (
        "a JSON object of objects, of bounded size and depth, whose confidence is a number, and "
        "which name a person only by a code"
    )

    def holds(self, value: Any) -> bool:
        """Whether a value is as the rule asks."""
        if len(value) > _MOST_DECISIONS:
            return False
        try:
            found = parse_json(value)
        except ValueError:
            return False
        return (
            isinstance(found, dict)
            and all(
                isinstance(one, dict) and _is_sure(one.get("confidence")) for one in found.values()
            )
            and is_said_by_person(found.get(PERSON, {}))
        )

    def holds_for_all(self, column: pa.ChunkedArray) -> bool:
        """Whether all values that are not null are as the rule asks."""
        return all(self.holds(one) for one in column.to_pylist() if one is not None)


def _is_sure(value: Any) -> bool:
    """Whether something says how sure a step was, which films are put in order by, or nothing."""
    return value is None or (isinstance(value, (int, float)) and abs(value) <= 1)


@dataclass(frozen=True)
class Boxes:
    """The column `boxes`: what is drawn on the image."""

    must: str = f"a JSON list of at most {MOST_BOXES} boxes, as radprep writes them"

    def holds(self, value: Any) -> bool:
        """Whether a value is as the rule asks."""
        if len(value) > _MOST_DECISIONS:
            return False
        try:
            boxes_in(value)
        except ValueError:
            return False
        return True

    def holds_for_all(self, column: pa.ChunkedArray) -> bool:
        """Whether all values that are not null are as the rule asks."""
        return all(self.holds(one) for one in column.to_pylist() if one is not None)


@dataclass(frozen=True)
class Anything:
    """A column whose type says it all."""

    must: str = "a value of its type"

    def holds(self, value: Any) -> bool:
        """Whether a value is as the rule asks."""
        return True

    def holds_for_all(self, column: pa.ChunkedArray) -> bool:
        """Whether all values that are not null are as the rule asks."""
        return True


@dataclass(frozen=True)
class Matrix:
    """The column `source_matrix`: a way from the pixels of an image to those of its film, which
    can be gone back."""

    must: str = "six numbers of an affine map that is no projection onto a line or a point"

    def holds(self, value: Any) -> bool:
        """Whether a value is as the rule asks."""
        if not _SIX.holds(value):
            return False
        a, b, _, c, d, _ = value
        return bool(abs(a * d - b * c) > _FLAT)

    def holds_for_all(self, column: pa.ChunkedArray) -> bool:
        """Whether all values that are not null are as the rule asks."""
        if not _SIX.holds_for_all(column):
            return False
        a, b, c, d = (pc.list_element(column, at) for at in (0, 1, 3, 4))
        size = pc.abs(pc.subtract(pc.multiply(a, d), pc.multiply(b, c)))
        return bool(pc.all(pc.greater(size, _FLAT), min_count=0).as_py())


Rule = Text | Number | OneOf | Values | Day | Decisions | Boxes | Matrix | Anything

_ID = Text(PSEUDONYM, "a pseudonym: 16 hex digits")
_CODED = Text(_CODE, "a short code of letters, digits, points, hyphens and underscores")
_SAID = Text("", f"a text of at most {_LONG} bytes", _LONG)
_FILE = Text("[a-z0-9_/]+/[0-9a-fp-]+[.]png", "the name that its label and ids make up", 512)
_NAMED = f'"{SLUG}":"{SLUG}"'
_SHARE = Number(0, 1)
_FINITE = Number(-1e12, 1e12)
_SIX = Values(_FINITE, 6, 6)
_FLAT = 1e-9
"""A pixel whose area on the film is no larger is a point or a line: no film is scaled so far."""

_OURS: dict[str, Rule] = {
    "study_id": Text(STUDY, "a pseudonym (16 hex digits) or `unassigned`"),
    "patient_id": _ID,
    "patient_from": Text(
        "|".join((BY_ID, BY_ISSUER, BY_STUDY, MISSING, PLACEHOLDER)),
        f"{BY_ID}, {BY_ISSUER}, {BY_STUDY}, {MISSING} or {PLACEHOLDER}",
    ),
    "patient_without_issuer": _ID,
    "series_id": _ID,
    "instance_id": _ID,
    "source_id": _ID,
    "delivery": Number(1, _INT32),
    "image_id": Text(
        f"{PSEUDONYM}(?:-f[1-9][0-9]*)?(?:-p[1-9][0-9]*)*",
        "an instance_id, with -f and -p and a number after it for a frame and a part",
    ),
    "frame": Number(1, _INT32),
    "file_name": _FILE,
    "label": Text("[a-z0-9][a-z0-9_]*", "lower-case letters, digits and underscores, at most 64"),
    "labels": Text(
        rf"\{{{_NAMED}(?:,{_NAMED})*\}}",
        "a JSON object of names and labels, of bounded size",
        MOST_NAMES * 136,
    ),
    "labels_alone": Text(
        rf'\{{"image_labels":\[(?:"{SLUG}"(?:,"{SLUG}")*)?\],'
        rf'"labels":\{{(?:{_NAMED}(?:,{_NAMED})*)?\}}\}}',
        "a JSON object of `image_labels` and `labels`, of bounded size",
        MOST_NAMES * 204,
    ),
    "image_labels": Values(Text(SLUG, "the name of a label"), 1, MOST_NAMES),
    "split": Text("|".join(SPLITS), " or ".join(SPLITS)),
    "status": Text(f"{KEPT}|{REJECTED}|{FAILED}", f"{KEPT}, {REJECTED} or {FAILED}"),
    "reason": _CODED,
    "step": _CODED,
    "detail": _SAID,
    "part": Number(1, 10_000),
    "part_count": Number(1, 10_000),
    "part_box": Values(Number(-_INT32, _INT32), 4, 4),
    "inverted": Anything(),
    "inversion_confidence": _SHARE,
    "rotation_degrees": Number(-180, 180),
    "rotation_confidence": _SHARE,
    "width": Number(1, MOST_PIXELS),
    "height": Number(1, MOST_PIXELS),
    "bits": OneOf((8, 16)),
    "pixel_hash": Text("[0-9a-f]{32}", "32 hex digits"),
    "decoder": Text(r"[\x20-\x7e]+", "a short name"),
    "decoder_version": Text(r"[\x20-\x7e]+", "a short version"),
    "boxes": Boxes(),
    "body_part": Text("[a-z0-9_, -]+", "names of body parts with commas between", 512),
    "body_part_source": Text("[A-Za-z0-9]+", "the keyword of an attribute, or layout"),
    "body_part_score": _SHARE,
    "burned_in_risk": Text("low|medium|high", "low, medium or high"),
    "mask_file_name": _FILE,
    "perceptual_hash": _ID,
    "decisions": Decisions(),
    "history": Values(Text("[a-z0-9_]+@[0-9]+#[0-9a-f]+", "step@version#digest", 128), most=256),
    "review": Values(Text("[a-z0-9_]+:[a-z0-9_]+", "step:reason", 128), most=256),
    "source_matrix": Matrix(),
    "pixel_spacing": Values(Number(1e-6, 1e6), 2, 2),
    "pixel_spacing_source": Text("[A-Za-z0-9]+", "the keyword of an attribute"),
}


def _of_attribute(vr: str, *, several: bool) -> Rule:
    """The rule of a DICOM attribute, by its value representation: what may leave is decided in
    convert, so that here only size and range count."""
    value: Text | Number = _FINITE if vr in ("DS", "IS", "US") else _SAID
    if vr == "DA":
        return Day()
    return Values(value) if several else value


RULES: dict[str, Rule] = _OURS | {
    keyword: _of_attribute(form.vr, several=form.vm != "1")
    for keyword, form in DICOM_COLUMNS.items()
}
"""Column -> what its values must be, where they are not null."""

NEVER_NULL = ("study_id", "source_id", "delivery", "instance_id", "status", "history", "review")
"""Columns that every row has."""

NEVER_NULL_IF_KEPT = (
    "patient_id",
    "image_id",
    "file_name",
    "part",
    "inverted",
    "rotation_degrees",
    "width",
    "height",
    "bits",
    "pixel_hash",
    "source_matrix",
)
"""Columns that every image has, besides."""

NEVER_NULL_UNLESS_KEPT = ("reason", "step")
"""Columns that say why there is no image."""
