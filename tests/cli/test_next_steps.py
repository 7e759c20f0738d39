"""After each command a person reads what to run next, and a machine does not."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from radprep.cli import app
from radprep.cli.next_steps import NEXT, say_next
from tests.cli.test_help import COMMANDS
from tests.made import arm, convert, make_dicom, preprocess

runner = CliRunner()


def radprep(*words):
    return runner.invoke(app, list(map(str, words)), catch_exceptions=False)


def said(*words):
    """The lines that a command says of what comes next."""
    done = radprep(*words)
    assert done.exit_code == 0, done.output
    assert "next: " not in done.stdout
    return re.findall(r"^(?:next|  or): (.*)$", done.stderr, re.MULTILINE)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Labelled wrists, raw and clean, and a dump of one elbow, in a folder with a blank in its
    name."""
    root = tmp_path_factory.mktemp("my data")
    wrists, labels = root / "wrists", root / "labels.csv"
    wrists.mkdir()
    for number, _ in enumerate(("normal", "fracture")):
        (wrists / str(number)).write_bytes(
            make_dicom(
                arm(seed=number),
                study=str(number),
                AccessionNumber=f"A{number}",
                BodyPartExamined="WRIST",
            )
        )
    labels.write_text("accession,diagnosis\nA0,normal\nA1,fracture\n")
    convert(
        wrists,
        root / "raw",
        "--labels",
        labels,
        "--label-map",
        "normal=normal",
        "--label-map",
        "fracture=fracture",
    )
    preprocess(root / "raw", root / "clean")
    (root / "dump").mkdir()
    (root / "dump" / "film").write_bytes(make_dicom(BodyPartExamined="ELBOW"))
    return root


def test_every_command_has_its_line():
    assert set(NEXT) == {" ".join(words) for words in COMMANDS}


def test_what_is_said_can_be_run(made):
    """Each suggestion is read by the command's own parser."""
    raw, clean = made / "raw", made / "clean"
    lines = [
        *said("inspect", made / "dump", "--workers", 1),
        *said("inspect", clean, "--workers", 1),
        *said("collate", raw),
        *said("collate", clean),
        *said("status", clean),
        *said("report", raw, "--workers", 1),
        *said("report", clean, "--workers", 1, "--out", made / "page"),
        *said("verify", clean, "--workers", 1),
        *said("scan", made / "dump", made / "scanned", "--workers", 1),
        *said("convert", made / "dump", made / "elbows", "--workers", 1),
        *said("merge", raw, shutil.copytree(raw, made / "same"), made / "both"),
        *said("preprocess", raw, made / "a clean", "-p", "wrist", "--workers", 1),
        *said("pipeline", "list"),
        *said("pipeline", "show", "wrist"),
        *said("doctor", made),
    ]
    commands = [line for line in lines if line.startswith("radprep ")]
    assert len(commands) > 14
    for line in commands:
        words = shlex.split(line)[1:]
        depth = 2 if words[0] == "pipeline" else 1
        command = COMMANDS[tuple(words[:depth])]
        command.make_context(words[0], words[depth:])


def test_the_preset_is_the_one_that_keeps_the_films(made):
    out = made / "elbows again"
    first, second = said("convert", made / "dump", out, "--workers", 1)
    clean = shlex.quote(str(made / "clean"))
    assert first == f"radprep preprocess {shlex.quote(str(out))} {clean} --pipeline elbow"
    assert second == f"radprep report {shlex.quote(str(out))}"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (["--dry-run"], "the same command without --dry-run"),
        (["--shard", "1/2"], "the other shards, and then radprep collate "),
    ],
)
def test_a_part_of_a_run_has_its_own_next(made, tmp_path, more, expected):
    dump = made / "dump"
    radprep("scan", dump, tmp_path / "raw", "--workers", 1)
    [line] = said("convert", dump, tmp_path / "raw", "--workers", 1, *more)
    assert line.startswith(expected)


def test_where_nothing_was_kept_the_dump_is_looked_at(tmp_path):
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / "text").write_text("no film")
    lines = said("convert", tmp_path / "dump", tmp_path / "raw", "--workers", 1)
    assert lines == [f"radprep inspect {tmp_path / 'dump'}"]


