"""What the API gives is what the command of the same name gives."""

import json

import pytest

import radprep
from radprep.errors import NotVerifiedError, TooManyFailedError, UsageError
from tests.made import command, convert, preprocess, private_key, rows, tree_hash
from tests.train.commands import radprep as run_command
from tests.train.synthetic import make_dataset

THESIS = {"pipeline": "wrist-thesis"}


def as_json(result):
    """Through JSON and back, as the command's stdout."""
    return json.loads(json.dumps(result.as_json()))


@pytest.fixture
def both(dump, tmp_path):
    """The dump converted by the API and by the command, and what both said."""
    for name in ("api", "command"):
        private_key(tmp_path / name)
    mine = radprep.convert(dump, tmp_path / "api", workers=1)
    return tmp_path, mine, convert(dump, tmp_path / "command", "--max-failed", 1)


def test_convert(both):
    folder, mine, said = both
    assert as_json(mine) == said
    assert tree_hash(folder / "api") == tree_hash(folder / "command")
    assert mine.where == folder / "api"
    assert mine.did["done"] == 4


def test_preprocess(both):
    folder, *_ = both
    mine = radprep.preprocess(
        folder / "api",
        folder / "clean",
        overrides={"colour_inversion.threshold": 90},
        workers=1,
        **THESIS,
    )
    said = preprocess(folder / "api", folder / "other", "--set", "colour_inversion.threshold=90")
    assert as_json(mine) == said
    assert tree_hash(folder / "clean") == tree_hash(folder / "other")


def test_a_dry_run_writes_nothing_and_says_what_it_would_do(both):
    folder, *_ = both
    mine = radprep.preprocess(folder / "api", folder / "clean", dry_run=True, **THESIS)
    assert not (folder / "clean").exists()
    assert as_json(mine) == preprocess(folder / "api", folder / "clean", "--dry-run")
    assert len(mine.plan.why) == 4
    assert repr(mine) == f"<preprocess {folder / 'clean'}, dry run: 4 studies to do>"


def test_a_shard(both):
    folder, *_ = both
    mine = radprep.preprocess(folder / "api", folder / "a", shard="1/2", workers=1, **THESIS)
    said = preprocess(folder / "api", folder / "b", "--shard", "1/2", "--workers", 1)
    assert as_json(mine) == said
    assert "shard 1/2: this run:" in repr(mine)


def test_labels_and_options_are_the_command_s(dump, tmp_path):
    (tmp_path / "labels.csv").write_text("accession;diagnosis\nA1;FRACTURA\nA2;NO\n")
    for name in ("api", "command"):
        private_key(tmp_path / name)
    mine = radprep.convert(
        dump,
        tmp_path / "api",
        labels=tmp_path / "labels.csv",
        label_map={"FRACTURA": "fracture", "NO": "normal"},
        only=["wrist", "knee"],
        modality=["cr"],
        retain=["uids"],
    )
    said = convert(
        dump,
        tmp_path / "command",
        *("--labels", tmp_path / "labels.csv", "--label-map", "FRACTURA=fracture"),
        *("--label-map", "NO=normal", "--only", "wrist,knee", "--modality", "cr"),
        *("--retain", "uids", "--max-failed", 1),
    )
    assert as_json(mine) == said
    assert mine.joined["labelled_studies"] == 2
    assert tree_hash(tmp_path / "api") == tree_hash(tmp_path / "command")


def test_report(both):
    folder, *_ = both
    mine = radprep.report(folder / "api", out=folder / "page", single_file=True)
    result = run_command("report", folder / "api", "--out", folder / "other", "--single-file")
    assert str(folder / "other" / "index.html") in result.output
    assert tree_hash(folder / "page") == tree_hash(folder / "other")
    assert mine.rows == len(rows(folder / "api"))
    assert mine.single_file == folder / "page" / "report.html"
    assert mine.page.is_file()


