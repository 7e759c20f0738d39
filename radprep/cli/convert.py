"""`radprep convert`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.api import stages
from radprep.cli.completions import body_parts
from radprep.cli.options import (
    Add,
    Boxes,
    BoxesFormat,
    BoxesUnit,
    BoxLabel,
    BoxMap,
    Dask,
    DryRun,
    GroupReadable,
    Json,
    Key,
    LabelColumn,
    LabelKey,
    LabelMain,
    LabelMap,
    Labels,
    Limit,
    MaxFailed,
    Private,
    Profile,
    Prune,
    Retry,
    ShardOf,
    StudyTimeout,
    Workers,
    box_mapping,
    defaults_of,
    end,
    label_mapping,
)
from radprep.cli.picture_options import (
    BodyPart,
    BodyPartColumn,
    ClassLevel,
    LateralityColumn,
    LayoutName,
    PathColumn,
    PatientColumn,
    PatientLevel,
    SplitColumn,
    StudyColumn,
    Table,
    ViewColumn,
)
from radprep.run import MAX_FAILED

EXAMPLES = """\b
Examples:
  radprep convert /data/dump raw/
  radprep convert /data/dump raw/ --labels labels.csv \\
      --label-map FRACTURA=fracture --label-map "NO FRACTURA=normal"
  radprep convert /data/dump raw/ --labels list.csv --label-key "Acc. no.=accession" \\
      --label-column result --require-label
  radprep convert /data/dump raw/ --labels list.csv --label-key accession --label-key path \\
      --label-column fracture --label-column hardware --label-map hardware:Metall=yes
  radprep convert /data/dump raw16/ --bits 16 --key raw.private/key
  radprep convert /data/dump share/raw/ --private ~/keys/raw.private
  radprep convert /data/dump wrists/ --only wrist,hand
  radprep convert /data/dump raw/ --burned-in redact
  radprep convert /data/dump raw/ --boxes boxes.csv --boxes-unit share --box-label fracture
  radprep convert /data/dump raw/ --corrections corrections.csv
  radprep convert /data/cd2 raw/ --add --labels labels.csv
  radprep convert MURA-v1.1/ mura/ --layout mura
  radprep convert FracAtlas/images/ atlas/ --layout table --table FracAtlas/dataset.csv \\
      --path-column image_id --label-column fractured --label-map 1=fracture --label-map 0=normal
  radprep convert elbows/ raw/ --layout names --label-map "supracondylar fracture=injury" \\
      --label-map dislocation=injury --label-map contusion=normal
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
MaxFrames = Annotated[
    int,
    typer.Option(
        "--max-frames",
        min=1,
        help="Fail a file with more frames, where each of them gives an image.",
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
        help="Values shown: auto (the file's VOI LUT or window if it fits the film, else "
        "percentiles), dicom (the file's in any case, else the full range), percentile (0.5 to "
        "99.5 of each frame), full (all that the stored bits can hold).",
    ),
]
SecondaryCaptures = Annotated[
    bool,
    typer.Option(
        "--secondary-captures",
        help="Convert pictures of screens and papers too; they often show a name.",
    ),
]
KeepRawTwins = Annotated[
    bool,
    typer.Option(
        "--keep-raw-twins",
        help="Keep raw images (FOR PROCESSING) beside the film FOR PRESENTATION of the same "
        "exposure, marked for review; else they are rejected.",
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
        autocompletion=body_parts,
    ),
]
BurnedIn = Annotated[
    str,
    typer.Option(
        "--burned-in",
        metavar="WAY",
        help="What is done about text in the pixels that may name a person: mark (for review), "
        "redact (paint it over), or reject the film. With the extra `ocr`, words such as L or "
        "LATERAL stay.",
    ),
]
Corrected = Annotated[
    Path | None,
    typer.Option(
        "--corrections",
        metavar="CSV",
        help="What a person decided (image_id,field,value, and reviewer,date): `status` rejected, "
        "`review` accepted, in `burned_in` where text stands (boxes, or none), or in `boxes` all "
        "boxes that are drawn on a film. OUT remembers it.",
    ),
]
Modality = Annotated[
    list[str] | None,
    typer.Option(
        "--modality",
        metavar="CS",
        help="Modality to convert, as `radprep inspect` shows it (`unknown`, too); once for each "
        "[default: CR DX RG].",
    ),
]


