"""One data set from several deliveries, whose files have the same names."""

import os
import shutil
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from radprep.cli import app
from radprep.convert.scan_index import write_index
from radprep.errors import UsageError
from tests.made import arm, command, convert, make_dicom, private_of, rows, runner, tree_hash

ANY = ("--max-failed", "1")


def cd(folder, *films):
    """A CD with these films under the names that every export gives. films: (study, instance), or
    bytes."""
    (folder / "DICOM").mkdir(parents=True)
    (folder / "README.TXT").write_text("how to open\n")
    for number, film in enumerate(films, start=1):
        data = film if isinstance(film, bytes) else film_of(*film)
        (folder / "DICOM" / f"IM{number:06}").write_bytes(data)
    return folder


def film_of(study, instance="1", seed=None, **attributes):
    seed = int(study) * 10 + int(instance) if seed is None else seed
    return make_dicom(arm(seed=seed), study=study, instance=instance, **attributes)


@pytest.fixture
def first(tmp_path):
    return cd(tmp_path / "cdA", ("1",), ("2",), ("3",))


@pytest.fixture
def second(tmp_path):
    return cd(tmp_path / "cdB", ("4",), ("5",), ("6",))


@pytest.fixture
def out(tmp_path, first):
    convert(first, tmp_path / "raw", *ANY)
    return tmp_path / "raw"


def kept(out):
    return set(rows(out).query("status == 'kept'").image_id)


def test_another_delivery_is_refused_and_nothing_changes(out, second):
    before = tree_hash(out), tree_hash(private_of(out).root)
    with pytest.raises(UsageError, match=r"another delivery.*--add.*another OUT"):
        convert(second, out, *ANY)
    with pytest.raises(UsageError, match="another delivery"):
        convert(second, out, "--dry-run", *ANY)
    with pytest.raises(UsageError, match="another delivery"):
        convert(second, out, "--prune", *ANY)
    with pytest.raises(UsageError, match="another delivery"):
        command("scan", second, out)
    assert (tree_hash(out), tree_hash(private_of(out).root)) == before


def test_a_delivery_is_added_and_replaces_nothing(out, first, second):
    before = kept(out)
    summary = convert(second, out, "--add", *ANY)
    assert summary["run"]["removed"] == summary["run"]["absent"] == 0
    assert summary["counts"]["files"] == 8
    assert before < kept(out)
    assert len(kept(out)) == 6
    assert [
        (one["delivery"], one["files"], one["kept"], one["rejected"], one["images"], one["studies"])
        for one in summary["counts"]["deliveries"]
    ] == [(1, 4, 3, 1, 3, 3), (2, 4, 3, 1, 3, 3)]
    assert rows(out).groupby("delivery").source_id.nunique().to_dict() == {1: 4, 2: 4}
    text = runner.invoke(app, ["convert", str(first), str(out), *ANY]).stdout
    assert "delivery 2: 4 files = 3 kept + 1 rejected + 0 failed" in text


@pytest.mark.parametrize("add", [(), ("--add",)])
def test_each_delivery_is_known_again(out, first, second, add):
    convert(second, out, "--add", *ANY)
    before = tree_hash(out), tree_hash(private_of(out).root)
    for dump in (first, second, second, first):
        assert convert(dump, out, *add, *ANY)["run"]["done"] == 0
    assert (tree_hash(out), tree_hash(private_of(out).root)) == before


def test_a_delivery_that_grows_or_moves_is_still_itself(out, first, second, tmp_path):
    convert(second, out, "--add", *ANY)
    moved = tmp_path / "elsewhere"
    shutil.move(second, moved)
    (moved / "DICOM" / "IM000004").write_bytes(film_of("7"))
    summary = convert(moved, out, "--add", *ANY)
    assert (summary["run"]["done"], summary["run"]["absent"]) == (1, 0)
    assert [one["kept"] for one in summary["counts"]["deliveries"]] == [3, 4]


