"""Flags that say how pictures are laid out, which several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PANEL = "Pictures instead of DICOM files"

LayoutName = Annotated[
    str,
    typer.Option(
        "--layout",
        metavar="WAY",
        help="What DUMP holds: dicom files; or pictures (PNG, JPEG, TIFF, WebP) as mura (folders "
        "of MURA-v1.1), classes (a folder is a label), names (a label stands in the file's name, "
        "and --label-map says which) or table (see --table).",
        rich_help_panel=PANEL,
    ),
]
Table = Annotated[
    Path | None,
    typer.Option(
        "--table",
        metavar="FILE",
        help="CSV or Parquet file with a row for each picture, of which the options below name "
        "columns; those of labels are named with --label-column.",
        rich_help_panel=PANEL,
    ),
]
PathColumn = Annotated[
    str,
    typer.Option(
        "--path-column",
        metavar="COLUMN",
        help="Column that names the file: a path in DUMP, a name, or a name without its ending.",
        rich_help_panel=PANEL,
    ),
]
PatientColumn = Annotated[
    str | None,
    typer.Option(
        "--patient-column",
        metavar="COLUMN",
        help="Column with the patient. Without it each study is a patient of its own, and splits "
        "by patient protect from nothing.",
        rich_help_panel=PANEL,
    ),
]
StudyColumn = Annotated[
    str | None,
    typer.Option(
        "--study-column",
        metavar="COLUMN",
        help="Column with the study, within its patient. Without it each picture is a study.",
        rich_help_panel=PANEL,
    ),
]
SplitColumn = Annotated[
    str | None,
    typer.Option(
        "--split-column",
        metavar="COLUMN",
        help="Column with the part of a published split, such as train, val or test.",
        rich_help_panel=PANEL,
    ),
]
BodyPartColumn = Annotated[
    list[str],
    typer.Option(
        "--body-part-column",
        metavar="COLUMN[=PART]",
        help="Column with the body part; or, once for each, columns of 0 and 1, which are called "
        "as their part or as in leg=knee.",
        rich_help_panel=PANEL,
    ),
]
ViewColumn = Annotated[
    list[str],
    typer.Option(
        "--view-column",
        metavar="COLUMN[=VIEW]",
        help="Column with the view, or columns of 0 and 1, as for the body part.",
        rich_help_panel=PANEL,
    ),
]
LateralityColumn = Annotated[
    list[str],
    typer.Option(
        "--laterality-column",
        metavar="COLUMN[=SIDE]",
        help="Column with the side, or columns of 0 and 1, as for the body part.",
        rich_help_panel=PANEL,
    ),
]
ClassLevel = Annotated[
    int | None,
    typer.Option(
        "--class-level",
        metavar="N",
        min=1,
        help="Of --layout classes: which folder is the class, 1 for the folders in DUMP "
        "[default: the one that is left below the parts of a split].",
        rich_help_panel=PANEL,
    ),
]
PatientLevel = Annotated[
    int | None,
    typer.Option(
        "--patient-level",
        metavar="N",
        min=1,
        help="Of --layout classes: which folder is the patient, 1 for the folders in DUMP "
        "[default: none is, and each picture is a patient].",
        rich_help_panel=PANEL,
    ),
]
BodyPart = Annotated[
    str | None,
    typer.Option(
        "--body-part",
        metavar="PART",
        help="Body part of each picture of which the layout tells none, such as wrist.",
        rich_help_panel=PANEL,
    ),
]
