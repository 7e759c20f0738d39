"""Which labels a study of a data set has: those that the labels file gives now, and those of films
that are not in the dump and stay."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from radprep.convert.label_join import LabelJoin
from radprep.dataset.labels import (
    MOST_NAMES,
    StudyLabels,
    agreed_labels,
    image_labels_in,
    without_copies,
)
from radprep.dataset.layout import DataSet
from radprep.errors import UsageError


@dataclass(frozen=True)
class Labelling:
    """Labels for the studies of a run. out: the data set as it is; join: what the labels file
    gives; main_before: the label that the folders of OUT are named by."""

    out: DataSet
    join: LabelJoin
    main_before: str | None

    @property
    def main(self) -> str | None:
        """Name of the label that the folders are named by from now on."""
        return self.join.labels.main if self.join.labels else None

    def of(
        self, study_id: str, staying: Collection[str], *, is_here: bool, is_elsewhere: bool
    ) -> StudyLabels | None:
        """The labels of a study; None where its rows keep those that they have.

        staying: its sources that are not in the dump; is_here: it has files in the dump;
        is_elsewhere: some of its sources came with other deliveries. What was said of a film that
        stays is kept. A label of the study that this file does not give stays if it may have come
        with the films that are elsewhere.
        """
        given, own = self.join.of_study(study_id), self.join.own.get(study_id, {})
        if not staying:
            return StudyLabels(self.main, given, own)
        if not is_here and self.main == self.main_before:
            return None
        before = self.out.last_rows(study_id)
        rows = [without_copies(row) for row in before if row["source_id"] in staying]
        stays = agreed_labels(rows) if is_elsewhere or not is_here else {}
        theirs = {row["source_id"]: image_labels_in(row) for row in rows if row["image_labels"]}
        _refuse_too_many([stays, given, *theirs.values(), *own.values()])
        return StudyLabels(self.main, {**stays, **given}, {**theirs, **own})


def _refuse_too_many(labels: Iterable[Collection[str]]) -> None:
    """Raise UsageError where a study would have more labels by name than a row may hold: those of
    earlier deliveries stay."""
    names = set[str]().union(*labels)
    if len(names) > MOST_NAMES:
        raise UsageError(
            f"With those of earlier deliveries a study would have {len(names)} labels by name, and "
            f"there may be {MOST_NAMES}. Name fewer columns with --label-column, or give them the "
            "names that they had."
        )
