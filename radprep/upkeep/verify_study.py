"""The verification of one study: its marker, its rows, every image they name, and its private
identifiers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from radprep.convert.identify import FORGOTTEN
from radprep.dataset.checked import row_fault
from radprep.dataset.image_file import MOST_BYTES
from radprep.dataset.keys import bytes_hash
from radprep.dataset.labels import digest_of_rows
from radprep.dataset.layout import DataSet, leads_outside, read_table
from radprep.dataset.names import mask_hash
from radprep.dataset.person import is_by_person
from radprep.dataset.schema import BY_STUDY, KEPT, Row, arrow_schema
from radprep.errors import UsageError
from radprep.image import png
from radprep.image.hashes import pixel_hash
from radprep.private.identifiers import Identifiers, read_identifiers
from radprep.private.key import Pseudonyms
from radprep.private.tree import PrivateTree
from radprep.text.small_file import read_small

REDO, REMOVE, REBUILD, BY_HAND, NOTE = "redo", "remove", "rebuild", "by hand", "note"
"""What mends a finding: the study is done again, the file is removed, the shared tables are
rebuilt, or a person must act. A note is no fault of the data set."""

FOLDER_EMPTY = "folder_empty"

CODES: dict[str, tuple[str, str]] = {
    "study_unreadable": (REDO, "the study's Parquet file cannot be read"),
    "study_schema": (REDO, "its columns are not those of the schema"),
    "study_footer": (REDO, "its footer does not hold what this stage writes"),
    "study_misplaced": (REDO, "its rows belong to another study or another folder"),
    "study_missing": (REDO, "instances.parquet has rows of a study that has no Parquet file"),
    "rows_differ": (
        REDO,
        "its rows are not those of instances.parquet: one of the two was altered",
    ),
    "row_invalid": (REDO, "a row contradicts itself: status, ids, image"),
    "label_differs": (REDO, "the labels of its rows are not those that its footer names"),
    "other_pipeline": (REDO, "the image was not made by the pipeline that dataset.json names"),
    "image_id_repeated": (REDO, "two rows have the same image_id"),
    "source_repeated": (REDO, "a source stands in two studies"),
    "image_misplaced": (REDO, "the row's file name is not built from its label and ids"),
    "image_missing": (REDO, "the file that a row names is not there"),
    "image_unreadable": (REDO, "the file is no grey PNG"),
    "image_altered": (REDO, "its pixels are not those that were hashed"),
    "image_size": (REDO, "its width, height or bits are not those of the row"),
    "link_outside": (REDO, "a link on the way to it leads out of the data set"),
    "image_chunks": (REDO, "the PNG holds more than IHDR, IDAT and IEND"),
    "file_extra": (REMOVE, "no row names this file"),
    FOLDER_EMPTY: (
        REMOVE,
        "a folder of images without an image: where it is a class, readers of folders end there",
    ),
    "leftover": (REMOVE, "a file that a killed run has left before it got its name"),
    "private_leftover": (
        REMOVE,
        "a file of the private tree that a killed run has left; it may hold identifiers",
    ),
    "incomplete": (
        REBUILD,
        "its last run was interrupted, or its shards are not collated yet: run it again, or "
        "`radprep collate`",
    ),
    "instances_missing": (REBUILD, "there is no instances.parquet"),
    "instances_unreadable": (REBUILD, "instances.parquet cannot be read, or has another schema"),
    "instances_stale": (REBUILD, "instances.parquet does not hold this study, or not in its place"),
    "counts_differ": (REBUILD, "the counts of dataset.json are not those of the rows"),
    "counts_do_not_add_up": (REBUILD, "kept + rejected + failed is not the number of sources"),
    "fingerprint_differs": (REBUILD, "the fingerprint of dataset.json is not that of the studies"),
    "corrections_differ": (
        REBUILD,
        "corrections.csv is not the one that the data set was made with",
    ),
    "corrections_unreadable": (
        BY_HAND,
        "corrections.csv is not what a run writes: mend it, or remove it and give them again",
    ),
    "identifiers_missing": (REDO, "the study has no identifiers in the private tree"),
    "identifiers_differ": (REDO, "the identifiers do not name the ids of the rows"),
    "identifiers_unreadable": (REDO, "the study's identifiers cannot be read"),
    "identifiers_extra": (
        BY_HAND,
        "the private tree has identifiers of a study that the data set does not have",
    ),
    "identifiers_stale": (
        REBUILD,
        "identifiers.parquet does not hold the identifiers of the studies as they are",
    ),
    "other_key": (BY_HAND, "the ids were made with another key than the one in the private tree"),
    "key_missing": (BY_HAND, "the private tree has no readable key"),
    "private_open": (
        BY_HAND,
        "others may reach the private tree, or it is a link or stands in what is handed on, so it "
        "was not read: `radprep locate` says what to do",
    ),
    "page_older": (
        NOTE,
        "the page in report/ was made of an earlier state of the data set: make it again with "
        "`radprep report`",
    ),
}
"""Code -> what mends it, and what it means. Codes are stable."""

_NAMES = ("file_name", "mask_file_name")


@dataclass(frozen=True, order=True)
class Finding:
    """Something that is not as it must be. where: a file's name in the data set, an image_id or a
    source_id; never a tag's value."""

    code: str
    study_id: str = ""
    where: str = ""

    @property
    def remedy(self) -> str:
        """What mends it."""
        return CODES[self.code][0]

    @property
    def is_fault(self) -> bool:
        """Whether something is wrong with the data set; a note only says something of its page."""
        return self.remedy != NOTE

    @property
    def meaning(self) -> str:
        """What it means."""
        return CODES[self.code][1]


