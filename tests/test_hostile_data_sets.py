"""A data set that somebody hands on is not believed: whatever a table, a footer, dataset.json or a
link in it says, each command ends in a sentence or a finding, and nothing outside is touched."""

import json
import os
import shutil
import struct
import uuid
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from radprep.cli import app
from radprep.dataset.footer import read_value
from radprep.dataset.info import read_info
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import KEPT
from radprep.errors import RadprepError
from radprep.image.hashes import pixel_hash
from tests.made import arm, convert, make_dicom

runner = CliRunner()

LABELS = ("fracture", "normal")

UNBELIEVABLE = (
    "../../../PWN",
    "/tmp/PWN",
    "..",
    "",
    "a/b",
    "=cmd|' /C calc'!A0",
    "\x1b[2J\nfile_extra x",
    "</script><script>alert(1)</script>\u2028",
    "x" * 5000,
)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A small converted data set with labels, and its private tree."""
    root = tmp_path_factory.mktemp("good")
    (root / "dump").mkdir()
    for number in range(3):
        pixels = arm(height=40, width=30, seed=number)
        data = make_dicom(pixels, study=str(number), instance=str(number))
        (root / "dump" / f"{number}").write_bytes(data)
    (root / "dump" / "note.txt").write_text("no DICOM")
    lines = "".join(f"A{number},{LABELS[number % 2]}\n" for number in range(3))
    (root / "labels.csv").write_text(f"accession,diagnosis\n{lines}")
    mapped = [word for label in LABELS for word in ("--label-map", f"{label}={label}")]
    convert(root / "dump", root / "raw", "--labels", root / "labels.csv", *mapped)
    return root / "raw"


@pytest.fixture
def raw(good, tmp_path):
    return copied(good, tmp_path / "inside" / "raw")


def copied(good, place):
    shutil.rmtree(place.parent, ignore_errors=True)
    shutil.copytree(good, place)
    shutil.copytree(f"{good}.private", f"{place}.private")
    Path(f"{place}.private").chmod(0o700)
    return place


def rewritten(path, change, footer=None, schema=None):
    """Write a Parquet file of rows anew, changed; its footer too."""
    with pq.ParquetFile(path) as file:
        table = file.read()
    rows = table.to_pylist()
    change(rows)
    schema = schema or table.schema.remove_metadata()
    columns = [pa.array([row[field.name] for row in rows], field.type) for field in schema]
    with pq.ParquetWriter(path, schema, store_schema=False) as writer:
        writer.write_table(pa.table(columns, schema=schema))
        if path.name != "instances.parquet":
            said = json.loads(read_value_of(path, table))
            (footer or (lambda one: None))(said)
            writer.add_key_value_metadata({"radprep": json.dumps(said)})


def read_value_of(path, table):
    del table
    return FOOTERS[path.stem]


FOOTERS = {}


def altered(root, change, footer=None):
    """Change the rows of every table of a data set, so that they agree with each other."""
    for path in markers(root):
        FOOTERS[path.stem] = read_value(path, b"radprep").decode()
    for path in (*markers(root), root / "instances.parquet"):
        rewritten(path, change, footer)
    edit_info(root, instances_bytes=(root / "instances.parquet").stat().st_size)


def markers(root):
    return sorted(root.glob("studies/*/*.parquet"))


def edit_info(root, **values):
    info = json.loads((root / "dataset.json").read_text())
    (root / "dataset.json").write_text(json.dumps({**info, **values}))


def ends(*words):
    """Run a command; returns its exit code, after looking that it is none of a bug."""
    result = runner.invoke(app, list(map(str, words)))
    if result.exception is None or isinstance(result.exception, SystemExit):
        return result.exit_code
    assert isinstance(result.exception, RadprepError), (words, result.exc_info)
    assert result.exception.exit_code != 1, result.exception
    assert len(str(result.exception)) < 1000
    return result.exception.exit_code


def everything_outside(root):
    """Names and contents of all that stands beside a folder."""
    return {
        path: path.read_bytes() if path.is_file() else b""
        for path in sorted(root.parent.parent.rglob("*"))
        if root.parent not in path.parents and path != root.parent
    }


PATIENT = "0" * 16
COMMANDS = {
    "preprocess": lambda root: ("preprocess", root, beside(root), "-p", "wrist-thesis", "-w", 1),
    "verify": lambda root: ("verify", root, "-w", 1),
    "report": lambda root: ("report", root, "--out", beside(root), "-w", 1),
    "inspect": lambda root: ("inspect", root),
    "status": lambda root: ("status", root),
    "locate": lambda root: ("locate", root, PATIENT),
    "forget": lambda root: ("forget", root, "--patient", PATIENT, "--yes"),
    "collate": lambda root: ("collate", root),
    "train": lambda root: ("train", root, beside(root), "-w", 1),
    "card": lambda root: ("card", root, "--out", beside(root)),
    "export": lambda root: ("export", root, beside(root), "--format", "csv", "--with-marked"),
}
"""Each command that reads a data set, over one."""


def beside(root):
    """A new folder for the output."""
    return root.parent / f"out-{uuid.uuid4().hex}"


def stays_inside(root, tmp_path, *names):
    """Run commands (all, if none is named); returns their exit codes. None may be that of a bug,
    and nothing outside of the folder of the data set may change."""
    before = everything_outside(root)
    codes = {name: ends(*COMMANDS[name](root)) for name in names or COMMANDS}
    assert set(codes.values()) <= {0, 2, 3, 4}, codes
    assert everything_outside(root) == before
    assert not list(tmp_path.rglob("*PWN*"))
    return codes


def set_in_rows(column, value, *, kept_only=False):
    def change(rows):
        for row in rows:
            if row["status"] == KEPT or not kept_only:
                row[column] = value

    return change


@pytest.mark.parametrize(
    "column", ["label", "study_id", "image_id", "file_name", "mask_file_name", "instance_id"]
)
@pytest.mark.parametrize("value", ["../../../PWN", "/etc/passwd"])
def test_a_name_that_leads_elsewhere_is_refused(raw, tmp_path, column, value):
    altered(raw, set_in_rows(column, value, kept_only=True))
    codes = stays_inside(raw, tmp_path)
    assert (codes["preprocess"], codes["verify"]) == (2, 4)
    assert codes["train"] == 2 or column in ("mask_file_name", "instance_id")  # not read there


def test_labels_in_the_footer_are_a_digest(raw, tmp_path):
    altered(raw, lambda rows: None, lambda footer: footer.update(labels="../../../PWN"))
    codes = stays_inside(raw, tmp_path)
    assert (codes["preprocess"], codes["verify"]) == (2, 4)


@pytest.mark.parametrize("column", ["reason", "step", "burned_in_risk", "status", "patient_id"])
@pytest.mark.parametrize("value", UNBELIEVABLE)
def test_a_word_that_is_none_of_ours_is_refused_without_being_said(raw, column, value):
    altered(raw, set_in_rows(column, value))
    with pytest.raises(RadprepError, match=f"the column {column} must hold") as said:
        DataSet(raw).rows(DataSet(raw).study_ids()[0])
    assert not value or value not in str(said.value)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("width", 20_000_000),
        ("width", -1),
        ("bits", 9),
        ("part", 0),
        ("frame", 0),
        ("source_matrix", [1.0] * 5),
        ("source_matrix", [float("nan")] * 6),
        ("source_matrix", [None] * 6),
        ("rotation_degrees", 1e300),
        ("review", [None]),
        ("history", ["../x"]),
        ("decisions", "[]"),
        ("decisions", '{"a": 7}'),
        ("decisions", '{"person": {"review": 7}}'),
        ("decisions", '{"person": {"review": {"value": []}}}'),
        ("decisions", '{"person": {"review": {"reviewer": "Dr Meier"}}}'),
        ("decisions", '{"person": {"review": {"date": "yesterday"}}}'),
        ("decisions", '{"person": {"review": {"accepted": [7]}}}'),
        ("decisions", '{"colour_inversion": {"confidence": "x"}}'),
        ("decisions", '{"a": ' + "[" * 200_000),
        ("decisions", '{"a": {"b": ' + "[" * 60 + "]" * 60 + "}}"),
        ("decisions", '{"a": {"b": "\\ud800"}}'),
        ("perceptual_hash", "zz"),
        ("pixel_hash", "0" * 31),
        ("body_part_score", 2.0),
        ("part_box", [1, 2, 3]),
        ("WindowCenter", [0.0] * 200_000),
        ("Manufacturer", "x" * 100_000),
    ],
)
def test_a_value_that_nobody_could_mean_is_refused(raw, tmp_path, column, value):
    altered(raw, set_in_rows(column, value, kept_only=True))
    codes = stays_inside(raw, tmp_path, "preprocess", "verify")
    assert (codes["preprocess"], codes["verify"]) == (2, 4)


def test_markup_in_every_text_stays_text(raw, tmp_path):
    text = "</script><script>document.title='PWN'</script>"

    def change(rows):
        for row in rows:
            row["Manufacturer"] = row["BodyPartExamined"] = text
            row["decisions"] = json.dumps({"convert": {text: text}})

    altered(raw, change)
    assert ends("report", raw, "--out", tmp_path / "page", "-w", 1) == 0
    assert text not in (tmp_path / "page" / "index.html").read_text()


def png_of_zeros(width, height):
    """A PNG whose header and pixels are true, and whose bytes are few."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    packed = zlib.compressobj(9)
    line = b"\2" + b"\0" * width
    body = b"".join(packed.compress(line) for _ in range(height)) + packed.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def test_a_png_that_declares_more_than_its_row_is_not_decoded(raw, monkeypatch):
    image = next((raw / "images").rglob("*.png"))
    image.write_bytes(png_of_zeros(4000, 4000))
    unfolded = []
    monkeypatch.setattr("radprep.image.png._inflated", lambda *_: unfolded.append(1))
    assert ends("verify", raw, "-w", 1) == 4
    ends("preprocess", raw, raw.parent / "clean", "-p", "wrist-thesis", "-w", 0)
    assert len(unfolded) < 3 * 3  # only those of the two other studies


