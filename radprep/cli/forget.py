"""`radprep forget`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radprep.cli.options import Private

if TYPE_CHECKING:
    from radprep.upkeep.forget import Forgetting

EXAMPLES = """\b
Examples:
  radprep forget raw/ --patient 5fd7a0c4b1e29938
  radprep forget clean/ --patient 5fd7a0c4b1e29938 --yes
  radprep forget clean/ --patient 12345678 --key raw.private/key
"""


def forget(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET",
            help="A data set made by `radprep convert` or `radprep preprocess`; no "
            "other radprep may be at work on it.",
        ),
    ],
    patient: Annotated[
        str,
        typer.Option(
            "--patient",
            metavar="ID",
            help="Our patient_id or, where the key is at hand, the original PatientID (of pictures "
            "the patient of their layout), or the path of one of the patient's files in its dump.",
        ),
    ],
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", metavar="FILE", help="Key of the project [default: DATASET.private/key]."
        ),
    ] = None,
    private: Private = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask; needed where there is no terminal.")
    ] = False,
) -> None:
    """Remove a patient whose consent is withdrawn: rows, images, identifiers. A record stays
    (pseudonym, time, counts), so that a later convert does not bring the patient back."""
    from radprep.upkeep.forget import Forgetting, advice

    found = Forgetting.prepare(dataset, patient, key, private)
    if not yes:
        _ask(found)
    counts = found.carry_out().get("counts")
    if found.before and not found.studies:
        print(
            f"Patient {found.patient_id} was forgotten on {found.before}; nothing is left in "
            f"{dataset}."
        )
    else:
        print(f"Patient {found.patient_id} is forgotten: {_what(found)} removed from {dataset}.")
    if counts:
        print(
            f"It now has {counts['files']} files = {counts['kept']} kept + {counts['rejected']} "
            f"rejected + {counts['failed']} failed."
        )
    for sentence in advice(found):
        print(sentence)


def _ask(found: Forgetting) -> None:
    from radprep.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError(
            f"This would remove {_what(found)} for good. There is no terminal to ask at: add "
            "--yes. Nothing was changed."
        )
    if not typer.confirm(
        f"Remove {_what(found)} of patient {found.patient_id} from {found.out}? This cannot be "
        "undone.",
        err=True,
    ):
        raise UsageError("Nothing was changed.")


def _what(found: Forgetting) -> str:
    counts = (
        (found.files, "file", "files"),
        (found.images, "image", "images"),
        (found.studies, "study", "studies"),
    )
    return ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in counts)
