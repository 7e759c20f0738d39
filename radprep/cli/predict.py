"""`radprep predict`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radprep.cli.options import Json, Workers

if TYPE_CHECKING:
    from radprep.run.runner import RunOptions
    from radprep.train.prediction import Preparation

EXAMPLES = """\b
Examples:
  radprep predict film.dcm runs/first answer/
  radprep predict DUMP runs/first answers/ --workers 8
  radprep predict raw/ runs/first answers/ --json
"""


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
            help="Folder to make: studies.csv, images.csv, and the data sets that were made on "
            "the way.",
        ),
    ],
    cache: Annotated[
        Path | None,
        typer.Option(
            "--cache",
            metavar="FOLDER",
            help="Where numbers of images, or resized images, are kept "
            "between runs  [default: `cache` in OUT].",
        ),
    ] = None,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Ask a trained model about films, taken through the pipeline that it was trained behind. Not
    for a decision on a patient."""
    from radprep.cli.training import print_predictions
    from radprep.run.runner import RunOptions
    from radprep.run.workers import worker_count
    from radprep.train.prediction import Preparation, predict_dataset

    options = RunOptions(worker_count(workers))
    dataset = _prepared(Preparation.of(source, run), out, options)
    found = predict_dataset(dataset, run, out, cache or out / "cache", workers=options.workers)
    print_predictions(found, str(out), as_json=json)


def _prepared(needed: Preparation, out: Path, options: RunOptions) -> Path:
    """The source as a data set like the one that the run was trained on, made in OUT as far as it
    is not one."""
    import shutil
    import tempfile

    from radprep.convert.conversion import Conversion
    from radprep.preprocess.preprocessing import Preprocessing
    from radprep.run.runner import run_conversion, run_preprocessing

    dataset = needed.source
    if needed.convert:
        dataset = out / "raw"
        with tempfile.TemporaryDirectory() as folder:
            if needed.source.is_file():
                shutil.copyfile(needed.source, Path(folder) / "film")
            dump = Path(folder) if needed.source.is_file() else needed.source
            run_conversion(Conversion.prepare(dump, dataset, needed.convert, None), options)
    for number, pipeline in enumerate(needed.pipelines, start=1):
        clean = out / ("clean" if number == 1 else f"clean-{number}")
        run_preprocessing(Preprocessing.prepare(dataset, clean, pipeline), options)
        dataset = clean
    return dataset