def test_a_png_over_the_budget_is_refused_though_its_row_agrees(raw):
    image = next((raw / "images").rglob("*.png"))
    image.write_bytes(png_of_zeros(100, 100))

    def change(rows):
        for row in rows:
            if row["status"] == KEPT:
                row.update(
                    width=20_000, height=20_000, pixel_hash=pixel_hash(np.zeros((1, 1), "u1"))
                )

    altered(raw, change)
    assert ends("preprocess", raw, raw.parent / "clean", "-p", "wrist-thesis") == 2
    assert ends("verify", raw, "-w", 1) == 4


def truncate(path):
    data = path.read_bytes()
    path.write_bytes(data[:100] + b"\xff" * 200 + data[300:])


def with_column(path, name, value, kind):
    table = pq.read_table(path)
    place = table.schema.get_field_index(name)
    pq.write_table(table.set_column(place, name, pa.array([value] * len(table), kind)), path)


def with_huge_metadata(path):
    table = pq.read_table(path)
    with pq.ParquetWriter(path, table.schema, store_schema=False) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"radprep": "[" * 3_000_000})


def pipe_instead(path):
    path.unlink()
    os.mkfifo(path)


def folder_instead(path):
    path.unlink()
    path.mkdir()


DAMAGES = {
    "truncated": truncate,
    "foreign columns": lambda path: pq.write_table(pa.table({"a": [1]}), path),
    "foreign type": lambda path: with_column(path, "review", 7, pa.int64()),
    "null ids": lambda path: with_column(path, "study_id", None, pa.string()),
    "null lists": lambda path: with_column(path, "review", None, pa.list_(pa.string())),
    "metadata": with_huge_metadata,
    "no UTF-8": lambda path: path.write_bytes(
        path.read_bytes().replace(b"MONOCHROME2", b"MONO\xff\xff\xffOME2")
    ),
    "unfolds": lambda path: pq.write_table(
        pa.table({"a": pa.nulls(40_000_000, pa.int64()).fill_null(0)}), path, compression="zstd"
    ),
    "pipe": pipe_instead,
    "folder": folder_instead,
    "empty": lambda path: path.write_bytes(b""),
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_table_is_a_sentence(raw, tmp_path, how):
    for path in (raw / "instances.parquet", markers(raw)[0]):
        DAMAGES[how](path)
    codes = stays_inside(raw, tmp_path)
    assert codes["verify"] == 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        "{",
        "[" * 200_000,
        '{"a":' + "[" * 200_000,
        '{"format_version": ' + "1" * 5000 + "}",
        "\xff\xfe",
    ],
)
@pytest.mark.parametrize("name", ["dataset.json", "logs/status.json", "logs/run-x.jsonl"])
def test_a_damaged_text_is_a_sentence(raw, tmp_path, name, text):
    (raw / "logs").mkdir(exist_ok=True)
    (raw / name).write_bytes(text.encode("latin-1"))
    stays_inside(raw, tmp_path, "verify", "report", "status", "forget")


