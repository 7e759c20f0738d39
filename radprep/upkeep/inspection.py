"""What is in a dump or a data set, counted: tables for a person who has to decide."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from radprep.convert.named_labels import NamedLabels
from radprep.dataset.checked import read_batches
from radprep.dataset.counts import count_data_set
from radprep.dataset.info import Info, read_complete, stages_of
from radprep.dataset.label_names import main_name
from radprep.dataset.layout import DataSet
from radprep.dataset.names import UNASSIGNED
from radprep.dataset.schema import KEPT
from radprep.dicom.facts import (
    IMAGE,
    NOT_DICOM,
    PICTURE,
    PUBLIC,
    WITHOUT_PIXELS,
    FileFacts,
)
from radprep.dicom.syntaxes import syntax_name
from radprep.errors import UsageError
from radprep.layouts.wanted import DICOM
from radprep.preprocess.pipeline import Pipeline
from radprep.reasons import NO_DICOM
from radprep.steps.anatomic_filter import AnatomicFilter
from radprep.upkeep.label_tables import DataSetLabels, DumpLabels
from radprep.upkeep.modalities import TYPED, modality_rows, notes_of, typed_rows
from radprep.upkeep.people import SIZES, People, size_class
from radprep.upkeep.table import Rows, Table, counted

_NO_PIXELS = ("no_pixels", "no_pixel_data")
_MASKED = "***: not in the vocabulary."
_READ = (
    *("Modality", *PUBLIC, "BodyPartExamined", "Rows"),
    *("study_id", "patient_id", "patient_without_issuer", "instance_id", "source_id"),
    *("label", "labels", "status", "reason", "width", "height"),
)
"""Columns of instances.parquet that are counted."""


class Tally:
    """Counts files as they come, in any order. labels: those to join to a dump's files."""

    def __init__(self, labels: NamedLabels | None = None) -> None:
        self.kinds: Counter[str] = Counter()
        self.studies: dict[str, set[str]] = defaultdict(set)
        self._labels = DumpLabels(labels) if labels else None
        self.dicom = self._without_study = 0
        self._counts: dict[str, Counter[Any]] = defaultdict(Counter)
        self._sides: dict[str, Counter[int]] = {"width": Counter(), "height": Counter()}
        self.people = People()

    def add(self, facts: FileFacts) -> None:
        """Count one file."""
        self.kinds[facts.kind] += 1
        if facts.kind not in (IMAGE, WITHOUT_PIXELS):
            return
        self.dicom += 1
        for name in ("Modality", "TransferSyntaxUID", "Manufacturer"):
            self._counts[name][getattr(facts, name)] += 1
        self._add_to_study(facts)
        if facts.typed_modality is not None:
            self._counts["typed_modality"][facts.typed_modality, facts.Modality] += 1
        if facts.kind == IMAGE:
            self._counts["of_images"][facts.Modality] += 1
            for name in ("PhotometricInterpretation", "BitsStored"):
                self._counts[name][getattr(facts, name)] += 1
            self._counts["body_part"][
                facts.BodyPartExamined,
                facts.body_part,
                facts.body_part_score,
                facts.body_part_source,
            ] += 1
        for width, height in facts.sizes:
            self._sides["width"][width] += 1
            self._sides["height"][height] += 1

    def _add_to_study(self, facts: FileFacts) -> None:
        self.people.add(facts.StudyInstanceUID, facts.PatientID, facts.IssuerOfPatientID)
        if not facts.StudyInstanceUID:
            self._without_study += 1
            return
        self.studies[facts.StudyInstanceUID].add(facts.SOPInstanceUID or f"file {self.dicom}")
        if self._labels:
            self._labels.add(facts)

    def overview(self, read: str = "dicom_files", **more: int) -> Table:
        """The numbers one asks for first. read: what the files are called that could be read."""
        sizes = [len(instances) for instances in self.studies.values()]
        counts = {
            "files": sum(self.kinds.values()),
            **more,
            read: self.dicom,
            "patients": len(self.people.studies()),
            "studies_of_several_patients": self.people.several,
            "studies": len(self.studies),
            "instances": sum(sizes),
            "instances_in_largest_study": max(sizes, default=0),
            f"{read}_without_study": self._without_study,
        }
        return Table("overview", "Overview", "count", list(counts.items()))

    def header_tables(self) -> list[Table]:
        """Counts of what headers say: of all DICOM files, then of those with an image."""
        typed = typed_rows(self._counts["typed_modality"])
        modalities = modality_rows(self._counts["Modality"], self._counts["of_images"])
        syntaxes, makers = (
            counted(self._counts["TransferSyntaxUID"]),
            counted(self._counts["Manufacturer"]),
        )
        return [
            Table(
                "modality",
                "Modality",
                "files",
                modalities,
                ("name", "count", "converted"),
                notes_of(modalities),
            ),
            Table("typed_modality", "Modality as typed", "files", typed, TYPED),
            Table(
                "transfer_syntax",
                "Transfer syntax",
                "files",
                [(uid and syntax_name(uid), count) for uid, count in syntaxes],
            ),
            Table(
                "maker",
                "Maker",
                "files",
                makers,
                note=_MASKED if any("***" in str(maker) for maker, _ in makers) else "",
            ),
            Table(
                "photometric_interpretation",
                "Photometric interpretation",
                "files",
                counted(self._counts["PhotometricInterpretation"]),
            ),
            Table("bits_stored", "Bits stored", "files", counted(self._counts["BitsStored"])),
            Table(
                "image_size",
                "Image size",
                "images",
                self._size_rows(),
                ("name", "count", "min", "median", "max"),
            ),
        ]

    def _size_rows(self) -> Rows:
        return [
            (
                name,
                sides.total(),
                min(sides),
                round(statistics.median(sides.elements())),
                max(sides),
            )
            for name, sides in self._sides.items()
            if sides
        ]

    def body_part_tables(self, pipeline: Pipeline, how: str) -> list[Table]:
        """The histogram of BodyPartExamined with what it was read as (from it, or where it says
        nothing from a description) and what the pipeline's own filter would do, and the sums of
        that. how: in which form the texts are."""
        step = next(
            (step for step in pipeline.study_steps if isinstance(step, AnatomicFilter)), None
        )
        found = counted(self._counts["body_part"])
        rows = [
            (text, count, part, round(score, 3), source, _verdict(step, part, score, source))
            for (text, part, score, source), count in found
        ]
        sums: Counter[str] = Counter()
        for row in rows:
            sums[row[-1]] += row[1]
        keeps = (
            f"keeps {', '.join(step.keep)}"
            if step
            else "has no anatomic_filter, so it keeps every body part"
        )
        return [
            Table(
                "body_parts",
                f"BodyPartExamined ({how})",
                "files",
                rows,
                ("name", "count", "part", "score", "source", "filter"),
                f"Pipeline {pipeline.name} {keeps}; review: kept and marked.",
            ),
            Table(
                "anatomic_filter",
                f"Filter of {pipeline.name}",
                "files",
                [(name, sums[name]) for name in ("keep", "review", "drop")],
            ),
        ]

    def study_tables(self) -> list[Table]:
        """How large studies are, and how many of them a patient has."""
        instances = Counter(size_class(len(found)) for found in self.studies.values())
        studies = Counter(size_class(number) for number in self.people.studies() if number)
        return [
            Table(
                "instances_per_study",
                "Instances per study",
                "studies",
                [(name, instances[name]) for name in SIZES],
            ),
            Table(
                "studies_per_patient",
                "Studies per patient",
                "patients",
                [(name, studies[name]) for name in SIZES if studies[name]],
            ),
        ]

    def label_tables(self) -> list[Table]:
        """Label balance, in studies and images, and how the labels found them; none where there is
        no file of labels."""
        return self._labels.tables(self.people.several_issuers) if self._labels else []


