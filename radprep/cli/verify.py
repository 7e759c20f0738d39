"""`radprep verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radprep.cli.options import Json, Workers

if TYPE_CHECKING:
    from radprep.upkeep.verify import Repair, Verification

EXAMPLES = """\b
Examples:
  radprep verify raw/
  radprep verify clean/ --workers 16 --json > findings.json
  radprep verify raw/ --repair
"""


def verify(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET", help="A data set made by `radprep convert` or `radprep preprocess`."
        ),
    ],
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Queue what must be redone: damaged studies lose their completion marker, and "
            "files that no row names are removed. The stage's own command, run again on the same "
            "input, then redoes just those studies.",
        ),
    ] = False,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Read and hash everything again: missing, extra and altered images, rows without files, mixed
    keys, stale tables. Ends with code 4 and a list where something is not as it must be."""
    from radprep.errors import NotVerifiedError
    from radprep.run.verifier import run_verification
    from radprep.run.workers import worker_count
    from radprep.upkeep.verify import repair as queue

    found = run_verification(dataset, worker_count(workers))
    done = queue(found) if repair and found.findings else None
    print(_as_json(found, done) if json else _as_text(found))
    if found.findings:
        raise NotVerifiedError(_last_line(found, done))


def _as_text(found: Verification) -> str:
    lines = [
        f"{finding.code:<22} {finding.study_id or '-':<16} {finding.where or '-'}  "
        f"({finding.meaning})"
        for finding in found.findings
    ]
    sets = f"{len(found.reports)} studies, {found.images} images"
    verdict = (
        f"{len(found.findings)} findings in {sets}"
        if found.findings
        else f"verified: {sets}; everything is as its tables say"
    )
    if found.info["stage"] == "convert" and not found.check.private:
        verdict += " (the private tree is not here, so identifiers were not checked)"
    return "\n".join([*lines, verdict])


def _as_json(found: Verification, done: Repair | None) -> str:
    import json
    from dataclasses import asdict

    findings = [
        {**asdict(finding), "meaning": finding.meaning, "remedy": finding.remedy}
        for finding in found.findings
    ]
    return json.dumps(
        {
            "verified": not findings,
            "stage": found.info["stage"],
            "studies": len(found.reports),
            "images": found.images,
            "private_tree": found.check.private,
            "findings": findings,
            "repair": asdict(done) if done else None,
        },
        indent=2,
    )


def _last_line(found: Verification, done: Repair | None) -> str:
    root, stage = found.data_set, found.info["stage"]
    if done is None:
        return (
            f"{root} is not what its tables say: {len(found.findings)} findings. `radprep verify "
            f"{root} --repair` queues what to redo."
        )
    by_hand = f" {done.by_hand} findings must be mended by hand." if done.by_hand else ""
    if done.by_hand == len(found.findings):
        return f"{root} is not what its tables say.{by_hand}"
    return (
        f"{done.studies} studies are queued and {done.removed} files that no row names were "
        f"removed. Run `radprep {stage}` again with the same input and flags: it redoes just those "
        f"studies and rebuilds the shared tables.{by_hand}"
        + (
            " A source that is no longer in the dump then comes out as failed (source_absent)."
            if stage == "convert"
            else ""
        )
    )
