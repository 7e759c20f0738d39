"""A run folder that somebody hands on: whatever its files hold, each command ends in a sentence,
runs nothing that they bring along, and takes no more memory than its files."""

import io
import json
import os
import pickle
import resource
import shutil
import struct
import zipfile

import numpy as np
import pytest

from radprep.train.classic.arrays import read_arrays
from tests.train.commands import radprep, refused
from tests.train.synthetic import make_dataset

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile")
    make_dataset(root / "data", 40)
    flags = ("--validation", 0.3, "--holdout", 0.3, "--set", "trees=2", "-w", 1)
    result = radprep("train", root / "data", root / "run", *flags, "--cache", root / "cache")
    assert result.exit_code == 0, result.output
    return root


@pytest.fixture
def run(trained, tmp_path):
    shutil.copytree(trained / "run", tmp_path / "run")
    return tmp_path / "run"


class Program:
    """What unpickling would run."""

    def __reduce__(self):
        return os.system, ("touch PWNED",)


def pickled(path):
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["offset"] = np.array([Program()], dtype=object)
    np.savez(path, **arrays)


def declaring(shape, descr="<f8"):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    return header.getvalue()


def bomb(path, shape=(10**12,)):
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, declaring(shape))


def unfolding(path):
    """An archive whose array is true, and a thousand times its size."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mean.npy", declaring((10**8,)) + bytes(8 * 10**8))


def circular(path):
    with np.load(path) as stored:
        mean, scale = stored["mean"], stored["scale"]
    nodes = 15
    zeros = np.zeros(nodes, np.int64)
    np.savez(
        path,
        mean=mean,
        scale=scale,
        offset=np.zeros(1),
        rate=np.ones(1),
        nodes=np.array([nodes]),
        children_left=zeros,
        children_right=zeros,
        feature=zeros,
        threshold=np.zeros(nodes),
        value=np.zeros(nodes),
    )


MODELS = {
    "pickle": pickled,
    "bomb": bomb,
    "negative": lambda path: bomb(path, (-5,)),
    "unfolding": unfolding,
    "circular": circular,
    "empty": lambda path: path.write_bytes(b""),
    "a pickle itself": lambda path: path.write_bytes(pickle.dumps(Program())),
    "pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("how", MODELS)
def test_a_model_file_that_is_none_is_a_sentence(trained, run, tmp_path, monkeypatch, how):
    monkeypatch.chdir(tmp_path)
    MODELS[how](run / "classic.npz")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said = refused("predict", trained / "data", run, tmp_path / "out", "-w", 1)
    assert "classic.npz is missing or damaged" in said
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # KiB
    assert not (tmp_path / "PWNED").exists()


def replaced(before, after):
    return lambda path: path.write_text(path.read_text().replace(before, after))


CONFIGS = {
    "broken": lambda path: path.write_text("a = 1\n[[[[\n"),
    "deep": lambda path: path.write_text("a=" + "[" * 100_000 + "]" * 100_000),
    "another model": replaced('model = "classic"', 'model = "hf-hub:evil/evil"'),
    "a path as model": replaced('model = "classic"', 'model = "../../x"'),
    "markup": replaced('positive = "fracture"', 'positive = "</script>\\u001b[31mX"'),
    "a fingerprint": replaced("dataset = ", "dataset = 7 #"),
    "huge": lambda path: path.write_text("# " + "x" * 2_000_000),
    "large trees": replaced("trees = 2", "trees = 100000000"),
    "large images": replaced("width = 341", "width = 1000000"),
    "pipe": lambda path: (path.unlink(), os.mkfifo(path)),
}


@pytest.mark.parametrize("how", CONFIGS)
def test_a_configuration_that_is_none_is_a_sentence(trained, run, tmp_path, how):
    CONFIGS[how](run / "config.toml")
    said = refused("predict", trained / "data", run, tmp_path / "out", "-w", 1)
    assert len(said) < 600
    assert said.isprintable()


JSONS = ("[" * 200_000, '"x"', "[]", "{}", '{"mean": "x"}', "\ud800".encode("utf-8", "replace"), "")


@pytest.mark.parametrize("text", JSONS, ids=range(len(JSONS)))
@pytest.mark.parametrize("name", ["thresholds.json", "dataset.json"])
def test_a_json_file_that_is_none_is_a_sentence(trained, run, tmp_path, name, text):
    (run / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    assert name in refused("predict", trained / "data", run, tmp_path / "out", "-w", 1)


def test_a_pipeline_that_a_run_brings_along_has_steps_of_ours(trained, run, tmp_path):
    info = json.loads((run / "dataset.json").read_text())
    step = {"name": "resize", "version": 1, "parameters": {"width": 10**6, "height": 10**6}}
    pipeline = {"name": "../../x", "digest": "0" * 32, "steps": [step]}
    info |= {"stage": "preprocess", "parameters": {"pipeline": pipeline, "max_pixels": 10**13}}
    (run / "dataset.json").write_text(json.dumps(info))
    refused("predict", trained / "data", run, tmp_path / "out")
    assert not list(tmp_path.rglob("*x/*"))


def test_a_run_does_not_raise_how_large_a_film_may_be():
    from radprep.convert.options import ConvertOptions
    from radprep.train.prediction import _convert_options

    assert _convert_options({"max_pixels": 10**13}).max_pixels == ConvertOptions.max_pixels
    assert _convert_options({"max_pixels": "x"}).max_pixels == ConvertOptions.max_pixels
    assert _convert_options({"max_pixels": 1000}).max_pixels == 1000
    with pytest.raises(Exception, match="window"):
        _convert_options({"window": 7})


@pytest.mark.parametrize("name", ["splits.csv", "environment.json", "opened.jsonl"])
@pytest.mark.parametrize("text", [b"", b"\xff\0", b"[" * 200_000, b"patient_id\n=x"])
def test_what_an_evaluation_reads_is_a_sentence_too(trained, run, name, text):
    (run / name).write_bytes(text)
    result = radprep("evaluate", trained / "data", run, "--cache", trained / "cache", "-w", 1)
    assert getattr(result.exception, "exit_code", 0) in (0, 2), result.exc_info
    assert name != "splits.csv" or "splits.csv" in str(result.exception)


def test_a_comparison_of_damaged_evaluations_is_a_sentence(trained, run):
    for text in ('"x"', "{}", '{"rule": "mean"}', '{"rule": [], "study": {}}', "[" * 200_000):
        (run / "validation" / "metrics.json").write_text(text)
        assert "metrics.json" in refused("compare", run, run, "--part", "validation")
    for text in (
        "",
        "study_id\n",
        "\0",
        "study_id,patient_id,label,mean,alo,majority,max\na,b,x,,,,\n",
    ):
        (run / "validation" / "studies.csv").write_text(text)
        assert "studies.csv" in refused("compare", run, run, "--part", "validation")


def test_an_array_is_read_as_it_was_written(tmp_path):
    table, ids = np.arange(6.0).reshape(2, 3), np.array(["a", "b"])
    np.savez(tmp_path / "x.npz", table=table, ids=ids)
    read = read_arrays(tmp_path / "x.npz", 10_000)
    assert (read["table"] == table).all()
    assert (read["ids"] == ids).all()
    with pytest.raises(ValueError, match="archive"):
        read_arrays(tmp_path / "x.npz", 10)


def test_tensors_that_are_none_are_a_sentence(tmp_path):
    checkpoint = pytest.importorskip("radprep.train.networks.checkpoint")
    from radprep.errors import UsageError

    header = json.dumps(
        {"a": {"dtype": "F32", "shape": [10**9, 10**9], "data_offsets": [0, 4]}}
    ).encode()
    deep = json.dumps({"__metadata__": {"radprep": "[" * 100_000}}).encode()
    for data in (
        struct.pack("<Q", 2**62) + b"{}",
        struct.pack("<Q", len(header)) + header + bytes(4),
        struct.pack("<Q", len(deep)) + deep,
        pickle.dumps(Program()),
        b"",
    ):
        (tmp_path / "model.safetensors").write_bytes(data)
        with pytest.raises(UsageError, match="missing or damaged"):
            checkpoint.read_tensors(tmp_path / "model.safetensors")
        with pytest.raises(UsageError, match="no plain weights"):
            checkpoint._read_weights(tmp_path / "model.safetensors")
