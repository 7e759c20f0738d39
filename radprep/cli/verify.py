"""`radprep verify`."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import Annotated

import typer

from radprep.api import checks
from radprep.api.results import VerifyResult
from radprep.cli.options import Json, Private, Workers, defaults_of

EXAMPLES = """\b
Examples:
  radprep verify raw/
  radprep verify clean/ --workers 16 --json > findings.json
  radprep verify raw/ --repair
"""


@defaults_of(checks.verify)
def verify(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET", help="A data set made by `radprep convert` or `radprep preprocess`."
        ),
    ],
    *,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Queue what must be redone: damaged studies lose their completion marker, and "
            "files that no row names, and empty folders of images, are removed. The stage's own "
            "command, run again on the same input, then redoes just those studies.",
        ),
    ],
    private: Private,
    workers: Workers,
    json: Json = False,
) -> None:
    """Read and hash everything again: missing, extra and altered images, rows without files, mixed
    keys, stale tables. Ends with code 4 and a list where something is not as it must be."""
    result = checks.verify(dataset, repair=repair, private=private, workers=workers, quiet=False)
    print(dumps(result.as_json(), indent=2) if json else _as_text(result))
    result.check()


def _as_text(found: VerifyResult) -> str:
    from radprep.text.small_file import shown

    lines = [
        f"{finding.code:<22} {finding.study_id or '-':<16} {shown(finding.where) or '-'}  "
        f"({finding.meaning})"
        for finding in found.findings
    ]
    sets = f"{found.studies} studies, {found.images} images"
    verdict = (
        f"verified: {sets}; everything is as its tables say"
        if found.verified
        else f"{len(found.faults)} findings in {sets}"
    )
    is_open = any(finding.code == "private_open" for finding in found.findings)
    if found.stage == "convert" and not found.private_tree and not is_open:
        verdict += (
            " (the private tree is not here, so identifiers were not checked: name it with "
            "--private DIR)"
        )
    return "\n".join([*lines, verdict])
