"""Whatever was done to a data set and the one made from it, in whatever order: after the ordinary
commands were run again, report, verify and train accept the chain."""

import itertools
import random
import shutil
from dataclasses import replace

import pytest

from radprep.dataset.info import read_info
from radprep.dataset.layout import DataSet
from radprep.errors import InterruptedRunError, UsageError
from radprep.report.facts.material import read_material
from radprep.run.runner import RunOptions
from radprep.stage.shard import Shard
from tests import chains
from tests.made import private_of, rows, tree_hash


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    return chains.make(tmp_path_factory.mktemp("chain") / "start")


def tried(start, folder, order):
    chain = start.copy(folder)
    for operation in order:
        chain = chain.after(operation)
    accepted(chain)
    chain.convert()
    chain.preprocess()
    chain.check()
    chain.check_second_run()
    shutil.rmtree(folder)


def accepted(chain):
    """The ordinary commands bring a chain to where report, verify and train accept it."""
    chain.finish()
    chain.check()


ORDERS = list(itertools.permutations(chains.ALL, 3))
TELLING = [  # each would end in a dead end if one thing were forgotten
    ("repair clean", "prune raw", "collate clean"),
    ("forget raw", "repair clean", "relabel raw"),
    ("correct clean", "forget raw", "prune clean"),
]
CHOSEN = [*TELLING, *random.Random(14).sample(ORDERS, 3)]


@pytest.mark.parametrize("order", CHOSEN, ids=", ".join)
def test_some_orders_end_in_a_chain_that_is_accepted(start, tmp_path, order):
    tried(start, tmp_path / "tried", order)


@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.parametrize("first", chains.ALL)
def test_every_order_of_three_ends_in_a_chain_that_is_accepted(start, tmp_path, first):
    one = start.copy(tmp_path / "one").after(first)
    for second in (name for name in chains.ALL if name != first):
        two = one.copy(tmp_path / "two").after(second)
        for third in (name for name in chains.ALL if name not in (first, second)):
            accepted(two.copy(tmp_path / "three").after(third))
            shutil.rmtree(tmp_path / "three")
        shutil.rmtree(tmp_path / "two")


@pytest.fixture(autouse=True)
def no_other_run(monkeypatch):
    """Nobody else is at work, so that collating need not wait for a study that is missing."""
    monkeypatch.setattr("radprep.stage.collate._PAUSES_S", ())


@pytest.fixture
def chain(start, tmp_path):
    return start.copy(tmp_path / "chain")


def fingerprint(root):
    return read_info(DataSet(root))["fingerprint"]


def both_forget(chain):
    return chain.after("forget clean").after("forget raw")


def in_shards(chain, run):
    for number in (1, 2):
        run(RunOptions(quiet=True, shard=Shard(number, 2)))


def test_a_run_with_nothing_to_do_names_the_source_as_it_is_now(chain):
    for root in (chain.clean, chain.raw):
        chain.forget(root, "P2")  # who shares no study
    before = tree_hash(chain.clean, "images", "masks", "studies")
    with pytest.raises(UsageError, match=r"has changed since .* Run `radprep preprocess .* again"):
        read_material(chain.clean, chain.raw)
    assert chain.preprocess().did["unchanged"] == 6
    assert tree_hash(chain.clean, "images", "masks", "studies") == before
    assert read_info(DataSet(chain.clean))["parameters"]["source_fingerprint"] == fingerprint(
        chain.raw
    )
    chain.check()
    chain.check_second_run()


def test_a_patient_who_is_forgotten_in_the_source_alone_is_no_dead_end(chain):
    chain.after("forget raw")
    with pytest.raises(UsageError, match=r"no longer has \(1\): they stay, or go with --prune"):
        read_material(chain.clean, chain.raw)
    chain.preprocess()
    chain.check()
    assert chain.id_of(chains.FORGOTTEN) in DataSet(chain.clean).study_ids()
    chain.preprocess(prune=True)
    chain.check()
    assert chain.id_of(chains.FORGOTTEN) not in DataSet(chain.clean).study_ids()


def test_another_source_is_said_to_be_another(chain, tmp_path):
    other = chains.make(tmp_path / "other", key="5b")
    with pytest.raises(UsageError, match=r"is not what .* was made from"):
        read_material(chain.clean, other.raw)


@pytest.mark.parametrize("forgotten_in_raw_first", [True, False])
def test_shards_with_nothing_to_do_name_the_source_too(chain, forgotten_in_raw_first):
    for where in sorted(("clean", "raw"), reverse=forgotten_in_raw_first):
        chain.after(f"forget {where}")
    in_shards(chain, chain.preprocess)
    chain.collate(chain.clean)
    chain.check()
    in_shards(chain, chain.preprocess)
    chain.check()  # nothing was announced, so nothing is to be collated


def test_shards_that_were_interrupted_go_on_after_somebody_forgot(chain):
    shutil.rmtree(chain.clean)
    chain.preprocess(RunOptions(quiet=True, shard=Shard(1, 2)))
    both_forget(chain)
    with pytest.raises(InterruptedRunError, match=r"studies of .* are not done"):
        chain.collate(chain.clean)
    in_shards(chain, chain.preprocess)
    chain.collate(chain.clean)
    chain.check()


