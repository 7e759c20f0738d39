"""Names the source of any id: from our pseudonyms back to the original identifiers and paths, with
the private tree at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from radprep.dataset.checked import damaged
from radprep.dataset.image_id import ImageId
from radprep.dataset.info import Info, read_info, stages_of
from radprep.dataset.layout import DataSet, read_table
from radprep.dataset.ways import MERGE
from radprep.errors import UsageError
from radprep.private.forgotten import read_forgotten
from radprep.private.identifiers import IDENTIFIERS, Identifiers
from radprep.private.key import read_key
from radprep.private.place import find_tree
from radprep.private.tree import PrivateTree
from radprep.text.file_names import ends

KINDS = ("instance_id", "source_id", "series_id", "study_id", "patient_id")
"""The ids that lead back; an image_id is an instance_id with -f3 for a frame and -p2 for a part."""

ORIGINALS = (
    "source_path",
    "PatientID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "AccessionNumber",
)


@dataclass(frozen=True)
class Located:
    """What an id stands for. kind: which id it is, or which originals, joined by "and" where a
    text is several. files: rows of Identifiers, in order of their paths; frame and
    part: of an image_id."""

    kind: str
    files: list[Identifiers]
    frame: int | None = None
    part: str | None = None


def shown_of(file: Identifiers) -> dict[str, str | None]:
    """What a person is shown of a file: its originals, then our ids, then the number of the
    delivery that it came with."""
    values: Mapping[str, Any] = file
    named = {name: values[name] for name in (*ORIGINALS, "IssuerOfPatientID", *KINDS)}
    return {**named, "delivery": str(file["delivery"])}


def locate(root: Path, wanted: str, private: Path | None = None) -> Located:
    """Find the files of a patient_id, study_id, series_id, instance_id, source_id or image_id, or
    of an image by its file_name or the path of its PNG. An original identifier or source_path
    leads the other way, to our pseudonyms; of a path its end is enough where no other ends so.

    private: the private tree, where it does not stand beside. Raises UsageError where it is absent,
    where others can reach it, where it is another data set's, or where the id is not in it. Nothing
    that is found goes into a message.
    """
    tree = _tree(DataSet(root), private)
    path = tree.identifiers
    table = read_table(path)
    if not table.schema.remove_metadata().equals(IDENTIFIERS):
        raise UsageError(damaged(path))
    named = ImageId.parse(_image_name(wanted.strip()))
    for base, image in ((wanted.strip(), ImageId("")), (named.instance_id, named)):
        for kind in KINDS:
            files = table.filter(pc.equal(table[kind], base)).to_pylist()
            if files:
                is_image = kind == "instance_id" and (image.frame or image.parts)
                return Located(
                    "image_id" if is_image else kind,
                    sorted(files, key=lambda one: (one["source_path"], one["source_id"])),
                    image.frame,
                    " ".join(map(str, image.parts)) or None,
                )
    original = _by_original(table, wanted.strip()) or _by_path_end(table, wanted.strip())
    if original:
        return original
    forgotten = read_forgotten(tree).get(wanted.strip())
    if forgotten:
        raise UsageError(
            f"This patient was forgotten on {forgotten['forgotten_at']}: nothing leads back any "
            "more."
        )
    raise UsageError(
        f"Neither an id nor an original of a film in {path} is that. Give a patient_id, study_id, "
        "series_id, instance_id, source_id, image_id or file_name as it stands in an "
        "instances.parquet made with this key; or a PatientID, an AccessionNumber, a UID, or the "
        "path of a film in its source (its end is enough, such as the name of the file)."
    )


def _by_original(table: pa.Table, wanted: str) -> Located | None:
    """The files with an original identifier or a whole source_path; None where there are none."""
    kinds = [name for name in ORIGINALS if pc.any(pc.equal(table[name], wanted)).as_py()]
    if not kinds:
        return None
    return _files_of(" and ".join(kinds), table, lambda one: wanted in map(one.get, kinds))


def _by_path_end(table: pa.Table, wanted: str) -> Located | None:
    """The files whose source_path one text is the end of, or that is the end of such a text, as
    tables and people name films: from another folder on, or by the name alone. Of several files
    none is taken, since they may be of several people: raises UsageError. None where none fits."""
    path = wanted.strip("\"'").replace("\\", "/").strip("/")
    shown = path.casefold()
    there = {one for one in table["source_path"].to_pylist() if one}
    folded = {one.casefold() for one in there}
    found = {one for one in there if shown and shown in ends(one.casefold())}
    if not found:
        begun = next((end for end in ends(shown) if end in folded), None)
        found = {one for one in there if one.casefold() == begun}
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} films have a path that ends so. Give more of the folders before it, as "
            "they stand in the source."
        )
    return _files_of("source_path", table, lambda one: one["source_path"] in found)


def _files_of(kind: str, table: pa.Table, wanted: Callable[[Identifiers], bool]) -> Located | None:
    files = [one for one in table.to_pylist() if wanted(one)]
    ordered = sorted(files, key=lambda one: (one["source_path"], one["source_id"]))
    return Located(kind, ordered) if ordered else None


def _tree(out: DataSet, private: Path | None) -> PrivateTree:
    """The private tree of a data set, or of a folder of answers, which has no dataset.json. Raises
    UsageError where it is not here, or another data set's."""
    named = PrivateTree.of(out, private)
    if not out.exists and named.answers.exists() and named.identifiers.exists():
        return find_tree(out, private)
    info = read_info(out)
    if not named.identifiers.exists():
        raise UsageError(_absent(out, named.identifiers, info["stage"]))
    tree = find_tree(out, private)
    _check_key(out, info, tree)
    return tree


def _image_name(text: str) -> str:
    """The image_id in a file_name or in the path of a PNG, as a file manager of any system copies
    it. An id alone stays as it is."""
    name = text.strip("\"'").replace("\\", "/").rpartition("/")[2]
    return name[: -len(".png")] if name.lower().endswith(".png") else name


def _check_key(out: DataSet, info: Info, tree: PrivateTree) -> None:
    """Raise UsageError where the ids of a data set, or of the one that it was made from, were made
    with another key than the one in the private tree."""
    keys = {one["made_from"].get("key") for one in stages_of(info, "convert")}
    if keys and read_key(tree.key).fingerprint not in keys:
        raise UsageError(
            f"{tree} is the private tree of another data set: the ids of {out} were made with "
            "another key. Name the one that belongs to it with --private DIR."
        )


def _absent(out: DataSet, path: Path, stage: str) -> str:
    if stage == "convert":
        return (
            f"The private tree of {out} is not here ({path}): "
            "only its owner can locate an id. Put it back beside the data set, name it with "
            "--private DIR if it stands elsewhere, or end an interrupted convert."
        )
    if stage == MERGE:
        return (
            f"{out} was merged from several data sets and has no identifiers of its own. Each of "
            "these keeps its private tree: give the data set that the id comes from, whose ids are "
            "the same, or name its private tree with --private DIR."
        )
    return (
        f"{out} was made by `radprep {stage}` and has no identifiers of its own. Give the data set "
        "that `radprep convert` made, the first of the chain: its ids are the same. Or name the "
        "private tree of that one with --private DIR."
    )