def test_another_disk_in_the_same_drive_is_another_delivery(out, first, tmp_path):
    """The same path, names, sizes and times: only the films differ."""
    times = {path.name: path.stat().st_mtime_ns for path in (first / "DICOM").iterdir()}
    shutil.move(first, tmp_path / "back in its box")
    cd(first, ("4",), ("5",), ("6",))
    for path in (first / "DICOM").iterdir():
        os.utime(path, ns=(times[path.name], times[path.name]))
    with pytest.raises(UsageError, match="another delivery"):
        convert(first, out, *ANY)
    assert convert(first, out, "--add", *ANY)["counts"]["kept"] == 6


def test_other_films_under_old_names_do_not_replace_the_old_ones(out, first):
    before = kept(out)
    (first / "DICOM" / "IM000002").write_bytes(film_of("8"))
    (first / "DICOM" / "IM000003").write_bytes(film_of("1", "2"))
    summary = convert(first, out, *ANY)
    assert (summary["run"]["removed"], summary["run"]["absent"]) == (0, 2)
    assert before < kept(out)
    assert len(kept(out)) == 5
    summary = convert(first, out, "--prune", *ANY)
    assert summary["counts"]["files"] == summary["files_found"] == 4
    assert len(kept(out) & before) == 1


def test_prune_removes_from_its_own_delivery_only(out, second):
    convert(second, out, "--add", *ANY)
    (second / "DICOM" / "IM000001").unlink()
    summary = convert(second, out, "--prune", *ANY)
    assert summary["run"]["removed"] == 1
    assert [one["kept"] for one in summary["counts"]["deliveries"]] == [3, 2]


def test_a_study_on_two_deliveries_is_one_study(out, first, tmp_path):
    more = cd(tmp_path / "cdC", ("1", "2"), ("9",))
    summary = convert(more, out, "--add", *ANY)
    assert summary["counts"]["studies_kept"] == 4
    assert rows(out).query("status == 'kept'").groupby("study_id").size().max() == 2
    assert convert(first, out, *ANY)["run"]["done"] == 0
    assert convert(more, out, *ANY)["run"]["done"] == 0


def test_the_same_uids_on_another_delivery_with_other_pixels_keep_both(out, tmp_path):
    """Machines that give every film the same UIDs are common."""
    copied = cd(tmp_path / "cdC", film_of("1", seed=77), ("8",), ("9",))
    summary = convert(copied, out, "--add", *ANY)
    assert summary["counts"]["kept"] == 6
    assert summary["counts"]["review"] == {"convert:uid_conflict": 2}


def test_a_film_on_two_deliveries_outlives_the_first(out, first, tmp_path):
    again = cd(tmp_path / "cdC", ("8",), ("1",), ("9",))
    summary = convert(again, out, "--add", *ANY)
    assert summary["counts"]["rejected_rows"]["convert:duplicate"] == 1
    whole = rows(out).query("status == 'kept'").set_index("image_id").pixel_hash.to_dict()
    (first / "DICOM" / "IM000001").unlink()
    convert(first, out, "--prune", *ANY)
    assert rows(out).query("status == 'kept'").set_index("image_id").pixel_hash.to_dict() == whole
    assert (rows(out).reason == "duplicate").sum() == 0
    assert command("verify", out)["findings"] == []


def test_labels_come_with_each_delivery(tmp_path, first, second):
    out = tmp_path / "raw"
    shared = cd(tmp_path / "cdC", ("1", "2"), ("9",), ("8",))
    labels = {}
    for name, studies in (("a", "123"), ("b", "456"), ("c", "89")):
        labels[name] = tmp_path / f"{name}.csv"
        lines = [f"A{study},{'fracture' if int(study) % 2 else 'normal'}" for study in studies]
        labels[name].write_text("\n".join(["accession,diagnosis", *lines]) + "\n")
    convert(first, out, "--labels", labels["a"], *ANY)
    convert(second, out, "--labels", labels["b"], "--add", *ANY)
    convert(shared, out, "--labels", labels["c"], "--add", *ANY)
    found = rows(out).query("status == 'kept'").groupby("label").size().to_dict()
    assert found == {"fracture": 5, "normal": 4}


