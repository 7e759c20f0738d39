"""Kill runs, resume them, and compare the tree with that of an undisturbed run: `python -m
tests.crash.drive FOLDER --kills 200 --seed 1`.

Prints one JSON object: the kills, and the trials whose tree differed. Each run is a forked child in
a process group of its own.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

from radprep.convert.conversion import Conversion
from radprep.convert.named_labels import LabelsWanted
from radprep.convert.options import ConvertOptions
from radprep.dataset.commit import Attempt
from radprep.preprocess.pipeline import load_pipeline
from radprep.preprocess.preprocessing import Preprocessing
from radprep.run import runner
from radprep.run.merger import run_merging
from radprep.run.runner import RunOptions
from radprep.upkeep.merge import Merging
from tests.crash.fail_points import FailingStage, Kill, install, naive_commit
from tests.made import arm, key_at, make_dicom

SCENARIOS = (
    "convert fresh",
    "convert over older",
    "convert relabelled",
    "preprocess fresh",
    "preprocess over older",
    "merge fresh",
    "merge over older",
)
POINTS_OF_A_WORKER = 120
"""About as many fail points as one of two workers passes; a number beyond the last kills nobody,
and the trial does not count."""


def make_dumps(folder):
    """`old` and `new`: in new a file has left (its row stays), one has changed, a study has come,
    labels have changed."""
    for name, extra in (("old", ("left",)), ("new", ("come",))):
        dump = folder / name
        dump.mkdir(parents=True)
        for study in range(4):
            for instance in (1, 2):
                seed = (
                    10 * study + instance + (100 if (name, study, instance) == ("new", 2, 1) else 0)
                )
                (dump / f"{study}-{instance}").write_bytes(
                    make_dicom(
                        arm(48, 40, seed),
                        study=str(study),
                        instance=str(instance),
                        AccessionNumber=f"A{study}",
                    )
                )
        for word in extra:
            study = {"left": "0", "come": "9"}[word]
            (dump / word).write_bytes(
                make_dicom(arm(48, 40, 77), study=study, instance="5", AccessionNumber=f"A{study}")
            )
        (folder / f"{name}.csv").write_text(
            "accession,diagnosis\n"
            + "".join(
                f"A{study},{'fracture' if (study % 2 == 0) == (name == 'old') else 'normal'}\n"
                for study in range(4)
            )
        )
    key_at(folder / "key")


def undertake(folder, out, what, options):
    """One run, in this process. what: convert or preprocess, with `old` or `new` input."""
    command, age = what.split()
    if command == "convert":
        window = "full" if age == "old" else "auto"
        dump = folder / ("old" if age == "old" else "new")
        labels = LabelsWanted(
            folder / ("new.csv" if age == "relabelled" else f"{age}.csv"),
        )
        conversion = Conversion.prepare(
            dump, out, ConvertOptions(window=window), labels, folder / "key"
        )
        return runner.run_conversion(conversion, options)
    if command == "merge":
        parts = [folder / ("raw" if age == "new" else "raw before"), folder / "elsewhere"]
        return run_merging(Merging.prepare(parts, out, mixed=True), options)
    value = 5 if age == "old" else 100
    pipeline = load_pipeline("wrist-thesis", [f"colour_inversion.threshold={value}"])
    return runner.run_preprocessing(Preprocessing.prepare(folder / "raw", out, pipeline), options)


def convert_elsewhere(folder, options):
    """Another hospital's data set: the same films under another key."""
    key = key_at(folder / "key elsewhere", "6b")
    conversion = Conversion.prepare(
        folder / "old",
        folder / "elsewhere",
        ConvertOptions(),
        LabelsWanted(folder / "old.csv"),
        key,
    )
    runner.run_conversion(conversion, options)


def prepare_scenarios(folder):
    """The tree that each scenario starts from, what it runs, and the hash of the undisturbed
    result."""
    make_dumps(folder)
    quiet = RunOptions(quiet=True)
    fork(lambda: undertake(folder, folder / "raw", "convert new", quiet))
    fork(lambda: undertake(folder, folder / "raw before", "convert old", quiet))
    fork(lambda: convert_elsewhere(folder, quiet))
    starts = {
        "convert fresh": (None, "convert new"),
        "convert over older": ("convert old", "convert new"),
        "convert relabelled": ("convert old", "convert relabelled"),
        "preprocess fresh": (None, "preprocess new"),
        "preprocess over older": ("preprocess old", "preprocess new"),
        "merge fresh": (None, "merge new"),
        "merge over older": ("merge old", "merge new"),
    }
    ready = {}
    for name, (before, what) in starts.items():
        start, out = folder / f"start {name}", folder / "undisturbed" / name
        start.mkdir()
        if before:
            fork(lambda start=start, before=before: undertake(folder, start / "out", before, quiet))
        copy(start, out)
        passed = folder / f"points {name}"
        assert (
            fork(
                lambda out=out, what=what, passed=passed: passed.write_text(
                    str(count_points(folder, out / "out", what))
                )
            )
            == 0
        ), name
        ready[name] = (start, what, tree(out), int(passed.read_text()))
    return ready


