"""Data sets become one: everything adds up, whatever contradicts itself is refused before anything
is written, and a run that is stopped goes on to the same bytes."""

import json
import os

import pandas as pd
import pytest

import radprep
from radprep.cli import app
from radprep.dataset.commit import Attempt
from radprep.dataset.info import merged_from, read_info
from radprep.dataset.layout import DataSet
from radprep.errors import InterruptedRunError
from radprep.run.merger import run_merging
from radprep.run.runner import RunOptions
from radprep.upkeep import look_alikes
from radprep.upkeep.merge import Merging
from tests.made import command, preprocess, private_of, rows, runner, tree_hash
from tests.upkeep.merged import DIAGNOSES, converted, copied, merge, refused
from tests.upkeep.test_verify import verify


def test_every_file_of_the_parts_is_there_once(made):
    a, b, ab = (rows(made / name) for name in ("a", "b", "ab"))
    of_films = [*a.source_id[a.status == "kept"], *b.source_id[b.status == "kept"]]
    assert sorted(ab.source_id[ab.status == "kept"]) == sorted(of_films)
    assert ab.source_id.nunique() == a.source_id.nunique() + b.source_id.nunique()
    assert verify(made / "ab")[0] == 0
    counts = [json.loads((made / name / "dataset.json").read_text())["counts"] for name in "ab"]
    both = read_info(DataSet(made / "ab"))["counts"]
    for name in ("files", "kept", "rejected", "failed", "images", "studies", "patients"):
        assert both[name] == sum(one[name] for one in counts)
    assert both["labels"] == {"fracture": 6, "normal": 4}


def test_images_are_the_same_files_on_the_disk(made):
    for name in rows(made / "a").file_name.dropna():
        assert (made / "ab" / name).samefile(made / "a" / name)


def test_a_merged_data_set_is_exported_and_has_a_card(made, tmp_path):
    parts = [radprep.export(made / name, tmp_path / name, format="csv") for name in ("a", "b")]
    both = radprep.export(made / "ab", tmp_path / "ab", format="csv")
    for name in ("kept", "exported", "boxes", "masks"):
        assert both.about["counts"][name] == sum(one.about["counts"][name] for one in parts)
    lines = [pd.read_csv(tmp_path / name / "films.csv").image_id for name in ("a", "b", "ab")]
    assert sorted([*lines[0], *lines[1]]) == sorted(lines[2])
    card = radprep.card(made / "ab", out=tmp_path / "card")
    text = (card.where / "README.md").read_text()
    assert "It was merged from part 1: " in text