def dump_tables(tally: Tally, size: int, pipeline: Pipeline, hint: str = "") -> list[Table]:
    """The tables of a dump. size: bytes of its files on the disk; hint: what to say of pictures."""
    return [
        tally.overview(bytes=size),
        Table(
            "kind",
            "Files by kind",
            "files",
            counted(tally.kinds),
            note=" ".join(filter(None, ("" if tally.dicom else NO_DICOM, hint))),
        ),
        *(_of_headers(tally, pipeline) if tally.dicom else []),
    ]


def _of_headers(tally: Tally, pipeline: Pipeline) -> list[Table]:
    """What the headers of a dump say, where it has any."""
    return [
        *tally.header_tables(),
        *tally.body_part_tables(pipeline, "as typed"),
        *tally.study_tables(),
        *tally.label_tables(),
    ]


def dataset_tables(root: Path, pipeline: Pipeline) -> list[Table]:
    """The tables of a data set, from its instances.parquet. Raises UsageError where it is not
    complete."""
    data_set = DataSet(root)
    info = read_complete(data_set)
    tally, labels = Tally(), DataSetLabels()
    try:
        counts = count_data_set(data_set)
        for facts in _facts_of_dataset(data_set, labels):
            tally.add(facts)
    except OSError:
        raise UsageError(
            f"{data_set.instances} cannot be read. Run `radprep {info['stage']}` again to "
            "have it rebuilt."
        ) from None
    reasons = [
        (name, count, status)
        for status, why in (
            ("rejected", counts["rejected_rows"]),
            ("failed", counts["failed_rows"]),
        )
        for name, count in counted(why)
    ]
    is_of_pictures = _is_of_pictures(info)
    headers = tally.header_tables()
    if is_of_pictures:
        headers = [table for table in headers if table.name == "image_size"]
    return [
        tally.overview("pictures" if is_of_pictures else "dicom_files", images=counts["images"]),
        Table(
            "status",
            "Files by status",
            "files",
            [(name, counts[name]) for name in ("kept", "rejected", "failed")],
        ),
        Table("reasons", "Why rows gave no image", "rows", reasons, ("name", "count", "status")),
        Table("review", "Marked for review", "images", counted(counts["review"])),
        Table("by_person", "Decided by a person", "images", counted(counts["by_person"])),
        *headers,
        *tally.body_part_tables(pipeline, "as convert wrote it"),
        *tally.study_tables(),
        *labels.tables(main_name(info)),
    ]