def count_points(folder, out, what):
    points = install(Kill(0, "self", folder / "never", 0))
    undertake(folder, out, what, RunOptions(quiet=True))
    return points.passed


def copy(start, out):
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(start, out)


def tree(root):
    """Hash of each file that is to be the same: all but logs, attempts, and files that did not get
    their name."""
    names = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in names.items()
        if not any(part.startswith(".") or part == "logs" for part in name.split("/"))
    }


def fork(work, meanwhile=None):
    """Run a function in a child that leads its own group; returns its exit code, negative where it
    was killed. meanwhile(child) is called while it runs."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setsid()
            if not os.environ.get("CRASH_SHOW"):
                null = os.open(os.devnull, os.O_RDWR)
                for number in (0, 1, 2):
                    os.dup2(null, number)
            work()
            code = 0
        finally:
            os._exit(code)
    if meanwhile:
        meanwhile(child)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def trial(folder, ready, random_, number, *, with_workers, naive):
    """Kill one run and resume it. Returns what was done and whether the tree is as it must be; None
    where nobody died."""
    scenario = "preprocess over older" if naive else random_.choice(SCENARIOS)
    start, what, expected, points = ready[scenario]
    place, flag = folder / "trial", folder / f"killed-{number}"
    copy(start, place)
    who = random_.choice(("group", "parent", "self")) if with_workers else "group"
    by_time = random_.random() < 0.3 and who != "self"
    at = random_.randint(1, POINTS_OF_A_WORKER if with_workers else points)
    delay = random_.uniform(0.0, 4.0 if with_workers else 0.4)
    options = RunOptions(workers=2 if with_workers else 0, quiet=True)

    def disturbed():
        kill = Kill(0 if by_time else at, who, flag, os.getpid())
        if naive:
            Attempt.commit = naive_commit
        plain = runner.run_stage
        runner.run_stage = lambda stage, *rest: plain(FailingStage(stage, kill), *rest)
        if who != "self":
            install(kill)
        undertake(folder, place / "out", what, options)

    leader = []

    def strike(child):
        leader.append(child)
        if not by_time:
            return
        time.sleep(delay)
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if who == "group" else os.kill)(child, signal.SIGKILL)

    code = fork(disturbed, strike)
    if code >= 0 and not (who == "self" and flag.exists()):
        return None
    if who != "self":  # where a worker has died, the run itself goes on
        code = fork(lambda: undertake(folder, place / "out", what, RunOptions(quiet=True)))
    wait_for_orphans(leader[0])
    found = tree(place)
    differing = sorted(
        name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)
    )
    return {
        "scenario": scenario,
        "who": who,
        "at": None if by_time else at,
        "same": not differing and not code,
        "code": code,
        "differing": differing,
    }


def wait_for_orphans(group):
    """Workers end soon after their parent was killed, but not before it."""
    with contextlib.suppress(ProcessLookupError):
        for _ in range(600):
            os.killpg(group, 0)
            time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--with-workers",
        type=float,
        default=0.2,
        help="share of the kills in runs with worker processes",
    )
    parser.add_argument(
        "--keep", action="store_true", help="stop at the first difference and leave its trees"
    )
    parser.add_argument(
        "--naive", action="store_true", help="commit as DESIGN forbids it: trees must differ"
    )
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    random_, done, number = random.Random(chosen.seed), [], 0
    ready = prepare_scenarios(chosen.folder)
    started = time.monotonic()
    while len(done) < chosen.kills:
        number += 1
        with_workers = (
            len([one for one in done if one["workers"]]) < chosen.with_workers * (len(done) + 1)
            and not chosen.naive
        )
        result = trial(
            chosen.folder, ready, random_, number, with_workers=with_workers, naive=chosen.naive
        )
        if result:
            done.append({**result, "workers": with_workers})
            if chosen.keep and not result["same"]:
                break
    different = [one for one in done if not one["same"]]
    print(
        json.dumps(
            {
                "kills": len(done),
                "trials": number,
                "seconds": round(time.monotonic() - started, 1),
                "different": different,
            }
        )
    )
    if not different:
        shutil.rmtree(chosen.folder)
    sys.exit(bool(different) and not chosen.naive)


if __name__ == "__main__":
    main()