WRONG_ENTRIES = {
    "stage": "../x",
    "complete": "yes",
    "counts": {"kept": "x"},
    "parameters": [1],
    "made_from": {"key": {"a": 1}},
    "fingerprint": "\x1b[2J",
    "studies_planned": -1,
    "instances_bytes": 1e400,
    "stages_before": [{"stage": "convert"}],
    "versions": ["x"],
}


@pytest.mark.parametrize("name", WRONG_ENTRIES)
def test_an_entry_of_dataset_json_that_is_none_is_named(raw, tmp_path, name):
    edit_info(raw, **{name: WRONG_ENTRIES[name]})
    with pytest.raises(RadprepError, match=f"entry {name}"):
        read_info(DataSet(raw))
    stays_inside(raw, tmp_path, "verify", "train")


@pytest.mark.parametrize("name", ["images", "studies", "logs", "report", ".tmp", "masks"])
def test_a_link_that_leads_out_is_not_followed(raw, tmp_path, name):
    outside = tmp_path / "outside"
    if (raw / name).exists():
        shutil.move(raw / name, outside)
    else:
        outside.mkdir()
    (outside / "mine").write_text("mine")
    (raw / name).symlink_to(outside)
    codes = stays_inside(raw, tmp_path)
    assert {codes[command] for command in ("preprocess", "report", "verify", "train")} == {2}


