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
    {"errors", "resources", "__init__"},
    {"study", "schema", "bodypart", "labels", "private"},
    {"hashes", "png", "dataset", "identifiers", "forgotten"},
    {"dicom", "steps"},
    {"pipeline", "stage"},
    {"convert_study", "preprocess_study", "verify_study"},
    {"convert", "preprocess", "inspection"},
    {"forget", "locate", "verify"},
    {"run"},
    {"cli", "__main__"},
]
"""Imports point from a later layer to an earlier one, or stay inside one."""

ONLY_THERE = {"pydicom": {"dicom"}, "imagecodecs": {"dicom"}, "gdcm": {"dicom"}, "joblib": {"run"}, "typer": {"cli"},
              "rich": {"run", "cli"}}


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "radprep":
                yield from (f"radprep.{alias.name}" for alias in node.names if not alias.name.startswith("__"))


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


def test_help_imports_nothing_heavy():
    code = "import sys, radprep.cli; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "cv2", "pandas", "pyarrow", "pydicom", "joblib", "pydantic", "sklearn", "imagecodecs"} & set(loaded)


def test_nothing_uses_the_network():
    for path in MODULES:
        assert not {"socket", "urllib", "http", "requests", "ssl"} & {name.split(".")[0] for name in imports(path)}
