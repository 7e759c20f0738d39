"""A data card from beginning to end: what may be written where, and the files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radprep.dataset.card_files import ANSWERS, CROISSANT, FIGURES, README, is_ours
from radprep.dataset.durable import explain_disk_errors, write_whole
from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from radprep.export.card import croissant
from radprep.export.card.answers import Answers, read_answers, template
from radprep.export.card.measured import Measured
from radprep.export.card.readme import measured, text_of
from radprep.private.place import check_place, looks_private
from radprep.report.facts.material import RunSplit
from radprep.text.small_file import read_small

CONFIGS: Mapping[str, Any] = {
    "configs": [
        {
            "config_name": "default",
            "data_files": [{"split": "train", "path": "instances.parquet"}],
        }
    ]
}
"""What the head of a card says of the files of a data set as it stands: `datasets` loads its table,
and the images are found by its column file_name."""


@dataclass(frozen=True)
class Card:
    """A data card that was written. where: its folder; files: their names; missing: names of the
    questions that a person has not answered; answers: the file that they belong into; why_not: why
    there is no croissant.json, "" where there is one."""

    where: Path
    files: tuple[str, ...]
    missing: tuple[str, ...]
    answers: Path
    why_not: str

    def as_json(self) -> dict[str, Any]:
        """What the command prints with `--json`: JSON values only."""
        return {
            "files": list(self.files),
            "missing": list(self.missing),
            "answers": str(self.answers),
            "without_croissant": self.why_not or None,
        }


def write_card(
    root: Path,
    out: Path | None = None,
    *,
    answers: Path | None = None,
    split: RunSplit | None = None,
    label: str | None = None,
    replace: bool = False,
) -> Card:
    """Write the card of a data set into its folder, or into another one.

    answers: a card.toml elsewhere, which is copied to that of the folder; the latter if it is None,
    which is made where it is missing. split: of a training run. replace: also take the place of a
    README.md that a person has written or changed. Raises UsageError where something is not what it
    must be.
    """
    data_set = DataSet(root)
    folder = out or root
    _check_folder(folder, data_set, replace=replace)
    is_at_home = folder.resolve() == root.resolve()
    place = folder / ANSWERS
    if is_at_home:
        data_set.within(place)
    text = _answers_text(place, answers)
    said = read_answers(place if answers is None else answers)
    found = measured(root, label=label, split=split)
    files = {
        README: text_of(found, said, CONFIGS if is_at_home else {}).encode(),
        FIGURES: _figures(found, said),
    }
    why_not = _why_no_croissant(is_at_home=is_at_home)
    if not why_not:
        files[CROISSANT] = croissant.of_data_set(data_set, found, said).encode()
    with explain_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if why_not and is_ours(folder / README):
            (folder / CROISSANT).unlink(missing_ok=True)  # of the card before, now out of date
        if not place.exists() or read_small(place) != text:
            write_whole(place, text)
        for name, data in files.items():
            write_whole(folder / name, data)
    return Card(folder, tuple(files), tuple(one.name for one in said.missing), place, why_not)


def _check_folder(folder: Path, data_set: DataSet, *, replace: bool) -> None:
    """Raise UsageError where the folder is a file, holds a README.md that radprep has not written
    as it is, or is part of what must not be handed on."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file. Give a folder for the card.")
    if any(map(looks_private, (folder.resolve(), *folder.resolve().parents))):
        raise UsageError(
            f"{folder} lies in a private tree, which must not be handed on. Give another folder."
        )
    if folder.resolve() != data_set.root.resolve():
        check_place(folder)
    if DataSet(folder).exists and folder.resolve() != data_set.root.resolve():
        raise UsageError(f"{folder} is another data set. Give a folder for the card of this one.")
    readme = folder / README
    if os.path.lexists(readme) and not is_ours(readme) and not replace:
        raise UsageError(
            f"{readme} was written or changed by a person, and would be lost. Put what only you "
            f"know into {folder / ANSWERS}, which is never written over, and give --replace; or "
            "give another folder with --out."
        )


def _answers_text(place: Path, answers: Path | None) -> bytes:
    """What card.toml is to hold. Raises UsageError where the answers are missing, or others stand
    there: the next card and every export would be made of those."""
    empty = template().encode()
    there = read_small(place) if place.exists() else empty
    if answers is None:
        return there
    if not answers.is_file():
        raise UsageError(f"There is no file {answers}. Leave --answers out to have one made.")
    text = read_small(answers)
    if there not in (text, empty):
        raise UsageError(
            f"{place} stands there already with other answers, and is never written over. Leave "
            "--answers out to use it, or remove it first."
        )
    return text


def _why_no_croissant(*, is_at_home: bool) -> str:
    if not is_at_home:
        return (
            "croissant.json stands beside the files that it names: leave --out away, or use "
            "`radprep export --format croissant`"
        )
    return "" if croissant.is_there() else croissant.HOW_TO_GET


def _figures(found: Measured, answers: Answers) -> bytes:
    """card.json: what was measured, and what a person has answered."""
    missing = [one.name for one in answers.missing]
    value = {"measured": found.as_json(), "answers": dict(answers.given), "missing": missing}
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
