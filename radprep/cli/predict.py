"""`radprep predict`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.api import training
from radprep.cli.options import Json, Key, Private, Workers, defaults_of

EXAMPLES = """\b
Examples:
  radprep predict film.dcm runs/first answer/
  radprep predict DUMP runs/first answers/ --workers 8
  radprep predict DUMP runs/first share/answers/ --private ~/keys/answers.private
  radprep predict DUMP runs/first answers/ --key raw.private/key
  radprep predict raw/ runs/first answers/ --json
"""


@defaults_of(training.predict)
def predict(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE", help="A DICOM file, a dump, or a data set of convert or preprocess."
        ),
    ],
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="Folder of a finished `radprep train`.")
    ],
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="Folder to make: studies.csv, images.csv and rejected.csv. For a film or a dump, "
            "OUT.private/ beside it leads back to patients.",
        ),
    ],
    *,
    cache: Annotated[
        Path | None,
        typer.Option(
            "--cache",
            metavar="FOLDER",
            help="Where numbers of images, or resized images, are kept between runs. Without it, "
            "none are kept.",
        ),
    ],
    private: Private,
    key: Key,
    keep_films: Annotated[
        bool,
        typer.Option(
            "--keep-films",
            help="Keep the data sets that are made on the way, with their images, in OUT. They "
            "are removed otherwise.",
        ),
    ],
    workers: Workers,
    json: Json = False,
) -> None:
    """Ask a trained model about films, taken through the pipeline that it was trained behind. Not
    for a decision on a patient."""
    from radprep.cli.training import print_predictions

    result = training.predict(
        source,
        run,
        out,
        cache=cache,
        private=private,
        key=key,
        keep_films=keep_films,
        workers=workers,
        quiet=False,
    )
    print_predictions(result.as_json(), str(result.where), as_json=json)
