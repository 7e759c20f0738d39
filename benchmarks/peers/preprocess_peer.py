"""radprep preprocess with the whole preset `wrist`, from and to a data set. Prints where the time
went, too."""

import json
import shutil
from dataclasses import replace

from _steady import OUT, SOURCE, measure

from radprep.preprocess.pipeline import load_pipeline
from radprep.preprocess.preprocessing import Preprocessing
from radprep.run.runner import RunOptions, RunResult, run_preprocessing


def preprocess(options: RunOptions) -> RunResult:
    """A run in this process."""
    return run_preprocessing(
        Preprocessing.prepare(SOURCE, OUT / "clean", load_pipeline("wrist", [])),
        replace(options, quiet=True),
    )


if __name__ == "__main__":
    preprocess(RunOptions(limit=1))  # so that what is imported late has been imported
    shutil.rmtree(OUT / "clean")
    results: list[RunResult] = []
    measure(lambda: results.append(preprocess(RunOptions())))
    print("PROFILE", json.dumps({"images": results[0].images, "seconds": results[0].seconds}))