@defaults_of(stages.convert)
def convert(
    dump: Annotated[
        Path,
        typer.Argument(
            metavar="DUMP",
            help="Folder with DICOM files, in any order and under any names; or with pictures, "
            "where --layout says so.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="Data set to make or to go on with; OUT.private/ beside it (or --private DIR) "
            "leads back to patients.",
        ),
    ],
    *,
    layout: LayoutName,
    table: Table,
    path_column: PathColumn,
    patient_column: PatientColumn,
    study_column: StudyColumn,
    split_column: SplitColumn,
    body_part_column: BodyPartColumn,
    view_column: ViewColumn,
    laterality_column: LateralityColumn,
    class_level: ClassLevel,
    patient_level: PatientLevel,
    body_part: BodyPart,
    labels: Labels,
    label_key: LabelKey,
    label_column: LabelColumn,
    label_main: LabelMain,
    label_map: LabelMap,
    require_label: Annotated[
        bool, typer.Option("--require-label", help="Reject images that have no main label.")
    ],
    boxes: Boxes,
    boxes_format: BoxesFormat,
    boxes_unit: BoxesUnit,
    box_map: BoxMap,
    box_label: BoxLabel,
    bits: Annotated[int, typer.Option("--bits", help="Depth of the PNGs: 8 or 16.")],
    modality: Modality,
    max_pixels: MaxPixels,
    max_frames: MaxFrames,
    frames: Frames,
    window: Window,
    secondary_captures: SecondaryCaptures,
    keep_raw_twins: KeepRawTwins,
    retain: Retain,
    only: Only,
    burned_in: BurnedIn,
    corrections: Corrected,
    key: Key,
    private: Private,
    workers: Workers,
    limit: Limit,
    study_timeout: StudyTimeout,
    max_failed: MaxFailed = MAX_FAILED,
    add: Add,
    prune: Prune,
    group_readable: GroupReadable,
    shard: ShardOf,
    retry: Retry,
    dask: Dask,
    dry_run: DryRun,
    profile: Profile = False,
    json: Json = False,
) -> None:
    """Turn a dump into a data set: PNGs, one Parquet row for each image or file, pseudonyms instead
    of identifiers."""
    result = stages.convert(
        dump,
        out,
        layout=layout,
        table=table,
        path_column=path_column,
        patient_column=patient_column,
        study_column=study_column,
        split_column=split_column,
        body_part_column=body_part_column,
        view_column=view_column,
        laterality_column=laterality_column,
        class_level=class_level,
        patient_level=patient_level,
        body_part=body_part,
        labels=labels,
        label_key=label_key,
        label_column=label_column,
        label_main=label_main,
        label_map=label_mapping(label_map),
        require_label=require_label,
        boxes=boxes,
        boxes_format=boxes_format,
        boxes_unit=boxes_unit,
        box_map=box_mapping(box_map),
        box_label=box_label,
        bits=bits,
        modality=modality,
        max_pixels=max_pixels,
        max_frames=max_frames,
        frames=frames,
        window=window,
        secondary_captures=secondary_captures,
        keep_raw_twins=keep_raw_twins,
        retain=retain,
        only=only,
        burned_in=burned_in,
        corrections=corrections,
        key=key,
        private=private,
        workers=workers,
        limit=limit,
        study_timeout=study_timeout,
        add=add,
        prune=prune,
        group_readable=group_readable,
        shard=shard,
        retry=retry,
        dask=dask,
        dry_run=dry_run,
        quiet=False,
    )
    end(result, as_json=json, max_failed=max_failed, profile=profile)
