"""What to run after a command: one line for a person, on stderr, in one table for all commands."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radprep.errors import RadprepError

if TYPE_CHECKING:
    from radprep.dataset.info import Info

Values = Mapping[str, Any]
"""The arguments and options of the command that has ended, as its function takes them."""


def with_next(command: str, function: Callable[..., None]) -> Callable[..., None]:
    """The function of a command, which says what to run next once it is done, but for a machine
    that reads JSON or CSV. command: as it is typed behind `radprep`."""

    @wraps(function)
    def run(*arguments: Any, **values: Any) -> None:
        """The command, and then what comes next."""
        function(*arguments, **values)
        if not (values.get("json") or values.get("csv") or values.get("quiet")):
            say_next(command, values)

    return run


def say_next(command: str, values: Values) -> None:
    """Print what may be run next, the likeliest first. It is advice: what cannot be read here costs
    the line, not the command."""
    try:
        lines = list(NEXT[command](values))
    except (OSError, ValueError, KeyError, RadprepError):
        return
    sys.stdout.flush()  # it stands above, also where both go into one file
    for number, line in enumerate(lines):
        print(f"{'  or' if number else 'next'}: {line}", file=sys.stderr, flush=True)


def _typed(*words: object) -> str:
    """A command of ours with its arguments, quoted for a shell."""
    return shlex.join(["radprep", *map(str, words)])


def _beside(path: Path, name: str) -> Path:
    """A folder beside another, with a number where it has that name itself."""
    path = Path(path)
    return path.with_name(name if path.name != name else f"{name}-2")


def _info(root: Path) -> Info:
    """dataset.json of a data set. Raises RadprepError where it is not complete."""
    from radprep.dataset.info import read_info
    from radprep.dataset.layout import DataSet

    return read_info(DataSet(Path(root)))


def _after_stage(values: Values) -> str | None:
    """What comes after a run that is only a part of one."""
    if values.get("dry_run"):
        return "the same command without --dry-run"
    if values.get("shard"):
        return f"the other shards, and then {_typed('collate', values['out'])}"
    if values.get("limit") and _info(values["out"])["studies_left"]:
        return "the same command without --limit"
    return None


def _convert(values: Values) -> Iterator[str]:
    if part := _after_stage(values):
        yield part
    elif not _info(values["out"])["counts"]["kept"]:
        yield _typed("inspect", values["dump"])
    else:
        yield from _after_convert(values["out"])


def _after_convert(out: Path) -> Iterator[str]:
    preset = _preset(out)
    if preset:
        yield _typed("preprocess", out, _beside(out, "clean"), "--pipeline", preset)
    else:
        yield _typed("pipeline", "list")
    yield _typed("report", out)


_OTHER_PARTS = "anatomic_filter:body_part"
"""What films are rejected for that show none of the body parts which a pipeline keeps."""


def _all_of_other_parts(info: Info) -> bool:
    """Whether no film was kept, and films were rejected for their body part."""
    return not info["counts"]["kept"] and _OTHER_PARTS in info["counts"]["rejected_rows"]


def _parts_of(root: Path) -> list[str]:
    """The body parts that the kept films of a data set show, the most frequent first."""
    from collections import Counter

    from radprep.dataset.checked import read_columns
    from radprep.dataset.layout import DataSet
    from radprep.dataset.schema import KEPT

    data_set = DataSet(Path(root))
    table = read_columns(data_set.within(data_set.instances), ("body_part", "status"))
    rows = table.to_pylist()
    found = Counter(row["body_part"] for row in rows if row["status"] == KEPT and row["body_part"])
    return [part for part, _ in found.most_common(6)]


def _preset(out: Path) -> str | None:
    """The first preset that keeps the body part which most films show, or none; of MURA, which has
    many, its own."""
    from collections import Counter

    from radprep.dataset.checked import read_batches
    from radprep.dataset.layout import DataSet
    from radprep.dataset.schema import KEPT
    from radprep.preprocess.pipeline import load_pipeline
    from radprep.steps.anatomic_filter import AnatomicFilter

    data_set = DataSet(Path(out))
    if _info(out)["parameters"].get("layout") == "mura":
        return "mura"
    parts: Counter[str] = Counter()
    for batch in read_batches(data_set.within(data_set.instances), ("body_part", "status")):
        parts.update(
            row["body_part"]
            for row in batch.to_pylist()
            if row["status"] == KEPT and row["body_part"]
        )
    for part, _ in parts.most_common(1):
        for name in ("wrist", "elbow", "mura"):
            steps = load_pipeline(name).study_steps
            if any(part in step.keep for step in steps if isinstance(step, AnatomicFilter)):
                return name
    return None


def _preprocess(values: Values) -> Iterator[str]:
    is_whole = not (values.get("dry_run") or values.get("shard"))
    if is_whole and _all_of_other_parts(_info(values["out"])):
        parts = ", ".join(_parts_of(values["dataset"])) or "none"
        yield (
            f"the films show other body parts ({parts}): use another --pipeline, such as mura, or "
            "name what to keep with --set 'anatomic_filter.keep=[...]'"
        )
    elif part := _after_stage(values):
        yield part
    else:
        yield _typed("report", values["out"], "--source", values["dataset"])
        yield from _training(values["out"])


def _training(root: Path) -> Iterator[str]:
    """How to train, where there are labels to learn. Of more than two, somebody must say which are
    negative."""
    labels = sum(bool(name) for name in _info(root)["counts"]["labels"])
    if labels > 1:
        negative = ("--negative", "LABEL") if labels > 2 else ()
        split = ("--split-column", "split") if _has_split(root) else ()
        yield _typed("train", root, _beside(root, "runs") / "first", *negative, *split)


def _has_split(root: Path) -> bool:
    """Whether a data set brings a published split that has both parts which training needs."""
    import pyarrow.compute as pc

    from radprep.dataset.checked import read_columns
    from radprep.dataset.layout import DataSet
    from radprep.dataset.schema import KEPT

    data_set = DataSet(Path(root))
    table = read_columns(data_set.within(data_set.instances), ("split", "status"))
    kept = table.filter(pc.equal(table["status"], KEPT))
    return {"training", "validation"} <= set(pc.unique(kept["split"]).to_pylist())


def _collate(values: Values) -> Iterator[str]:
    yield from _after_tables(values["dataset"])


def _merge(values: Values) -> Iterator[str]:
    if part := _after_stage(values):
        yield part
    else:
        yield from _after_tables(values["datasets"][-1])


def _after_tables(root: Path) -> Iterator[str]:
    """What comes after a data set was made, whichever stage made it."""
    if "pipeline" in _info(root)["parameters"]:
        yield _page_of(root)
        yield from _training(root)
    else:
        yield from _after_convert(root)


def _page_of(root: Path) -> str:
    """How to make the page of a data set, with the films before where there are any: a page without
    them does not take the place of one that has them."""
    of_source = ("--source", "RAW") if _info(root)["stage"] == "preprocess" else ()
    return _typed("report", root, *of_source)


def _status(values: Values) -> Iterator[str]:
    from radprep.dataset.info import is_complete
    from radprep.dataset.layout import DataSet

    info = _info(values["dataset"])
    if is_complete(DataSet(values["dataset"]), info):
        yield _page_of(values["dataset"])
    else:
        yield f"{_typed('status', values['dataset'])}, until the tables are made"


def _report(values: Values) -> Iterator[str]:
    page = values["out"] or Path(values["dataset"]) / "report"
    yield f"open {shlex.quote(str(Path(page) / 'index.html'))} in a browser"
    if values["source"] is None and _info(values["dataset"])["stage"] == "preprocess":
        yield _page_of(values["dataset"])
    yield from _training(values["dataset"])


def _inspect(values: Values) -> Iterator[str]:
    from radprep.api.arguments import USUAL_COLUMNS, USUAL_KEYS
    from radprep.dataset.layout import DataSet

    source = values["source"]
    if DataSet(source).exists:
        yield _page_of(source)
        return
    labels = ["--labels", values["labels"]] if values["labels"] else []
    for flag, given, usual in (
        ("--label-key", values["label_key"], USUAL_KEYS),
        ("--label-column", values["label_column"], USUAL_COLUMNS),
    ):
        if tuple(given) != usual:
            labels += [word for one in given for word in (flag, one)]
    labels += ["--label-main", values["label_main"]] if values["label_main"] else []
    for text in values["label_map"] or []:
        labels += ["--label-map", text]
    for path in values["boxes"] or []:
        labels += ["--boxes", str(path)]
    for flag in ("boxes_format", "boxes_unit", "box_label"):
        labels += [f"--{flag.replace('_', '-')}", values[flag]] if values[flag] else []
    for text in values["box_map"] or []:
        labels += ["--box-map", text]
    yield _typed("convert", source, values.get("out") or _beside(source, "raw"), *labels)


def _train(values: Values) -> Iterator[str]:
    from radprep.train.data.splits import FILE_NAME, HOLDOUT, split_of_run

    run = Path(values["run"])
    if HOLDOUT in split_of_run(run / FILE_NAME).values():
        yield (
            f"{_typed('evaluate', values['dataset'], run)}, once you have settled on this model: "
            "it opens the hold-out"
        )
    else:
        yield (
            f"look at {shlex.quote(str(run / 'validation'))}: the run has no hold-out, and its "
            "figures there are those of the part that thresholds were chosen on"
        )
    if (values["model"] or "classic") != "classic":
        yield _typed("explain", values["dataset"], values["run"], Path(values["run"]) / "maps")


def _evaluate(values: Values) -> Iterator[str]:
    run = Path(values["run"])
    yield f"open {shlex.quote(str(run / 'card.md'))}"
    yield _typed("predict", "DUMP", run, _beside(run, "answers"))


def _verify(values: Values) -> Iterator[str]:
    yield _page_of(values["dataset"])


def _forget(values: Values) -> Iterator[str]:
    yield _typed("verify", values["dataset"])


def _slurm(values: Values) -> Iterator[str]:
    if values["container"]:
        yield "apptainer build radprep.sif radprep.def"
    elif values["submit"]:
        yield "squeue, and `radprep status` of the data set that is made"
    else:
        yield "the same command with --submit"


def _predict(values: Values) -> Iterator[str]:
    """The answers, and the way from one of them back to its film: by the private tree that was made
    for them or, where they are those of a data set, by its own."""
    from radprep.dataset.layout import DataSet

    source, out = Path(values["source"]), Path(values["out"])
    yield f"open {shlex.quote(str(out / 'studies.csv'))}"
    known_by = source if DataSet(source).exists else out
    private = ("--private", values["private"]) if values.get("private") else ()
    yield f"{_typed('locate', known_by, 'ID', *private)}, which names the file behind an id"


def _card(values: Values) -> Iterator[str]:
    """The open answers, and then the card again; or what there is to read."""
    from radprep.dataset.card_files import ANSWERS, README
    from radprep.export.card.answers import read_answers

    folder = Path(values["out"] or values["dataset"])
    answers = Path(values["answers"] or folder / ANSWERS)
    if read_answers(answers).missing:
        yield f"fill in {shlex.quote(str(answers))}, and then the same command again"
    else:
        yield f"read {shlex.quote(str(folder / README))} before you hand it on"


def _demo(values: Values) -> Iterator[str]:
    out = Path(values["out"])
    yield f"open {shlex.quote(str(out / 'clean' / 'report' / 'index.html'))} in a browser"
    yield _typed("inspect", "DUMP")


NEXT: dict[str, Callable[[Values], Iterator[str]]] = {
    "inspect": _inspect,
    "convert": _convert,
    "preprocess": _preprocess,
    "scan": lambda values: iter([_typed("convert", values["dump"], values["out"])]),
    "collate": _collate,
    "merge": _merge,
    "status": _status,
    "report": _report,
    "explain-step": lambda values: iter(
        [_typed("report", values["dataset"], "--source", values["source"])]
    ),
    "train": _train,
    "evaluate": _evaluate,
    "compare": lambda values: iter([f"open {shlex.quote(str(Path(values['first']) / 'card.md'))}"]),
    "predict": _predict,
    "explain": lambda values: iter(
        [f"open {shlex.quote(str(Path(values['out']) / 'index.html'))} in a browser"]
    ),
    "card": _card,
    "export": lambda values: iter(
        [f"open {shlex.quote(str(Path(values['out']) / 'export.json'))}, which counts the films"]
    ),
    "verify": _verify,
    "locate": lambda values: iter(
        [
            "look at the file itself (a DICOM file with a DICOM viewer); what was decided of it "
            "is changed with "
            "`radprep preprocess ... --corrections CSV`"
        ]
    ),
    "forget": _forget,
    "slurm": _slurm,
    "demo": _demo,
    "columns": lambda values: iter(
        ["open a data set's instances.parquet, which has these columns"]
    ),
    "doctor": lambda values: iter([_typed("demo"), _typed("inspect", "DUMP")]),
    "pipeline list": lambda values: iter([_typed("pipeline", "show", "wrist")]),
    "pipeline show": lambda values: iter(
        [_typed("preprocess", "RAW", "CLEAN", "--pipeline", values["name"])]
    ),
    "pipeline schema": lambda values: iter([_typed("pipeline", "show", "wrist")]),
}
"""Command -> what may be run or looked at next."""