@pytest.mark.slow
def test_where_there_are_no_hard_links_images_are_copied(made, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError

    monkeypatch.setattr(os, "link", refuse)
    assert merge(made / "a", made / "b", tmp_path / "ab")[0] == 0
    assert tree_hash(tmp_path / "ab") == tree_hash(made / "ab")


def test_the_order_of_the_parts_does_not_matter(made, tmp_path):
    assert merge(made / "b", made / "a", tmp_path / "ba")[0] == 0
    assert tree_hash(tmp_path / "ba") == tree_hash(made / "ab")


def test_deliveries_are_numbered_anew(made):
    found = rows(made / "ab")
    numbers = {
        name: set(found[found.image_id.isin(rows(made / name).image_id.dropna())].delivery)
        for name in ("a", "b")
    }
    assert sorted(map(tuple, numbers.values())) == [(1,), (2,)]


def test_it_says_what_it_was_merged_from(made):
    said = merged_from(read_info(DataSet(made / "ab")))
    parts = {read_info(DataSet(made / name))["fingerprint"] for name in ("a", "b")}
    assert {one["fingerprint"] for one in said} == parts
    text = (made / "ab" / "dataset.json").read_text()
    assert str(made) not in text


def test_a_second_run_does_what_is_new(made, tmp_path):
    grown, out = copied(made / "b", tmp_path / "b"), tmp_path / "ab"
    assert merge(made / "a", grown, out)[1]["run"]["done"] == 6
    again = merge(made / "a", grown, out)[1]["run"]
    assert (again["done"], again["unchanged"]) == (0, 6)
    converted(tmp_path, "b", (4, 5, 8), "--private", tmp_path / "b.private")
    dry = command("merge", made / "a", grown, out, "--dry-run")
    assert list(dry["do"].values()) == ["new"]
    assert merge(made / "a", grown, out)[1]["run"]["done"] == 1
    assert merge(made / "a", grown, tmp_path / "fresh")[0] == 0
    assert tree_hash(out) == tree_hash(tmp_path / "fresh")


@pytest.mark.slow
def test_other_labels_of_a_part_move_its_images(made, tmp_path):
    other, out = copied(made / "b", tmp_path / "b"), tmp_path / "ab"
    merge(made / "a", other, out)
    turned = DIAGNOSES.replace("A4,normal", "A4,fracture")
    converted(tmp_path, "b", (4, 5), "--private", tmp_path / "b.private", labels=turned)
    assert merge(made / "a", other, out)[1]["run"]["relabelled"] == 1
    merge(made / "a", other, tmp_path / "fresh")
    assert tree_hash(out) == tree_hash(tmp_path / "fresh")


@pytest.mark.slow
def test_a_study_that_no_part_has_any_more_goes(made, tmp_path):
    other, out = copied(made / "b", tmp_path / "b"), tmp_path / "ab"
    merge(made / "a", other, out)
    patient = rows(other).patient_id.dropna().iloc[0]
    assert runner.invoke(app, ["forget", str(other), "--patient", patient, "--yes"]).exit_code == 0
    assert merge(made / "a", other, out)[1]["run"]["removed"] == 1
    assert patient not in set(rows(out).patient_id)
    assert verify(out)[0] == 0


def test_a_part_that_is_missing_now_is_told(made, tmp_path):
    out = copied(made / "ab", tmp_path / "ab")
    before = tree_hash(out)
    code, _, said = merge(made / "a", made / "c", out)
    assert code == 2
    assert "1 of them are not given now: their films would go" in said
    assert tree_hash(out) == before


def test_a_lost_description_of_out_is_made_again_from_the_same_parts_only(made, tmp_path):
    out = copied(made / "ab", tmp_path / "ab")
    (out / "dataset.json").unlink()
    assert "is lost" in merge(made / "a", made / "c", out)[2]
    assert merge(made / "a", made / "b", out)[0] == 0
    assert tree_hash(out) == tree_hash(made / "ab")


def test_a_killed_run_goes_on_to_the_same_bytes(made, tmp_path, monkeypatch):
    """Stopped behind each of its commits in turn, and resumed."""
    out, plain = tmp_path / "ab", Attempt.commit
    parts = [made / "a", made / "b"]

    def once(attempt, *arguments):
        plain(attempt, *arguments)
        raise InterruptedRunError("killed")

    monkeypatch.setattr(Attempt, "commit", once)
    for _ in range(3):
        merging = Merging.prepare(parts, out)
        with pytest.raises(InterruptedRunError):
            run_merging(merging, RunOptions(quiet=True))
    monkeypatch.setattr(Attempt, "commit", plain)
    assert len(DataSet(out).study_ids()) == 3
    assert merge(*parts, out)[1]["run"]["done"] == 3
    assert tree_hash(out) == tree_hash(made / "ab")


@pytest.mark.slow
def test_a_repaired_study_is_merged_again(made, tmp_path):
    out = tmp_path / "ab"
    merge(made / "a", made / "b", out)
    (out / rows(out).file_name.dropna().iloc[0]).unlink()
    assert verify(out, "--repair")[0] == 4
    assert merge(made / "a", made / "b", out)[1]["run"]["done"] == 1
    assert tree_hash(out) == tree_hash(made / "ab")


# --- keys


def test_other_keys_are_told_loudly(made, tmp_path):
    _, said, _ = merge(made / "a", made / "c", tmp_path / "ac")
    assert any("made with 2 keys" in one and "split by patient" in one for one in said["told"])
    assert verify(tmp_path / "ac")[0] == 0
    assert not any(
        "keys" in one for one in merge(made / "a", made / "b", tmp_path / "ab")[1]["told"]
    )


def test_a_patient_in_two_sets_of_other_keys_is_found_by_the_films(made, tmp_path):
    """The same film under another key: another study, patient and image."""
    converted(tmp_path, "d", (3, 8), key="6b")
    pairs = tmp_path / "pairs.csv"
    _, said, _ = merge(made / "a", tmp_path / "d", tmp_path / "ad", "--pairs", pairs)
    listed = pd.read_csv(pairs)
    assert said["look_alikes"] == len(listed) >= 2
    of_a = rows(made / "a").set_index("image_id").pixel_hash
    of_d = rows(tmp_path / "d").set_index("image_id").pixel_hash
    same = {(one, two) for one in of_a.index for two in of_d.index if of_a[one] == of_d[two]} - {
        (None, None)
    }
    found = {frozenset(pair) for pair in zip(listed.image_id, listed.other_image_id, strict=True)}
    assert len(same) == 2
    assert {frozenset(pair) for pair in same} <= found
    assert listed.correlation.abs().min() >= 0.96
    again = merge(made / "a", tmp_path / "d", tmp_path / "ad")[1]
    assert again["look_alikes"] == len(listed)


def test_pairs_that_look_alike_are_bounded(made, tmp_path, monkeypatch):
    monkeypatch.setattr(look_alikes, "MOST_PAIRS", 0)
    converted(tmp_path, "d", (3,), key="6b")
    said = refused(made / "a", tmp_path / "d", tmp_path / "ad")
    assert "look alike across the data sets" in said


def test_an_id_leads_back_by_the_private_tree_of_its_part(made):
    wanted = rows(made / "a").image_id.dropna().iloc[0]
    alone = runner.invoke(app, ["locate", str(made / "ab"), wanted])
    assert "Each of these keeps its private tree" in str(alone.exception)
    tree = private_of(made / "a").root
    found = command("locate", made / "ab", wanted, "--private", tree)
    assert found["files"][0]["instance_id"] == wanted[:16]
    other = private_of(made / "c").root
    wrong = runner.invoke(app, ["locate", str(made / "ab"), wanted, "--private", str(other)])
    assert "another data set" in str(wrong.exception)
    assert not private_of(made / "ab").root.exists()


# --- later commands


def test_later_commands_take_it(made, tmp_path):
    clean = tmp_path / "clean"
    assert preprocess(made / "ab", clean, "--workers", 1)["counts"]["files"] == 12
    assert verify(clean)[0] == 0
    stages = [one["stage"] for one in read_info(DataSet(clean))["stages_before"]]
    assert stages == ["merge"]


@pytest.mark.slow
def test_what_preprocess_made_is_merged_as_well(made, tmp_path):
    for name in ("a", "b"):
        preprocess(made / name, tmp_path / name, "--workers", 1)
    assert merge(tmp_path / "a", tmp_path / "b", tmp_path / "ab")[0] == 0
    assert verify(tmp_path / "ab")[0] == 0
    preprocess(made / "ab", tmp_path / "other", "--workers", 1)
    columns = ["source_id", "status", "reason", "pixel_hash", "file_name"]
    one, two = (rows(tmp_path / name)[columns] for name in ("ab", "other"))
    pd.testing.assert_frame_equal(one, two)
    said = refused(made / "a", tmp_path / "b", tmp_path / "mixture")
    assert "not of one kind" in said


@pytest.mark.slow
def test_other_pipelines_must_be_asked_for(made, tmp_path):
    preprocess(made / "a", tmp_path / "a", "--workers", 1)
    preprocess(made / "b", tmp_path / "b", "--workers", 1, "--set", "colour_inversion.threshold=7")
    assert "other pipelines" in refused(tmp_path / "a", tmp_path / "b", tmp_path / "ab")
    assert merge(tmp_path / "a", tmp_path / "b", tmp_path / "ab", "--mixed")[0] == 0
    assert verify(tmp_path / "ab")[0] == 0


@pytest.mark.slow
def test_a_classifier_is_trained_on_it_and_films_of_both_parts_are_kept_together(tmp_path):
    """Studies 100 to 103 are in both, under two keys: by their films alone training finds it."""
    labels = "accession,diagnosis\n" + "".join(
        f"A{study},{'fracture' if study % 2 else 'normal'}\n" for study in range(100, 300)
    )
    parts = [
        converted(
            tmp_path, name, [*range(100, 104), *range(first, first + 24)], key=key, labels=labels
        )
        for name, first, key in (("x", 120, "5a"), ("y", 220, "6b"))
    ]
    assert merge(*parts, tmp_path / "xy")[1]["look_alikes"] >= 8
    words = ["train", str(tmp_path / "xy"), str(tmp_path / "run"), "--model", "classic"]
    words += ["--negative", "normal", "--workers", "1"]
    alone = runner.invoke(app, words)
    assert "near-identical images of different patients" in str(alone.exception)
    assert runner.invoke(app, [*words, "--on-leak", "group"]).exit_code == 0


def test_copies_are_made_where_they_are_asked_for(made, tmp_path):
    assert merge(made / "a", made / "b", tmp_path / "ab", "--copy")[0] == 0
    assert tree_hash(tmp_path / "ab") == tree_hash(made / "ab")
    for name in rows(made / "a").file_name.dropna():
        assert not (tmp_path / "ab" / name).samefile(made / "a" / name)
