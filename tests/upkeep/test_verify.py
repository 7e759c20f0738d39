"""Every kind of damage is planted, found under its code, and mended by --repair and the stage's own
command."""

import json
import shutil
import struct
import zlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from radprep.cli import app
from radprep.dataset.durable import temporary_of, write_json, write_table
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import to_table
from radprep.image import png
from radprep.private.identifiers import read_identifiers, write_identifiers
from radprep.upkeep.verify_study import CODES
from tests.made import arm, convert, key_at, make_dicom, preprocess, private_of, tree_hash

runner = CliRunner()


def verify(root, *flags):
    """Run the command; returns (exit code, JSON, the error's sentence)."""
    result = runner.invoke(app, ["verify", str(root), "--json", "--workers", "1", *flags])
    assert result.exception is None or hasattr(result.exception, "exit_code"), result.exc_info
    code = getattr(result.exception, "exit_code", 0)
    return code, json.loads(result.stdout), str(result.exception or "")


def codes(root):
    return {finding["code"] for finding in verify(root)[1]["findings"]}


def kept(root):
    table = pd.read_parquet(root / "instances.parquet")
    return table[table.status == "kept"].iloc[0]


def rewrite(root, study_id, change, **footer):
    """Change the rows of a study's own file, leaving its images alone."""
    rows = DataSet(root).rows(study_id)
    change(rows)
    old = DataSet(root).footer(study_id)
    text = json.dumps({**old, **footer}, sort_keys=True)
    write_table(to_table(rows), DataSet(root).marker(study_id), {b"radprep": text})


def edit_info(root, **values):
    info = json.loads((root / "dataset.json").read_text())
    info.update(values)
    write_json(root / "dataset.json", info)


def with_text_chunk(data):
    body = b"Author\0somebody"
    chunk = (
        struct.pack(">I", len(body))
        + b"tEXt"
        + body
        + struct.pack(">I", zlib.crc32(b"tEXt" + body))
    )
    return data[:33] + chunk + data[33:]


@pytest.fixture
def raw(dump, tmp_path, key_file):
    (dump / "frames").write_bytes(make_dicom(np.stack([arm(seed=1), arm(seed=2)]), study="9"))
    convert(dump, tmp_path / "raw", "--key", key_file, "--max-failed", "1")
    return tmp_path / "raw"


def image(root):
    return root / kept(root).file_name


def marker(root):
    return DataSet(root).marker(kept(root).study_id)


def lead_outside(path, elsewhere):
    path.replace(elsewhere)
    path.symlink_to(elsewhere)


def first(**values):
    """A change of the first kept row."""

    def change(rows):
        next(row for row in rows if row["status"] == "kept").update(values)

    return lambda root: rewrite(root, kept(root).study_id, change)


def other_study(root):
    table = pd.read_parquet(root / "instances.parquet")
    return next(
        study for study in table[table.status == "kept"].study_id if study != kept(root).study_id
    )


def repeat_ids(root):
    rewrite(root, other_study(root), lambda rows: rows[0].update(image_id=kept(root).image_id))


def repeat_source(root):
    rewrite(root, other_study(root), lambda rows: rows[0].update(source_id=kept(root).source_id))


def change_identifiers(root, **values):
    ids = read_identifiers(private_of(root), kept(root).study_id)
    ids[0].update(values)
    write_identifiers(private_of(root), kept(root).study_id, ids)


def private(root, name=None):
    study = kept(root).study_id
    return private_of(root).root / (name or f"studies/{study[:2]}/{study}.arrow")


def drop_column(root):
    write_table(pq.read_table(marker(root)).drop_columns(["KVP"]), marker(root), {b"radprep": "{}"})


def lose_study(root):
    marker(root).unlink()


def other_size(root):
    image(root).write_bytes(png.encode(np.zeros((7, 5), np.uint8)))


def altered(root):
    row = kept(root)
    image(root).write_bytes(png.encode(np.zeros((int(row.height), int(row.width)), np.uint8)))


def cut(path):
    path.write_bytes(path.read_bytes()[:-40])


def lose_row(root):
    table = pq.read_table(root / "instances.parquet")
    large = pd.read_parquet(root / "instances.parquet").study_id.duplicated().idxmax()
    write_table(
        pa.concat_tables([table.slice(0, large), table.slice(large + 1)]),
        root / "instances.parquet",
    )


