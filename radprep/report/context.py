"""Everything that the page says, as values for its templates."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from radprep import __version__
from radprep.dataset.schema import Row
from radprep.report import accounting, deidentification, methods, plots, review
from radprep.report.attention import points
from radprep.report.confounding import SMALL, source_attributes
from radprep.report.duplicates import NEAR_BITS, identical, near_identical
from radprep.report.material import Material, decisions_of, unique
from radprep.report.pictures import thumbnail_name
from radprep.report.step_pictures import StepPicture
from radprep.upkeep.inspection import size_class

_MOST_TEXTS, _MOST_REASONS, _MOST_TWINS, _MOST_FILMS, _MOST_LABELS, _LEAST_SURE, _SAMPLES = (
    20,
    10,
    6,
    6,
    4,
    3,
    4,
)
"""How much the page lists: with 60 films it stays below 1,000 elements."""


def context_of(
    material: Material, step_pictures: Mapping[str, StepPicture], sampled: int = 0
) -> dict[str, Any]:
    """Values for the templates. step_pictures: image_id -> picture; sampled: films in a file that
    holds a sample, else 0."""
    labels = [
        label
        for label, _ in Counter(row["label"] for row in material.kept if row["label"]).most_common(
            _MOST_LABELS
        )
    ]
    attributes = source_attributes(unique(material.rows, "source_id"), sorted(labels))
    same, near = identical(material.kept), near_identical(material.kept)
    texts, reasons = accounting.body_part_texts(material.rows), accounting.reasons(material.rows)
    retain = _retain(material)
    return {
        "title": f"radprep report: {material.counts['kept']} of {material.counts['files']} files "
        "kept",
        "version": __version__,
        "made_by": material.info["versions"]["radprep"],
        "fingerprint": material.info["fingerprint"],
        "pipeline": material.pipeline_name,
        "has_source": material.source is not None,
        "sampled": sampled,
        "counts": material.counts,
        "duration": _duration(material.seconds),
        "levels": accounting.funnel(material),
        "points": points(material, same, near, attributes),
        "strip": _strip(material),
        "step_rows": _step_rows(material),
        "samples": _samples(material, step_pictures),
        "reviews": _reviews(material),
        "reasons": reasons[:_MOST_REASONS],
        "reasons_left": max(0, len(reasons) - _MOST_REASONS),
        "twins": (same + near)[:_MOST_TWINS],
        "near_bits": NEAR_BITS,
        "twins_left": max(0, len(same) + len(near) - _MOST_TWINS),
        "label_plots": _label_plots(material),
        "texts": texts[:_MOST_TEXTS],
        "texts_left": max(0, len(texts) - _MOST_TEXTS),
        "size_plot": _size_plot(material),
        "attributes": attributes,
        "label_names": sorted(labels),
        "small": SMALL,
        "retain": retain,
        "treatments": deidentification.treatments(retain or ()),
        "masked": deidentification.masked_values(material.rows),
        "risks": deidentification.burned_in_risks(material.kept),
        **_methods(material),
    }


def _methods(material: Material) -> dict[str, Any]:
    text = methods.paragraph(material)
    return {
        "methods": text,
        "citations": methods.citations(text),
        "data_card": methods.data_card(material),
        "versions": methods.versions(material),
    }


def caption(row: Row) -> str:
    """What was done to an image, in a few words."""
    turn = round(row["rotation_degrees"] or 0)
    done = [f"turned {abs(turn)}\N{DEGREE SIGN} {'left' if turn > 0 else 'right'}"] if turn else []
    done += ["grey values turned over"] if row["inverted"] else []
    done += [f"part {row['part']} of {row['part_count']}"] if (row["part_count"] or 1) > 1 else []
    return ", ".join(done) or "left as it came"


def examples(material: Material, most: int) -> list[Row]:
    """Kept images that differ in what was done to them: of each kind one, then another of each."""
    kinds: dict[tuple[bool, bool, bool, bool], list[Row]] = defaultdict(list)
    for row in material.kept:
        kinds[
            bool(row["inverted"]),
            (row["part_count"] or 1) > 1,
            abs(row["rotation_degrees"] or 0) >= 15,
            bool(row["review"]),
        ].append(row)
    ordered = [kinds[kind] for kind in sorted(kinds, key=lambda kind: (-sum(kind[:3]), kind))]
    longest = max(map(len, ordered), default=0)
    return [rows[place] for place in range(longest) for rows in ordered if place < len(rows)][:most]


def _strip(material: Material) -> list[dict[str, str]]:
    return [_film(material, row, caption(row)) for row in examples(material, _MOST_FILMS)]


def _film(material: Material, row: Row, text: str) -> dict[str, str]:
    film = material.film_of(row)
    return {
        "after": thumbnail_name(row["image_id"], row["pixel_hash"]),
        "caption": text,
        "before": thumbnail_name(film["image_id"], film["pixel_hash"]) if film else "",
    }


def _step_rows(material: Material) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    lost: Counter[str] = Counter(row["step"] for row in material.rows if row["step"])
    for row in material.kept:
        seen.update(list(decisions_of(row)))
    did = {
        "colour_inversion": f"{sum(bool(row['inverted']) for row in material.kept):,} turned over",
        "part_splitter": f"{sum((row['part_count'] or 1) > 1 for row in material.kept):,} are "
        "parts",
        "rotation_alignment": f"{sum(bool(row['rotation_degrees']) for row in material.kept):,} "
        "turned",
    }
    rows = []
    for step in material.steps:
        name = step["name"]
        what = [did[name]] if name in did else [f"{seen[name]:,} done"] if seen[name] else []
        what += [f"{lost[name]:,} rejected or failed"] if lost[name] else []
        parameters = ", ".join(
            f"{key} {json.dumps(value)}" for key, value in step["parameters"].items()
        )
        rows.append(
            {
                "name": name,
                "version": step["version"],
                "did": ", ".join(what),
                "parameters": parameters,
            }
        )
    return rows


def _samples(material: Material, step_pictures: Mapping[str, StepPicture]) -> list[dict[str, str]]:
    shown = [
        row for row in examples(material, len(material.kept)) if row["image_id"] in step_pictures
    ][:_SAMPLES]
    return [
        {"picture": picture.name, "caption": f"{_panels(picture)}: {caption(row)}"}
        for row in shown
        for picture in (step_pictures[row["image_id"]],)
    ]


def _panels(picture: StepPicture) -> str:
    return ", ".join(panel.replace("_", " ") for panel in picture.panels)


def _reviews(material: Material) -> list[dict[str, Any]]:
    rows = {row["image_id"]: row for row in material.kept}
    found = []
    for one in review.step_reviews(material):
        marked = [
            one.confidences[image_id]
            for image_id in one.confidences
            if review.marks_of(rows[image_id], one.step)
        ]
        films = [
            _film(
                material,
                rows[image_id],
                f"confidence {one.confidences[image_id]:.2f}"
                if image_id in one.confidences
                else "marked",
            )
            for image_id in one.image_ids[:_LEAST_SURE]
            if one.marked
        ]
        title = one.step.replace("_", " ")
        plot = (
            plots.histogram(list(one.confidences.values()), title, "confidence", marked)
            if one.confidences
            else ""
        )
        found.append(
            {
                "step": one.step,
                "title": title,
                "total": len(one.image_ids),
                "marked": one.marked,
                "plot": Markup(plot),
                "films": films,
            }
        )
    return found


def _label_plots(material: Material) -> list[Markup]:
    instances, studies = defaultdict(set), defaultdict(set)
    for row in material.kept:
        instances[row["study_id"]].add(row["instance_id"])
        studies[row["patient_id"]].add(row["study_id"])
    labels = Counter(row["label"] or "none" for row in material.kept)
    most = dict(labels.most_common(_MOST_LABELS))
    others = labels.total() - sum(most.values())
    most |= {"others": others} if others else {}
    drawn = [
        plots.bars(_sizes_of(instances.values()), "Instances in a study", "instances"),
        plots.bars(most, "Labels", "images"),
        plots.bars(_sizes_of(studies.values()), "Studies of a patient", "studies"),
    ]
    return [Markup(plot) for plot in drawn]


def _sizes_of(groups: Iterable[set[Any]]) -> dict[str, int]:
    counts = Counter(size_class(len(group)) for group in groups)
    return {
        name: counts[name]
        for name in sorted(counts, key=lambda name: int(name.strip(">").partition("-")[0]))
    }


def _size_plot(material: Material) -> Markup:
    decoded = [
        row
        for row in material.rows
        if accounting.level_of(row) >= accounting.DECODED and row["Columns"] and row["Rows"]
    ]
    before = [(row["Columns"] or 0, row["Rows"] or 0) for row in unique(decoded, "instance_id")]
    after = [(row["width"], row["height"]) for row in material.kept]
    return Markup(plots.sizes(before, after, "Width and height"))


def _retain(material: Material) -> Sequence[str] | None:
    """What convert let leave; None where nobody here knows."""
    info = material.source_info or material.info
    retain: Sequence[str] | None = info["parameters"].get("retain")
    return retain


def _duration(seconds: int | None) -> str:
    if seconds is None:
        return ""
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return (
        f"{hours} h {minutes} min"
        if hours
        else f"{minutes} min {seconds % 60} s"
        if minutes
        else f"{seconds} s"
    )
