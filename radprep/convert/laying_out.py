"""What a layout tells of the pictures of a dump, put where the rest of convert looks for it.
Patient and study stand among what the scan found, as those of a header do, and labels are read as
those of a file of labels are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from radprep.convert.label_texts import check_mapping
from radprep.convert.named_labels import PATH, LabelsWanted, NamedLabels, labels_of_paths
from radprep.convert.scan_index import Scanned
from radprep.convert.telling import may_change_layout
from radprep.dataset.info import Info
from radprep.dataset.layout import DataSet
from radprep.dicom.grouping import GROUPING
from radprep.errors import UsageError
from radprep.layouts.guess import layout_hint
from radprep.layouts.layout import lay_out
from radprep.layouts.told import LaidOut, Told, without_paths
from radprep.layouts.wanted import CLASSES, NAMES, LayoutWanted
from radprep.private.tree import PrivateTree

_FOLDERS = {
    CLASSES: ("the folders of the classes", "Choose another --class-level"),
    NAMES: ("the names of the files", "Give a --label-map"),
}
"""What holds the label of a picture where no column does, and how to choose another."""


@dataclass(frozen=True)
class Layout:
    """How the pictures of a dump are laid out. wanted: None for DICOM; found: what it tells, once
    the dump is scanned; labels: how texts become labels (mapping and main of a file of labels);
    hint: what is told of pictures beside DICOM files."""

    wanted: LayoutWanted | None = None
    labels: LabelsWanted = field(default_factory=lambda: LabelsWanted(Path()))
    found: LaidOut = field(default_factory=LaidOut)
    hint: str = ""

    @property
    def is_of_pictures(self) -> bool:
        """Whether pictures are converted."""
        return self.wanted is not None

    def told_of(self, path: bytes) -> Told | None:
        """What is told of a file; None where nothing is."""
        return self.found.told.get(os.fsdecode(path))

    def without(self, forgotten: Iterable[bytes]) -> Layout:
        """The same with lists that name none of some files."""
        return replace(self, found=without_paths(self.found, map(os.fsdecode, forgotten)))

    def of(self, dump: Path, scanned: Scanned) -> tuple[Layout, Scanned]:
        """The same with what it tells of the files of a dump, and these with their patients and
        studies. Raises UsageError where the dump is not laid out so."""
        table = scanned.table()
        is_picture = pc.is_valid(table["picture"])
        on_disk = pc.and_(pc.equal(table["archive"], b""), pc.invert(is_picture))
        pictures = _pictures(table.filter(is_picture))
        if self.wanted is None:
            others = _paths(table.filter(on_disk)) if pictures else ()
            hint = layout_hint(list(pictures), others)
            if pictures and not _has_dicom(table, others):
                raise UsageError(f"No file under {dump} is a DICOM file. {hint}")
            return replace(self, hint=hint), scanned
        if not pictures:
            raise UsageError(_no_picture(self.wanted, dump))
        found = lay_out(dump, pictures, _paths(table.filter(on_disk)), self.wanted)
        return replace(self, found=found), _placed(table, found.told)

    def labels_of_layout(self, given: NamedLabels | None) -> NamedLabels | None:
        """All labels: those that the layout tells, and those of a file of labels. Raises UsageError
        where both give one name, or where the file joins images on what pictures do not have."""
        if not self.found.rows or not self.found.columns:
            self._refuse_names_without_text(given)
            return given
        mapping = self._mapping()
        check_mapping(mapping)
        main = self.labels.main if given is None else ""
        folder = _FOLDERS.get(self.wanted.name) if self.wanted else None
        wanted = replace(
            self.labels, columns=self.found.columns, mapping=mapping, main=main, folder=folder
        )
        return _both(labels_of_paths(self.found.rows, wanted), given, self.labels.main)

    def _refuse_names_without_text(self, given: NamedLabels | None) -> None:
        """Raise UsageError where labels were to stand in names, and stand in none."""
        wanted = self.wanted
        if given is None and wanted and wanted.name == NAMES and not wanted.tells_nothing:
            raise UsageError(
                "--layout names: no name of a file holds a text of --label-map. A text fits where "
                "its words stand whole in a name, in any case. Give texts that the names have."
            )

    @property
    def said(self) -> dict[str, Any]:
        """What a run says of the layout: its counts, and what a person should know."""
        hint = self.hint or self.found.hint
        said = {"layout_hint": hint} if hint else {}
        if self.wanted is None:
            return said
        return said | {"layout": {"name": self.wanted.name, **self.found.counts}}

    @property
    def parameters(self) -> dict[str, Any]:
        """What dataset.json says of the layout besides its name: what a table tells, and numbers.
        Never the name of a column or of a file."""
        if self.wanted is None:
            return {}
        counts = {f"layout_{name}": number for name, number in self.found.counts.items()}
        return {"layout_tells": self.wanted.tells, **counts}

    def _mapping(self) -> tuple[tuple[str, str], ...]:
        """What the texts of the layout mean: what a person says of one of them, else what the
        layout says."""
        own, said = self.found.mapping, self.labels.mapping
        texts = {text for text, _ in own}
        is_said = any(text.rpartition(":")[2].strip() in texts for text, _ in said)
        return own if own and not is_said else said


def _no_picture(wanted: LayoutWanted, dump: Path) -> str:
    """What to say of a folder without a picture."""
    if wanted.tells_nothing:
        return (
            f"There is no picture (PNG, JPEG, TIFF, WebP) under {dump}, and pictures are what is "
            "asked for: a model that learnt from pictures is asked about pictures."
        )
    return (
        f"--layout {wanted.name}: there is no picture (PNG, JPEG, TIFF, WebP) under {dump}. Leave "
        "--layout out for DICOM files."
    )


def _has_dicom(table: pa.Table, others: Iterable[str]) -> bool:
    """Whether the header of a file names anything, or a directory of films (DICOMDIR) is there."""
    names = [name for name in (*GROUPING, "modality") if table[name].null_count < len(table)]
    return bool(names) or any(one.rpartition("/")[2].upper() == "DICOMDIR" for one in others)


def refuse_other_layout(out: DataSet, tree: PrivateTree, info: Info | None, wanted: str) -> None:
    """Raise UsageError where a data set was made with another layout: its studies and patients
    would be told apart in two ways. One without a film may change it."""
    made = info["parameters"].get("layout") if info else None
    if made and made != wanted and not may_change_layout(out, tree):
        raise UsageError(
            f"OUT ({out}) was made with --layout {made}. Give the same layout, or another OUT: "
            "`radprep merge` makes one data set of several."
        )


def without_told(scanned: Scanned) -> Scanned:
    """What a scan found, without what a layout had told of it: another table may tell another
    thing by now."""
    table = scanned.table()
    if not table["picture"].null_count < table.num_rows:
        return scanned
    return _placed(table, {})


def _placed(table: pa.Table, told: Mapping[str, Told]) -> Scanned:
    """Scanned files with the patient and the study of each picture that is told of, and none of the
    others."""
    is_picture = pc.is_valid(table["picture"])
    of_each = [
        told.get(os.fsdecode(path)) if here else None
        for path, here in zip(table["path"].to_pylist(), is_picture.to_pylist(), strict=True)
    ]
    values = {
        "PatientID": [one and one.patient for one in of_each],
        "StudyInstanceUID": [one and one.study for one in of_each],
    }
    for name in GROUPING:
        said = pa.array(values.get(name, [None] * len(of_each)), pa.string())
        column = pc.if_else(is_picture, said, table[name])
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return Scanned(table)


def _paths(table: pa.Table) -> list[str]:
    return [os.fsdecode(path) for path in table["path"].to_pylist()]


def _pictures(table: pa.Table) -> dict[str, str]:
    """Path -> hash of each picture."""
    return dict(zip(_paths(table), table["picture"].to_pylist(), strict=True))


def _both(layout: NamedLabels, given: NamedLabels | None, main: str) -> NamedLabels:
    if given is None:
        return layout
    if given.image_keyword not in (None, PATH):
        raise UsageError(
            "--label-key image joins labels on the SOPInstanceUID, and pictures have none: use "
            "--label-key path."
        )
    twice = sorted(layout.by_name.keys() & given.by_name.keys())
    if twice:
        raise UsageError(
            f"The layout and --labels both give a label {twice[0]!r}. Call that of the file "
            "otherwise with --label-column COLUMN=NAME."
        )
    return NamedLabels(
        given.keyword,
        PATH,
        given.main if main else layout.main,
        {**layout.by_name, **given.by_name},
        given.studies_of_images,
    )