@dataclass
class StudyReport:
    """What was found in one study, and what the checks across studies need of it. rows_hash: None
    where it cannot be read."""

    study_id: str
    findings: list[Finding] = field(default_factory=list)
    rows_hash: str | None = None
    files: list[str] = field(default_factory=list)
    image_ids: list[str] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)

    def add(self, code: str, where: str = "") -> None:
        """Note a finding."""
        self.findings.append(Finding(code, self.study_id, where))


@dataclass(frozen=True)
class StudyCheck:
    """Checks a study of a data set; small and picklable. history: entries that each kept image must
    have, or None where there may be none but those of a person; private: whether identifiers are
    here; pseudonyms: None without a key."""

    data_set: DataSet
    tree: PrivateTree
    history: tuple[str, ...] | None
    private: bool = False
    pseudonyms: Pseudonyms | None = None

    def check(self, study_id: str) -> StudyReport:
        """Read and hash everything that a study has."""
        report = StudyReport(study_id)
        try:
            table = read_table(self.data_set.within(self.data_set.marker(study_id)))
            rows: list[Row] = table.to_pylist()
        except (OSError, ValueError, OverflowError, UsageError):
            report.add("study_unreadable")
            return report
        if not table.schema.remove_metadata().equals(arrow_schema()):
            report.add("study_schema")
            return report
        report.rows_hash = hash_rows(rows)
        self._check_footer(report, rows)
        for row in rows:
            self._check_row(report, row)
        if self.private:
            self._check_identifiers(report, rows)
        return report

    def _check_footer(self, report: StudyReport, rows: list[Row]) -> None:
        footer = self.data_set.footer(report.study_id)  # None where it is not ours
        if not footer or footer["key"] is None:
            report.add("study_footer")
        elif footer["labels"] != digest_of_rows(rows):
            report.add("label_differs")

    def _check_row(self, report: StudyReport, row: Row) -> None:
        where = row["image_id"] or row["source_id"] or ""
        report.sources.add(row["source_id"] or "")
        report.image_ids += [row["image_id"]] if row["image_id"] else []
        report.files += [name for name in (row["file_name"], row["mask_file_name"]) if name]
        fault = row_fault(row)
        if row["study_id"] != report.study_id:
            report.add("study_misplaced", where)
        if fault and fault[0] in _NAMES:
            report.add("image_misplaced", where)
        elif fault:
            report.add("row_invalid", f"{fault[0]} of {where}")
        elif row["status"] == KEPT:
            if not self._history_fits(row):
                report.add("other_pipeline", where)
            for name, bits, hashed in _files_of(row):
                for code in _file_faults(self.data_set, name, (row, bits, hashed)):
                    report.add(code, name)

    def _history_fits(self, row: Row) -> bool:
        if self.history is None:
            return all(map(is_by_person, row["history"] or ()))
        return set(self.history) <= set(row["history"] or ())

    def _check_identifiers(self, report: StudyReport, rows: list[Row]) -> None:
        """Identifiers against rows. Files of forgotten patients have none."""
        try:
            known = {one["source_id"]: one for one in read_identifiers(self.tree, report.study_id)}
        except (OSError, ValueError, KeyError, UsageError):
            report.add("identifiers_unreadable")
            return
        named = {row["source_id"]: row for row in rows if row["reason"] != FORGOTTEN}
        if named and not known:
            report.add("identifiers_missing")
            return
        for source_id in sorted(known.keys() ^ named.keys()):
            report.add("identifiers_differ", source_id)
        for source_id in sorted(known):
            if self.pseudonyms and not _made_with(self.pseudonyms, known[source_id]):
                report.add("other_key", source_id)
        for source_id in sorted(known.keys() & named.keys()):
            ids, row = known[source_id], named[source_id]
            if ids["study_id"] != report.study_id or _names(ids) != _names(row):
                report.add("identifiers_differ", source_id)