def stale(root):
    table = pd.read_parquet(root / "instances.parquet")
    rows = pq.read_table(root / "instances.parquet").filter(
        pa.array(table.study_id != kept(root).study_id)
    )
    write_table(rows, root / "instances.parquet")


def add(root, name):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png.encode(arm(bits=8)))


DAMAGE = {
    "study_unreadable": lambda root: marker(root).write_bytes(b"PAR1 not at all PAR1"),
    "study_unreadable, empty": lambda root: marker(root).write_bytes(b""),
    "study_schema": drop_column,
    "study_footer": lambda root: rewrite(root, kept(root).study_id, lambda rows: None, rank=3),
    "study_misplaced": first(study_id="ffffffffffffffff"),
    "study_missing": lose_study,
    "row_invalid": first(pixel_hash=None),
    "row_invalid, status": first(status="rejected"),
    "label_differs": first(labels='{"diagnosis":"fracture"}'),
    "other_pipeline": first(history=["clahe@1#00000000"]),
    "image_id_repeated": repeat_ids,
    "source_repeated": repeat_source,
    "image_misplaced": first(file_name="unlabelled/elsewhere.png"),
    "image_missing": lambda root: image(root).unlink(),
    "image_misplaced, mask": first(mask_file_name="masks/unlabelled/m.png"),
    "image_unreadable": lambda root: image(root).write_bytes(b"GIF89a"),
    "image_unreadable, cut": lambda root: cut(image(root)),
    "image_altered": altered,
    "link_outside": lambda root: lead_outside(image(root), root.with_name("elsewhere.png")),
    "image_size": other_size,
    "image_size, bits": first(bits=16),
    "image_chunks": lambda root: image(root).write_bytes(with_text_chunk(image(root).read_bytes())),
    "image_chunks, behind the end": lambda root: image(root).write_bytes(
        image(root).read_bytes() + b"somebody"
    ),
    "leftover": lambda root: temporary_of(DataSet(root).instances).write_text("x"),
    "private_leftover": lambda root: temporary_of(private_of(root).index(1)).write_text("x"),
    "file_extra": lambda root: add(
        root, image(root).relative_to(root).with_name("extra.png").as_posix()
    ),
    "file_extra, of no study": lambda root: add(root, "images/fracture/00/0000000000000000/a.png"),
    "file_extra, a mask": lambda root: add(root, "masks/fracture/a.png"),
    "file_extra, beside the markers": lambda root: add(root, "studies/notes.png"),
    "incomplete": lambda root: edit_info(root, complete=False),
    "instances_missing": lambda root: (root / "instances.parquet").unlink(),
    "instances_unreadable": lambda root: (root / "instances.parquet").write_bytes(b""),
    "instances_stale": stale,
    "rows_differ": first(detail="changed"),
    "rows_differ, in instances.parquet": lose_row,
    "counts_differ": lambda root: edit_info(
        root, counts={**json.loads((root / "dataset.json").read_text())["counts"], "images": 99}
    ),
    "counts_do_not_add_up": lambda root: edit_info(
        root, counts={**json.loads((root / "dataset.json").read_text())["counts"], "kept": 99}
    ),
    "fingerprint_differs": lambda root: edit_info(root, fingerprint="0" * 32),
    "identifiers_missing": lambda root: private(root).unlink(),
    "identifiers_differ": lambda root: change_identifiers(root, instance_id="0" * 16),
    "identifiers_differ, a source": lambda root: write_identifiers(
        private_of(root),
        kept(root).study_id,
        read_identifiers(private_of(root), kept(root).study_id)[1:],
    ),
    "identifiers_unreadable": lambda root: private(root).write_bytes(b"PAR1"),
    "identifiers_stale": lambda root: private(root, "identifiers.parquet").unlink(),
}
"""Code -> how to do it; all of this is mended by --repair and another run."""

BY_HAND = {
    "identifiers_extra": lambda root: shutil.copy(
        private(root), private(root, "studies/00/0000000000000000.arrow")
    ),
    "other_key": lambda root: key_at(private(root, "key"), "5b"),
    "key_missing": lambda root: private(root, "key").unlink(),
    "private_open": lambda root: private_of(root).root.chmod(0o755),
}


