"""The batch scripts, as text; bash runs them with an sbatch that only writes down what it was
given."""

import os
import subprocess

import pytest

from radprep.errors import UsageError
from radprep.run.slurm import Job, Resources, jobs_of, script, submission

WANTED = Resources(
    cpus=48,
    time="4:00:00",
    array=20,
    partition="long",
    extra=("--qos=big",),
    program=("/venv/bin/radprep",),
)

SBATCH = """#!/bin/bash
number=$(ls "$CALLS" | wc -l)
printf '%s\\n' "$@" > "$CALLS/$number.options"
cat > "$CALLS/$number.script"
echo $((100 + number))
"""


@pytest.fixture
def submit(tmp_path):
    """Run a submission with a false sbatch; gives what it printed and (options, script) of each
    call."""
    calls, programs = tmp_path / "calls", tmp_path / "bin"
    calls.mkdir()
    programs.mkdir()
    (programs / "sbatch").write_text(SBATCH)
    (programs / "sbatch").chmod(0o755)

    def run(text):
        done = subprocess.run(
            ["bash"],
            input=text,
            text=True,
            capture_output=True,
            check=True,
            cwd=tmp_path,
            env=os.environ | {"CALLS": str(calls), "PATH": f"{programs}:{os.environ['PATH']}"},
        )
        numbers = sorted(int(path.stem) for path in calls.glob("*.options"))
        return done.stdout, [
            (
                (calls / f"{number}.options").read_text().split(),
                (calls / f"{number}.script").read_text(),
            )
            for number in numbers
        ]

    return run


def test_script_asks_for_what_is_wanted():
    lines = script(
        Job("preprocess", ("preprocess", "raw", "clean", "--shard", "auto"), None, WANTED)
    ).splitlines()
    assert lines[0] == "#!/bin/bash"
    for option in (
        "--cpus-per-task=48",
        "--time=4:00:00",
        "--array=1-20",
        "--partition=long",
        "--qos=big",
        "--requeue",
        "--signal=B:USR1@60",
        "--open-mode=append",
        "--output=slurm-logs/%x-%A_%a.out",
    ):
        assert f"#SBATCH {option}" in lines
    assert lines[-1] == "exec /venv/bin/radprep preprocess raw clean --shard auto"


def test_words_are_quoted_for_the_shell(submit):
    words = ("a b", "$HOME", "it's", "--set", 'anatomic_filter.keep=["wrist"]', "`id`")
    _, [(_, text), _] = submit(submission(jobs_of("preprocess", words, (), "out", WANTED)))
    said = subprocess.run(
        ["bash"],
        input=text.replace("exec /venv/bin/radprep", "printf '%s\\n'"),
        text=True,
        capture_output=True,
        check=True,
    ).stdout.splitlines()
    assert said == ["preprocess", *words, "--shard", "auto"]


def test_a_word_cannot_end_the_script():
    with pytest.raises(UsageError, match="control character"):
        submission(jobs_of("preprocess", ("raw\nRADPREP_SBATCH\nid",), (), "out", WANTED))


def test_convert_scans_first_and_collates_last(submit):
    said, calls = submit(
        submission(jobs_of("convert", ("dump", "raw"), ("dump", "raw"), "raw", WANTED))
    )
    (first, scan), (second, work), (third, collate) = calls
    assert "exec /venv/bin/radprep scan dump raw" in scan
    assert "exec /venv/bin/radprep convert dump raw --shard auto" in work
    assert "exec /venv/bin/radprep collate raw" in collate
    assert "--array" not in scan + collate
    assert not any(option.startswith("--dependency") for option in first)
    assert "--dependency=afterok:100" in second
    assert "--dependency=afterany:102" in third
    assert said.splitlines() == [
        "radprep scan: job 100",
        "radprep convert: job 102",
        "radprep collate: job 104",
    ]


def test_preprocess_needs_no_scan(submit):
    _, calls = submit(submission(jobs_of("preprocess", ("raw", "clean"), (), "clean", WANTED)))
    assert [text.splitlines()[-1].split()[2] for _, text in calls] == ["preprocess", "collate"]


def test_train_is_one_job(submit):
    _, [(options, text)] = submit(submission(jobs_of("train", ("clean", "run"), (), "run", WANTED)))
    assert "--array" not in text
    assert options == ["--parsable"]


def test_array_of_one_still_does_a_shard():
    [work, _] = jobs_of("preprocess", ("raw", "clean"), (), "clean", Resources())
    assert "#SBATCH --array=1-1" in script(work)


def test_jobs_run_in_the_container_image():
    [work, _] = jobs_of("preprocess", ("raw", "clean"), (), "clean", Resources(image="radprep.sif"))
    assert (
        script(work).splitlines()[-1]
        == "exec apptainer exec radprep.sif radprep preprocess raw clean --shard auto"
    )
