"""What was converted before and is not in this dump: it stays, as rows and images."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from radprep.convert.duplicates import in_place_of, keeper_of, without_image
from radprep.convert.identify import named_row
from radprep.convert.job import CONSTANT, Converted, ConvertJob
from radprep.convert.one_file import failed, rejected_by_person
from radprep.dataset.commit import Attempt
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import REJECTED, Row
from radprep.private.identifiers import Identifiers
from radprep.stage.corrections import STATUS, wanted
from radprep.stage.person import unsigned

_PAUSES_S = (0.05, 0.2, 0.5)
"""Another run commits a study in milliseconds."""


@dataclass(frozen=True)
class Staying:
    """The sources of a study that stay. known: source_id -> identifiers of all files that the study
    was made from."""

    out: DataSet
    job: ConvertJob
    known: Mapping[str, Identifiers]

    def take(self, attempt: Attempt) -> list[Converted]:
        """Their rows and images, taken into an attempt at the study. Another run may be moving them
        to another label at this moment, as workers do whose run was killed: then they are looked
        for again."""
        if not self.job.staying:
            return []
        for pause in _PAUSES_S:
            with contextlib.suppress(FileNotFoundError):
                return self._taken(attempt, may_lack=False)
            time.sleep(pause)
        return self._taken(attempt, may_lack=True)

    def _taken(self, attempt: Attempt, *, may_lack: bool) -> list[Converted]:
        """The same, as they are found. Raises FileNotFoundError where an image is not there, unless
        it may be: then its source has failed."""
        images = {path.name: path for path in self.out.files_of(self.job.study_id)}
        rows_of: dict[str, list[Row]] = defaultdict(list)
        for row in self.out.last_rows(self.job.study_id):
            rows_of[row["source_id"]].append(unsigned(row))
        found = []
        for source_id in sorted(self.job.staying & self.known.keys()):
            ids, before = self.known[source_id], self._rows(source_id, rows_of)
            rows = [self._corrected(row) for row in before]
            rejected = (ids["rejected_pixels"] or "").split()
            rejected += [
                row["pixel_hash"]
                for row, after in zip(before, rows, strict=True)
                if after is not row and CONSTANT not in row["review"]
            ]
            names = [Path(row["file_name"]).name for row in rows if row["file_name"]]
            if not rows or not images.keys() >= set(names):  # somebody has removed them
                if not may_lack:
                    raise FileNotFoundError
                rows, names = [{**named_row(ids), **failed("source_absent")}], []
            staged = [attempt.stage_existing(images[name]) for name in names]
            found.append(Converted(ids, rows, staged, rejected))
        return found

    def _rows(self, source_id: str, rows_of: Mapping[str, list[Row]]) -> list[Row]:
        """The rows of a source. A duplicate of a file that leaves the data set takes its place: it
        shows the same."""
        rows = rows_of.get(source_id, [])
        keeper = keeper_of(rows)
        if keeper and keeper in self.known and keeper not in self._left:
            rows = in_place_of(rows_of.get(keeper, []), rows[0], self.known[source_id])
        return rows

    @property
    def _left(self) -> set[str]:
        """The sources that the study has from now on."""
        return {*self.job.staying, *(source.source_id for source in self.job.files)}

    def _corrected(self, row: Row) -> Row:
        said = wanted(self.job.corrections, row["image_id"], STATUS)
        if said != REJECTED or row["file_name"] is None:
            return row
        named: Row = {"image_id": row["image_id"], "frame": row["frame"]}
        return {**without_image(row), **named, **rejected_by_person()}