def test_other_options_are_told_and_reach_each_delivery(out, first, second):
    summary = convert(second, out, "--add", "--bits", "16", *ANY)
    assert summary["outdated"] == 4
    assert rows(out).groupby("delivery").bits.max().to_dict() == {1: 8, 2: 16}
    text = runner.invoke(app, ["convert", str(second), str(out), "--bits", "16", *ANY]).stdout
    assert "outdated   4 studies hold films that are not in this input" in text
    summary = convert(first, out, "--bits", "16", *ANY)
    assert "outdated" not in summary
    assert set(rows(out).bits.dropna()) == {16}


def test_a_study_of_two_deliveries_is_made_again_for_each(out, first, tmp_path):
    more = cd(tmp_path / "cdC", ("1", "2"), ("9",))
    convert(more, out, "--add", "--bits", "16", *ANY)
    convert(first, out, "--bits", "16", *ANY)
    assert set(rows(out).bits.dropna()) == {16}
    assert convert(more, out, "--bits", "16", *ANY)["run"]["done"] <= 1
    before = tree_hash(out)
    for dump in (first, more):
        convert(dump, out, "--bits", "16", *ANY)
    assert tree_hash(out) == before


def test_forgotten_patients_stay_counted_by_their_delivery(out, first, second):
    assert runner.invoke(app, ["forget", str(out), "--patient", "P1", "--yes"]).exit_code == 0
    convert(first, out, *ANY)
    summary = convert(second, out, "--add", *ANY)
    assert summary["counts"]["rejected_rows"]["convert:forgotten"] == 1
    assert [one["files"] for one in summary["counts"]["deliveries"]] == [4, 4]
    assert convert(second, out, *ANY)["run"]["done"] == 0
    assert convert(first, out, *ANY)["run"]["done"] == 0
    assert "P1" not in pd.read_parquet(private_of(out).identifiers).PatientID.tolist()


def test_a_film_of_another_delivery_is_rejected_at_once(out, second, tmp_path):
    """Whoever rejects a film for what it shows need not have its CD at hand."""
    convert(second, out, "--add", *ANY)
    film = rows(out).query("status == 'kept' and delivery == 1").iloc[0]
    corrections = tmp_path / "corrections.csv"
    corrections.write_text(f"image_id,field,value\n{film.image_id},status,rejected\n")
    convert(second, out, "--corrections", corrections, *ANY)
    assert not (out / film.file_name).exists()
    row = rows(out).query("image_id == @film.image_id").iloc[0]
    assert (row.status, row.reason) == ("rejected", "correction")
    assert pd.isna(row.pixel_hash)
    assert convert(second, out, *ANY)["run"]["done"] == 0


def test_text_is_painted_over_only_where_the_file_is_at_hand(first, second, tmp_path):
    out, ways = tmp_path / "raw", ("--burned-in", "redact", "--max-failed", "1")
    convert(first, out, *ways)
    convert(second, out, "--add", *ways)
    film = rows(out).query("status == 'kept' and delivery == 1").iloc[0]
    corrections = tmp_path / "corrections.csv"
    corrections.write_text(f"image_id,field,value\n{film.image_id},burned_in,20 40 30 20\n")
    before = tree_hash(out)
    with pytest.raises(UsageError, match=r"is not in this dump.*number 1"):
        convert(second, out, "--corrections", corrections, *ways)
    assert tree_hash(out) == before
    convert(first, out, "--corrections", corrections, *ways)
    painted = rows(out).set_index("image_id").pixel_hash[film.image_id]
    assert painted != film.pixel_hash
    assert convert(second, out, *ways)["run"]["done"] == 0
    assert rows(out).set_index("image_id").pixel_hash[film.image_id] == painted


