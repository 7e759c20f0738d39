"""The walls of ARCHITECTURE.md, held by a test: which room may import which, no circle anywhere,
nothing that grows too large."""

import ast
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import radprep

PACKAGE = Path(radprep.__file__).parent
ROOT = PACKAGE.parent
MODULES = sorted(PACKAGE.rglob("*.py"))

LAYERS = {
    "radprep": [
        {"errors", "needs_python", "revision", "version"},
        {"reasons", "resources"},
        {"review_marks"},
        {"text", "image"},
        {"burned_in"},
        {"dataset"},
        {"private"},
        {"steps"},
        {"pictures", "layouts", "annotations"},
        {"dicom"},
        {"stage"},
        {"convert", "preprocess"},
        {"upkeep"},
        {"report"},
        {"run"},
        {"train"},
        {"export"},
        {"api"},
        {"__init__"},
        {"cli"},
        {"__main__"},
    ],
    "radprep/train": [
        {"data"},
        {"catalogue"},
        {"parameters"},
        {"learner"},
        {"experiment"},
        {"judging"},
        {"classic"},
        {"networks"},
        {"models"},
        {"training"},
        {"holdout", "prediction"},
        {"explain"},
    ],
    "radprep/train/data": [
        {"classes"},
        {"samples"},
        {"splits"},
        {"leaks", "torch_dataset", "withheld"},
    ],
    "radprep/train/judging": [
        {"metrics"},
        {"voting", "plots"},
        {"evaluation"},
        {"card", "comparison"},
    ],
    "radprep/train/classic": [
        {"arrays", "features"},
        {"learner"},
    ],
    "radprep/train/networks/feed": [
        {"augment", "sampling", "image_cache"},
        {"batches"},
    ],
    "radprep/train/explain": [
        {"gradcam", "lrp"},
        {"page"},
    ],
    "radprep/train/networks": [
        {"feed", "device"},
        {"parameters"},
        {"models", "memory"},
        {"checkpoint", "events"},
        {"loop"},
        {"learner"},
    ],
    "radprep/export": [
        {"options"},
        {"film"},
        {"survey", "pictures", "ledger"},
        {"work"},
        {"columns"},
        {"card"},
        {"formats"},
        {"__init__"},
        {"exporting"},
    ],
    "radprep/report": [
        {"facts", "stale"},
        {"fuller", "pictures"},
        {"findings"},
        {"sections"},
        {"rows"},
        {"page"},
        {"folder"},
        {"single_file"},
    ],
}
"""For each house, its rooms and modules from the ground up. Imports point from a later layer to an
earlier one; those of one layer do not know each other."""

ONLY_THERE = {
    "pydicom": {"dicom"},
    "imagecodecs": {"dicom", "pictures"},
    "gdcm": {"dicom"},
    "PIL": {"pictures", "export"},
    "tifffile": {"pictures"},
    "datasets": {"export"},
    "mlcroissant": {"export"},
    "pycocotools": {"export"},
    "webdataset": {"export"},
    "yaml": {"annotations", "export"},
    "joblib": {"run"},
    "typer": {"cli"},
    "rich": {"run", "cli"},
    "jinja2": {"report"},
    "matplotlib": {"report", "train"},
    "sklearn": {"train"},
    "scipy": {"report"},
    "torch": {"train"},
    "torchvision": {"train"},
    "timm": {"train"},
    "safetensors": {"train"},
    "tensorboard": {"train"},
}


def house_of(path):
    """The folders above a module that are houses of LAYERS, with the room that it lies in."""
    parts = ("radprep", *path.relative_to(PACKAGE).with_suffix("").parts)
    for depth in range(1, len(parts)):
        house = "/".join(parts[:depth])
        if house in LAYERS:
            yield house, parts[depth]


