"""What the studies of a data set and of its private tree hold of a patient."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radprep.dataset.checked import read_study
from radprep.dataset.counts import rows_by_study
from radprep.dataset.layout import DataSet
from radprep.dataset.names import UNASSIGNED
from radprep.dataset.schema import BY_STUDY, NAMELESS, Row
from radprep.errors import UsageError
from radprep.private.identifiers import Identifiers, is_picture, read_identifiers
from radprep.private.tree import PrivateTree
from radprep.text.paths import plain_path


@dataclass(frozen=True)
class Holding:
    """What one study holds of the patient.

    sources: the patient's files in it, and those that name nobody, since they may be the patient's;
    nameless: the patient_ids of these; is_told_by_study: only the study tells that some are the
    patient's; others: patients whose files stay; is_whole: there are no others; images: of the
    patient; originals: the patient's values in the private tree; pictures: hashes of the bytes of
    the patient's pictures.
    """

    study_id: str
    patient_id: str | None
    sources: frozenset[str]
    nameless: frozenset[str]
    is_told_by_study: bool
    others: frozenset[str]
    is_whole: bool
    images: int
    originals: frozenset[str | None]
    pictures: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        study_id: str,
        rows: list[Row],
        identifiers: list[Identifiers],
        names: set[str],
        scanned: Mapping[str, Any],
    ) -> Holding:
        """Rows without a header (their file could not be read) go with their study where it is one
        patient's alone."""
        everything: list[Row | Identifiers] = [*rows, *identifiers]
        sources = {
            one["source_id"]
            for one in everything
            if one["patient_id"] in names or one["source_id"] in scanned
        }
        of_study = study_id != UNASSIGNED
        nameless = {
            one["source_id"]: one["patient_id"]
            for one in everything
            if one["patient_from"] in NAMELESS and one["source_id"] not in sources
        }
        if sources and of_study:
            sources |= nameless.keys()
        others = {one["patient_id"] for one in everything if one["source_id"] not in sources} - {
            None
        }
        if sources and of_study and not others:
            sources = {one["source_id"] for one in everything}
        return cls(
            study_id,
            next((one["patient_id"] for one in everything if one["patient_id"] in names), None),
            frozenset(sources),
            frozenset(one for source, one in nameless.items() if one and source in sources),
            any(
                one["patient_from"] == BY_STUDY for one in everything if one["source_id"] in sources
            ),
            frozenset(one for one in others if one and of_study),
            bool(sources) and sources == {one["source_id"] for one in everything},
            sum(row["file_name"] is not None for row in rows if row["source_id"] in sources),
            frozenset(
                value
                for one in identifiers
                if one["source_id"] in sources
                for value in _originals_of(one)
            ),
            frozenset(
                one["source_hash"]
                for one in identifiers
                if one["source_id"] in sources and is_picture(one)
            ),
        )


def _originals_of(one: Identifiers) -> tuple[str | None, ...]:
    """What the private lists may name a file by, and its study and patient."""
    return (
        one["PatientID"],
        one["StudyInstanceUID"],
        one["AccessionNumber"],
        one["SOPInstanceUID"],
        one["source_path"],
        plain_path(one["source_path"]),
    )


def find_holdings(
    out: DataSet, tree: PrivateTree, names: set[str], scanned: Mapping[str, Any]
) -> list[Holding]:
    """What each study holds of the patient, without those that hold nothing. names: what the
    patient may be called; scanned: source_id of the patient's files in the scan index.

    A study whose own file is gone may still have images: `radprep verify --repair` has taken the
    file, or a run was killed. Raises UsageError where nothing tells whose such images are.
    """
    complete = out.study_ids()
    lost = out.studies_with_images().difference(complete)
    listed = _listed_rows(out, lost)
    found = []
    for study_id in sorted({*complete, *tree.study_ids(), *lost}):
        rows = _last_rows(out, study_id) or listed.get(study_id, [])
        identifiers = read_identifiers(tree, study_id)
        if study_id in lost and not rows and not identifiers:
            raise UsageError(
                f"{out} has images of study {study_id}, and no row tells whose they are. Nothing "
                "was changed. Run `radprep verify --repair` and the command that made the data "
                "set, then forget again."
            )
        found.append(Holding.of(study_id, rows, identifiers, names, scanned))
    return [one for one in found if one.sources]


def rows_in(out: DataSet, path: Path) -> list[Row]:
    """The rows in a study's file, or in one that stands aside; none where there is no such file.
    Raises UsageError where it cannot be read."""
    try:
        return read_study(out.within(path), path.name.partition(".")[0])
    except FileNotFoundError:
        return []
    except (OSError, UsageError):
        raise UsageError(
            f"Study {path.stem} of {out} cannot be read, so nobody can say whose it is. Nothing "
            "was changed. Run `radprep verify --repair` and the stage that made it, then forget "
            "again."
        ) from None


def _last_rows(out: DataSet, study_id: str) -> list[Row]:
    """The rows of a study or, where a run was killed that replaced it, those it had before."""
    places = (out.marker(study_id), *out.replaced_markers(study_id))
    return next((rows for path in places if (rows := rows_in(out, path))), [])


def _listed_rows(out: DataSet, lost: Collection[str]) -> dict[str, list[Row]]:
    """What instances.parquet says of studies whose own files are gone."""
    if not lost:
        return {}
    columns = ["study_id", "patient_id", "patient_from", "source_id", "file_name"]
    try:
        studies = [rows for rows in rows_by_study(out, columns) if rows[0]["study_id"] in lost]
    except (OSError, UsageError):
        return {}
    return {rows[0]["study_id"]: rows for rows in studies}
