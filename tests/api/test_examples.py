"""The examples in the docstrings of the API, in the order in which a person would try them."""

import doctest
import inspect
from importlib.util import find_spec

import pandas as pd
import pytest

import radprep
from radprep.resources import folder
from tests.made import private_key

EXAMPLES = {
    "convert": radprep.convert,
    "preprocess": radprep.preprocess,
    "open": radprep.open,
    **{
        f"OpenDataSet.{name}": getattr(radprep.OpenDataSet, name)
        for name in ("rows", "films", "labels", "read", "mask", "boxes", "decisions", "torch")
    },
    "report": radprep.report,
    "verify": radprep.verify,
    "export": radprep.export,
    "card": radprep.card,
    "merge": radprep.merge,
    "train": radprep.train,
    "evaluate": radprep.evaluate,
    "predict": radprep.predict,
}
FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL


def examples_of(name):
    return doctest.DocTestParser().get_doctest(
        inspect.getdoc(EXAMPLES[name]), {"radprep": radprep}, name, None, None
    )


@pytest.mark.slow
def test_the_examples_give_what_they_say(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data_samples").symlink_to(folder("data_samples"))
    private_key(tmp_path / "raw", "08")  # pseudonyms decide who is trained on
    runner, shared, said = doctest.DocTestRunner(optionflags=FLAGS), {"radprep": radprep}, []
    for name in EXAMPLES:
        if name == "OpenDataSet.torch" and not find_spec("torch"):
            continue
        test = examples_of(name)
        test.globs = shared
        runner.run(test, out=said.append, clear_globs=False)
    assert runner.summarize(verbose=False).failed == 0, "".join(said)
    answers, tree = tmp_path / "answers", tmp_path / "answers.private"
    known = pd.read_parquet(tree / "identifiers.parquet")
    columns = (known.PatientID, known.StudyInstanceUID, known.source_path)
    values = {value for column in columns for value in column.dropna()}
    secrets = {value.encode() for value in values if len(value) > 5}  # a short one is met by chance
    assert len(secrets) > 40
    for path in answers.rglob("*"):  # the whole folder may be handed on
        assert path.name not in ("key", "identifiers.parquet", "index.parquet")
        held = path.read_bytes() if path.is_file() else b""
        assert not [secret for secret in secrets if secret in held], path


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_has_an_example(name):
    assert examples_of(name).examples


def test_nothing_public_is_left_out():
    functions = {name for name in radprep.__all__ if inspect.isfunction(getattr(radprep, name))}
    methods = {
        f"OpenDataSet.{name}"
        for name in vars(radprep.OpenDataSet)
        if not name.startswith("_") and name not in ("root", "info")
    }
    assert functions | methods == EXAMPLES.keys()
    assert all(inspect.getdoc(getattr(radprep, name)) for name in radprep.__all__)
