"""What holds for every format: counts, the manifest, the same bytes, going on after a stop, damage,
and what is refused."""

import hashlib
import json
import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pandas as pd
import pytest

import radprep
from radprep.cli import app
from radprep.dataset.layout import DataSet
from radprep.errors import InterruptedRunError, TooManyFailedError, UsageError
from radprep.export import FORMATS, exporting, load_format
from radprep.export import survey as survey_module
from radprep.export.exporting import ABOUT
from radprep.export.ledger import MANIFEST, Ledger
from radprep.export.pictures import Pictures
from radprep.image import png
from tests.export.sets import PRIVATE, film_row, finish, make_set, pixels_of
from tests.made import runner

FILMS = 15


@pytest.fixture(scope="module")
def data_set(tmp_path_factory):
    return make_set(tmp_path_factory.mktemp("export") / "set")


@pytest.fixture
def own_set(tmp_path):
    """A data set that a test may damage."""
    return make_set(tmp_path / "set")


def export(root, out, name="csv", **options):
    return radprep.export(root, out, format=name, workers=2, **options)


def files_in(folder):
    """Name -> bytes of every file, whatever it is called."""
    paths = [path for path in folder.rglob("*") if not path.is_dir()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def exported(data_set, tmp_path_factory):
    """Each format, exported once when it is first asked for: what the export said of itself, and
    its files."""
    place, known = tmp_path_factory.mktemp("exported"), {}

    def ask(name):
        if name not in known:
            known[name] = export(data_set, place / name, name), files_in(place / name)
        return known[name]

    return ask


@pytest.mark.parametrize("name", FORMATS)
def test_every_film_is_counted_once(exported, name):
    done, files = exported(name)
    counts = done.about["counts"]
    assert counts["kept"] == FILMS
    assert counts["kept"] == counts["exported"] + counts["left_out"] + counts["unreadable"]
    assert sum(done.about["parts"].values()) == counts["exported"]
    assert sum(done.about["labels"].values()) == counts["exported"]
    assert json.loads(files[ABOUT]) == done.about


@pytest.mark.parametrize("name", FORMATS)
def test_the_manifest_names_every_file_with_its_hash(exported, name):
    done, files = exported(name)
    lines = [line.split(",") for line in files[MANIFEST].decode().splitlines()]
    assert lines[0] == ["name", "bytes", "sha256"]
    said = {line[0]: (int(line[1]), line[2]) for line in lines[1:]}
    assert list(said) == sorted(said)
    assert said == {
        file: (len(data), hashlib.sha256(data).hexdigest())
        for file, data in files.items()
        if file not in (ABOUT, MANIFEST)
    }
    assert done.about["files"] == len(said)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_export_has_the_same_bytes(data_set, exported, tmp_path, name):
    export(data_set, tmp_path / "again", name)
    assert files_in(tmp_path / "again") == exported(name)[1]
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_that_was_stopped_goes_on_and_has_the_same_bytes(
    data_set, exported, tmp_path, monkeypatch, name
):
    files = exported(name)[1]
    add, after = Ledger.add, len(files) // 2

    def stop(ledger, entry, **how):
        if len(ledger._entries) == after:
            raise RuntimeError
        add(ledger, entry, **how)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "add", stop)
        with pytest.raises(RuntimeError):
            export(data_set, tmp_path / "out", name)
    assert not (tmp_path / "out").exists()
    read = []
    image = Pictures.image
    monkeypatch.setattr(
        Pictures, "image", lambda one, film: read.append(film.image_id) or image(one, film)
    )
    export(data_set, tmp_path / "out", name)
    assert files_in(tmp_path / "out") == files
    assert len(read) < FILMS or after < 2, "finished films were read once more"


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_holds_nothing_private(data_set, exported, name):
    done, files = exported(name)
    secrets = (PRIVATE, str(data_set).encode(), os.uname().nodename.encode())
    for file, data in files.items():
        assert not [secret for secret in secrets if secret in data], file
    assert not [secret for secret in secrets if secret in json.dumps(done.about).encode()]


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_says_what_it_is(name):
    layout = load_format(name)
    assert layout.name == name
    assert len(layout.sentence) > 20
    assert layout.read_by