def test_every_code_is_planted_somewhere():
    # planted in test_corrections and in test_persons_work
    elsewhere = {"corrections_differ", "corrections_unreadable", "page_older"}
    elsewhere |= {"folder_empty"}  # below
    assert {name.split(",")[0] for name in (*DAMAGE, *BY_HAND)} | elsewhere == set(CODES)


def test_an_empty_class_folder_is_found_and_removed_and_no_run_is_due(raw):
    before = tree_hash(raw)
    (raw / "images" / "fracture").mkdir(parents=True)
    code, said, sentence = verify(raw)
    assert code == 4
    assert [(one["code"], one["where"]) for one in said["findings"]] == [("folder_empty", "images")]
    assert "--repair" in sentence
    code, said, sentence = verify(raw, "--repair")
    assert code == 4
    assert sentence == "1 empty folders were removed; no study is to be done again."
    assert not (raw / "images").exists()
    assert verify(raw)[0] == 0
    assert tree_hash(raw) == before


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_undamaged_data_set_gives_no_finding(dump, raw, tmp_path, workers):
    preprocess(raw, tmp_path / "clean")
    preprocess(tmp_path / "clean", tmp_path / "chained", "--pipeline", "mura")
    before = tree_hash(tmp_path)
    for root in (raw, tmp_path / "clean", tmp_path / "chained"):
        code, said, _ = verify(root, "--workers", workers)
        assert (code, said["findings"], said["verified"]) == (0, [], True)
    assert said["images"] == len(list((tmp_path / "chained" / "unlabelled").rglob("*.png"))) > 0
    assert said["images"] == len(list((tmp_path / "chained" / "masks").rglob("*.png")))
    assert tree_hash(tmp_path) == before


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_and_repaired(dump, raw, tmp_path, key_file, damage):
    before = tree_hash(raw), tree_hash(private_of(raw).root)
    DAMAGE[damage](raw)
    harmed = tree_hash(tmp_path)
    code, said, sentence = verify(raw)
    assert code == 4
    assert damage.split(",")[0] in {finding["code"] for finding in said["findings"]}
    assert "--repair" in sentence
    assert tree_hash(tmp_path) == harmed  # to look changes nothing
    code, said, sentence = verify(raw, "--repair")
    assert code == 4
    assert "Run `radprep convert` again" in sentence
    done = convert(dump, raw, "--key", key_file, "--max-failed", "1")["run"]["done"]
    assert done == said["repair"]["studies"] <= 2
    assert verify(raw)[0] == 0
    assert (tree_hash(raw), tree_hash(private_of(raw).root)) == before


def mask(root):
    return root / kept(root).mask_file_name


def other_mask(root):
    mask(root).write_bytes(png.encode(255 - png.decode(mask(root).read_bytes())))


MASK_DAMAGE = {
    "image_missing": lambda root: mask(root).unlink(),
    "image_unreadable": lambda root: cut(mask(root)),
    "image_altered": other_mask,
    "image_altered, no hash": first(decisions="{}"),
    "image_size": lambda root: mask(root).write_bytes(png.encode(np.zeros((7, 5), np.uint8))),
    "image_size, bits": lambda root: mask(root).write_bytes(
        png.encode(png.decode(mask(root).read_bytes()).astype(np.uint16))
    ),
    "image_chunks": lambda root: mask(root).write_bytes(with_text_chunk(mask(root).read_bytes())),
    "image_misplaced": first(mask_file_name="masks/elsewhere.png"),
    "row_invalid": first(status="rejected", reason="ugly", file_name=None),
    "file_extra": first(mask_file_name=None),
}


@pytest.mark.parametrize("damage", MASK_DAMAGE)
def test_damage_of_a_mask_is_found_and_repaired(raw, tmp_path, damage):
    clean = tmp_path / "clean"
    preprocess(raw, clean, "--pipeline", "mura")
    before = tree_hash(clean)
    MASK_DAMAGE[damage](clean)
    assert damage.split(",")[0] in codes(clean)
    verify(clean, "--repair")
    preprocess(raw, clean, "--pipeline", "mura")
    assert verify(clean)[0] == 0
    assert tree_hash(clean) == before


