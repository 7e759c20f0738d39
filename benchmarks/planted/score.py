"""Hold what leaves against the answer key."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
from anyascii import anyascii
from intervals import wilson

from planted import key
from planted.dump import pixels_of
from planted.key import Answer
from planted.leaving import PNG, Leaving, chunks, folded, names_of, numbers_of, texts_of, words
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import DICOM_COLUMNS
from radprep.private.tree import PrivateTree

Row = dict[str, Any]

_NEAR = 1e-4
"""A number is still the one that was planted if it differs by less than this share."""
_LEFT = 0.05
"""Share of the strokes of a line that may still have their grey value by chance."""
_OLDEST = "090Y"
"""The age that all who are older may have."""
_PNG_CHUNKS = {b"IHDR", b"IDAT", b"IEND"}


@dataclass(frozen=True)
class Result:
    """How many answers of a category there are, and how many of them are right."""

    category: str
    expected: int
    right: int

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the share of right answers (Wilson 1927)."""
        return wilson(self.right, self.expected)


class Scorer:
    """Compares the first data set, and everything that was made of it, with the key.

    dump: the folder with dicom/; raw: what convert made, with its private tree beside it, which
    tells which row is of which film; others: further folders that leave; said: what was printed.
    """

    def __init__(
        self, dump: Path, answers: Sequence[Answer], raw: Path, others: Sequence[Path], said: str
    ) -> None:
        self.dump, self.answers, self.raw = dump, answers, raw
        self.leaving = Leaving()
        for folder in (raw, *others):
            self.leaving.add_folder(folder)
        self.leaving.add_text(said)
        self.spoken = Leaving()
        for folder in (raw, *others):
            self.spoken.add_folder(folder / "logs")
        self.spoken.add_text(said)
        tables = [folder / DataSet(folder).instances.name for folder in (raw, *others)]
        self.rows = _rows_by_film(raw, [path for path in tables if path.exists()])

    def wrong(self) -> list[Answer]:
        """The answers that are not right."""
        checks: Mapping[str, Callable[[Answer], bool]] = {
            **dict.fromkeys(key.REMOVED, self._is_removed),
            key.NUMBER: self._is_number_removed,
            key.DESCRIPTOR: self._is_name_removed,
            key.PATIENT: lambda one: self._is_one(one, self._ids_of_patients, one.patient),
            key.STUDY: lambda one: self._is_one(one, self._ids_of_studies, one.value),
            key.SHIFTED: self._is_moved,
            key.IMPOSSIBLE: lambda one: self._cells(one) == {None},
            key.OLD: self._is_age_hidden,
            key.KEPT: self._is_kept,
            key.BARE: self._is_bare,
            key.PIXELS_KEPT: self._are_pixels_kept,
            key.PIXELS_HIDDEN: self._is_text_hidden,
        }
        return [one for one in self.answers if not checks[one.category](one)]

    def results(self, wrong: Sequence[Answer]) -> list[Result]:
        """A result for each category of the key."""
        expected = Counter(one.category for one in self.answers)
        missed = Counter(one.category for one in wrong)
        return [
            Result(name, expected[name], expected[name] - missed[name])
            for name in (*key.HEADERS, *key.PIXELS)
            if expected[name]
        ]

    def _rows(self, answer: Answer) -> list[Row]:
        return self.rows.get(answer.film, [])

    def _cells(self, answer: Answer) -> set[object]:
        return {row[answer.place] for row in self._rows(answer)}

    @cached_property
    def _texts_found(self) -> set[str]:
        removed = (one for one in self.answers if one.category in key.REMOVED)
        return self.leaving.found({text for one in removed for text in texts_of(one)})

    def _is_removed(self, answer: Answer) -> bool:
        if answer.category == key.UID:
            return numbers_of(answer).isdisjoint(self.leaving.numbers)
        return (
            texts_of(answer).isdisjoint(self._texts_found)
            and names_of(answer).isdisjoint(self.leaving.words)
            and numbers_of(answer).isdisjoint(self.leaving.numbers)
        )

    def _is_number_removed(self, answer: Answer) -> bool:
        """A single number stands nowhere; of letters as numbers not even the first two."""
        planted = json.loads(answer.value)
        if not isinstance(planted, list):
            return numbers_of(answer).isdisjoint(self.leaving.numbers)
        for row in self._rows(answer):
            if len(planted) > 1:
                shown = row[answer.place] or []
                if len(shown) > 1 and list(shown) == planted[: len(shown)]:
                    return False
            elif any(_near(value, planted[0]) for value in _numbers(row)):
                return False
        return str(planted[0]) not in self.leaving.numbers or len(planted) > 1

    def _is_name_removed(self, answer: Answer) -> bool:
        names = {anyascii(folded(word)).casefold().strip(".,") for word in json.loads(answer.value)}
        for row in self._rows(answer):
            for keyword in DICOM_COLUMNS:
                if isinstance(row[keyword], str):
                    shown = anyascii(folded(row[keyword])).casefold()
                    if not names.isdisjoint(words(shown) | set(shown.split())):
                        return False
        return True

    @cached_property
    def _ids_of_patients(self) -> dict[str, set[str]]:
        return self._ids(key.PATIENT, "patient_id", lambda one: one.patient)

    @cached_property
    def _ids_of_studies(self) -> dict[str, set[str]]:
        return self._ids(key.STUDY, "study_id", lambda one: one.value)

    def _ids(
        self, category: str, column: str, whose: Callable[[Answer], str]
    ) -> dict[str, set[str]]:
        ids: dict[str, set[str]] = defaultdict(set)
        for one in self.answers:
            if one.category == category:
                ids[whose(one)].update(row[column] for row in self._rows(one))
        return ids

    def _is_one(self, answer: Answer, ids: Mapping[str, set[str]], whose: str) -> bool:
        """One pseudonym, which nobody else has."""
        mine = ids[whose]
        others = (found for name, found in ids.items() if name != whose)
        return len(mine) == 1 and not any(mine & found for found in others)

    @cached_property
    def _shifts(self) -> dict[str, Counter[int]]:
        """Patient -> how many days earlier the dates are, and how many of them."""
        shifts: dict[str, Counter[int]] = defaultdict(Counter)
        for one in self.answers:
            if one.category == key.SHIFTED:
                for day in self._cells(one):
                    if isinstance(day, datetime.date):
                        shifts[one.patient][(_day(one.value) - day).days] += 1
        return shifts

    def _is_moved(self, answer: Answer) -> bool:
        """Moved, by as many days as the patient's other dates, and nowhere said as it was."""
        for row in self._rows(answer):
            told = Leaving()
            told.add_text(f"{row['decisions']} {row['detail']} {row['review']}")
            if not numbers_of(answer).isdisjoint(told.numbers | self.spoken.numbers):
                return False
        [(shift, _)] = self._shifts[answer.patient].most_common(1) or [(0, 0)]
        return shift != 0 and self._cells(answer) == {
            _day(answer.value) - datetime.timedelta(shift)
        }

    def _is_age_hidden(self, answer: Answer) -> bool:
        """Not shown where it is over 89, nor to be counted from a film of the patient that shows an
        age and a date, and the date of another film."""
        films = {one.film for one in self.answers if one.patient == answer.patient}
        rows = [row for film in films for row in self.rows.get(film, [])]
        days = [row["StudyDate"] for row in rows if row["StudyDate"]]
        for row in self._rows(answer):
            age = row["PatientAge"] or "000Y"
            if age == _OLDEST:
                continue
            shown = int(age[:-1]) if age.endswith("Y") else int(re.sub("[^0-9]", "", age))
            later = max((day - row["StudyDate"]).days for day in days) if row["StudyDate"] else 0
            if age != "000Y" and shown + later / 365.25 >= 90:
                return False
        return True

    def _is_kept(self, answer: Answer) -> bool:
        wanted = json.loads(answer.value)
        shown = [row[answer.place] for row in self._rows(answer)]
        return bool(shown) and all(any(_same(one, value) for value in wanted) for one in shown)

    def _pictures(self, answer: Answer) -> list[Path]:
        """The pictures that convert made of the film."""
        names = (row["file_name"] for row in self._rows(answer)[:1])
        return [self.raw / name for name in names if name and (self.raw / name).exists()]

    def _is_bare(self, answer: Answer) -> bool:
        for path in self._pictures(answer):
            data = path.read_bytes()
            if not data.startswith(PNG):
                return False
            if any(name not in _PNG_CHUNKS and body for name, body in chunks(data)):
                return False
        return True

    def _are_pixels_kept(self, answer: Answer) -> bool:
        before = pixels_of(self.dump, answer.film)
        return any(
            np.array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), before)
            for path in self._pictures(answer)
        )

    def _is_text_hidden(self, answer: Answer) -> bool:
        """No picture, or none of the strokes left, or a row that warns of text."""
        rows = self._rows(answer)
        if rows and all(
            row["burned_in_risk"] == "high" or any("burned" in mark for mark in row["review"])
            for row in rows
        ):
            return True
        planted = json.loads(answer.value)
        x, y, width, height = planted["box"]
        place = np.s_[max(y, 0) : y + height, x : x + width]
        strokes = pixels_of(self.dump, answer.film)[place] == planted["grey"]
        for path in self._pictures(answer):
            shown = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[place]
            if (shown[strokes] == planted["grey"]).mean() > _LEFT:
                return False
        return True


