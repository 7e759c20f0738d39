"""`radprep convert`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.cli.options import (
    Dask,
    DryRun,
    GroupReadable,
    Json,
    Key,
    LabelColumn,
    LabelKey,
    LabelMap,
    Labels,
    Limit,
    MaxFailed,
    Profile,
    Prune,
    Retry,
    ShardOf,
    StudyTimeout,
    Workers,
    checked_retry,
    end,
    label_options,
    show_plan,
)
from radprep.run import STUDY_TIMEOUT_S

EXAMPLES = """\b
Examples:
  radprep convert /data/dump raw/
  radprep convert /data/dump raw/ --labels labels.csv \\
      --label-map FRACTURA=fracture --label-map "NO FRACTURA=normal"
  radprep convert /data/dump raw/ --labels list.csv --label-key "Acc. no.=accession" \\
      --label-column result --require-label
  radprep convert /data/dump raw16/ --bits 16 --key raw.private/key
  radprep convert /data/dump wrists/ --only wrist,hand
  radprep convert /data/dump trial/ --limit 50
  radprep convert /data/dump raw/ --dry-run
  radprep convert /data/dump raw/ --shard auto
  radprep convert /data/dump raw/ --retry failed:worker_died
"""

MaxPixels = Annotated[
    int,
    typer.Option(
        "--max-pixels",
        min=1,
        help="Fail a file with more pixels (in the frames wanted), before it is decoded.",
    ),
]
Frames = Annotated[
    str,
    typer.Option(
        "--frames",
        metavar="WHICH",
        help="Of a file with several frames: all (an image each), first (one image), or reject "
        "the file.",
    ),
]
Window = Annotated[
    str,
    typer.Option(
        "--window",
        metavar="WHICH",
        help="Values shown: auto (the file's VOI LUT or window, else percentiles), dicom (the "
        "same, else the full range), percentile (0.5 to 99.5 of each frame), full (all that the "
        "stored bits can hold).",
    ),
]
SecondaryCaptures = Annotated[
    bool,
    typer.Option(
        "--secondary-captures",
        help="Convert pictures of screens and papers too; they often show a name.",
    ),
]
Retain = Annotated[
    list[str] | None,
    typer.Option(
        "--retain",
        metavar="WHAT",
        help="Let leave as they are: dates, descriptions or uids; once for each. The result is "
        "then no longer de-identified.",
    ),
]
Only = Annotated[
    str,
    typer.Option(
        "--only",
        metavar="PART[,PART]",
        help="Reject films of other body parts by their headers, before they are decoded; a film "
        "whose part nobody can read is converted. For `preprocess --pipeline wrist` that is "
        "`--only wrist`.",
    ),
]
Modality = Annotated[
    list[str] | None,
    typer.Option(
        "--modality", metavar="CS", help="Modality to convert; once for each [default: CR DX RG]."
    ),
]


def convert(
    dump: Annotated[
        Path,
        typer.Argument(
            metavar="DUMP", help="Folder with DICOM files, in any order and under any names."
        ),
    ],
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="Data set to make or to go on with; OUT.private/ beside it leads back to "
            "patients.",
        ),
    ],
    labels: Labels = None,
    label_key: LabelKey = "accession",
    label_column: LabelColumn = "diagnosis",
    label_map: LabelMap = None,
    require_label: Annotated[
        bool, typer.Option("--require-label", help="Reject studies that have no label.")
    ] = False,
    bits: Annotated[int, typer.Option("--bits", help="Depth of the PNGs: 8 or 16.")] = 8,
    modality: Modality = None,
    max_pixels: MaxPixels = 200_000_000,
    frames: Frames = "all",
    window: Window = "auto",
    secondary_captures: SecondaryCaptures = False,
    retain: Retain = None,
    only: Only = "",
    key: Key = None,
    workers: Workers = None,
    limit: Limit = None,
    study_timeout: StudyTimeout = STUDY_TIMEOUT_S,
    max_failed: MaxFailed = 0.1,
    prune: Prune = False,
    group_readable: GroupReadable = False,
    shard: ShardOf = None,
    retry: Retry = None,
    dask: Dask = None,
    dry_run: DryRun = False,
    profile: Profile = False,
    json: Json = False,
) -> None:
    """Turn a dump into a data set: PNGs, one Parquet row for each image or file, pseudonyms instead
    of identifiers."""
    from radprep.convert.conversion import Conversion
    from radprep.convert.options import ConvertOptions, checked_only, checked_retain
    from radprep.run.runner import RunOptions, plan_conversion, run_conversion
    from radprep.run.workers import worker_count
    from radprep.stage.shard import parse_shard

    _check_choices(bits, frames, window)
    modalities = (
        tuple(sorted({name.upper() for name in modality}))
        if modality
        else ConvertOptions.modalities
    )
    options = ConvertOptions(
        bits,
        modalities,
        max_pixels,
        require_label,
        secondary_captures,
        checked_retain(retain or []),
        frames,
        window,
        checked_only(only),
    )
    run = RunOptions(
        worker_count(workers),
        limit,
        study_timeout_s=study_timeout,
        group_readable=group_readable,
        shard=parse_shard(shard),
        retry=checked_retry(retry),
        dask=dask,
    )
    conversion = Conversion.prepare(
        dump,
        out,
        options,
        label_options(labels, label_key, label_column, label_map),
        key,
        prune=prune,
    )
    if dry_run:
        show_plan(plan_conversion(conversion, run), as_json=json)
        return
    end(
        run_conversion(conversion, run),
        as_json=json,
        max_failed=max_failed,
        where=str(out),
        profile=profile,
    )


def _check_choices(bits: int, frames: str, window: str) -> None:
    """Raise UsageError for a value that is none of those possible."""
    from radprep.convert.options import FRAMES
    from radprep.dicom.luts import WINDOWS
    from radprep.errors import UsageError

    if bits not in (8, 16):
        raise UsageError(f"--bits {bits} is not possible: give 8 or 16.")
    for name, value, possible in (("--frames", frames, FRAMES), ("--window", window, WINDOWS)):
        if value not in possible:
            raise UsageError(
                f"{name} {value!r} is not possible: give {', '.join(possible[:-1])} or "
                f"{possible[-1]}."
            )