@pytest.mark.parametrize("damage", BY_HAND)
def test_what_no_run_can_mend_is_said(raw, damage):
    before = tree_hash(raw)
    private_of(raw).root.joinpath("studies", "00").mkdir(exist_ok=True)
    BY_HAND[damage](raw)
    code, said, sentence = verify(raw, "--repair")
    assert code == 4
    assert {finding["code"] for finding in said["findings"]} == {damage}
    assert "mended by hand" in sentence
    assert tree_hash(raw) == before


@pytest.mark.parametrize(
    "damage",
    [
        "image_altered",
        "study_unreadable",
        "study_missing",
        "file_extra",
        "instances_stale",
        "row_invalid",
    ],
)
def test_a_preprocessed_data_set_is_repaired_by_preprocess(raw, tmp_path, damage):
    clean = tmp_path / "clean"
    preprocess(raw, clean)
    before = tree_hash(clean)
    DAMAGE[damage](clean)
    assert damage in codes(clean)
    assert "Run `radprep preprocess` again" in verify(clean, "--repair")[2]
    preprocess(raw, clean)
    assert verify(clean)[0] == 0
    assert tree_hash(clean) == before


def test_a_study_of_another_stage_or_pipeline_is_found(raw, tmp_path):
    clean, other = tmp_path / "clean", tmp_path / "other"
    preprocess(raw, clean)
    preprocess(raw, other, "--set", "colour_inversion.threshold=90")
    study_id = kept(clean).study_id
    for source in (raw, other):
        shutil.copy(DataSet(source).marker(study_id), DataSet(clean).marker(study_id))
        assert {"other_pipeline", "fingerprint_differs"} <= codes(clean)


def test_studies_made_under_another_key_are_found(dump, raw, tmp_path):
    """Mixed keys: a study is put in from a data set of the same dump under another key, and the
    tables are rebuilt over it."""
    convert(dump, tmp_path / "strange", "--max-failed", "1")
    strange, study_id = tmp_path / "strange", kept(tmp_path / "strange").study_id
    for tree, name in (
        (strange, f"studies/{study_id[:2]}"),
        (strange, f"unlabelled/{study_id[:2]}/{study_id}"),
    ):
        shutil.copytree(tree / name, raw / name, dirs_exist_ok=True)
    assert {"fingerprint_differs", "instances_stale", "identifiers_missing"} <= codes(raw)
    shutil.copytree(
        private_of(strange).root / "studies" / study_id[:2],
        private_of(raw).root / "studies" / study_id[:2],
        dirs_exist_ok=True,
    )
    assert "other_key" in codes(raw)


def test_findings_name_the_study_and_the_file_and_nothing_else(raw):
    row = kept(raw)
    altered(raw)
    [finding] = verify(raw)[1]["findings"]
    assert (finding["study_id"], finding["where"]) == (row.study_id, row.file_name)
    text = runner.invoke(app, ["verify", str(raw)]).stdout
    assert (
        f"image_altered          {row.study_id} {row.file_name}  (its pixels are not those that "
        "were hashed)" in text
    )
    assert text.endswith(f"1 findings in 5 studies, {len(list(raw.rglob('*.png')))} images\n")


def test_without_the_private_tree_the_rest_is_checked(raw):
    shutil.move(private_of(raw).root, raw.with_name("away"))
    assert "private tree is not here" in runner.invoke(app, ["verify", str(raw)]).stdout
    assert verify(raw)[0] == 0
    altered(raw)
    assert codes(raw) == {"image_altered"}


def test_a_png_that_claims_to_be_huge_is_not_decoded(raw):
    data = image(raw).read_bytes()
    image(raw).write_bytes(data[:16] + struct.pack(">II", 2**31 - 1, 2**31 - 1) + data[24:])
    assert codes(raw) == {"image_size"}


def test_what_is_no_data_set_is_a_usage_error(tmp_path):
    assert runner.invoke(app, ["verify", str(tmp_path)]).exception.exit_code == 2


def test_the_current_folder_can_be_verified(raw, monkeypatch):
    monkeypatch.chdir(raw)
    assert "identifiers were not checked" not in runner.invoke(app, ["verify", "."]).stdout
    assert verify(".")[1]["private_tree"] is True
