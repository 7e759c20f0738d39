"""What the card says of a data set, measured: figures and sentences, all from the facts of the
page. No id stands in it, no date, and no count of fewer patients than the page tells apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from radprep.dataset.box_counts import FATES
from radprep.dataset.boxes import boxes_in
from radprep.dataset.label_names import label_names
from radprep.dataset.schema import NAMELESS, REJECTED, Row
from radprep.reasons import FAILURES, REJECTIONS
from radprep.report.facts import accounting, delivered, methods
from radprep.report.facts.attention import points
from radprep.report.facts.confounding import Attribute
from radprep.report.facts.deidentification import burned_in_risks, masked_values, treatments
from radprep.report.facts.duplicates import Twins
from radprep.report.facts.label_join import LabelJoin, label_join
from radprep.report.facts.material import Material
from radprep.report.facts.merged import merged_whence
from radprep.report.facts.patients import Distribution, dates_are, distribution_of, distributions
from radprep.report.facts.person import limits, work_of
from radprep.report.facts.review import step_reviews
from radprep.report.facts.split import ALL, Line, gone, split_lines
from radprep.report.findings import Findings
from radprep.review_marks import REVIEW_MARKS
from radprep.upkeep.uniqueness import SMALL, age_band, titled

FEW = f"fewer than {SMALL}"
"""What stands in the place of a small number of patients."""
HIDDEN = "not told"
"""What stands in the place of a number from which a small one would follow."""

_ADULT = 18
"""Years. How many patients are younger is not counted: beside the bands of ages it could tell of
one person."""

_COUNTS = (
    *("files", "kept", "rejected", "failed", "images", "studies", "studies_kept", "patients"),
    *("studies_of_several_patients", "patients_of_both_sexes", "ids_of_several_issuers"),
    "images_in_several_studies",
)


@dataclass(frozen=True)
class Why:
    """Rows that gave no image, or images with a mark, for the same reason. what: its meaning."""

    status: str
    step: str
    reason: str
    rows: int
    what: str


@dataclass(frozen=True)
class Told:
    """How much one attribute of the source tells of the label: Cramer's V with its 95 % interval,
    of so many studies and patients; None where that cannot be said. values: how many there are."""

    attribute: str
    values: int
    v: float | None
    low: float | None
    high: float | None
    studies: int
    patients: int


@dataclass(frozen=True)
class Alone:
    """Patients compared by something: how many there are, how many stand alone and in groups of
    fewer than SMALL, how many groups there are, and patients of the smallest."""

    compared_by: str
    patients: int
    alone: int
    small: int
    groups: int
    smallest: int


@dataclass(frozen=True)
class Boxes:
    """Boxes on images. known: images that somebody has looked at for boxes; images: those with one;
    fates: what became of the boxes of all films, in words, and how many, so that they add up;
    labels: what those on images are drawn around, in order."""

    known: int
    images: int
    fates: list[tuple[str, int]]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class PartOfSplit:
    """What stands in one part of a split with one label, or with all. patients, studies, images:
    numbers, or FEW or HIDDEN in their place."""

    part: str
    label: str
    patients: int | str
    studies: int | str
    images: int | str


@dataclass(frozen=True)
class Measured:
    """Everything that the card says of a data set by itself. card.json holds just this."""

    fingerprint: str
    stage: str
    pipeline: str | None
    counts: Mapping[str, int]
    beware: list[str]
    nameless_studies: int
    has_minors: bool
    layouts: list[str]
    merged: str
    funnel: list[accounting.Level]
    lost: list[Why]
    deliveries: list[delivered.Delivered]
    people: list[Distribution]
    sources: list[Distribution]
    label: str | None
    label_names: list[str]
    labels: Distribution
    unlabelled: int
    given_for: str
    join: LabelJoin | None
    boxes: Boxes
    sizes: Mapping[str, int]
    depths: list[int]
    steps: list[Mapping[str, Any]]
    methods: str
    citations: list[tuple[int, str]]
    versions: str
    grey_values: str
    told: list[Told]
    identical: Mapping[str, int]
    near_identical: Mapping[str, int]
    uniqueness: list[Alone]
    telling: str | None
    deidentification: str
    treatments: list[tuple[str, str]]
    masked: Mapping[str, int]
    burned_in: str
    risks: Mapping[str, int]
    dates: str
    marks: list[Why]
    reviewed: str
    published_split: Mapping[str, int]
    split: list[PartOfSplit]
    split_same: bool
    split_gone: int
    limits: str

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return asdict(self)


def measure(findings: Findings) -> Measured:
    """Measure a data set. Raises UsageError where its table is damaged."""
    material = findings.material
    provenance = material.provenance
    card = dict(methods.data_card(material))
    return Measured(
        **_what_it_is(findings),
        **_who_is_in_it(material),
        **_labels(material),
        **_risks(findings),
        **_splits(material, findings.labels),
        steps=material.steps,
        methods=methods.paragraph(material),
        citations=methods.citations(material),
        versions=methods.versions(material),
        grey_values=card["Grey values"],
        told=[_told(one) for one in findings.attributes],
        identical=_twins(findings.identical),
        near_identical=_twins(findings.near_identical),
        deidentification=provenance.deidentification,
        treatments=[(one.title, one.how) for one in treatments(provenance.retained or ())],
        burned_in=provenance.burned_in,
        dates=dates_are(provenance.retained),
        marks=_marks(material),
        reviewed=limits(work_of(material)),
        limits=card["Known limits"],
    )


def _what_it_is(findings: Findings) -> dict[str, Any]:
    material = findings.material
    info = material.info
    named = points(material, findings.identical, findings.near_identical, findings.attributes)
    sides = [side for row in material.kept for side in (row["width"], row["height"])]
    return {
        "fingerprint": str(info["fingerprint"]),
        "stage": info["stage"],
        "pipeline": material.pipeline_name,
        "counts": {name: int(material.counts[name]) for name in _COUNTS},
        "beware": [f"{one.number} {one.text}" for one in named],
        "layouts": material.provenance.layouts if material.provenance.convert is not None else [],
        "merged": merged_whence(material),
        "funnel": accounting.funnel(material),
        "lost": _lost(material.rows),
        "deliveries": delivered.delivered(material),
        "sizes": {"least": min(sides, default=0), "most": max(sides, default=0)},
        "depths": sorted({row["bits"] for row in material.kept}),
    }


def _lost(rows: Iterable[Row]) -> list[Why]:
    return [
        Why(
            one.status,
            one.step,
            one.reason,
            one.rows,
            _meaning(REJECTIONS if one.status == REJECTED else FAILURES, one.reason),
        )
        for one in accounting.reasons(rows, shown=0)
    ]


def _meaning(table: Mapping[str, Any], code: str) -> str:
    """What a code means; "" for one of a newer version."""
    return table[code].what if code in table else ""


def _who_is_in_it(material: Material) -> dict[str, Any]:
    kept = material.kept
    unknown = material.counts["without_patient_id"]
    return {
        "nameless_studies": sum(unknown.get(why, 0) for why in NAMELESS),
        "has_minors": any(age_band(row["PatientAge"], _ADULT) == f"0-{_ADULT - 1}" for row in kept),
        "people": [
            *distributions(material),
            distribution_of("Body part", kept, lambda row: row["body_part"]),
        ],
        "sources": [
            distribution_of("Modality", kept, lambda row: row["Modality"]),
            distribution_of("Maker of the machine", kept, lambda row: row["Manufacturer"]),
        ],
    }


def _labels(material: Material) -> dict[str, Any]:
    kept = material.kept
    own = material.own_labels
    drawn = [row["boxes"] for row in kept if row["boxes"] is not None]
    fates, images = material.counts["boxes"], material.counts["images_with_boxes"]
    return {
        "label": material.label,
        "label_names": label_names(material.info),
        "labels": distribution_of("Label", kept, lambda row: row["label"] or "no label"),
        "unlabelled": sum(row["label"] is None for row in kept),
        "given_for": f"{own:,} images by themselves, the others by study" if own else "studies",
        "join": label_join(material.provenance.convert, material.label),
        "boxes": Boxes(
            len(drawn),
            images,
            [(words, fates[fate]) for fate, words in FATES.items() if fate in fates],
            tuple(sorted({box.label for text in drawn for box in boxes_in(text)})),
        ),
    }


def _told(one: Attribute) -> Told:
    found = one.association
    values = len(one.groups) - bool(one.pooled) + one.pooled
    if found is None:
        return Told(one.title, values, None, None, None, 0, 0)
    return Told(one.title, values, found.v, found.low, found.high, found.studies, found.patients)


def _twins(found: Sequence[Twins]) -> dict[str, int]:
    across = [one for one in found if one.patients > 1]
    return {
        "groups": len(found),
        "images": sum(len(one.image_ids) for one in found),
        "groups_across_patients": len(across),
        "images_across_patients": sum(len(one.image_ids) for one in across),
    }


def _risks(findings: Findings) -> dict[str, Any]:
    found = findings.uniqueness
    return {
        "uniqueness": [
            Alone(title, one.patients, one.alone, one.small, one.groups, one.smallest)
            for title, one in titled(found)
        ],
        "telling": found.telling,
        "masked": masked_values(findings.material.rows),
        "risks": burned_in_risks(findings.material.kept),
    }


def _marks(material: Material) -> list[Why]:
    return [
        Why("kept", one.step, mark, rows, _meaning(REVIEW_MARKS, f"{one.step}:{mark}"))
        for one in step_reviews(material)
        for mark, rows in one.marked.items()
    ]


def _splits(material: Material, labels: Sequence[str]) -> dict[str, Any]:
    published = Counter(row["split"] for row in material.kept if row["split"])
    split = material.split
    return {
        "published_split": dict(sorted(published.items())),
        "split": _told_apart(split_lines(material, split, labels)) if split else [],
        "split_same": split is None or split.same,
        "split_gone": gone(material, split) if split else 0,
    }


def _told_apart(lines: Sequence[Line]) -> list[PartOfSplit]:
    """The lines of a split without small numbers of patients. Where one label of a part is hidden,
    the next smallest is hidden, too: else the sum would tell the first."""
    hidden: dict[tuple[str, str], str] = {}
    for part in {line.part for line in lines}:
        of_part = sorted(
            (line for line in lines if line.part == part and line.label != ALL),
            key=lambda line: (line.patients, line.label),
        )
        small = [line for line in of_part if line.patients < SMALL]
        hidden |= {(line.part, line.label): FEW for line in small}
        if len(small) == 1 and len(of_part) > 1:
            hidden[part, of_part[1].label] = HIDDEN
    return [
        PartOfSplit(
            line.part,
            line.label,
            hidden.get((line.part, line.label), line.patients),
            hidden.get((line.part, line.label), line.studies),
            hidden.get((line.part, line.label), line.images),
        )
        for line in lines
    ]