def test_boxes_that_were_tried_are_converted_with_the_same_flags(tmp_path, made):
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("SOPInstanceUID,x,y,width,height,class\n1.2.3,1,2,30,40,Fx\n")
    flags = ["--boxes", str(boxes), "--boxes-unit", "pixels", "--box-map", "Fx=fracture"]
    [line] = said("inspect", made / "dump", *flags, "--workers", 1)
    assert shlex.split(line)[4:] == flags


def test_labelled_films_can_be_trained_on(made):
    root = made / "clean"
    run = root.parent / "runs" / "first"
    line = said("report", root, "--out", made / "page two", "--workers", 1)[-1]
    assert shlex.split(line) == ["radprep", "train", str(root), str(run)]


def test_a_card_asks_for_answers_until_there_are_all(made):
    out = made / "card"
    [line] = said("card", made / "clean", "--out", out)
    assert line == f"fill in {shlex.quote(str(out / 'card.toml'))}, and then the same command again"
    answers = out / "card.toml"
    known = answers.read_text().replace('= ""', '= "known"')
    for link in ("licence_link", "address"):
        known = known.replace(f'{link} = "known"', f'{link} = "https://example.org/"')
    answers.write_text(known)
    [line] = said("card", made / "clean", "--out", out)
    assert line == f"read {shlex.quote(str(out / 'README.md'))} before you hand it on"


def test_a_machine_reads_no_advice(made):
    for words in (
        ("inspect", made / "dump", "--json"),
        ("inspect", made / "dump", "--csv"),
        ("status", made / "clean", "--json"),
        ("verify", made / "clean", "--json", "--workers", 1),
    ):
        assert "next: " not in radprep(*words).stderr


def test_a_command_that_ends_with_an_error_says_nothing_more(tmp_path):
    assert "next: " not in runner.invoke(app, ["verify", str(tmp_path)]).output


def test_commands_whose_work_takes_long_have_a_line_too(capsys):
    folders = {"dataset": Path("a set"), "run": Path("runs/a run"), "out": Path("an out")}
    others = {"first": Path("runs/1"), "source": Path("raw"), "model": "resnet18", "submit": False}
    for name in ("evaluate", "compare", "predict", "explain", "explain-step", "forget"):
        say_next(name, {**folders, **others, "container": False})
        assert capsys.readouterr().err.startswith("next: "), name
    for more in ({"container": True}, {"submit": True}, {}):
        say_next("slurm", {"container": False, "submit": False, **more})
        assert capsys.readouterr().err.startswith("next: ")


def test_advice_that_cannot_be_given_costs_nothing(tmp_path, capsys):
    say_next("collate", {"dataset": tmp_path / "gone"})
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("part", "said"), [("holdout", "radprep evaluate"), ("training", "no")])
def test_evaluate_is_offered_where_there_is_a_holdout(part, said, tmp_path, capsys):
    (tmp_path / "splits.csv").write_text(
        "patient_id,study_id,image_id,label,split,patient_group\n"
        f"p,s,one,1,validation,p\nq,t,two,0,{part},q\n"
    )
    say_next("train", {"dataset": Path("a"), "run": tmp_path, "model": None})
    text = capsys.readouterr().err
    assert text.startswith("next: ")
    assert ("radprep evaluate" in text) == (said == "radprep evaluate")
    assert ("the run has no hold-out" in text) == (said == "no")


def test_where_a_pipeline_wants_other_parts_the_parts_are_named(dump, tmp_path, capsys):
    shutil.rmtree(dump)
    dump.mkdir()
    (dump / "elbow").write_bytes(make_dicom(BodyPartExamined="ELBOW"))
    convert(dump, tmp_path / "raw")
    preprocess(tmp_path / "raw", tmp_path / "clean", "--pipeline", "wrist", "--limit", "1")
    say_next("preprocess", {"dataset": tmp_path / "raw", "out": tmp_path / "clean", "limit": 1})
    text = capsys.readouterr().err.splitlines()[-1]
    assert "other body parts (elbow)" in text
    assert "--pipeline, such as mura" in text
