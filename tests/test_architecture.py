"""The walls of ARCHITECTURE.md, held by a test."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import radprep

PACKAGE = Path(radprep.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

LAYERS = [
    {"errors", "resources", "__init__", "footer", "shard", "stopwatch"},
    {"study", "schema", "bodypart", "csv_file", "labels", "private"},
    {"hashes", "png", "dataset", "identifiers", "forgotten", "tables"},
    {"dicom", "steps"},
    {"pipeline", "stage", "scan_index"},
    {"corrections", "film"},
    {"convert_study", "preprocess_study", "verify_study", "collate"},
    {"convert", "preprocess", "inspection", "explain_step"},
    {"forget", "locate", "verify", "report"},
    {"run"},
    {"train"},
    {"cli", "__main__"},
]
"""Imports point from a later layer to an earlier one, or stay inside one."""

ONLY_THERE = {
    "pydicom": {"dicom"},
    "imagecodecs": {"dicom"},
    "gdcm": {"dicom"},
    "joblib": {"run"},
    "typer": {"cli"},
    "rich": {"run", "cli"},
    "jinja2": {"report"},
    "matplotlib": {"report", "train"},
    "sklearn": {"train"},
    "torch": {"train"},
    "torchvision": {"train"},
    "timm": {"train"},
    "safetensors": {"train"},
    "tensorboard": {"train"},
}


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "radprep":
                yield from (
                    f"radprep.{alias.name}"
                    for alias in node.names
                    if not alias.name.startswith("__")
                )


def level(name):
    return next(number for number, layer in enumerate(LAYERS) if name in layer)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    for name in imports(path):
        if name.startswith("radprep."):
            assert level(name.split(".")[1]) <= level(room(path)), f"{path.name} imports {name}"
        top = name.split(".")[0]
        assert room(path) in ONLY_THERE.get(top, {room(path)}), f"{path.name} imports {top}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno <= 50, node.name


def loaded_by(code):
    """Modules in a fresh process after this code, without those that Python itself brings."""
    script = (
        f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint(*sys.modules, "
        "file=sys.stderr)"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stderr.split()
    return {name for name in said if name.split(".")[0] not in sys.stdlib_module_names}


def test_help_loads_the_commands_and_typer_alone():
    loaded = loaded_by("sys.argv = ['radprep', '--help']; import radprep.cli; radprep.cli.app()")
    ours = {name for name in loaded if name.startswith("radprep")}
    commands = {f"radprep.cli.{path.stem}" for path in (PACKAGE / "cli").glob("*.py")} - {
        "radprep.cli.__init__",
        "radprep.cli.summary",
        "radprep.cli.tables",
        "radprep.cli.training",
    }
    assert (
        ours
        == {
            "radprep",
            "radprep.cli",
            "radprep.errors",
            "radprep.run",
            "radprep.train",
            "radprep.train.catalogue",  # for the help of `radprep train`; it imports no library
        }
        | commands
    )
    by_itself = loaded_by("pass")  # finders of editable packages, coverage
    assert {name.split(".")[0] for name in loaded - by_itself} <= {
        "radprep",
        "typer",
        "annotated_doc",
        "shellingham",
        "typing_extensions",
    }


def test_preprocess_loads_nothing_that_reads_dicom_and_no_table_library_it_does_not_use():
    loaded = {
        name.split(".")[0]
        for name in loaded_by("import radprep.run.runner, radprep.preprocess, radprep.steps")
    }
    assert {"cv2", "numpy", "pyarrow"} <= loaded
    assert (
        not {
            "pydicom",
            "imagecodecs",
            "gdcm",
            "pandas",
            "sklearn",
            "matplotlib",
            "jinja2",
            "distributed",
            "torch",
        }
        & loaded
    )


def test_nothing_uses_the_network():
    for path in MODULES:
        assert not {"socket", "urllib", "http", "requests", "ssl"} & {
            name.split(".")[0] for name in imports(path)
        }
