"""The labels of a row, each under its name: those of its study, and those of the image itself.

A label has a name, such as `hardware`, and says one word of an image, such as `plate`. What was
said of an image itself counts before what was said of its study. One name is the main one: what it
says is the folder of the image.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

from radprep.dataset.keys import key_of
from radprep.dataset.schema import Row
from radprep.text.small_file import parse_json

MOST_NAMES = 32
"""As many labels as an image may have."""


class RowLabels(NamedTuple):
    """The columns of a row that hold labels: `label`, `labels`, `image_labels` and
    `labels_alone`."""

    label: str | None
    labels: str | None
    image_labels: tuple[str, ...] | None
    alone: str | None = None

    @classmethod
    def of(cls, row: Row) -> RowLabels:
        """Those of a row."""
        named = row["image_labels"]
        return cls(
            row["label"],
            row["labels"],
            None if named is None else tuple(named),
            row["labels_alone"],
        )

    def write(self, row: Row) -> None:
        """Put them into a row."""
        row["label"], row["labels"], row["labels_alone"] = self.label, self.labels, self.alone
        row["image_labels"] = None if self.image_labels is None else list(self.image_labels)


NO_LABELS = RowLabels(None, None, None)

LabelsOf = Callable[[str], RowLabels]
"""The labels of each source_id of a study."""


@dataclass(frozen=True)
class StudyLabels:
    """What is known of a study.

    main: name of the label that becomes the folder; of_study: name -> label, of the study;
    of_images: source_id -> name -> label, of images that have labels of their own. A label that is
    None there says that nobody knows: what was said of the image contradicts itself. copies:
    source_id of a file that was left out because it shows what another one shows -> that of the
    other one. What was said of a copy was said of the image that stays, too.
    """

    main: str | None = None
    of_study: Mapping[str, str] = field(default_factory=dict)
    of_images: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)

    def among(self, copies: Mapping[str, str]) -> StudyLabels:
        """The same where files are copies of each other."""
        return replace(self, copies=copies) if copies else self

    @property
    def contradictory(self) -> dict[str, list[str]]:
        """source_id of an image that stays -> the names of the labels by which its copies
        contradict it or each other; only images that have such."""
        found = {
            source_id: sorted(name for name, labels in said.items() if len(labels) > 1)
            for source_id, said in self._said.items()
        }
        return {source_id: names for source_id, names in sorted(found.items()) if names}

    def of(self, source_id: str) -> RowLabels:
        """The labels of the images of a file: all of its frames and parts have the same."""
        alone, own = self.of_images.get(source_id, {}), self._own(source_id)
        known = self._known(own)
        main = known.get(self.main) if self.main else None
        found = RowLabels(main, written(known), tuple(sorted(own)) or None)
        return found if own == alone else found._replace(alone=self._written_alone(alone))

    def _known(self, own: Mapping[str, str | None]) -> dict[str, str]:
        return {name: label for name, label in {**self.of_study, **own}.items() if label}

    def _written_alone(self, own: Mapping[str, str | None]) -> str:
        """The column `labels_alone`. A later delivery may bring other labels of the copies only, so
        that they must be told from those of the image and of its study."""
        found = {"image_labels": sorted(own), "labels": self._known(own)}
        return json.dumps(found, separators=(",", ":"), sort_keys=True)

    def _own(self, source_id: str) -> Mapping[str, str | None]:
        """Name -> label of what was said of an image itself, or of a copy of it. Where these
        contradict each other nobody knows. A copy has what was said of it alone."""
        if source_id in self.copies or not self.copies:
            return self.of_images.get(source_id, {})
        said = self._said.get(source_id, {})
        return {
            name: next(iter(labels)) if len(labels) == 1 else None for name, labels in said.items()
        }

    @cached_property
    def _said(self) -> Mapping[str, Mapping[str, set[str | None]]]:
        """source_id of an image that stays -> name -> all that was said of it and its copies."""
        found: dict[str, dict[str, set[str | None]]] = {}
        for source_id, own in self.of_images.items():
            said = found.setdefault(kept_for(source_id, self.copies), {})
            for name, label in own.items():
                said.setdefault(name, set()).add(label)
        return found

    def digest(self, sources: Iterable[str]) -> str | None:
        """Names the labels of a study that has these sources, as `digest_of_rows` does."""
        return _digest({source_id: self.of(source_id) for source_id in sources})


def kept_for(source_id: str, copies: Mapping[str, str]) -> str:
    """The file whose image stays for a file: the end of a chain, as a copy may be one of a raw
    image that has a film. copies: see `StudyLabels`."""
    for _ in copies:  # a damaged table may hold a circle
        if source_id not in copies:
            break
        source_id = copies[source_id]
    return source_id


def digest_of_rows(rows: Iterable[Row]) -> str | None:
    """Names the labels that the rows of a study have; None where they have none."""
    return _digest({row["source_id"]: RowLabels.of(row) for row in rows})


def _digest(found: Mapping[str, RowLabels]) -> str | None:
    given = [(source_id, one) for source_id, one in found.items() if one != NO_LABELS]
    return key_of(sorted(given, key=str)) if given else None


def written(labels: Mapping[str, str]) -> str | None:
    """Labels as the column `labels` holds them: a JSON object in the order of the names, without
    spaces; None where there are none."""
    return json.dumps(dict(sorted(labels.items())), separators=(",", ":")) if labels else None


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Mapping[str, str]:
    found: dict[str, str] = parse_json(text)
    return found


def labels_in(text: str | None) -> Mapping[str, str]:
    """Name -> label of what the column `labels` of a checked row holds."""
    return _parsed(text) if text else {}


def without_copies(row: Row) -> Row:
    """A row with the labels that it would have without the copies of its image."""
    if row["labels_alone"] is None:
        return row
    found = parse_json(row["labels_alone"])
    labels, own = written(found["labels"]), found["image_labels"] or None
    return {**row, "labels": labels, "image_labels": own}


def image_labels_in(row: Row) -> dict[str, str | None]:
    """Name -> label of what was said of the image of a row itself, as StudyLabels has it."""
    labels = labels_in(row["labels"])
    return {name: labels.get(name) for name in row["image_labels"] or ()}


def agreed_labels(rows: Iterable[Row]) -> dict[str, str]:
    """Name -> label of what was said of a study, by its rows: what all of them have that have no
    label of that name of their own."""
    said: dict[str, set[str | None]] = {}
    listed = [(labels_in(row["labels"]), row["image_labels"] or ()) for row in rows]
    for name in {name for labels, _ in listed for name in labels}:
        said[name] = {labels.get(name) for labels, own in listed if name not in own}
    return {
        name: label
        for name, found in said.items()
        if len(found) == 1 and (label := next(iter(found))) is not None
    }