def _rows_by_film(raw: Path, tables: Sequence[Path]) -> dict[str, list[Row]]:
    """A film's path below the dump -> its rows in the data sets, the first one's first."""
    tree = PrivateTree.beside(DataSet(raw))
    known = pq.read_table(tree.identifiers, columns=["source_id", "source_path"]).to_pylist()
    films = {one["source_id"]: one["source_path"] for one in known}
    rows: dict[str, list[Row]] = defaultdict(list)
    for table in tables:
        for row in pq.read_table(table).to_pylist():
            rows[films[row["source_id"]]].append(row)
    return rows


def _numbers(row: Row) -> list[float]:
    cells = (row[keyword] for keyword in DICOM_COLUMNS)
    values = (value for cell in cells for value in (cell if isinstance(cell, list) else [cell]))
    return [value for value in values if isinstance(value, int | float)]


def _near(value: float, planted: float) -> bool:
    return abs(value - planted) <= _NEAR * abs(planted)


def _same(shown: object, wanted: object) -> bool:
    if isinstance(wanted, list) and isinstance(shown, list):
        return len(shown) == len(wanted) and all(map(_same, shown, wanted))
    if isinstance(wanted, int | float) and isinstance(shown, int | float):
        return math.isclose(shown, wanted, rel_tol=1e-3)
    if isinstance(wanted, str) and isinstance(shown, str):
        return anyascii(folded(shown)).casefold() == anyascii(folded(wanted)).casefold()
    return False


def _day(value: str) -> datetime.date:
    return datetime.datetime.strptime(value, "%Y%m%d").date()