def test_shards_work_on_one_delivery(out, second):
    command("scan", second, out, "--add")
    for number in (1, 2):
        runner.invoke(
            app, ["convert", str(second), str(out), "--add", "--shard", f"{number}/2", *ANY]
        )
    runner.invoke(app, ["collate", str(out)])
    assert rows(out).groupby("delivery").source_id.nunique().to_dict() == {1: 4, 2: 4}


def test_two_deliveries_at_the_same_time_get_two_numbers(out, second, tmp_path, monkeypatch):
    third = cd(tmp_path / "cdC", ("7",), ("8",))
    done = []

    def overtaken(*given, **flags):
        if not done:
            done.append(True)
            command("scan", third, out, "--add")
        write_index(*given, **flags)

    monkeypatch.setattr(sys.modules["radprep.convert.conversion"], "write_index", overtaken)
    command("scan", second, out, "--add")
    monkeypatch.undo()
    convert(third, out, *ANY)
    convert(second, out, *ANY)
    counted = [one["kept"] for one in convert(second, out, *ANY)["counts"]["deliveries"]]
    assert counted == [3, 2, 3]


def test_a_lost_index_does_not_make_a_delivery_another_one(out, first, second):
    convert(second, out, "--add", *ANY)
    for delivery in (1, 2):
        private_of(out).index(delivery).unlink()
    assert convert(first, out, *ANY)["run"]["done"] == 0
    assert convert(second, out, "--add", *ANY)["run"]["done"] == 0


@pytest.mark.slow
def test_the_order_of_workers_changes_no_byte(first, second, tmp_path, key_file):
    for workers in (1, 2):
        out = tmp_path / f"raw{workers}"
        convert(first, out, "--key", key_file, "--workers", workers, *ANY)
        convert(second, out, "--add", "--workers", workers, *ANY)
    assert tree_hash(tmp_path / "raw1") == tree_hash(tmp_path / "raw2")


def bordered(folder, *seeds):
    """Pictures of one size that are not packed, whose borders are black: only their middles
    differ."""
    folder.mkdir()
    for number, seed in enumerate(seeds):
        grey = np.zeros((400, 300), np.uint8)
        grey[150:250, 50:250] = np.random.default_rng(seed).integers(90, 200, (100, 200))
        Image.fromarray(grey).save(folder / f"fracture{number}.bmp")
    return folder


NAMED = ("--layout", "names", "--label-map", "fracture=injury")


def test_pictures_with_equal_borders_are_told_apart(tmp_path):
    out = tmp_path / "raw"
    convert(bordered(tmp_path / "cd1", 1, 2), out, *NAMED)
    before = kept(out)
    summary = convert(bordered(tmp_path / "cd2", 3, 4), out, *NAMED, "--add")
    assert [one["kept"] for one in summary["counts"]["deliveries"]] == [2, 2]
    assert kept(out) > before
    # without its index, too, a delivery is known by its pictures and not by its names
    for delivery in (1, 2):
        private_of(out).index(delivery).unlink()
    assert convert(tmp_path / "cd2", out, *NAMED, "--add")["run"]["done"] == 0


def test_a_picture_that_stands_at_many_places_makes_no_delivery_known(tmp_path):
    logo = (9, 9, 9)
    convert(bordered(tmp_path / "cd1", 1, *logo), tmp_path / "raw", *NAMED)
    with pytest.raises(UsageError, match="another delivery"):
        convert(bordered(tmp_path / "cd2", 2, *logo), tmp_path / "raw", *NAMED)
    convert(bordered(tmp_path / "cd3", 9, 9), tmp_path / "others", *NAMED)
    assert convert(tmp_path / "cd3", tmp_path / "others", *NAMED)["run"]["done"] == 0
