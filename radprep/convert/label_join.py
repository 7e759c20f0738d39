"""All labels of a hospital's file, joined to the studies and the images of a dump."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from radprep.convert.label_keys import clean_key
from radprep.convert.label_match import LabelMatch, match_labels
from radprep.convert.named_labels import PATH, NamedLabels
from radprep.dataset.counts import IMAGE_LABEL_COUNTS
from radprep.dicom.scan import ScannedFile
from radprep.text.file_names import without_suffix
from radprep.text.paths import plain_path

Keys = frozenset[str]
"""Keys of the labels file that name one image: several where it stands in the dump twice."""

StudyKeys = Mapping[str, Collection[str | None]]
"""study_id -> what the header field that studies are joined on holds in its files."""

ImageKeys = Mapping[str, Mapping[str, Keys]]
"""study_id -> source_id -> keys, of the files that the labels file names."""


class ImageNames:
    """Which keys of a labels file name a file of the dump.

    A path is a file's as it stands, else where it differs in upper and lower case or in the suffix
    of a film alone, and no other key and no other file does. The end of a path names none: a wrong
    label is not seen on a film, as a wrong box is. The files of one SOP instance share the labels
    of their paths, but for those that have a path of their own in the labels file: of copies only
    one is kept, and the file may name another.
    """

    def __init__(self, labels: NamedLabels, scanned: Iterable[ScannedFile]) -> None:
        self._wanted, self._keyword = labels.image_keys, labels.image_keyword
        self._shared: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._alike: dict[str, str] = {}
        if self._keyword == PATH and self._wanted:
            files = list(scanned)
            self._alike = _only_alike(self._wanted, [_path_of(one) for one in files])
            for one in files:
                key = self._own(one)
                if key and one.StudyInstanceUID and one.SOPInstanceUID:
                    self._shared[one.StudyInstanceUID, one.SOPInstanceUID].add(key)

    def of(self, one: ScannedFile) -> Keys:
        """The keys that name a file; empty where none does."""
        if not self._wanted:
            return frozenset()
        own = self._own(one)
        if own:
            return frozenset({own})
        instance = (one.StudyInstanceUID or "", one.SOPInstanceUID or "")
        return frozenset(self._shared.get(instance, ()))

    def _own(self, one: ScannedFile) -> str | None:
        key = _path_of(one) if self._keyword == PATH else one.SOPInstanceUID or ""
        return key if key in self._wanted else self._alike.get(key)


def _path_of(one: ScannedFile) -> str:
    return plain_path(os.fsdecode(one.file.path))


def _only_alike(keys: Iterable[str], paths: Sequence[str]) -> dict[str, str]:
    """Path of a file -> the key that differs in case or in the suffix of a film, where no other key
    and no other file does."""
    by_form: dict[str, set[str]] = defaultdict(set)
    for one in {*keys, *paths}:
        by_form[without_suffix(one).casefold()].add(one)
    unused, unnamed = set(keys) - set(paths), set(paths) - set(keys)
    pairs = (found for found in by_form.values() if len(found) == 2)
    return {
        path: key
        for one, two in pairs
        for path, key in ((one, two), (two, one))
        if path in unnamed and key in unused
    }


@dataclass
class ImageMatch:
    """What the join of one label to images gave. labelled: number of files with one label of their
    own; contradictory: keys of the files with several; keys_left: keys that are no file's."""

    labelled: int = 0
    contradictory: set[str] = field(default_factory=set)
    keys_left: Sequence[str] = ()


