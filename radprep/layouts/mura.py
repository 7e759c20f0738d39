"""The layout of MURA-v1.1 (Rajpurkar et al., 2018): the body part, the patient, the study and its
label stand in the names of folders, as in

    MURA-v1.1/train/XR_WRIST/patient00006/study1_positive/image1.png

MURA itself was published without its test part. Others who write this layout have one, in `test`.
Patients have one numbering over all body parts: a patient whose elbow and wrist were taken stands
under both, and is one patient here. Its csv files are held against the folders where they are
there. MURA calls an abnormal study positive: the labels are `abnormal` and `normal`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from radprep.errors import UsageError
from radprep.layouts.told import LaidOut, Told, private_text
from radprep.layouts.wanted import LayoutWanted
from radprep.text.csv_file import read_lines
from radprep.text.splits import split_in

_STUDY = (
    r"(?:(?:.*/)?(?P<split>train|valid|test)/|(?:.*/)?)XR_(?P<part>[A-Za-z0-9_]+)/"
    r"(?P<patient>patient[0-9]+)/(?P<study>(?P<number>study[0-9]+)_(?P<label>positive|negative))"
)
_PICTURE = re.compile(_STUDY + "/[^/]+")
_FOLDER = re.compile(_STUDY + "/?")
_TABLE = re.compile(r"(?:.*/)?(?:train|valid|test)_(?P<kind>labeled_studies|image_paths)\.csv")
_WORDS = {"1": "positive", "0": "negative"}

COLUMN = "abnormality"
"""The name of the label."""
MEANING = (("positive", "abnormal"), ("negative", "normal"))
"""What its texts mean."""

Key = tuple[str, str, str]
"""Names of the folders of part, patient and study."""


def lay_out(
    dump: Path, pictures: Sequence[str], others: Sequence[str], wanted: LayoutWanted
) -> LaidOut:
    """What MURA's folders tell of each picture. others: the paths of the files on the disk that are
    no pictures, among which its csv files are looked for. Raises UsageError where no picture stands
    in such folders."""
    laid, studies = LaidOut(columns=(COLUMN,), mapping=MEANING), defaultdict[Key, list[str]](list)
    for path in pictures:
        if found := _PICTURE.fullmatch(path):
            key = _key(found)
            studies[key].append(path)
            laid.listed_as[path] = "/".join(key)
            laid.told[path] = Told(
                patient=found["patient"],
                study="/".join((*key[:2], found["number"])),
                body_part=found["part"].replace("_", " "),
                split=split_in(found["split"] or _above(dump, path)),
            )
            laid.rows.append((0, path, (found["label"],)))
    if pictures and not laid.told:
        raise UsageError(
            "No picture stands in folders as MURA has them, such as "
            "train/XR_WRIST/patient00001/study1_positive/image1.png. Give the folder that MURA was "
            "unpacked to, or another --layout."
        )
    laid.list_paths("outside_layout", [one for one in pictures if one not in laid.told])
    _compare(laid, dump, others, studies)
    return laid


def _above(dump: Path, path: str) -> str:
    """The name of the dump itself, where it is the folder of one part of the split."""
    return dump.resolve().name if path.startswith("XR_") else ""


def is_of_mura(path: str) -> bool:
    """Whether a picture stands in folders as MURA has them."""
    return _PICTURE.fullmatch(path) is not None


def _key(found: re.Match[str]) -> Key:
    return f"XR_{found['part'].upper()}", found["patient"], found["study"]


def _compare(
    laid: LaidOut, dump: Path, others: Sequence[str], studies: dict[Key, list[str]]
) -> None:
    """Hold the csv files against the folders. A study that they call otherwise than its folder does
    has both labels, which contradict each other."""
    tables = [(one, found["kind"]) for one in others if (found := _TABLE.fullmatch(one))]
    said: dict[Key, str] = {}
    listed: set[tuple[Key, str]] = set()
    for path, kind in tables:
        if kind == "labeled_studies":
            said |= dict(_labels_in(dump / path))
        else:
            listed |= set(_pictures_in(dump / path))
    if said:
        _compare_studies(laid, studies, said)
    if listed:
        here = {(key, path.rpartition("/")[2]) for key, paths in studies.items() for path in paths}
        laid.list_paths("csv_pictures_absent", ["/".join((*k, n)) for k, n in listed - here])
        laid.list_paths("pictures_not_in_csv", ["/".join((*k, n)) for k, n in here - listed])


def _compare_studies(laid: LaidOut, studies: dict[Key, list[str]], said: dict[Key, str]) -> None:
    other = [key for key in studies if said.get(key, "") not in ("", _word_of(key))]
    for key in other:
        laid.rows += [(0, path, (said[key],)) for path in studies[key]]
    laid.list_paths("csv_contradicts_folder", ["/".join(key) for key in other])
    laid.list_paths("csv_studies_absent", ["/".join(key) for key in said.keys() - studies.keys()])
    laid.list_paths("studies_not_in_csv", ["/".join(key) for key in studies.keys() - said.keys()])


def _word_of(key: Key) -> str:
    return key[2].partition("_")[2]


def _labels_in(path: Path) -> Iterator[tuple[Key, str]]:
    """Each study of a csv file with its label, as folders call it: `1` is positive."""
    for _, cells in read_lines(path, "--layout mura"):
        if len(cells) > 1 and (found := _FOLDER.fullmatch(cells[0].strip().replace("\\", "/"))):
            yield _key(found), _WORDS.get(cells[1].strip(), "")


def _pictures_in(path: Path) -> Iterator[tuple[Key, str]]:
    """Each picture of a csv file: its study, and its name."""
    for _, cells in read_lines(path, "--layout mura"):
        text = cells[0].strip().replace("\\", "/")
        if found := _PICTURE.fullmatch(text):
            yield _key(found), private_text(text.rpartition("/")[2])
