"""`radprep slurm`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from radprep.run.slurm import Resources

EXAMPLES = """\b
Examples:
  radprep slurm preprocess raw/ clean/ --pipeline wrist --array 20 --cpus 48 --time 4:00:00
  radprep slurm convert DUMP raw/ --labels labels.csv --array 20 --cpus 16 --submit
  radprep slurm convert DUMP share/raw/ --private ~/keys/raw.private --array 20
  radprep slurm preprocess raw/ clean/ --pipeline wrist --image radprep.sif --sbatch=--qos=long
  radprep slurm --container > radprep.def
"""

_LEAST_MB = 1024
"""Memory for each core of a training, at least."""

SETTINGS: dict[str, Any] = {"allow_extra_args": True, "ignore_unknown_options": True}
"""What radprep slurm does not know is for the command that it submits."""

_OURS = {
    "--shard": "--array",
    "--workers": "--cpus",
    "-w": "--cpus",
    "--dask": "--array",
    "--dry-run": "the command itself",
}
"""Options of the commands that the batch scripts set, or that make no sense in them."""


_OF_LAYOUT = (
    *("layout", "table", "path_column", "patient_column", "study_column"),
    *("class_level", "patient_level"),
)
"""Options of convert that its scan needs, too."""


def slurm(
    context: typer.Context,
    command: Annotated[
        str | None,
        typer.Argument(
            metavar="COMMAND ...",
            help="Command to submit: convert, preprocess or train, with its own arguments and "
            "options.",
            show_default=False,
        ),
    ] = None,
    array: Annotated[
        int,
        typer.Option(
            "--array", metavar="N", min=1, help="Tasks of the job array; each does one shard."
        ),
    ] = 1,
    cpus: Annotated[
        int,
        typer.Option(
            "--cpus", metavar="C", min=1, help="Cores of each task, which are its workers."
        ),
    ] = 1,
    time: Annotated[
        str, typer.Option("--time", metavar="T", help="Time limit of each job, as sbatch takes it.")
    ] = "24:00:00",
    partition: Annotated[
        str | None, typer.Option("--partition", metavar="NAME", help="Partition.")
    ] = None,
    mem_per_cpu: Annotated[
        str | None,
        typer.Option(
            "--mem-per-cpu",
            metavar="SIZE",
            help="Memory for each core [default: 1G, or for train what the model takes].",
        ),
    ] = None,
    gpus: Annotated[int, typer.Option("--gpus", metavar="N", min=0, help="GPUs, for train.")] = 0,
    sbatch: Annotated[
        list[str] | None,
        typer.Option(
            "--sbatch",
            metavar="OPTION",
            help="A further option of sbatch, such as --sbatch=--account=lab; may be repeated.",
        ),
    ] = None,
    logs: Annotated[
        str, typer.Option("--logs", metavar="FOLDER", help="Folder for the jobs' output.")
    ] = "slurm-logs",
    image: Annotated[
        str | None, typer.Option("--image", metavar="FILE.sif", help="Run in this Apptainer image.")
    ] = None,
    submit: Annotated[
        bool, typer.Option("--submit", help="Submit the jobs; without it, their script is printed.")
    ] = False,
    container: Annotated[
        bool, typer.Option("--container", help="Print an Apptainer definition of radprep, and end.")
    ] = False,
) -> None:
    """Print or submit the SLURM jobs of a command: a job array with a shard each, for convert after
    a scan, then a last job that makes the shared tables. A job that is requeued goes on where it
    stopped; one that is asked to end (time limit, preemption) stops cleanly, and submitting again
    goes on."""
    from radprep.errors import UsageError
    from radprep.resources import text
    from radprep.run.slurm import Resources

    if container:
        print(text("containers/radprep.def"), end="")
        return
    if command is None:
        raise UsageError(
            "radprep slurm needs a command: convert, preprocess or train, with its arguments."
        )
    wanted = Resources(
        cpus,
        time,
        array,
        partition,
        mem_per_cpu or "1G",
        gpus,
        logs,
        tuple(sbatch or ()),
        image,
        _program(),
    )
    script = _script(command, context.args, wanted, sized=mem_per_cpu is not None)
    if submit:
        _submit(script)
    else:
        print(script, end="")


def _script(command: str, words: list[str], wanted: Resources, *, sized: bool) -> str:
    """The submission script. The words are checked by the command's own parser: a mistake shows
    now, not in a job's log. sized: the person has said how much memory the jobs get."""
    import os

    from radprep.cli import app
    from radprep.errors import UsageError
    from radprep.run.slurm import jobs_of, submission

    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group
    if command not in ("convert", "preprocess", "train") or command not in known:
        raise UsageError(
            f"radprep slurm {command!r} is not possible: give convert, preprocess or train."
        )
    for word in words:
        if word.partition("=")[0] in _OURS:
            raise UsageError(
                f"{word} is not for radprep slurm: use {_OURS[word.partition('=')[0]]}."
            )
    found = known[command].make_context(command, list(words)).params
    _check_inputs(command, found)
    if command == "train" and wanted.array > 1:
        raise UsageError("radprep train is one job: leave --array out.")
    if command == "train":
        wanted = _for_training(found, wanted, sized=sized)
    key = ["--key", os.fspath(found["key"])] if found.get("key") else []
    private = ["--private", os.fspath(found["private"])] if found.get("private") else []
    add = ["--add"] if found.get("add") else []
    layout = [
        word
        for name in _OF_LAYOUT
        if found.get(name) is not None
        for word in (f"--{name.replace('_', '-')}", str(found[name]))
    ]
    layout = layout if found.get("layout", "dicom") != "dicom" else []
    scan = (
        [os.fspath(found["dump"]), os.fspath(found["out"]), *key, *layout, *add]
        if command == "convert"
        else []
    )
    out = os.fspath(found.get("out") or "")
    return submission(jobs_of(command, words, scan, out, wanted, private))