@dataclass
class LabelJoin:
    """What the join gave, by the names of the labels. studies, images: name -> what became of it;
    own: study_id -> source_id -> name -> label, of the images that have labels of their own (None
    where these contradict each other); strangers: keys of images whose rows name another study than
    the image's."""

    labels: NamedLabels | None = None
    studies: dict[str, LabelMatch] = field(default_factory=dict)
    images: dict[str, ImageMatch] = field(default_factory=dict)
    own: dict[str, dict[str, dict[str, str | None]]] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    strange_files: int = 0

    @classmethod
    def of(
        cls,
        labels: NamedLabels,
        study_keys: StudyKeys,
        image_keys: ImageKeys,
        left_out: tuple[Iterable[str | None], Iterable[str]] = ((), ()),
    ) -> LabelJoin:
        """Join labels to studies and images. left_out: values of the header field, and keys of
        images, whose files are left out on purpose, so that nobody looks for them."""
        join = cls(labels)
        fitting = join._without_strangers(study_keys, image_keys)
        used = {*left_out[1], *join.strangers}
        used.update(key for files in fitting.values() for keys in files.values() for key in keys)
        studies_left_out = list(left_out[0])
        for name, found in labels.by_name.items():
            join.images[name] = join._match_images(name, fitting, used)
            own = {
                study for study, files in join.own.items() if any(name in f for f in files.values())
            }
            join.studies[name] = match_labels(found, study_keys, studies_left_out, own)
        return join

    def _without_strangers(self, study_keys: StudyKeys, image_keys: ImageKeys) -> ImageKeys:
        """The keys of images without those whose rows name another study."""
        named = self.labels.studies_of_images if self.labels else {}
        fitting: dict[str, dict[str, Keys]] = {}
        for study_id, files in image_keys.items():
            here = {clean_key(key) for key in study_keys.get(study_id, ()) if key}
            for source_id, keys in files.items():
                strange = {key for key in keys if here and not here & named.get(key, here)}
                self.strangers |= strange
                self.strange_files += bool(strange)
                if keys - strange:
                    fitting.setdefault(study_id, {})[source_id] = keys - strange
        return fitting

    def _match_images(self, name: str, fitting: ImageKeys, used: set[str]) -> ImageMatch:
        by_image = self.labels.by_name[name].by_image if self.labels else {}
        doubted = self.labels.by_name[name].doubted if self.labels else frozenset[str]()
        match = ImageMatch(keys_left=sorted(by_image.keys() - used))
        for study_id, files in fitting.items():
            for source_id, keys in files.items():
                found = frozenset[str]().union(*(by_image.get(key, ()) for key in keys))
                is_doubted = not keys.isdisjoint(doubted)
                if not found and not is_doubted:
                    continue
                of_file = self.own.setdefault(study_id, {}).setdefault(source_id, {})
                sure = next(iter(found)) if len(found) == 1 and not is_doubted else None
                of_file[name] = sure  # None: not even that of its study
                match.labelled += sure is not None
                match.contradictory |= keys if found and sure is None else set()
        return match

    def of_study(self, study_id: str) -> dict[str, str]:
        """Name -> label of a study."""
        return {
            name: match.label[study_id]
            for name, match in self.studies.items()
            if study_id in match.label
        }

    @property
    def fits_nothing(self) -> bool:
        """Whether no key of the labels file is one of the dump."""
        return all(
            len(match.keys_without_study) == len(labels.by_key)
            and len(self.images[name].keys_left) == len(labels.by_image)
            for name, labels, match in self._each()
        )

    def _each(self) -> Iterable[tuple[str, Any, LabelMatch]]:
        by_name = self.labels.by_name if self.labels else {}
        return ((name, labels, self.studies[name]) for name, labels in by_name.items())

    def counts(self, name: str) -> dict[str, int]:
        """What became of one label, under LABEL_COUNTS and, where the file names images,
        IMAGE_LABEL_COUNTS."""
        found = self.studies[name].counts()
        if self.labels is None or self.labels.image_keyword is None:
            return found
        match = self.images[name]
        numbers = (
            match.labelled,
            len(match.contradictory),
            len(match.keys_left),
            self.strange_files,
        )
        return found | dict(zip(IMAGE_LABEL_COUNTS, numbers, strict=True))

    @property
    def said(self) -> dict[str, Any]:
        """What a run says of the join: the counts of the main label and, by name, those of each."""
        if self.labels is None:
            return {}
        joined = {name: self.counts(name) for name in self.studies}
        return {**joined[self.labels.main], "label_join": joined}

    @property
    def parameters(self) -> dict[str, Any]:
        """What dataset.json says of the join: what rows were joined on, the names of the labels,
        what texts mean, and numbers. Never a key, and of the texts those that are plainly
        classes."""
        if self.labels is None:
            return {}
        return {
            "label_key": self.labels.keywords,
            "label_main": self.labels.main,
            "label_join": {
                name: {**self.counts(name), "label_map": list(labels.meanings)}
                for name, labels, _ in self._each()
            },
        }

    def lists(self) -> dict[str, list[tuple[str, ...]]]:
        """Tables for the private tree by the names of their files; those of labels beside the main
        one end in the label's name."""
        if self.labels is None:
            return {}
        found: dict[str, list[tuple[str, ...]]] = {}
        for name, match in self.studies.items():
            tables = match.lists(self.labels.keyword or "key")
            if self.labels.image_keyword:
                tables |= self._image_lists(name, self.labels.image_keyword)
            suffix = "" if name == self.labels.main else f"-{name}"
            found |= {f"{title}{suffix}": rows for title, rows in tables.items()}
        return found

    def _image_lists(self, name: str, keyword: str) -> dict[str, list[tuple[str, ...]]]:
        match = self.images[name]
        return {
            "contradictory_images": [(keyword,), *((key,) for key in sorted(match.contradictory))],
            "keys_without_image": [(keyword,), *((key,) for key in match.keys_left)],
            "images_of_another_study": [(keyword,), *((key,) for key in sorted(self.strangers))],
        }
