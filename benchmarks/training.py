r"""What the models reach on real films, with and without pre-processing, padded and stretched: the
table of the README.

    python benchmarks/training.py --films films.csv \
        --dump-tool make_hospital_dump.py --work /tmp/training

--films: a CSV of real films (FracAtlas, CC BY 4.0). --dump-tool: a script that wraps them into a
DICOM dump (--films, --out, --studies, --seed, --once: no film in two studies) and writes labels.csv
beside it; it is run by --python, which needs encoders. What stands in --work already is not made
again. The key of the pseudonyms is fixed, so that the same patients are held out each time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radprep.convert.conversion import Conversion
from radprep.convert.named_labels import LabelsWanted
from radprep.convert.options import ConvertOptions
from radprep.preprocess.pipeline import Pipeline, load_pipeline
from radprep.preprocess.preprocessing import Preprocessing
from radprep.run.runner import RunOptions, run_conversion, run_preprocessing

PRESET = "wrist"
KEY = "5a" * 31 + "17\n"
LABELS = (("FRACTURA", "fracture"), ("NO FRACTURA", "normal"))
HOLDOUT = 0.3


@dataclass(frozen=True)
class Trial:
    """One line of the table: a model on a data set, images padded or stretched to its size."""

    model: str
    data: str
    mode: str = "pad"
    parameters: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """Name of the run's folder."""
        return f"{self.model}-{self.data}-{self.mode}"


def main() -> None:
    """Print the table as Markdown."""
    options = arguments()
    data = made_data(options)
    trials = [
        Trial(model, name, mode, tuple(options.set if model != "classic" else ()))
        for model in options.models
        for name, mode in (("processed", "pad"), ("processed", "stretch"), ("unprocessed", "pad"))
    ]
    found = [
        line_of(trial, evaluated(trial, data[trial.data], options.work / "runs"))
        for trial in trials
    ]
    print(markdown(found))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--films", type=Path, required=True)
    parser.add_argument("--dump-tool", type=Path, required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument(
        "--studies", type=int, default=1000, help="at most; the films are used up before"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--models", nargs="+", default=["classic", "rx-lite", "resnet18"])
    parser.add_argument(
        "--set",
        nargs="*",
        default=[],
        help="parameters of the PyTorch models, as radprep train --set takes them",
    )
    parser.add_argument("--workers", type=int, default=1)
    return parser.parse_args()


def made_data(options: argparse.Namespace) -> dict[str, Path]:
    """The dump, converted, and both data sets: through the preset, and through its study steps
    only, which are the same films as they came."""
    work = options.work
    work.mkdir(parents=True, exist_ok=True)
    (work / "key").touch(mode=0o600)
    (work / "key").write_text(KEY)
    if not (work / "dump" / "labels.csv").exists():
        subprocess.run(
            [
                options.python,
                str(options.dump_tool),
                "--films",
                str(options.films),
                "--out",
                str(work / "dump"),
                "--once",
                "--studies",
                str(options.studies),
                "--seed",
                str(options.seed),
            ],
            check=True,
            stdout=sys.stderr,
        )
    run = RunOptions(options.workers)
    labels = LabelsWanted(work / "dump" / "labels.csv", mapping=LABELS)
    run_conversion(
        Conversion.prepare(
            work / "dump" / "dicom", work / "raw", ConvertOptions(), labels, work / "key"
        ),
        run,
    )
    preset = load_pipeline(PRESET)
    pipelines = {
        "processed": preset,
        "unprocessed": Pipeline("unprocessed", "", tuple(preset.study_steps)),
    }
    for name, pipeline in pipelines.items():
        run_preprocessing(Preprocessing.prepare(work / "raw", work / name, pipeline), run)
    return {name: work / name for name in pipelines}


def evaluated(trial: Trial, dataset: Path, runs: Path) -> dict[str, Any]:
    """metrics.json of the trial's hold-out; trained and opened where that was not done."""
    run = runs / trial.name
    metrics = run / "holdout" / "metrics.json"
    if not metrics.exists():
        more = [
            word
            for parameter in (f"mode={trial.mode}", *trial.parameters)
            for word in ("--set", parameter)
        ]
        resume = ["--resume"] if (run / "config.toml").exists() else []
        radprep(
            "train",
            dataset,
            run,
            "--model",
            trial.model,
            "--holdout",
            HOLDOUT,
            "--on-leak",
            "group",
            "--workers",
            1,
            *more,
            *resume,
        )
        radprep("evaluate", dataset, run, "--workers", 1)
    return dict(json.loads(metrics.read_text()))


def radprep(*words: Any) -> None:
    """Run a command of this checkout; its summary goes to stderr."""
    subprocess.run(
        [sys.executable, "-m", "radprep", *map(str, words)], check=True, stdout=sys.stderr
    )


def line_of(trial: Trial, metrics: dict[str, Any]) -> dict[str, str]:
    """The thesis' comparison (each image decided at one half; votes of images) and the AUROC of
    studies with its interval."""
    study = metrics["study"]
    auroc = study["mean"]["figures"]["auroc"]
    return {
        "model": trial.model,
        "films": trial.data,
        "fitted": trial.mode,
        "studies (positive)": f"{metrics['counts']['studies']} "
        f"({metrics['counts']['positive_studies']})",
        **{
            f"accuracy, {title}": f"{100 * found['at_half']['accuracy']['value']:.1f} %"
            for title, found in (
                ("images", metrics["image"]),
                ("majority", study["majority"]),
                ("ALO", study["alo"]),
            )
        },
        "accuracy, chosen threshold": f"{100 * study['mean']['figures']['accuracy']['value']:.1f} "
        "%",
        "AUROC of studies": f"{auroc['value']:.3f} ({auroc['low']:.3f} to {auroc['high']:.3f})",
    }


def markdown(lines: Sequence[dict[str, str]]) -> str:
    """Lines as a Markdown table."""
    rows = [list(lines[0]), ["---"] * len(lines[0]), *(list(line.values()) for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    main()
