"""What a format gets to work with: the films of an export one after the other, their images, and
the places where files go.

A format asks for films, places or writes what it needs, and hands metadata over to be written. It
opens no file of the data set and no file of OUT itself: so each file is checked, counted, hashed
and, after a stop, not made twice.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from radprep.dataset.boxes import Box, Shown, shown
from radprep.dataset.durable import replacing, temporary_of
from radprep.dataset.info import Info
from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from radprep.export.film import Film, Selection, Unfit
from radprep.export.ledger import Entry, Ledger
from radprep.export.options import HOLDOUT, TRAINING, VALIDATION, ExportOptions
from radprep.export.pictures import Encoded, Pictures, Unreadable
from radprep.export.survey import Survey

Content = bytes | str | Callable[[Path], None]
"""What is written to a file: bytes, a text, or a function that writes to a path."""

_SPLIT_NAMES = {TRAINING: "train", VALIDATION: "validation", HOLDOUT: "test"}
_AHEAD = 2
"""So many films for each worker are read before they are asked for."""


@dataclass(frozen=True)
class Format:
    """A layout that an export can have.

    name: on the command line; sentence: what it is, for the help and the docs; read_by: what reads
    it; write: writes it; modules: libraries that it needs beside those of radprep; needs_label:
    whether films without the main label are left out; unfit: makes of a selection and the options
    what says which other films have no place in it; options: those of ExportOptions that this
    format alone takes; has_masks: whether masks are written: else none is read, and a lost one
    costs no film.
    """

    name: str
    sentence: str
    read_by: str
    write: Callable[[Work], None]
    modules: tuple[str, ...] = ()
    needs_label: bool = False
    unfit: Callable[[Selection, ExportOptions], Unfit] | None = None
    options: tuple[str, ...] = ()
    has_masks: bool = True


@dataclass(frozen=True)
class Shard:
    """Some studies of a part, which go into one file. number: from 0, of count; name: such as
    train-00000-of-00003."""

    part: str | None
    number: int
    count: int
    name: str
    rows: list[Film]


@dataclass
class Work:
    """An export that is being made. survey: what it will hold; told: what a format counts besides,
    which export.json and the terminal then say; beware: sentences on what whoever uses the export
    must know. root: folder that becomes OUT at the end; has_masks: as in `Format`."""

    data_set: DataSet
    info: Info
    options: ExportOptions
    selection: Selection
    survey: Survey
    root: Path
    ledger: Ledger
    workers: int = 1
    has_masks: bool = True
    tick: Callable[[int], None] = lambda films: None
    exported: int = 0
    linked: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    beware: list[str] = field(default_factory=list)
    _current: dict[str, tuple[Encoded, Encoded | None]] = field(default_factory=dict)
    _folders: set[Path] = field(default_factory=set)

    @property
    def pictures(self) -> Pictures:
        """Reads the files of the data set."""
        return Pictures(self.data_set, self.options)

    @property
    def suffix(self) -> str:
        """Suffix of image files: .png or .jpg. Masks are always .png."""
        return self.options.suffix

    @property
    def classes(self) -> tuple[str, ...]:
        """What the main label says anywhere in the data set, in order: the numbers of classes are
        the same whichever part is exported."""
        return self.survey.classes

    @property
    def parts(self) -> tuple[str | None, ...]:
        """The parts that exported films stand in, None last for films in no part."""
        return self.survey.parts

    def split_name(self, part: str | None) -> str:
        """What most libraries call a part: train, validation or test. Films in no part are all of
        them `train` where no film is in one, since a library wants some split; beside others they
        are `unassigned`, so that nobody trains on them by mistake."""
        if part is None:
            return "train" if self.parts == (None,) else "unassigned"
        return _SPLIT_NAMES[part]

    def part_name(self, part: str | None) -> str | None:
        """What the column `part` says of a part: where no film is in one, all are for training, as
        the files of the same export are called."""
        return TRAINING if self.parts == (None,) else part

    def films(self) -> Iterator[Film]:
        """Every exported film whose files are what its row says, in the order of study and image.
        The others are counted. A format goes through them once."""
        yield from self._read(self.selection.films(), hashed=True)

    def shards(self) -> Iterator[Shard]:
        """The exported films in shards, part by part. `write_shard` writes one, `films_of` reads
        it. No study lies in two shards of a part."""
        for part in self.parts:
            plan = self.survey.shards(part, self.options.shard_bytes)
            films = self.selection.films_of(part)
            waiting = next(films, None)
            for number, studies in enumerate(plan):
                rows: list[Film] = []
                while waiting and waiting.study_id <= studies[-1].study_id:
                    rows.append(waiting)
                    waiting = next(films, None)
                name = f"{self.split_name(part)}-{number:05d}-of-{len(plan):05d}"
                yield Shard(part, number, len(plan), name, rows)

    def films_of(self, shard: Shard) -> Iterator[Film]:
        """The films of a shard whose files are what their rows say; the others are counted."""
        yield from self._read(iter(shard.rows), hashed=False)

    def size_of(self, film: Film) -> Encoded:
        """Width, height, scale and suffix of a film's image as it is exported, without reading
        it."""
        return self.pictures.blank(film)

    def image(self, film: Film) -> Encoded:
        """The image of the film that came last, with its bytes; of another one it is read again."""
        return self._content(film)[0]

    def mask(self, film: Film) -> Encoded | None:
        """The mask of a film, with its bytes; None where it has none. Otherwise as `image`."""
        return self._content(film)[1]

    def boxes(self, film: Film, image: Encoded) -> Iterator[tuple[Box, Shown]]:
        """The boxes of a film with what of each lies on its image as it is exported; told counts
        them. image: what `place` returned. One of which nothing lies there is left out."""
        for box in film.boxes_at(image.scale):
            found = shown(box, image.width, image.height)
            if found is None:
                self.told["boxes_not_on_the_image"] += 1
                continue
            self.told["boxes_written"] += 1
            if not box.is_whole:
                self.told["boxes_cut_by_the_edge"] += 1
            yield box, found

    def place(self, film: Film, name: str) -> Encoded:
        """Put the image of a film into OUT under a name: by a hard link where its bytes are those
        of the data set and the disk can link. Returns what it is, without the bytes."""
        if name in self.ledger:
            return self.size_of(film)
        image = self.image(film)
        self._put(image, name, film.image_id)
        return image.without_data()

    def place_mask(self, film: Film, name: str) -> Encoded | None:
        """Put the mask of a film into OUT under a name, as `place` does; None where it has none."""
        if not film.has_mask:
            return None
        if name in self.ledger:
            return self.pictures.blank(film, of_mask=True)
        mask = self.mask(film)
        if mask:
            self._put(mask, name, "")
        return mask and mask.without_data()

    def write(self, name: str, content: Content) -> None:
        """Write a file of metadata into OUT under a name, whole or not at all."""
        self.ledger.add(self._write(name, content))

    def write_beside(self, name: str, text: str) -> None:
        """Write a small file that belongs to one film. There are as many as films: to wait for the
        disk after each would take most of the time, so that happens at the end, as for images."""
        if name in self.ledger:
            return
        path, data = self._path(name), text.encode()
        temporary = temporary_of(path)
        temporary.write_bytes(data)
        temporary.replace(path)
        self.ledger.add(Entry(name, len(data), hashlib.sha256(data).hexdigest()))

    def write_shard(self, name: str, shard: Shard, content: Callable[[Path], None]) -> None:
        """Write a shard under a name, unless an earlier run has finished it. content: goes through
        `films_of` the shard and writes to the path that it gets."""
        if name not in self.ledger:
            before = len(self.unreadable)
            entry = self._write(name, content)
            lost = len(self.unreadable) - before
            self.ledger.add(replace(entry, unreadable=lost), durably=True)
            return
        self.exported += len(shard.rows)
        self.tick(len(shard.rows))

    def _lose(self, film: Film, code: str) -> None:
        """Count a film that is not exported, since its files are not what its row says."""
        self.unreadable[film.image_id] = code
        self.survey.lost(film)

    def _read(self, films: Iterator[Film], *, hashed: bool) -> Iterator[Film]:
        """The films whose files can be read, which is done ahead of who asks for them."""
        load = partial(self._load, hashed=hashed)
        waiting: deque[tuple[Film, Future[tuple[Encoded, Encoded | None]] | None]] = deque()
        with ThreadPoolExecutor(self.workers) as pool:
            for film in films:
                is_done = self.ledger.has_image(film.image_id)
                waiting.append((film, None if is_done else pool.submit(load, film)))
                if len(waiting) > _AHEAD * self.workers:
                    yield from self._ready(*waiting.popleft())
            while waiting:
                yield from self._ready(*waiting.popleft())
        self._current = {}

    def _ready(
        self, film: Film, loading: Future[tuple[Encoded, Encoded | None]] | None
    ) -> Iterator[Film]:
        self.tick(1)
        try:
            self._current = {film.image_id: loading.result()} if loading else {}
        except Unreadable as lost:
            self._lose(film, lost.code)
            return
        self.exported += 1
        yield film

    def _load(self, film: Film, *, hashed: bool) -> tuple[Encoded, Encoded | None]:
        image = self.pictures.image(film)
        mask = self.pictures.mask(film) if self.has_masks else None
        if hashed:  # here, where it is done beside others
            _ = image.sha256, mask and mask.sha256
        return image, mask

    def _content(self, film: Film) -> tuple[Encoded, Encoded | None]:
        if film.image_id not in self._current:
            try:
                self._current = {film.image_id: self._load(film, hashed=False)}
            except Unreadable as lost:
                raise UsageError(
                    f"The image {film.image_id} was altered while it was exported ({lost.code}). "
                    "`radprep verify DATASET --repair` queues what to make again."
                ) from None
        return self._current[film.image_id]

    def _put(self, encoded: Encoded, name: str, image_id: str) -> None:
        path = self._path(name)
        source = encoded.source if not self.options.copy else None
        if source and _link(self.data_set.root / source, path):
            self.linked += 1
        else:
            temporary = temporary_of(path)
            temporary.write_bytes(encoded.data or b"")
            temporary.replace(path)
        self.ledger.add(Entry(name, len(encoded.data or b""), encoded.sha256, image_id))

    def _write(self, name: str, content: Content) -> Entry:
        path = self._path(name)
        with replacing(path) as temporary:
            if callable(content):
                content(temporary)
            else:
                data = content.encode() if isinstance(content, str) else content
                temporary.write_bytes(data)
            with temporary.open("rb") as handle:
                digest = hashlib.file_digest(handle, "sha256").hexdigest()
            return Entry(name, temporary.stat().st_size, digest)

    def _path(self, name: str) -> Path:
        path = self.root / name
        if path.parent not in self._folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(path.parent)
        return path


def _link(source: Path, target: Path) -> bool:
    """Give a file another name; whether that was possible. A link is not linked to: its target may
    change."""
    try:
        if source.is_symlink():
            return False
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        return False
    return True