@pytest.mark.parametrize("what", ["image", "marker", "folder of an image", "folder of markers"])
def test_a_link_deeper_down_is_not_followed_either(raw, tmp_path, what):
    image, marker = next((raw / "images").rglob("*.png")), markers(raw)[0]
    path = {
        "image": image,
        "marker": marker,
        "folder of an image": image.parent,
        "folder of markers": marker.parent,
    }[what]
    shutil.move(path, tmp_path / "outside")
    path.symlink_to(tmp_path / "outside")
    codes = stays_inside(raw, tmp_path)
    assert codes["verify"] == 4
    assert codes["preprocess"] == 2


def test_verify_prints_no_line_that_a_file_name_forged(raw):
    (raw / "images" / "x\x1b[2J\nverified: everything is well").write_text("x")
    text = runner.invoke(app, ["verify", str(raw), "-w", "1"]).stdout
    assert "\x1b" not in text
    assert "\nverified" not in text


def cells(column):
    """Any value of a column's type, and those that an attacker would think of."""
    kind = DataSetSchema[column]
    texts = st.one_of(st.sampled_from(UNBELIEVABLE), st.text(max_size=40), st.none())
    if pa.types.is_list(kind):
        inner = texts if pa.types.is_string(kind.value_type) else st.floats(allow_nan=True)
        if pa.types.is_integer(kind.value_type):
            inner = st.integers(-(2**31), 2**31 - 1)
        return st.one_of(st.none(), st.lists(inner, max_size=8))
    if pa.types.is_string(kind):
        return texts
    if pa.types.is_boolean(kind):
        return st.one_of(st.none(), st.booleans())
    if pa.types.is_floating(kind):
        return st.one_of(st.none(), st.floats())
    bits = 31 if kind in (pa.int32(), pa.date32()) else 63
    return st.one_of(st.none(), st.integers(-(2**bits), 2**bits - 1))


def schema_by_name():
    from radprep.dataset.schema import arrow_schema

    return {field.name: field.type for field in arrow_schema()}


DataSetSchema = schema_by_name()

SETTINGS = settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.slow
@SETTINGS
@given(data=st.data(), column=st.sampled_from(sorted(DataSetSchema)))
def test_any_cell_may_hold_anything(good, tmp_path, data, column):
    raw = copied(good, tmp_path / "inside" / "raw")
    value = data.draw(cells(column))
    if pa.types.is_date32(DataSetSchema[column]) and value is not None:
        value = max(-(2**31), value)

    def change(rows):
        for row in rows:
            row[column] = value

    altered(raw, change)
    stays_inside(raw, tmp_path)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(UNBELIEVABLE)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner)
    ),
    max_leaves=5,
)


@pytest.mark.slow
@SETTINGS
@given(data=st.data())
def test_any_entry_of_dataset_json_may_hold_anything(good, tmp_path, data):
    raw = copied(good, tmp_path / "inside" / "raw")
    info = json.loads((raw / "dataset.json").read_text())
    place = info
    while isinstance(place, dict) and place:
        name = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[name], dict) or data.draw(st.booleans()):
            place[name] = data.draw(JSON)
            break
        place = place[name]
    (raw / "dataset.json").write_text(json.dumps(info))
    stays_inside(raw, tmp_path)


@pytest.mark.slow
@SETTINGS
@given(
    name=st.sampled_from(["key", "parts", "label", "stage", "made_from", "failed", "images"]),
    value=JSON,
)
def test_any_entry_of_a_footer_may_hold_anything(good, tmp_path, name, value):
    raw = copied(good, tmp_path / "inside" / "raw")
    altered(raw, lambda rows: None, lambda footer: footer.update({name: value}))
    stays_inside(raw, tmp_path)
