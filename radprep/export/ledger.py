"""Which files of an export are finished, so that one that was killed goes on behind them, and the
manifest that is made of it at the end."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import BufferedWriter
from pathlib import Path

from radprep.errors import UsageError
from radprep.text.csv_file import write_file
from radprep.text.small_file import parse_json, read_small

LEDGER, MANIFEST = ".ledger.jsonl", "manifest.csv"
_MOST_BYTES = 2**33


@dataclass(frozen=True)
class Entry:
    """A finished file. name: in the export; bytes: its size; sha256: hex; image_id: of the film
    whose image alone it is, else ""; unreadable: how many films of a shard could not be read: it is
    made again when the export goes on, since they may be mended."""

    name: str
    bytes: int
    sha256: str
    image_id: str = ""
    unreadable: int = 0


class Ledger:
    """The finished files of an export that is being made. Use as a context: no other run may write
    to the same folder meanwhile."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._entries: dict[str, Entry] = {}
        self._images: set[str] = set()
        self._handle: BufferedWriter | None = None

    def __enter__(self) -> Ledger:
        """Take up what an earlier run has finished. Raises UsageError where one is at work."""
        path = self._root / LEDGER
        if path.is_symlink():
            raise UsageError(f"{path} is a link, which no export makes. Remove it.")
        self._handle = open(path, "ab", opener=_without_links)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._handle.close()
            raise UsageError(
                f"Another export is writing to {self._root}. Wait for its end, or choose another "
                "OUT."
            ) from None
        except OSError:  # a file system without locks: nobody can be kept away
            pass
        for entry in self._read(path):
            self._entries[entry.name] = entry
            self._images.update([entry.image_id] if entry.image_id else [])
        self._handle.truncate(0)  # the end of a line may be missing
        for entry in self._entries.values():
            self._write(entry)
        return self

    def __exit__(self, *error: object) -> None:
        """Let others write."""
        if self._handle:
            self._handle.close()

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def below(self, folder: str) -> list[Entry]:
        """The finished files below a folder, in the order of their names. folder: with a slash."""
        found = [entry for name, entry in self._entries.items() if name.startswith(folder)]
        return sorted(found, key=lambda entry: entry.name)

    def has_image(self, image_id: str) -> bool:
        """Whether the file of a film's image is finished."""
        return image_id in self._images

    def add(self, entry: Entry, *, durably: bool = False) -> None:
        """Note a file that has its name now. durably: the note is on the disk before this ends."""
        self._entries[entry.name] = entry
        self._images.update([entry.image_id] if entry.image_id else [])
        self._write(entry)
        if durably and self._handle:
            self._handle.flush()
            os.fsync(self._handle.fileno())

    def sweep(self, *kept: str) -> None:
        """Remove what a killed run has left that is in no entry. kept: names that stay, too."""
        keep = {LEDGER, *kept}
        for folder, _, names in os.walk(self._root):
            for name in names:
                path = Path(folder, name)
                if path.name not in keep and path.relative_to(self._root).as_posix() not in self:
                    path.unlink()

    def write_manifest(self) -> int:
        """Write manifest.csv: name, bytes and SHA-256 of each file. Returns how many there are."""
        entries = sorted(self._entries.values(), key=lambda entry: entry.name)
        lines = ((entry.name, entry.bytes, entry.sha256) for entry in entries)
        write_file(self._root / MANIFEST, [("name", "bytes", "sha256"), *lines])
        return len(entries)

    def remove(self) -> None:
        """Remove the list itself: the manifest says the same."""
        (self._root / LEDGER).unlink(missing_ok=True)

    def _write(self, entry: Entry) -> None:
        if self._handle:
            said = {
                name: value for name, value in asdict(entry).items() if value or name == "bytes"
            }
            self._handle.write(json.dumps(said, separators=(",", ":")).encode() + b"\n")

    def _read(self, path: Path) -> list[Entry]:
        """The entries of files that need not be made again."""
        found: dict[str, Entry] = {}
        for line in read_small(path, _MOST_BYTES).splitlines():
            with suppress(ValueError, TypeError):  # cut short as the run was killed
                entry = Entry(**parse_json(line))
                found[entry.name] = entry
        return [one for one in found.values() if self._stands(one) and not one.unreadable]

    def _stands(self, entry: Entry) -> bool:
        """Whether the file is there as it was written; a loss of power may have emptied it."""
        try:
            return (self._root / entry.name).stat().st_size == entry.bytes
        except (OSError, TypeError, ValueError):
            return False


def _without_links(path: str, flags: int) -> int:
    """Open a file that is no link: whoever else may write to the folder could have planted one."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)
