"""The files of a dump by study, with what labels may be joined on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from radprep.convert.job import Source
from radprep.convert.label_join import ImageNames, Keys
from radprep.convert.named_labels import NamedLabels
from radprep.dicom.scan import ScannedFile


class Grouped:
    """study_id -> its files (`groups`), the values that labels of studies are joined on
    (`study_keys`), and source_id -> the keys that name an image (`image_keys`)."""

    def __init__(self, labels: NamedLabels | None, scanned: Iterable[ScannedFile]) -> None:
        self.groups: dict[str, list[Source]] = defaultdict(list)
        self.study_keys: dict[str, set[str | None]] = defaultdict(set)
        self.image_keys: dict[str, dict[str, Keys]] = defaultdict(dict)
        self._labels = labels
        self._names = ImageNames(labels, scanned) if labels else None

    def add(self, study_id: str, one: ScannedFile, source: Source) -> None:
        """Take a file into its study."""
        self.groups[study_id].append(source)
        if self._labels is None or self._names is None:
            return
        if one.StudyInstanceUID:
            self.study_keys[study_id].add(self._study_key(one))
        keys = self._names.of(one)
        if keys:
            self.image_keys[study_id][source.source_id] = keys

    def left_out(self, forgotten: Iterable[ScannedFile]) -> tuple[set[str | None], set[str]]:
        """The keys of studies and of images of files that are left out on purpose."""
        studies: set[str | None] = set()
        images: set[str] = set()
        for one in forgotten if self._names else ():
            studies.add(self._study_key(one))
            images |= self._names.of(one) if self._names else set()
        return studies, images

    def _study_key(self, one: ScannedFile) -> str | None:
        keyword = self._labels.keyword if self._labels else None
        return getattr(one, keyword) if keyword else None
