"""The rows of a hospital's file of labels: keys and texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from radprep.convert.label_keys import clean_key
from radprep.errors import UsageError
from radprep.text.csv_file import LINE_BREAKS, find_column, read_lines


@dataclass(frozen=True)
class LabelRow:
    """What counts of a row for one label: its keys and a text that may give a label. line: where
    it begins in the file; key: of a study, as `clean_key` gives it; image: key of an image, empty
    where the row speaks of the study; quoted: whether more than spaces stood around the key."""

    line: int
    key: str
    text: str
    image: str = ""
    quoted: bool = False

    @property
    def place(self) -> str:
        """What the row speaks of: its image, or else its study."""
        return self.image or self.key


@dataclass(frozen=True)
class LabelTable:
    """The columns of a file of labels that are asked for. rows: where each begins, its cells under
    the key columns, and those under the label columns."""

    rows: Sequence[tuple[int, Sequence[str], Sequence[str]]]
    study_key: int | None
    image_key: int | None

    def of_column(self, number: int) -> list[LabelRow]:
        """The rows as they speak of one label column."""

        def cell(keys: Sequence[str], place: int | None) -> str:
            """A key, or nothing where the file has no such key."""
            return "" if place is None else keys[place]

        found = []
        for line, keys, texts in self.rows:
            written = cell(keys, self.study_key)
            key = clean_key(written)
            image = cell(keys, self.image_key)
            found.append(LabelRow(line, key, texts[number], image, quoted=key != written))
        return found


def read_table(
    path: Path, study_key: str | None, image_key: str | None, columns: Sequence[str]
) -> LabelTable:
    """Read the columns of a file of labels. study_key, image_key: names of the columns with keys;
    columns: of those with labels. Raises UsageError for a column that is not there, is asked for
    twice, or has cells that cannot be meant."""
    lines = list(read_lines(path, "--labels"))
    header = lines[0][1] if lines else []
    keys = [one for one in (study_key, image_key) if one is not None]
    key_places = [find_column(header, one, path, "--label-key") for one in keys]
    text_places = [find_column(header, one, path, "--label-column") for one in columns]
    _refuse_same_column(header, key_places, text_places, path)
    wanted = (*key_places, *text_places)
    rows = [
        (line, [cells[one] for one in key_places], [cells[one] for one in text_places])
        for line, cells in _whole_rows(lines[1:], header, wanted, path)
    ]
    return LabelTable(
        rows, None if study_key is None else 0, None if image_key is None else len(keys) - 1
    )


def _refuse_same_column(
    header: Sequence[str], keys: Sequence[int], texts: Sequence[int], path: Path
) -> None:
    both = set(keys) & set(texts)
    if both:
        raise UsageError(
            f"{path}: --label-key and --label-column both name the column {header[min(both)]!r}, "
            "so that identifiers would become labels. Choose the column that holds the label with "
            "--label-column."
        )
    for flag, places in (("--label-key", keys), ("--label-column", texts)):
        if len(set(places)) < len(places):
            raise UsageError(f"{path}: {flag} names one of its columns twice. Name it once.")


def _whole_rows(
    lines: Sequence[tuple[int, list[str]]],
    header: Sequence[str],
    wanted: Sequence[int],
    path: Path,
) -> Iterator[tuple[int, list[str]]]:
    """The rows with as many cells as the header has, without spaces around those that are wanted.
    Raises UsageError for a row that is longer, and for a cell over several lines."""
    for line, cells in lines:
        if any(cell.strip() for cell in cells[len(header) :]):
            raise UsageError(
                f"{path}, line {line}: {len(cells)} cells, but the header has {len(header)}. The "
                "likely cause is a delimiter inside a cell: put that cell in quotation marks."
            )
        cells += [""] * (len(header) - len(cells))
        for number in wanted:
            if not LINE_BREAKS.isdisjoint(cells[number]):
                raise UsageError(
                    f"{path}, line {line}: the cell of column {header[number]!r} goes over "
                    "several lines, maybe because of quotation marks that do not pair up. Mend "
                    "this row."
                )
            cells[number] = cells[number].strip()
        yield line, cells