def test_a_killed_export_goes_on(data_set, exported, tmp_path):
    """Killed, and not stopped: nothing is cleaned up, and notes that were not written yet are
    lost."""
    script = f"""
import os, radprep
from radprep.export.ledger import Ledger
add = Ledger.add
def die(ledger, entry, **how):
    add(ledger, entry, **how)
    if len(ledger._entries) == 9:
        ledger._handle.flush()
        open(ledger._root / "images/half.png", "wb").write(b"half")
        os._exit(9)
Ledger.add = die
radprep.export({str(data_set)!r}, {str(tmp_path / "out")!r}, format="csv")
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert done.returncode == 9, done.stderr
    assert list(tmp_path.glob(".out.exporting/images/**/*.png"))
    export(data_set, tmp_path / "out")
    assert files_in(tmp_path / "out") == exported("csv")[1]


def test_a_film_that_was_mended_after_a_stop_is_exported(own_set, exported, tmp_path, monkeypatch):
    row = DataSet(own_set).rows(DataSet(own_set).study_ids()[0])[0]
    path = own_set / row["file_name"]
    data = path.read_bytes()
    path.unlink()

    def stop(ledger):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "write_manifest", stop)
        with pytest.raises(RuntimeError):
            export(own_set, tmp_path / "out", "webdataset")
    path.write_bytes(data)
    export(own_set, tmp_path / "out", "webdataset")
    assert files_in(tmp_path / "out") == exported("webdataset")[1]


def test_a_finished_export_is_not_made_again(data_set, tmp_path, monkeypatch):
    export(data_set, tmp_path / "out")
    monkeypatch.setattr(exporting, "survey", None)
    again = export(data_set, tmp_path / "out")
    assert not again.is_new
    assert again.about["counts"]["exported"] == FILMS


def test_another_export_does_not_take_its_place(data_set, tmp_path):
    export(data_set, tmp_path / "out")
    before = files_in(tmp_path / "out")
    with pytest.raises(UsageError, match="other options"):
        export(data_set, tmp_path / "out", max_side=20)
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.docx").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        export(data_set, tmp_path / "foreign")
    assert files_in(tmp_path / "out") == before
    (tmp_path / "empty").mkdir()
    export(data_set, tmp_path / "empty")


def test_an_unfinished_export_of_something_else_stays(data_set, tmp_path, monkeypatch):
    def stop(ledger):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "write_manifest", stop)
        with pytest.raises(RuntimeError):
            export(data_set, tmp_path / "out")
    with pytest.raises(UsageError, match="unfinished export"):
        export(data_set, tmp_path / "out", jpeg=80)


def test_two_runs_do_not_write_to_the_same_place(data_set, tmp_path, monkeypatch):
    def meanwhile(ledger):
        with pytest.raises(UsageError, match="Another export"):
            export(data_set, tmp_path / "out")
        raise RuntimeError

    monkeypatch.setattr(Ledger, "write_manifest", meanwhile)
    with pytest.raises(RuntimeError):
        export(data_set, tmp_path / "out")


@pytest.mark.parametrize(
    "where",
    ["set/out", "set", ".", "set.private/out", "set.private", "other.private/x", "hidden/x"],
)
def test_out_lies_in_no_data_set_and_no_private_tree(own_set, where):
    (own_set.parent / "other.private").mkdir()
    (own_set.parent / "hidden").mkdir()
    for name in ("key", "identifiers.parquet"):
        (own_set.parent / "hidden" / name).touch()
    with pytest.raises(UsageError):
        export(own_set, own_set.parent / where)
    assert not (own_set / "out").exists()
    assert not list(own_set.parent.rglob("export.json"))


def test_images_are_linked_and_masks_come_along(data_set, tmp_path):
    done = export(data_set, tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "films.csv")
    assert done.linked == FILMS + table.mask_path.notna().sum()
    linked = tmp_path / "out" / table.path[0]
    assert linked.stat().st_nlink >= 2


def test_where_the_disk_cannot_link_files_are_copied(data_set, exported, tmp_path, monkeypatch):
    def refuse(source, target):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    assert export(data_set, tmp_path / "out").linked == 0
    assert files_in(tmp_path / "out") == exported("csv")[1]


def damaged(root, how):
    """Damage one image of a data set. Returns its id."""
    row = DataSet(root).rows(DataSet(root).study_ids()[-1])[0]
    path = root / row["file_name"]
    data = path.read_bytes()
    if how == "image_missing":
        path.unlink()
    elif how == "image_unreadable":
        path.write_bytes(data[:-30])
    elif how == "image_altered":
        path.write_bytes(png.encode(255 - png.decode(data)))
    elif how == "image_size":
        path.write_bytes(png.encode(png.decode(data)[1:]))
    elif how == "image_chunks":
        text = b"tEXtComment\0" + PRIVATE
        chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
        path.write_bytes(data[:33] + chunk + data[33:])
    elif how == "link_outside":
        outside = root.parent / "outside.png"
        outside.write_bytes(data)
        path.unlink()
        path.symlink_to(outside)
    return row["image_id"]


@pytest.mark.parametrize("name", FORMATS)
def test_damage_costs_the_image(own_set, tmp_path, name):
    image_id = damaged(own_set, "image_altered")
    done = export(own_set, tmp_path / "out", name)
    assert done.about["unreadable"] == {"image_altered": 1}
    assert done.about["unreadable_images"] == [[image_id, "image_altered"]]
    counts = done.about["counts"]
    assert counts["kept"] == counts["exported"] + counts["left_out"] + 1
    assert sum(done.about["parts"].values()) == counts["exported"]
    others = {file: data for file, data in files_in(tmp_path / "out").items() if file != ABOUT}
    assert not [file for file, data in others.items() if image_id.encode() in data]


@pytest.mark.parametrize(
    "how", ["image_missing", "image_unreadable", "image_size", "image_chunks", "link_outside"]
)
def test_every_damage_has_its_code(own_set, tmp_path, how):
    damaged(own_set, how)
    done = export(own_set, tmp_path / "out")
    assert done.about["unreadable"] == {how: 1}
    assert not [name for name, data in files_in(tmp_path / "out").items() if PRIVATE in data]
    with pytest.raises(TooManyFailedError):
        done.check(0.0)
    done.check(0.5)


def test_a_damaged_mask_costs_its_image_where_masks_are_written(own_set, tmp_path):
    row = next(
        row
        for study_id in DataSet(own_set).study_ids()
        for row in DataSet(own_set).rows(study_id)
        if row["mask_file_name"]
    )
    whole = export(own_set, tmp_path / "whole")
    (own_set / row["mask_file_name"]).write_bytes(png.encode(np.zeros((48, 36), np.uint8)))
    done = export(own_set, tmp_path / "out")
    assert done.about["unreadable_images"] == [[row["image_id"], "image_altered"]]
    assert done.about["counts"]["masks"] == whole.about["counts"]["masks"] - 1
    for name in ("yolo", "mura"):
        without = export(own_set, tmp_path / name, name)
        assert (without.about["counts"]["unreadable"], without.about["counts"]["masks"]) == (0, 0)


def test_films_that_may_show_a_name_are_left_out(own_set, tmp_path):
    rows = [row for one in DataSet(own_set).study_ids() for row in DataSet(own_set).rows(one)]
    rows[3]["burned_in_risk"] = "high"
    finish(own_set, rows)
    done = export(own_set, tmp_path / "out")
    assert done.about["left_out"] == {"marked_high_risk": 1}
    assert rows[3]["image_id"] not in (tmp_path / "out" / "films.csv").read_text()
    whole = export(own_set, tmp_path / "whole", with_marked=True)
    assert whole.about["counts"]["exported"] == FILMS
    assert any("hospital" in text for text in whole.about["beware"])


def test_films_that_a_person_rejects_from_now_on_are_left_out(own_set, tmp_path):
    row = DataSet(own_set).rows(DataSet(own_set).study_ids()[0])[0]
    own_set.joinpath("corrections.csv").write_text(
        f"image_id,field,value\n{row['image_id']},status,rejected\n"
    )
    done = export(own_set, tmp_path / "out")
    assert done.about["left_out"] == {"rejected_by_person": 1}


def test_a_part_is_exported_alone(data_set, tmp_path):
    counts = {}
    for part in ("training", "validation", "holdout"):
        done = export(data_set, tmp_path / part, part=part)
        counts[part] = done.about["counts"]["exported"]
        assert done.about["left_out"] == {"other_part": FILMS - counts[part]}
        assert set(pd.read_csv(tmp_path / part / "films.csv").part) == {part}
    assert sum(counts.values()) == FILMS
    assert any("hold-out" in text for text in done.about["beware"])


def test_a_hold_out_is_told_whoever_says_where_films_stand(exported):
    for name in FORMATS:
        assert any("hold-out is in it" in text for text in exported(name)[0].about["beware"])


def test_no_hold_out_is_told_where_none_is(data_set, tmp_path):
    done = export(data_set, tmp_path / "out", part="training")
    assert not any("hold-out" in text for text in done.about["beware"])


def test_a_part_needs_a_split(tmp_path):
    rows = [film_row(tmp_path / "set", 1, 0, pixels_of(1), "fracture")]
    finish(tmp_path / "set", rows)
    with pytest.raises(UsageError, match="--run RUN, or convert with --split-column"):
        export(tmp_path / "set", tmp_path / "out", part="training")
    assert not (tmp_path / "out").exists()
    done = export(tmp_path / "set", tmp_path / "out")
    assert done.about["parts"] == {"train": 1}
    assert list(pd.read_csv(tmp_path / "out" / "films.csv").part) == ["training"]


def test_films_without_a_part_are_nobodys_training_films(own_set, tmp_path):
    rows = [row for one in DataSet(own_set).study_ids() for row in DataSet(own_set).rows(one)]
    rows[0]["split"] = None
    finish(own_set, rows)
    done = export(own_set, tmp_path / "out")
    assert done.about["parts"]["unassigned"] == 1


def test_a_patient_in_two_parts_is_told(own_set, tmp_path):
    rows = [row for one in DataSet(own_set).study_ids() for row in DataSet(own_set).rows(one)]
    rows[0]["patient_id"] = next(
        row["patient_id"] for row in rows if row["split"] != rows[0]["split"]
    )
    finish(own_set, rows)
    done = export(own_set, tmp_path / "out")
    assert any("more than one part" in text for text in done.about["beware"])


def test_a_run_says_where_films_stand(data_set, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    fingerprint = json.loads((data_set / "dataset.json").read_text())["fingerprint"]
    rows = [row for one in DataSet(data_set).study_ids() for row in DataSet(data_set).rows(one)]
    lines = [
        f"{row['patient_id']},{row['study_id']},{row['image_id']},1,holdout,{row['patient_id']}"
        for row in rows[1:]
    ]
    header = "patient_id,study_id,image_id,label,split,patient_group"
    (run / "splits.csv").write_text("\n".join([header, *lines]) + "\n")
    (run / "config.toml").write_text(f'dataset = "{fingerprint}"\nmodel = "classic"\n')
    done = export(data_set, tmp_path / "out", run=run)
    assert done.about["parts"] == {"test": FILMS - 1, "unassigned": 1}
    alone = export(data_set, tmp_path / "alone", run=run, part="holdout")
    assert alone.about["left_out"] == {"no_part": 1}
    (run / "config.toml").write_text(f'dataset = "{"0" * 32}"\nmodel = "classic"\n')
    with pytest.raises(UsageError, match="another data set"):
        export(data_set, tmp_path / "other", run=run)


def test_another_label_may_be_the_main_one(data_set, tmp_path):
    done = export(data_set, tmp_path / "out", label="hardware")
    assert set(pd.read_csv(tmp_path / "out" / "films.csv").label) == {"none", "plate"}
    assert done.about["made_from"]["options"]["label"] == "hardware"
    with pytest.raises(UsageError, match="no label named"):
        export(data_set, tmp_path / "other", label="metal")


@pytest.mark.parametrize(
    "options", [{"max_side": 3}, {"jpeg": 0}, {"jpeg": 101}, {"shard_mb": 0}, {"part": "train"}]
)
def test_options_that_are_not_possible(data_set, tmp_path, options):
    with pytest.raises(UsageError, match="not possible"):
        export(data_set, tmp_path / "out", **options)


def test_a_format_that_there_is_not(data_set, tmp_path):
    with pytest.raises(UsageError, match="--format 'tfrecord' is not possible"):
        export(data_set, tmp_path / "out", "tfrecord")


def test_a_missing_library_is_a_sentence(data_set, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"radprep\[export\]"):
        export(data_set, tmp_path / "out", "webdataset")


def test_tables_that_are_not_those_of_the_studies(own_set, tmp_path):
    table = own_set / "instances.parquet"
    table.write_bytes(table.read_bytes() + b"\0")
    with pytest.raises(UsageError):
        export(own_set, tmp_path / "out")


def test_ctrl_c_stops_and_the_same_command_goes_on(data_set, exported, tmp_path, monkeypatch):
    class Asked:
        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        asked = True

    with monkeypatch.context() as patch:
        patch.setattr(exporting, "Interrupt", Asked)
        with pytest.raises(InterruptedRunError):
            export(data_set, tmp_path / "out")
    export(data_set, tmp_path / "out")
    assert files_in(tmp_path / "out") == exported("csv")[1]


def test_the_command_says_what_became_of_every_film(own_set, tmp_path):
    damaged(own_set, "image_missing")
    words = ["export", own_set, tmp_path / "out", "--format", "csv", "--max-failed", "0"]
    done = runner.invoke(app, list(map(str, words)))
    assert "15 kept = 14 exported + 0 left out + 1 unreadable" in done.stdout
    assert "image_missing: the file that a row names is not there" in done.stdout
    assert isinstance(done.exception, TooManyFailedError)
    again = runner.invoke(app, [*map(str, words[:-2]), "--json"])
    assert json.loads(again.stdout)["counts"]["exported"] == 14


@pytest.mark.parametrize("mark", [("dataset.json",), (ABOUT, MANIFEST), ("key", "studies")])
def test_nothing_is_exported_into_what_is_whole_by_itself(data_set, tmp_path, mark):
    other = tmp_path / ("other.private" if "key" in mark else "other")
    other.mkdir()
    for name in mark:
        (other / name).touch()
    (tmp_path / "way").symlink_to(other)
    for out in (other / "deep" / "out", tmp_path / "way" / "out"):
        with pytest.raises(UsageError, match="lies in a"):
            export(data_set, out)
        with pytest.raises(UsageError, match="lies in a"):
            radprep.card(data_set, out=out)
    assert {path.name for path in other.iterdir()} == set(mark)


def test_an_out_that_is_a_link_is_refused_at_once(data_set, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "empty")
    with pytest.raises(UsageError, match="is a link"):
        export(data_set, tmp_path / "out")
    assert not (tmp_path / ".out.exporting").exists()


def test_columns_of_labels_are_bounded(data_set, tmp_path, monkeypatch):
    monkeypatch.setattr(survey_module, "MOST_NAMES_OF_SET", 1)
    with pytest.raises(UsageError, match="more than 1 different labels"):
        export(data_set, tmp_path / "out")


def test_copies_are_no_hard_links_and_have_the_same_bytes(data_set, tmp_path):
    linked, copied = (export(data_set, tmp_path / str(copy), copy=copy) for copy in (False, True))
    assert linked.linked > 0
    assert copied.linked == 0
    assert files_in(linked.where) == files_in(copied.where)
    assert all(path.stat().st_nlink == 1 for path in copied.where.rglob("*.png"))
    assert "hard links: who changes one" in exporting.lines(linked)[-1]
    assert not any("hard link" in line for line in exporting.lines(copied))
