"""The rooms inside train/: imports point one way, and each room says what it is for."""

import ast
from pathlib import Path

import pytest

import radprep.train

TRAIN = Path(radprep.train.__file__).parent

ORDER = {
    "": (
        "data",
        "catalogue",
        "parameters",
        "learner",
        "experiment",
        "judging",
        "classic",
        "networks",
        "models",
        "training",
        "holdout",
        "prediction",
        "explain",
    ),
    "data": ("samples", "splits", "leaks"),
    "judging": ("metrics", "voting", "plots", "evaluation", "card", "comparison"),
    "classic": ("features", "learner"),
    "networks": ("feed", "models", "parameters", "events", "checkpoint", "loop", "learner"),
    "networks/feed": ("augment", "sampling", "image_cache", "batches"),
    "explain": ("gradcam", "lrp", "page"),
}
"""Of each room its modules and rooms: one may import those before it."""


def names_in(room):
    """The modules and rooms that lie in a room."""
    return {
        path.stem
        for path in (TRAIN / room).iterdir()
        if path.name not in ("__init__.py", "__pycache__")
    }


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("room", ORDER)
def test_imports_inside_a_room_point_one_way(room):
    order = ORDER[room]
    assert names_in(room) == set(order)
    prefix = ".".join(["radprep.train", *Path(room).parts, ""])
    for place, name in enumerate(order):
        one = TRAIN / room / name
        for path in sorted(one.rglob("*.py")) if one.is_dir() else [one.with_suffix(".py")]:
            for target in imported(path):
                if target.startswith(prefix):
                    found = target.removeprefix(prefix).split(".")[0]
                    assert order.index(found) <= place, f"{path.name} imports {target}"


@pytest.mark.parametrize("room", [*ORDER, "networks/models"])
def test_a_room_says_what_it_is_what_it_imports_and_how_it_grows(room):
    module = ast.parse((TRAIN / room / "__init__.py").read_text(encoding="utf-8"))
    said = " ".join((ast.get_docstring(module) or "").split())
    assert all(words in said for words in (" may import ", "To add ")), said
    assert all(name in said for name in ORDER.get(room, ())), said


@pytest.mark.parametrize("path", sorted(TRAIN.rglob("*.py")), ids=lambda path: path.stem)
def test_a_function_takes_six_things_at_most(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            names = [one.arg for one in taken if one.arg not in ("self", "cls")]
            assert len(names) <= 6, f"{node.name} takes {', '.join(names)}"