def test_card(both):
    folder, *_ = both
    mine = radprep.card(folder / "api", out=folder / "card")
    said = command("card", folder / "api", "--out", folder / "other card", "--json")
    there = {"answers": str(folder / "other card" / "card.toml")}
    assert {**as_json(mine), **there} == said
    assert tree_hash(folder / "card") == tree_hash(folder / "other card")
    assert (
        f"  open       {len(mine.missing)} answers: title, purpose"
        in run_command("card", folder / "api", "--out", folder / "card").output
    )


def test_verify_and_its_repair(both):
    folder, *_ = both
    assert as_json(radprep.verify(folder / "api")) == command("verify", folder / "api")
    assert radprep.verify(folder / "api").check().verified
    image = next((folder / "api").rglob("*.png"))
    image.unlink()
    found = radprep.verify(folder / "api")
    said = json.loads(run_command("verify", folder / "api", "--json").stdout)
    assert as_json(found) == said
    assert not found.verified
    with pytest.raises(NotVerifiedError, match="is not what its tables say: 1 findings"):
        found.check()
    repaired = radprep.verify(folder / "api", repair=True)
    assert repaired.repair.studies == 1
    with pytest.raises(NotVerifiedError, match="1 studies are queued"):
        repaired.check()


def test_too_many_failures_are_raised_when_asked_for(both):
    _, mine, _ = both
    assert mine.check(max_failed=0.5) is mine
    with pytest.raises(TooManyFailedError, match="1 of 7 files failed"):
        mine.check()


def test_train_evaluate_and_predict(tmp_path):
    root = make_dataset(tmp_path / "ds", 60)
    small = {"width": 48, "height": 64, "trees": 5}
    flags = [word for item in small.items() for word in ("--set", "{}={}".format(*item))]
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    trained = radprep.train(root, mine, holdout=0.3, seed=1, parameters=small, workers=1)
    said = command("train", root, theirs, "--holdout", 0.3, "--seed", 1, *flags, "-w", 1)
    assert as_json(trained) == said
    assert (mine / "config.toml").read_bytes() == (theirs / "config.toml").read_bytes()
    assert "classic in" in repr(trained)
    evaluated = radprep.evaluate(root, mine)
    assert as_json(evaluated) == command("evaluate", root, theirs)
    assert evaluated.where == mine / "holdout"
    assert 0 <= evaluated.figures["auroc"]["value"] <= 1
    asked = radprep.predict(root, mine, tmp_path / "a")
    assert as_json(asked) == command("predict", root, theirs, tmp_path / "b")
    assert len(asked.studies) == 60
    assert (tmp_path / "a" / "studies.csv").read_bytes() == (
        tmp_path / "b" / "studies.csv"
    ).read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bits": 12}, "--bits 12 is not possible"),
        ({"frames": "some"}, "--frames 'some' is not possible"),
        ({"window": "wide"}, "--window 'wide' is not possible"),
        ({"limit": 0}, "--limit 0 is not possible: give 1 or more"),
        ({"study_timeout": 0.5}, "--study-timeout 0.5 is not possible"),
        ({"workers": 0}, "--workers 0 is not possible"),
        ({"retry": "all"}, "--retry 'all' is not possible"),
        ({"shard": "4/3"}, "--shard '4/3' is not possible"),
        ({"label_map": {"a": "b"}}, "--label-map needs --labels"),
        ({"retain": ["names"]}, "--retain 'names' is unknown"),
    ],
)
def test_what_is_not_possible_is_a_sentence(dump, tmp_path, options, said):
    with pytest.raises(UsageError, match=said):
        radprep.convert(dump, tmp_path / "raw", **options)
    assert not (tmp_path / "raw").exists()


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(UsageError, match="There is no folder"):
        radprep.convert(tmp_path / "dump", tmp_path / "raw")
    with pytest.raises(UsageError, match="There is no folder"):
        radprep.preprocess(tmp_path / "raw", tmp_path / "clean", pipeline="wrist")
    with pytest.raises(UsageError, match="it has no dataset"):
        radprep.verify(tmp_path)
