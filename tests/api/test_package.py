"""`import radprep`: quick, and every name is what it seems."""

import importlib
import inspect
import subprocess
import sys

import pytest

import radprep
from radprep.convert.named_labels import LabelsWanted
from radprep.convert.options import ConvertOptions
from radprep.run.runner import RunOptions
from radprep.train.experiment import Experiment


def said_by(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_importing_it_loads_no_library_and_is_quick():
    found = said_by(
        "import sys, time; began = time.perf_counter(); import radprep; "
        "took = time.perf_counter() - began; print(took, *sys.modules)"
    ).split()
    loaded = {name.split(".")[0] for name in found[1:]} - sys.stdlib_module_names
    by_itself = {name.split(".")[0] for name in said_by("import sys; print(*sys.modules)").split()}
    assert loaded - by_itself == {"radprep"}
    assert float(found[0]) < 0.06


def test_dir_names_everything_before_anything_is_loaded():
    names = said_by("import radprep; print(*dir(radprep))").split()
    assert set(radprep.__all__) <= set(names)


@pytest.mark.parametrize("name", radprep.__all__)
def test_every_public_name_is_there(name):
    assert getattr(radprep, name)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        radprep.nonsense  # noqa: B018


@pytest.mark.parametrize("name", ["convert", "preprocess", "report", "train"])
def test_a_function_keeps_its_name_although_a_room_has_the_same(name):
    room = importlib.import_module(f"radprep.{name}")
    assert inspect.ismodule(room)
    assert inspect.isfunction(getattr(radprep, name))
    assert said_by(f"from radprep import {name}; print(callable({name}))") == "True\n"
    assert said_by(f"import radprep.{name}, radprep; print(callable(radprep.{name}))") == "True\n"


def test_there_is_one_list_of_defaults():
    """The options of the rooms have defaults for who calls them directly: the same."""
    usual = {
        name: parameter.default
        for function in (radprep.convert, radprep.preprocess)
        for name, parameter in inspect.signature(function).parameters.items()
    }
    options = ConvertOptions()
    same = ("bits", "max_pixels", "require_label", "secondary_captures", "frames", "window")
    assert {name: getattr(options, name) for name in same} == {name: usual[name] for name in same}
    assert (options.only, options.retain) == ((), ())
    assert not usual["only"]
    assert not usual["retain"]
    labels = LabelsWanted("labels.csv")
    assert (labels.keys, labels.columns) == (usual["label_key"], usual["label_column"])
    run = RunOptions()
    assert (run.study_timeout_s, run.limit, run.shard) == (usual["study_timeout"], None, None)
    torch = inspect.signature(radprep.OpenDataSet.torch).parameters
    assert torch["positive"].default == Experiment().positive


USER = """
from typing import assert_type

import numpy as np
import pandas as pd
import radprep
from numpy.typing import NDArray

result = radprep.convert("dump", "raw", bits=16, label_map={"FRACTURA": "fracture"})
assert_type(result, radprep.StageResult)
assert_type(result.left, int)
assert_type(radprep.preprocess("raw", "clean", pipeline="wrist"), radprep.StageResult)
assert_type(radprep.verify("clean").verified, bool)
clean = radprep.open("clean")
assert_type(clean, radprep.OpenDataSet)
assert_type(clean.films, pd.DataFrame)
assert_type(clean.mask("a"), NDArray[np.uint8] | None)
assert_type(radprep.train("clean", "run"), radprep.TrainResult)
assert_type(radprep.evaluate("clean", "run").opened, int)
assert_type(radprep.predict("film.dcm", "run", "out"), radprep.PredictResult)
assert_type(radprep.report("clean"), radprep.ReportResult)
"""


MISSPELT = """from radprep.dataset.info import Info
from radprep.dataset.schema import Row, new_row

def ask(row: Row, info: Info) -> None:
    print(row["statuss"])
    print(info["stagee"])
    print(new_row(statuss="kept"))
"""


@pytest.mark.slow
def test_a_user_s_script_sees_real_types_and_a_misspelt_column_is_an_error(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "mine.py").write_text(USER)
    (tmp_path / "wrong.py").write_text("import radprep\n\nradprep.convert('d', 'o', bit=8)\n")
    (tmp_path / "ours.py").write_text(MISSPELT)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "mine.py", "wrong.py", "ours.py"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    expected = [
        'ours.py:5: error: TypedDict "Row" has no key "statuss"',
        'ours.py:6: error: TypedDict "Info" has no key "stagee"',
        'ours.py:7: error: Unexpected keyword argument "statuss" for "new_row"',
        'wrong.py:3: error: Unexpected keyword argument "bit" for "convert"',
    ]
    assert len(errors) == len(expected), done.stdout
    for line, start in zip(sorted(errors), expected, strict=True):
        assert line.startswith(start)