def _names(one: Identifiers | Row) -> tuple[str | None, str | None, str]:
    return one["patient_id"], one["series_id"], one["instance_id"]


def hash_rows(rows: list[Row]) -> str:
    """Names the values of some rows, in their order."""
    return bytes_hash(
        "\n".join(repr(list(row.values())) for row in rows).encode("utf-8", "backslashreplace")
    )


def _files_of(row: Row) -> Iterator[tuple[str, int, str | None]]:
    """The name, the bits and the hash of the pixels of a row's image, and of its mask, which has 8
    bits and the hash that stands in `decisions`."""
    yield row["file_name"], row["bits"], row["pixel_hash"]
    if row["mask_file_name"]:
        yield row["mask_file_name"], 8, mask_hash(row)


def _file_faults(
    data_set: DataSet, name: str, wanted: tuple[Row, int, str | None]
) -> Iterator[str]:
    """Codes of what is wrong with a PNG. wanted: the row that it must have the size of, its bits
    and the hash of its pixels.

    The size is read before anything is decoded: an altered one may claim any.
    """
    row, bits, hashed = wanted
    if leads_outside(data_set.root, data_set.root / name):
        yield "link_outside"
        return
    try:
        data = read_small(data_set.root / name, MOST_BYTES)
        parts, declared = png.chunks(data), png.header_of(data)
        if parts[0][0] != "IHDR" or parts[-1][0] not in ("IEND", ""):
            raise ValueError
    except OSError:
        yield "image_missing"
        return
    except (ValueError, IndexError, UsageError):
        yield "image_unreadable"
        return
    names = [found for found, _ in parts]
    if set(names) != {"IHDR", "IDAT", "IEND"} or names.count("IHDR") != 1:
        yield "image_chunks"
    if declared != (row["width"], row["height"], bits):
        yield "image_size"
        return
    try:
        altered = pixel_hash(png.decode(data)) != hashed
    except Exception:  # OpenCV has errors of its own for what is broken
        yield "image_unreadable"
        return
    if altered:
        yield "image_altered"


def _made_with(pseudonyms: Pseudonyms, ids: Identifiers) -> bool:
    """Whether ids were made with a key, as far as the identifiers tell: a path that is no UTF-8
    stands there with escapes, and another film may have named the patient."""
    path = ids["source_path"]
    if "\\udc" in path:
        return True
    if ids["patient_id"] is None:  # the scan may have read UIDs of a header that is damaged
        return True
    uids = (ids["StudyInstanceUID"] or "", ids["SOPInstanceUID"] or "")
    patient_id = pseudonyms.patient_id(ids["PatientID"], ids["study_id"], ids["IssuerOfPatientID"])
    return bool(
        ids["source_id"] == pseudonyms.source_id(ids["delivery"], path, *uids)
        and (ids["patient_from"] == BY_STUDY or ids["patient_id"] == patient_id)
    )
