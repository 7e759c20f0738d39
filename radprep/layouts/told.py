"""What a layout tells of one picture, and of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Told:
    """What the layout of a folder of pictures tells of one of them, as the names of its folders,
    its own name or a table have it. patient, study: identifiers, private like those of DICOM;
    patient is None where nothing tells. body_part, view, laterality: texts that the vocabulary must
    know before they leave. split: one of text.splits.SPLITS. has_row: False where a table says
    nothing of the picture."""

    patient: str | None
    study: str
    body_part: str | None = None
    view: str | None = None
    laterality: str | None = None
    split: str | None = None
    has_row: bool = True


@dataclass
class LaidOut:
    """What a layout tells of all pictures of a folder.

    told: path -> what is told; a picture that is not here has no place in the layout. columns: the
    names of its labels, as COLUMN[=NAME]; rows: number of a line, path and a text for each of these
    labels. mapping: what texts mean unless a person says so. counts: numbers for the summary;
    lists: tables for the private tree, by the names of their files. hint: for the person at the
    terminal; it may hold names of columns, never a cell.
    """

    told: dict[str, Told] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    rows: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)
    mapping: tuple[tuple[str, str], ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    lists: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    hint: str = ""

    def list_paths(self, name: str, paths: Sequence[str]) -> None:
        """Count some paths under a name, and list them privately."""
        self.counts[name] = len(paths)
        if paths:
            self.lists[name] = [("path",), *((private_text(one),) for one in sorted(paths))]


def without_paths(laid: LaidOut, gone: Iterable[str]) -> LaidOut:
    """The same without the lines of its lists that name some pictures, or their studies: those of
    patients who are forgotten are listed nowhere. The counts stay."""
    texts: set[str] = set()
    for path in gone:
        study = laid.told[path].study if path in laid.told else path
        texts |= {private_text(path), study, f"{study}/{private_text(path.rpartition('/')[2])}"}
    lists = {
        name: [line for line in lines if texts.isdisjoint(line)]
        for name, lines in laid.lists.items()
    }
    return replace(laid, lists=lists) if texts else laid


def private_text(path: str) -> str:
    """A path as a text of the private tree: bytes that are no UTF-8 stand there with escapes."""
    return path.encode("utf-8", "backslashreplace").decode()


def study_text(patient: str | None, study: str) -> str:
    """The identifier of a study that is numbered within its patient: two patients may both have a
    study 1."""
    if not patient:
        return study
    return f"{patient.replace('%', '%25').replace('/', '%2F')}/{study}"
