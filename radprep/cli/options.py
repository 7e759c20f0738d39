"""Flags that several commands share, and how they end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from radprep.api.results import StageResult

BOXES = "Boxes that people have drawn"
LABELS = "Labels"
"""The panel of help that options of labels stand in."""

Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        "-w",
        metavar="N",
        help="Worker processes [env: RADPREP_WORKERS, then SLURM_CPUS_PER_TASK; default: the "
        "cores this process may use].",
    ),
]
StudyTimeout = Annotated[
    float,
    typer.Option(
        "--study-timeout",
        metavar="SECONDS",
        min=1.0,
        help="End a worker that takes longer over one study, and fail that study.",
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit", metavar="N", min=1, help="Do at most N studies in this run, to try things out."
    ),
]
MaxFailed = Annotated[
    float,
    typer.Option(
        "--max-failed",
        min=0.0,
        max=1.0,
        help="Exit with code 3 if a larger share of the files than this failed.",
    ),
]
Add = Annotated[
    bool,
    typer.Option(
        "--add",
        help="Take DUMP as another delivery, such as the next CD, into an OUT that holds others. "
        "It replaces nothing, whatever its files are called.",
    ),
]
Prune = Annotated[
    bool,
    typer.Option(
        "--prune", help="Remove from OUT what the input no longer has; without it, it stays."
    ),
]
GroupReadable = Annotated[
    bool,
    typer.Option(
        "--group-readable",
        help="Let the group read OUT, whatever the umask, on a shared file system; OUT.private "
        "stays the owner's.",
    ),
]
Key = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        help="Key of an existing project, so that pseudonyms agree [default: OUT.private/key].",
    ),
]
Private = Annotated[
    Path | None,
    typer.Option(
        "--private",
        metavar="DIR",
        help="Private tree (key, original identifiers), where it does not stand beside: a folder "
        "of its own that only you can read, outside of whatever is given away. Later commands on "
        "the same data set need the same flag  [default: beside, with .private behind the name].",
    ),
]
ShardOf = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="I/N",
        help="Do one part of N (1/20 to 20/20), or auto: the task of a SLURM array. `radprep "
        "collate` ends it.",
    ),
]
Retry = Annotated[
    str | None,
    typer.Option(
        "--retry",
        metavar="failed[:CODE]",
        help="Do studies again that hold failures: all of them, or those with one code.",
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(
        "--dask",
        metavar="ADDRESS",
        help="Do the studies on the workers of a Dask cluster (extra `dask`), by its scheduler's "
        "address.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say which studies would be done and why; write nothing.")
]
Profile = Annotated[
    bool,
    typer.Option(
        "--profile", help="Say how long each stage of the work took, on stderr or in the JSON."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]
Labels = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        metavar="CSV",
        help="Labels of studies, of images, or of both: commas, semicolons or tabs; UTF-8, UTF-16 "
        "or Latin-1.",
        rich_help_panel=LABELS,
    ),
]
LabelKey = Annotated[
    list[str],
    typer.Option(
        "--label-key",
        metavar="[COLUMN=]FIELD",
        help="Header field that labels are joined on: accession, patient, study or studyid; of "
        "images: image (SOPInstanceUID) or path. One of each may be given. COLUMN: the CSV's name "
        "for it.",
        rich_help_panel=LABELS,
    ),
]
LabelColumn = Annotated[
    list[str],
    typer.Option(
        "--label-column",
        metavar="COLUMN[=NAME]",
        help="Column of the CSV that holds the label; may be repeated, and each is a label of its "
        "own. NAME: what to call it, if not as its column.",
        rich_help_panel=LABELS,
    ),
]
LabelMain = Annotated[
    str | None,
    typer.Option(
        "--label-main",
        metavar="NAME",
        help="Label that names the folders of the images [default: that of the first column].",
        rich_help_panel=LABELS,
    ),
]
LabelMap = Annotated[
    list[str] | None,
    typer.Option(
        "--label-map",
        metavar="[COLUMN:]TEXT=LABEL",
        help="Turn a text of that column into a label; once for each. Other texts then give none.",
        rich_help_panel=LABELS,
    ),
]

Boxes = Annotated[
    list[Path] | None,
    typer.Option(
        "--boxes",
        metavar="FILE-or-FOLDER",
        help="Boxes that people have drawn on films: CSV, COCO, YOLO or Pascal VOC; once for each. "
        "Films are named by path, by the name of the file, or by SOPInstanceUID.",
        rich_help_panel=BOXES,
    ),
]
BoxesFormat = Annotated[
    str | None,
    typer.Option(
        "--boxes-format",
        metavar="FORMAT",
        help="What the files are: csv, coco, yolo or voc  [default: told by the content].",
        rich_help_panel=BOXES,
    ),
]
BoxesUnit = Annotated[
    str | None,
    typer.Option(
        "--boxes-unit",
        metavar="UNIT",
        help="What the numbers of boxes are: pixels, or share (of the film's width and height)  "
        "[default: share for YOLO, else pixels].",
        rich_help_panel=BOXES,
    ),
]
BoxMap = Annotated[
    list[str] | None,
    typer.Option(
        "--box-map",
        metavar="TEXT=LABEL",
        help="Turn a class of boxes into a label; once for each. Boxes of other classes are then "
        "left out.",
        rich_help_panel=BOXES,
    ),
]
BoxLabel = Annotated[
    str | None,
    typer.Option(
        "--box-label",
        metavar="LABEL",
        help="Label of boxes that have no class  [default: finding].",
        rich_help_panel=BOXES,
    ),
]


Command = TypeVar("Command", bound=Callable[..., None])


def defaults_of(function: Callable[..., Any]) -> Callable[[Command], Command]:
    """Give the options of a command the defaults that a function of the Python API gives to its
    arguments of the same names, so that there is one list of defaults. The command declares such an
    option without one."""
    theirs = function.__kwdefaults__ or {}

    def give(command: Command) -> Command:
        """The same command, with the defaults that it left out."""
        command.__kwdefaults__ = {**theirs, **(command.__kwdefaults__ or {})}
        return command

    return give


def label_mapping(pairs: list[str] | None) -> dict[str, str]:
    """The pairs of --label-map. Raises UsageError."""
    from radprep.convert.labels import parse_mapping

    return dict(parse_mapping(pairs or []))


def box_mapping(pairs: list[str] | None) -> dict[str, str]:
    """The pairs of --box-map. Raises UsageError."""
    from radprep.convert.labels import parse_mapping

    return dict(parse_mapping(pairs or [], "--box-map"))


def end(result: StageResult, *, as_json: bool, max_failed: float, profile: bool = False) -> None:
    """Print a run's summary on stdout, with its profile if asked for, then hold the failed files
    against the limit."""
    import json

    from radprep.cli.summary import merged_lines, plan_text, profile_text, shard_text, summary_text

    if as_json:
        print(json.dumps(result.as_json(profile=profile), indent=2))
    elif result.plan:
        print("\n".join([*merged_lines(result.joined), plan_text(result.plan)]))
    else:
        print(shard_text(result) if result.shard else summary_text(result))
        if profile:
            print(profile_text(result), file=sys.stderr)
    result.check(max_failed)