def _is_of_pictures(info: Info) -> bool:
    """Whether every film of a data set was a picture, which has no header to tell of."""
    ways = stages_of(info, "convert")
    return bool(ways) and all((one["parameters"].get("layout") or DICOM) != DICOM for one in ways)


def _facts_of_dataset(data_set: DataSet, labels: DataSetLabels) -> Iterator[FileFacts]:
    """One for each file: its rows stand together. labels: takes their labels."""
    batches = read_batches(data_set.within(data_set.instances), _READ)
    rows = itertools.chain.from_iterable(batch.to_pylist() for batch in batches)
    for _, of_file in itertools.groupby(rows, key=lambda row: row["source_id"]):
        found = list(of_file)
        labels.add(found)
        yield _facts_of_rows(found)


def _facts_of_rows(rows: list[dict[str, Any]]) -> FileFacts:
    row = rows[0]
    if row["patient_id"] is None:
        kind = row["reason"] if row["reason"] in (NOT_DICOM, PICTURE) else "unreadable"
        return FileFacts(kind)
    study = row["study_id"] if row["study_id"] != UNASSIGNED else None
    sizes = tuple((one["width"], one["height"]) for one in rows if one["status"] == KEPT)
    has_none = (row["Rows"] is None and not sizes) or row["reason"] in _NO_PIXELS
    kind = WITHOUT_PIXELS if has_none else IMAGE
    shown = {name: row[name] for name in PUBLIC} | {
        "body_part_score": row["body_part_score"] or 0.0
    }
    return FileFacts(
        kind,
        StudyInstanceUID=study,
        PatientID=row["patient_without_issuer"] or row["patient_id"],
        IssuerOfPatientID=row["patient_without_issuer"] and row["patient_id"],
        SOPInstanceUID=row["instance_id"],
        Modality=row["Modality"] or "unknown",
        BodyPartExamined=row["BodyPartExamined"],
        sizes=sizes,
        **shown,
    )


def _verdict(
    step: AnatomicFilter | None, part: str | None, score: float, source: str | None
) -> str:
    if step is None:
        return "keep"
    [verdict] = step.judge(
        [{"body_part": part, "body_part_score": score, "body_part_source": source}]
    )
    return "drop" if verdict.reason else "review" if verdict.review else "keep"