def test_shards_that_were_not_collated_go_on_after_an_absent_patient_is_forgotten(chain):
    chain = chain.after("prune raw").after("relabel raw")
    in_shards(chain, chain.preprocess)
    chain.forget(chain.clean, f"P{chains.PRUNED}")
    in_shards(chain, chain.preprocess)
    chain.collate(chain.clean)
    chain.check()


def test_a_chain_of_three_says_how_its_first_came_about(chain):
    last = replace(chain, source="clean", made="last")
    last.preprocess()
    for root in (last.clean, chain.clean, chain.raw):
        chain.forget(root)
    chain.preprocess()
    last.preprocess()
    last.check()
    first, second = read_info(DataSet(last.clean))["stages_before"]
    assert first["stage"] == "convert"
    assert second["parameters"]["source_fingerprint"] == fingerprint(chain.raw)
    chain.convert()  # the forgotten films have a row of their own now
    chain.preprocess()
    last.preprocess()
    last.check()


@pytest.mark.parametrize(("where", "shards"), [("raw", True), ("clean", True), ("clean", False)])
def test_a_lost_dataset_json_is_written_again(chain, where, shards):
    both_forget(chain)
    (chain.folder / where / "dataset.json").unlink()
    if shards:
        in_shards(chain, chain.convert)
        chain.collate(chain.raw)
        in_shards(chain, chain.preprocess)
        chain.collate(chain.clean)
    else:
        chain.convert()
        chain.preprocess()
    chain.check()


def test_corrections_that_are_lost_with_dataset_json_are_asked_for(chain):
    chain.after("correct clean")
    for name in ("dataset.json", "corrections.csv"):
        (chain.clean / name).unlink()
    with pytest.raises(UsageError, match="films that a person rejected would come back"):
        chain.preprocess()


def test_a_source_that_is_converted_again_under_the_same_key(chain):
    for root in (chain.raw, private_of(chain.raw).root):
        shutil.rmtree(root)
    again = replace(chain, labels=1)
    again.convert()
    again.preprocess()
    again.check()
    again.check_second_run()


@pytest.mark.parametrize("damaged", ["repair clean", "repair raw"])
def test_no_image_of_a_forgotten_patient_stays_where_a_repair_took_the_rows(chain, damaged):
    both_forget(chain.after(damaged))
    for root in (chain.raw, chain.clean):
        assert chain.id_of(chains.FORGOTTEN) not in DataSet(root).studies_with_images()
    chain.finish()
    chain.check()


def test_images_of_which_nothing_tells_whose_they_are_stop_a_forgetting(chain):
    study = DataSet(chain.clean).marker(chain.id_of(chains.PRUNED))
    study.unlink()
    (chain.clean / "instances.parquet").unlink()
    before = tree_hash(chain.folder)
    with pytest.raises(UsageError, match="no row tells whose they are"):
        chain.forget(chain.clean)
    assert tree_hash(chain.folder) == before
    chain.preprocess()
    chain.forget(chain.clean)
    chain.forget(chain.raw)
    chain.preprocess()
    chain.check()


@pytest.mark.parametrize(("study", "left"), [(chains.FORGOTTEN, 0), ("3", 1)])
def test_a_forgotten_film_whose_study_has_left_the_source_is_counted_once(chain, study, left):
    chain.forget(chain.raw)
    (chain.folder / "dump" / "3-1").unlink()
    chain.convert(prune=True)
    chain.preprocess()
    chain.check()
    found = rows(chain.clean).query(f"study_id == '{chain.id_of(study)}'")
    assert len(found) == left  # what is nowhere in the input stays until it is pruned
    chain.check_second_run()
    chain.preprocess(prune=True)
    chain.check()


@pytest.mark.slow  # it imports torch
def test_class_folders_are_classes(chain):
    after = chain.after("relabel raw")
    after.preprocess()
    for root in (after.raw, after.clean):
        assert classes_in(root / "images") == ["broken", "whole"]


def classes_in(folder):
    """The classes that ImageFolder of torchvision finds, each of which must hold an image. Where
    torchvision does not fit torch, the folders are looked at as it does."""
    try:
        from torchvision.datasets import ImageFolder
    except (ImportError, RuntimeError):
        names = sorted(path.name for path in folder.iterdir() if path.is_dir())
        assert all(any((folder / name).rglob("*.png")) for name in names)
        return names
    return ImageFolder(folder).classes


def test_what_a_killed_run_left_empty_goes_with_the_next(chain, monkeypatch):
    after = replace(chain, labels=1)
    with monkeypatch.context() as patched:
        patched.setattr("radprep.dataset.commit.remove_empty", lambda root, folder: None)
        patched.setattr("radprep.stage.collate.sweep", killed)
        with pytest.raises(KeyboardInterrupt):
            after.convert()
    assert (after.raw / "images" / "normal").is_dir()
    after.convert()
    after.preprocess()
    after.check()


def killed(data_set):
    raise KeyboardInterrupt
