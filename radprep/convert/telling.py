"""By what a layout tells patients and studies apart, remembered with each delivery in the private
tree. The same pictures told apart in another way would be other patients: forgotten ones would come
back, and each film would stand in OUT twice."""

from __future__ import annotations

import json

from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from radprep.layouts.wanted import LayoutWanted
from radprep.private.forgotten import read_forgotten
from radprep.private.tree import PrivateTree

_COLUMNS = {"patient": "--patient-column", "study": "--study-column"}
_LEVEL = "patient_level"
_OPTIONS = {**_COLUMNS, _LEVEL: "--patient-level"}


def telling_of(wanted: LayoutWanted | None) -> str:
    """What names patients and studies, as a text of the private tree: the layout and, of a table,
    the columns, or the level of a folder; empty for DICOM files, whose headers do."""
    if wanted is None:
        return ""
    columns = {name: getattr(wanted.columns, name).strip().lower() for name in _COLUMNS}
    level = str(wanted.patient_level or "")
    return json.dumps({"layout": wanted.name, _LEVEL: level, **columns}, sort_keys=True)


def refuse_other_telling(out: DataSet, tree: PrivateTree, before: str | None, now: str) -> None:
    """Raise UsageError where a delivery is told apart in another way than when it was converted.
    before: as it was remembered; None or empty where nothing is known. A data set without a film
    may change it, unless patients were forgotten there."""
    if not before or before == now or may_change_layout(out, tree):
        return
    was, now_is = json.loads(before), json.loads(now or "{}")
    said = [
        f"{option} {was[name]!r}" if was[name] else f"no {option}"
        for name, option in _OPTIONS.items()
        if was[name] != now_is.get(name, "")
    ]
    raise UsageError(
        f"OUT ({out}) was made from these pictures with {' and '.join(said)}. These options say "
        "who the patients are: with others the same films would stand there again, as other "
        "people, and patients who were forgotten would come back. Give the same options, or "
        "another OUT."
    )


def may_change_layout(out: DataSet, tree: PrivateTree) -> bool:
    """Whether nothing depends on how the patients of OUT are told apart: it has no image, and
    nobody was forgotten there."""
    return not out.studies_with_images() and not read_forgotten(tree)
