"""The private tree beside a data set (OUT.private/, mode 0700): where everything of it stands.

Nothing of it is ever written inside the data set.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from radprep.dataset.layout import ARROW, DataSet, names_of_studies
from radprep.errors import UsageError
from radprep.private.guard import check_folder

_INDEX = re.compile(r"index(?:-([2-9]|[1-9][0-9]{1,8}))?\.parquet")


@dataclass(frozen=True)
class PrivateTree:
    """The folder that leads back from pseudonyms to patients. It owns every name in it, and prints
    as its path."""

    root: Path

    @classmethod
    def beside(cls, data_set: DataSet) -> PrivateTree:
        """The private tree of a data set, or of any folder that is handed on: beside it, never
        inside. Raises UsageError for the root of the file system, which has nothing beside it."""
        out = data_set.root
        named = out if out.name not in ("", "..") else out.resolve()
        if not named.name:
            raise UsageError(
                f"{out} is the root of the file system: nothing can stand beside it. Give a folder "
                "in it."
            )
        return cls(named.with_name(named.name + ".private"))

    @classmethod
    def of(cls, data_set: DataSet, named: Path | None) -> PrivateTree:
        """The private tree that a person has named, or the one beside. Nothing is looked at:
        `place.find_tree` says whether it may be used."""
        return cls(named) if named else cls.beside(data_set)

    def __str__(self) -> str:
        """Its path."""
        return str(self.root)

    @property
    def key(self) -> Path:
        """The project key."""
        return self.root / "key"

    def index(self, delivery: int) -> Path:
        """What the scan of a delivery has found."""
        return self.root / ("index.parquet" if delivery == 1 else f"index-{delivery}.parquet")

    @property
    def deliveries(self) -> list[int]:
        """The numbers of the deliveries that have an index, in order."""
        numbers = (_INDEX.fullmatch(path.name) for path in self.root.glob("index*.parquet"))
        return sorted(int(found[1] or 1) for found in numbers if found)

    @property
    def identifiers(self) -> Path:
        """The identifiers of all studies, one row a file."""
        return self.root / "identifiers.parquet"

    @property
    def forgotten(self) -> Path:
        """The record of patients whose consent is withdrawn."""
        return self.root / "forgotten.jsonl"

    @property
    def answers(self) -> Path:
        """Says that it belongs to answers of `radprep predict`, which makes it anew each time."""
        return self.root / "answers"

    @property
    def labels(self) -> Path:
        """Folder with the lists of studies and label rows that found no partner."""
        return self.root / "labels"

    @property
    def secrets(self) -> frozenset[str]:
        """The files in it that others may not even read where they come by another way."""
        return frozenset(path.name for path in (self.key, self.identifiers, *self._indices))

    @property
    def names(self) -> frozenset[str]:
        """What may stand in it, besides files that have not got their names yet."""
        files = (self.key, self.identifiers, self.forgotten, self.labels, self.answers)
        names = (path.name for path in (*files, *self._indices))
        return frozenset({*names, "studies", "logs"})

    @property
    def _indices(self) -> list[Path]:
        return [self.index(delivery) for delivery in self.deliveries]

    @property
    def exists(self) -> bool:
        """Whether it is here."""
        return self.root.is_dir()

    def identifiers_of(self, study_id: str) -> Path:
        """The identifiers of one study."""
        return self.root / "studies" / study_id[:2] / f"{study_id}{ARROW}"

    def study_ids(self) -> list[str]:
        """Ids of the studies that have identifiers, in order."""
        return names_of_studies(self.root, ARROW)


def make_private_folder(path: Path) -> None:
    """Make a folder that only its owner can read; those above it that are missing too. Raises
    UsageError where another user's folder or a link is there."""
    with owner_only():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    # a folder of a group may hand rights on to whatever is made in it, which no umask takes back
    with contextlib.suppress(OSError, AttributeError):
        os.removexattr(path, "system.posix_acl_default", follow_symlinks=False)
    check_folder(path, closed=False)


@contextlib.contextmanager
def owner_only() -> Iterator[None]:
    """Whatever is created inside is for its owner only, whatever the umask. Not for threads: a
    process has one umask."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
