"""Every code that the source can give has a meaning in radprep/reasons.py or review_marks.py."""

import ast
from pathlib import Path

import pytest

import radprep
from radprep import reasons
from radprep.errors import RadprepError
from radprep.review_marks import REVIEW_MARKS
from radprep.steps.quality import Fault

PACKAGE = Path(radprep.__file__).parent
TREES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
PLACES = {"failure": 0, "rejected": 0, "lost": 0, "failed": 0, "fail": 1, "drop": 2}
"""What is called with a code, and at which place among its arguments."""


def texts(node):
    """The texts in an expression."""
    return [
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]


def called(node):
    """Name of what a call calls, without the mark of a private name."""
    return getattr(node.func, "id", getattr(node.func, "attr", "")).lstrip("_")


def pairs(node):
    """(target, value) of an assignment, those of a tuple one by one."""
    [target, *_], value = node.targets, node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


def given(node):
    """What stands in the place of a code: in a call, a dictionary, or an assignment."""
    if isinstance(node, ast.Call):
        place = PLACES.get(called(node).lower())
        if place is not None and len(node.args) > place:
            yield node.args[place]
        if called(node) in ("Verdict", "new_row"):
            yield from (word.value for word in node.keywords if word.arg == "reason")
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "reason":
                yield value
    elif isinstance(node, ast.Assign):
        for target, value in pairs(node):
            if isinstance(target, ast.Subscript) and texts(target.slice) == ["reason"]:
                yield value


def codes():
    """Every reason and failure that stands in the source as a plain text."""
    found = set(Fault.__args__)
    for name, tree in TREES.items():
        if not name.startswith(("cli/", "report/", "train/")):  # they read codes and give none
            for node in ast.walk(tree):
                found |= {
                    one.value
                    for one in given(node)
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                }
    return found


def test_every_code_has_a_meaning():
    known = reasons.REJECTIONS.keys() | reasons.FAILURES.keys()
    assert codes() <= known, f"add to radprep/reasons.py: {sorted(codes() - known)}"
    assert len(codes()) > 30


def test_every_meaning_belongs_to_a_code():
    others = [tree for name, tree in TREES.items() if name not in ("reasons.py", "review_marks.py")]
    said = {text.rpartition(":")[2] for tree in others for text in texts(tree)}
    assert reasons.REJECTIONS.keys() | reasons.FAILURES.keys() <= said
    assert {mark.partition(":")[2] for mark in REVIEW_MARKS} <= said


def marks(node):
    """What a step marks an image with: a keyword, an assignment, or what `_review` returns."""
    if (isinstance(node, ast.keyword) and node.arg == "review") or (
        isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "review"
    ):
        yield from texts(node.value)
    elif isinstance(node, ast.FunctionDef) and node.name == "_review":
        for one in ast.walk(node):
            if isinstance(one, ast.Return) and one.value is not None:
                yield from texts(one.value)


def test_every_mark_for_review_has_a_meaning():
    found = set()
    for name, tree in TREES.items():
        room, _, step = name.removesuffix(".py").rpartition("/")
        if room == "steps" and not step.startswith("_") and step != "base":
            found |= {f"{step}:{text}" for node in ast.walk(tree) for text in marks(node)}
    assert len(found) >= 9
    missing = sorted(found - REVIEW_MARKS.keys())
    assert not missing, f"add to radprep/review_marks.py: {missing}"


def test_an_exit_code_of_every_error_has_a_meaning():
    kinds = [RadprepError, *RadprepError.__subclasses__()]
    assert {kind.exit_code for kind in kinds} | {0} == reasons.EXIT_CODES.keys()


@pytest.mark.parametrize(
    "table", [reasons.REJECTIONS, reasons.FAILURES, REVIEW_MARKS, reasons.EXIT_CODES]
)
def test_meanings_are_sentences(table):
    for code, meaning in table.items():
        for text in meaning:
            assert text[0].isupper() or text.startswith(("radprep", "`")), code
            assert text.endswith("."), code
