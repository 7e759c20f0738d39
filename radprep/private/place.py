"""Where a private tree may stand: beside what is handed on, never in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from radprep.private.guard import check_tree
from radprep.private.tree import PrivateTree

_MARKS = (
    (("dataset.json",), "a data set"),
    (("instances.parquet",), "a data set"),
    ((".radprep-report",), "a page of `radprep report`"),
    (("config.toml", "environment.json"), "a run of `radprep train`"),
    (("studies.csv", "images.csv"), "a folder of answers"),
)
"""Names that stand together in a folder that people hand on, and what that folder then is."""


def find_tree(data_set: DataSet, named: Path | None, dump: Path | None = None) -> PrivateTree:
    """The private tree of a data set: the one that a person has named, or the one beside it. It
    need not be there yet.

    dump: folder of the films. Raises UsageError where the tree stands, or would stand, where it is
    handed on with something else, or where others can reach it.
    """
    tree = PrivateTree.of(data_set, named)
    _check_apart(tree, data_set.root, "the data set")
    if dump:
        _check_apart(tree, dump, "the dump")
    _check_handed_on(tree)
    if os.path.lexists(tree.root):
        check_tree(tree.root, tree.secrets)
        _check_kind(tree)
    return tree


def existing_tree(data_set: DataSet, named: Path | None) -> PrivateTree:
    """The private tree of a data set, which must be there. Raises UsageError as `find_tree` does,
    and where it is not there."""
    tree = PrivateTree.of(data_set, named)
    if not os.path.lexists(tree.root):
        raise UsageError(
            f"There is no private tree {tree}. Name the private tree of {data_set} with --private "
            "DIR."
            if named
            else f"The private tree of {data_set} is not here: there is no {tree}. Put it back, or "
            "name it with --private DIR if it stands elsewhere."
        )
    return find_tree(data_set, named)


def refuse_foreign_tree(tree: PrivateTree, data_set: DataSet) -> None:
    """Raise UsageError where a data set is yet to be made, and the tree that a person has named for
    it holds the identifiers of another."""
    if tree.study_ids() and not data_set.exists and not data_set.study_ids():
        raise UsageError(
            f"{tree} holds the identifiers of a data set already, and {data_set} is a new one: "
            "each has a private tree of its own. Give another folder with --private, and the same "
            f"key with --key {tree.key}. If that data set was removed for good, remove its "
            f"identifiers too: {tree}/studies."
        )


def trees_in(folder: Path) -> Iterator[Path]:
    """Private trees that stand in a folder, as far as their names tell."""
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if looks_private(path):
                yield path


def looks_private(folder: Path) -> bool:
    """Whether a folder is a private tree, as far as its name or its contents tell."""
    return folder.is_dir() and (folder.name.endswith(".private") or _is_tree(folder))


def check_place(out: Path) -> None:
    """Raise UsageError where what a run makes would lie in something that is whole by itself: a
    data set, an export or a private tree. OUT itself may be one: whoever makes it looks at that."""
    for folder in out.resolve().parents:
        what = _whole(folder)
        if what:
            raise UsageError(f"OUT ({out}) lies in {what} ({folder}). Choose a folder outside.")


def _whole(folder: Path) -> str | None:
    if os.path.lexists(folder / "export.json") and os.path.lexists(folder / "manifest.csv"):
        return "an export"
    if os.path.lexists(folder / "dataset.json"):
        return "a data set"
    return "a private tree" if looks_private(folder) else None


def what_is_handed_on(folder: Path) -> str | None:
    """What a folder is that people hand on; None where it is nothing of the kind, as far as anybody
    can say. A folder beside which a private tree stands is one, also where it is still empty."""
    for names, what in _MARKS:
        if all(os.path.lexists(folder / name) for name in names):
            return what
    if next(folder.glob("studies/??/*.parquet"), None):
        return "a data set"
    if b"radprep" in _head(folder / "index.html"):
        return "a page"
    if folder.name and os.path.lexists(PrivateTree.beside(DataSet(folder)).key):
        return "a folder with a private tree of its own"
    return None


def _head(page: Path) -> bytes:
    """How a page begins, with its title; nothing where there is none that can be read."""
    try:
        if page.is_file():
            with page.open("rb") as handle:
                return handle.read(4096)
    except OSError:
        pass
    return b""


def _is_tree(folder: Path) -> bool:
    tree = PrivateTree(folder)
    return os.path.lexists(tree.key) and any(
        os.path.lexists(path) for path in (tree.index(1), tree.identifiers)
    )


def _check_apart(tree: PrivateTree, folder: Path, what: str) -> None:
    inner, outer = tree.root.resolve(), folder.resolve()
    if inner == outer or outer in inner.parents or inner in outer.parents:
        raise UsageError(
            f"The private tree ({tree}) and {what} ({folder}) must not lie in each other: what "
            "leads back to patients would be handed on, or read as input. Name a folder outside of "
            "both with --private DIR."
        )


def _check_handed_on(tree: PrivateTree) -> None:
    place = tree.root.resolve()
    for folder in (place, *place.parents):
        what = what_is_handed_on(folder)
        if what is None:
            continue
        where = "is itself" if folder == place else f"would stand in {folder}, which is"
        raise UsageError(
            f"The private tree {tree} {where} {what}: whoever is given that folder would get the "
            "key and the identifiers. Choose another OUT, or name a folder outside with --private "
            "DIR; move there a tree that stands in it already."
        )


def _check_kind(tree: PrivateTree) -> None:
    """Raise UsageError where a folder holds other things and no key: it would be closed to others,
    and mixed up with them."""
    names = {path.name for path in tree.root.iterdir()}
    # the key is asked after the list was made: a run that began meanwhile makes it first
    if not os.path.lexists(tree.key) and not names <= tree.names:
        raise UsageError(
            f"{tree} is not empty and no private tree: it has no key. Give a new folder with "
            "--private DIR."
        )
