"""Every code that the source can give has a meaning in radprep/reasons.py."""

import ast
from pathlib import Path

import pytest

import radprep
from radprep import reasons
from radprep.errors import RadprepError
from radprep.steps.quality import Fault

PACKAGE = Path(radprep.__file__).parent
TREES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
IN_VARIABLES = {
    "steps/quality.py": set(Fault.__args__),
    "convert/study.py": set(),
    "preprocess/explain_step.py": set(),
    "preprocess/film.py": set(),
    "preprocess/study.py": set(),
    "run/engine.py": set(),
}
"""Modules that give a code in a variable; the codes that stand there and nowhere else."""


def texts(node):
    """The texts in an expression."""
    return [
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]


def called(node):
    """Name of what a call calls."""
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def given(node):
    """What stands in the place of a code in a call or a dictionary."""
    if isinstance(node, ast.Call):
        place = {"Failure": 0, "Rejected": 0, "Lost": 0, "fail": 1, "drop": 2}.get(called(node))
        if place is not None and len(node.args) > place:
            yield node.args[place]
        if called(node) in ("Verdict", "new_row"):
            yield from (word.value for word in node.keywords if word.arg == "reason")
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "reason":
                yield value


def codes():
    """(module, code) of every reason and failure; the code is None where it is no plain text."""
    for name, tree in TREES.items():
        if name.startswith(("cli/", "report/", "train/")):  # they read codes and give none
            continue
        for node in ast.walk(tree):
            for one in given(node):
                is_text = isinstance(one, ast.Constant) and isinstance(one.value, str)
                yield name, one.value if is_text else None


def test_every_code_has_a_meaning():
    known = reasons.REJECTIONS.keys() | reasons.FAILURES.keys()
    found = {code for _, code in codes() if code}
    assert found <= known, f"add to radprep/reasons.py: {sorted(found - known)}"
    assert len(found) > 30


def test_every_meaning_belongs_to_a_code():
    found = {code for _, code in codes() if code}.union(*IN_VARIABLES.values())
    assert found == reasons.REJECTIONS.keys() | reasons.FAILURES.keys()


def test_codes_in_variables_come_from_known_places_only():
    unknown = {name for name, code in codes() if code is None} - IN_VARIABLES.keys()
    assert not unknown, "say in IN_VARIABLES which codes these give"


def test_every_mark_for_review_has_a_meaning():
    names = {
        name: name.rpartition("/")[2].removesuffix(".py")
        for name in TREES
        if name.startswith("steps/")
    }
    found = set()
    for module, step in names.items():
        if step.startswith("_") or step == "base":
            continue
        for node in ast.walk(TREES[module]):
            if (isinstance(node, ast.keyword) and node.arg == "review") or (
                isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "review"
            ):
                found |= {f"{step}:{text}" for text in texts(node.value)}
    assert len(found) >= 9
    assert found <= reasons.REVIEW_MARKS.keys()


def test_an_exit_code_of_every_error_has_a_meaning():
    kinds = [RadprepError, *RadprepError.__subclasses__()]
    assert {kind.exit_code for kind in kinds} | {0} == reasons.EXIT_CODES.keys()


@pytest.mark.parametrize(
    "table", [reasons.REJECTIONS, reasons.FAILURES, reasons.REVIEW_MARKS, reasons.EXIT_CODES]
)
def test_meanings_are_sentences(table):
    for code, meaning in table.items():
        for text in meaning:
            assert text[0].isupper() or text.startswith(("radprep", "`")), code
            assert text.endswith("."), code