def imports(path):
    """Full names of what a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(path):
    return ".".join(("radprep", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
        ".__init__"
    )


NAMES = {name_of(path): path for path in MODULES}


def our_imports(path):
    """The modules of radprep that a module imports. The package itself shows the API to type
    checkers, and imports nothing: tests/api/test_package.py holds it."""
    if name_of(path) == "radprep":
        return
    for name in imports(path):
        found = name if name in NAMES else name.rpartition(".")[0]
        if found in NAMES and found != name_of(path):
            yield found


def level(house, room):
    return next(number for number, layer in enumerate(LAYERS[house]) if room in layer)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    for house, room in house_of(path):
        for name in our_imports(path):
            parts = name.split(".")
            depth = house.count("/") + 1
            if "/".join(parts[:depth]) != house:
                continue
            other = parts[depth] if len(parts) > depth else "__init__"
            if other != room:
                assert level(house, other) < level(house, room), f"{name_of(path)} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_library_is_imported_where_it_belongs(path):
    room = name_of(path).split(".")[1] if path.parent != PACKAGE else path.stem
    for name in imports(path):
        top = name.split(".")[0]
        assert room in ONLY_THERE.get(top, {room}), f"{name_of(path)} imports {top}"


def test_modules_are_imported_from_their_room():
    """`radprep.convert`, `preprocess`, `report` and `train` are functions for who uses radprep, and
    rooms for who works on it. `from radprep.report import page` finds the room; `import
    radprep.report.page as page` finds the function and fails."""
    for path in (*MODULES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names if alias.name.startswith("radprep.")]
                assert not names or set(names) <= {"radprep.cli", "radprep.steps"}, path


def test_no_files_import_each_other_in_a_circle():
    graph = {name: set(our_imports(path)) for name, path in NAMES.items()}
    graphlib.TopologicalSorter(graph).prepare()


ROOMS = sorted({path.parent for path in MODULES})


def named(folder):
    return str(folder.relative_to(ROOT))


@pytest.mark.parametrize("folder", ROOMS, ids=named)
def test_a_room_says_what_lives_there_and_what_it_may_import(folder):
    said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert folder == PACKAGE or (len(said) > 120 and "import" in said.lower()), named(folder)


@pytest.mark.parametrize("folder", ROOMS, ids=named)
def test_a_house_has_few_modules_on_its_top_floor(folder):
    """A folder with rooms in it is a hall: what lies in the hall must be seen at a glance."""
    modules = [path for path in folder.glob("*.py") if path.stem != "__init__"]
    rooms = [path for path in folder.iterdir() if (path / "__init__.py").exists()]
    assert not rooms or len(modules) <= 8, [path.stem for path in modules]


@pytest.mark.parametrize("folder", ROOMS, ids=named)
def test_tests_mirror_the_rooms(folder):
    mirror = ROOT / "tests" / folder.relative_to(PACKAGE)
    assert mirror.is_dir(), f"{mirror.relative_to(ROOT)} is missing"
    assert folder == PACKAGE or any(mirror.rglob("test_*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            # each argument that a person may give is handed on in a line of its own
            assert lines_of(node) <= (70 if is_a_face(path) else 50), node.name
            if not is_a_face(path):
                assert len(node.args.args) + len(node.args.kwonlyargs) <= 7, node.name


def is_a_face(path):
    """A command's or the public API's signature lists what a person may say."""
    return name_of(path).startswith(("radprep.cli.", "radprep.api."))


def lines_of(function):
    """Lines of a function behind its signature and docstring."""
    first = function.body[0]
    has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    body = function.body[1:] if has_docstring and len(function.body) > 1 else function.body
    return body[-1].end_lineno - body[0].lineno + 1


def loaded_by(code):
    """Modules in a fresh process after this code, without those that Python itself brings."""
    script = (
        f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
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
    api = {
        f"radprep.api.{name}"
        for name in ("arguments", "cards", "checks", "exports", "merging", "results", "stages")
    }
    assert ours == {
        "radprep",
        "radprep.api",
        *api,
        "radprep.api.training",
        "radprep.cli",
        "radprep.errors",
        "radprep.export",  # for the names of its formats; it imports no library
        "radprep.needs_python",
        "radprep.version",
        "radprep.run",
        "radprep.train",
        "radprep.train.catalogue",  # for the help of `radprep train`; it imports no library
        *commands,
    }
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
        for name in loaded_by(
            "import radprep.run.runner, radprep.preprocess.preprocessing, radprep.steps"
        )
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


def test_temporary_names_are_made_in_one_place():
    """What a killed run leaves is found by its name, so there is one rule for such names."""
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        is_owner = name_of(path) == "radprep.dataset.durable"
        assert is_owner or not re.search(r'"\.part[".]|getpid\(\)\}', text), path


def test_nothing_uses_the_network():
    for path in MODULES:
        assert not {"socket", "urllib", "http", "requests", "ssl"} & {
            name.split(".")[0] for name in imports(path)
        }
