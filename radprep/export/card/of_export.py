"""The card of an export: that of the data set, with a sentence on what the export holds of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radprep.dataset.card_files import ANSWERS
from radprep.export.card.answers import Answers, read_answers
from radprep.export.card.measured import Measured
from radprep.export.card.readme import measured, text_of
from radprep.export.options import PARTS
from radprep.export.work import Work
from radprep.report.facts.material import RunSplit


def readme_of(work: Work, configs: Mapping[str, Any]) -> str:
    """README.md of an export whose films are written. configs: what the head says of its files
    (`configs`, `dataset_info`), as YAML values."""
    found, answers, note = said_of(work)
    return text_of(found, answers, configs, [note])


def said_of(work: Work) -> tuple[Measured, Answers, str]:
    """What the card says of the data set of an export, what a person has answered in the card.toml
    of that data set, and a sentence on what the export holds of it."""
    chosen = work.selection
    split = RunSplit(PARTS, chosen.part_of, True) if chosen.part_of is not None else None
    found = measured(work.data_set.root, label=chosen.name, split=split)
    answers = read_answers(work.data_set.within(work.data_set.root / ANSWERS))
    return found, answers, _note(work)


def _note(work: Work) -> str:
    options, kept = work.options, work.survey.kept
    how = [f"of the part {options.part}"] if options.part else []
    how += [f"with at most {options.max_side:,} pixels a side"] if options.max_side else []
    how += [f"as JPEG of quality {options.jpeg}"] if options.jpeg else []
    said = f" ({', '.join(how)})" if how else ""
    return (
        f"This is an export of {work.exported:,} of the {kept:,} images of a data set{said}. The "
        "figures of this card are those of the whole data set."
    )