def _for_training(found: dict[str, Any], wanted: Resources, *, sized: bool) -> Resources:
    """What a training asks for: unless a person has said it, the memory that its model takes.
    Raises UsageError for parameters that the model does not take; inside a container only the job
    itself knows whether there is PyTorch."""
    from dataclasses import replace

    from radprep.api.training import experiment_asked_for
    from radprep.train.experiment import Experiment
    from radprep.train.models import check_parameters, memory_of

    given = {name: found.get(name) for name in Experiment.model_fields if name in found}
    del given["parameters"], given["weights"]
    experiment = experiment_asked_for(
        given, found["parameters"], found["config"], freeze=found["freeze"]
    )
    if wanted.image is None:
        check_parameters(experiment.model, experiment.parameters)
    if sized:
        return wanted
    bytes_needed = memory_of(
        experiment.model, experiment.parameters, workers=wanted.cpus, gpu=wanted.gpus > 0
    )
    megabytes = max(_LEAST_MB, -(-bytes_needed // wanted.cpus >> 20))
    return replace(wanted, mem_per_cpu=f"{megabytes}M")


def _check_inputs(command: str, found: dict[str, Any]) -> None:
    """Refuse now what every task of the array would refuse. Raises UsageError."""
    from pathlib import Path

    from radprep.dataset.layout import DataSet
    from radprep.errors import UsageError
    from radprep.preprocess.pipeline import load_pipeline
    from radprep.private.place import find_tree

    names = ("dump", "dataset", "labels", "table", "corrections", "key")
    for path in (*(found.get(name) for name in names), *(found.get("boxes") or ())):
        if path and not Path(path).exists():
            raise UsageError(f"There is no {path}: every job would end at once.")
    if command == "convert":
        find_tree(DataSet(found["out"]), found.get("private"), found["dump"])
    if command == "preprocess":
        load_pipeline(found["pipeline"], found["overrides"] or [])


def _program() -> tuple[str, ...]:
    """The radprep that is running, as the nodes find it: by its full path on a file system they
    share."""
    import shutil
    import sys
    from pathlib import Path

    beside = shutil.which("radprep", path=str(Path(sys.executable).parent))
    return (beside,) if beside else (sys.executable, "-m", "radprep")


def _submit(script: str) -> None:
    """Give the script to bash. Raises UsageError where sbatch is not there or refuses."""
    import shutil
    import subprocess

    from radprep.errors import UsageError

    if not shutil.which("sbatch"):
        raise UsageError(
            "There is no sbatch here. Run this on a login node, or print the script (without "
            "--submit) and submit it there."
        )
    done = subprocess.run(["bash", "-s"], input=script, text=True, capture_output=True, check=False)
    print(done.stdout, end="")
    if done.returncode:
        raise UsageError(f"sbatch refused: {done.stderr.strip()}")
