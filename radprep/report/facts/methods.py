"""A paragraph for a paper, what it cites, and the data card; built from dataset.json, so that it
says what was done. What it says of a step stands in the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radprep.dataset.label_names import label_names
from radprep.layouts.wanted import DICOM
from radprep.report.facts.delivered import said
from radprep.report.facts.label_join import label_join
from radprep.report.facts.material import Material
from radprep.report.facts.merged import beware, merged_sentence, merged_whence
from radprep.report.facts.person import limits, sentence, work_of
from radprep.report.facts.references import references, renumbered
from radprep.steps import STEPS
from radprep.steps.base import Step
from radprep.steps.works import DEIDENTIFICATION
from radprep.text.vocabulary import MASK

_DICOM = "DICOM images"


def paragraph(material: Material) -> str:
    """What was done, in sentences to paste into a paper."""
    return renumbered(_text(material))


def citations(material: Material) -> list[tuple[int, str]]:
    """(number, work) of what the paragraph cites, in its order."""
    return references(_text(material))


def _text(material: Material) -> str:
    """The paragraph with works by their number in WORKS."""
    parts = (
        _converted(material),
        merged_sentence(material),
        said(material),
        _labelled(material),
        _processed(material),
        sentence(work_of(material)),
        _left(material),
    )
    return " ".join(filter(None, parts))


def _converted(material: Material) -> str:
    provenance = material.provenance
    versions = provenance.versions
    exceptions = f" ({provenance.exceptions})" if provenance.exceptions else ""
    text = (
        f"{material.counts['files']:,} files were read with radprep {versions['radprep']}: "
        f"{_source(material)} were decoded ({_decoders(material)}), {provenance.grey_values}"
        f"{_depth(material)}, and {_names(material)} de-identified by an allow-list with keyed "
        f"pseudonyms [{DEIDENTIFICATION}]{exceptions}."
    )
    if provenance.only:
        text += (
            f" Images of other body parts than {', '.join(provenance.only)} were left out, by "
            "what names their body part."
        )
    return text


def _source(material: Material) -> str:
    """What was decoded."""
    layouts = material.provenance.layouts
    pictures = " and ".join(one for one in layouts if one != DICOM)
    kinds = [_DICOM] * (DICOM in layouts) + [f"pictures (layout {pictures})"] * bool(pictures)
    return " and ".join(kinds)


def _decoders(material: Material) -> str:
    """The packages that decoded, with their versions: those of DICOM, of pictures, or of both."""
    layouts, versions = material.provenance.layouts, material.provenance.versions
    names = ["pydicom"] * (DICOM in layouts) + ["imagecodecs"]
    if layouts != [DICOM]:
        names += [name for name in ("pillow", "tifffile") if name in versions]
    return ", ".join(f"{name} {versions[name]}" for name in names)


def _names(material: Material) -> str:
    """What named people."""
    layouts = material.provenance.layouts
    of_pictures = "names of patients and studies"
    if layouts == [DICOM]:
        return "headers"
    return f"headers and {of_pictures}" if DICOM in layouts else of_pictures


def _depth(material: Material) -> str:
    """The depth of the images, as a part of a sentence; empty where none was kept."""
    depths = sorted({row["bits"] for row in material.kept})
    return (
        f", the result written as grey PNG images of {' and '.join(map(str, depths))} bits"
        * bool(depths)
    )


def _labelled(material: Material) -> str:
    """How labels came to studies; empty where none did or nobody here knows."""
    join = label_join(material.provenance.convert, material.label)
    if join is None:
        return ""
    text = (
        f"Labels were joined to studies by {join.key}: {join.labelled:,} studies found one, "
        f"{join.without:,} none, and {join.contradictory:,} contradictory ones, which count as "
        "none."
        if join.of_studies
        else f"Labels were joined to images by {join.key}: {join.images:,} images found one, and "
        f"{join.files_contradictory:,} contradictory ones, which count as none."
    )
    if join.missing or join.uncertain:
        text += (
            f" {join.missing:,} rows of the table said nothing and {join.uncertain:,} that nobody "
            "was sure, which gave no label."
        )
    if join.images and join.of_studies:
        text += f" {join.images:,} images found a label of their own, which counts before it."
    if join.meanings:
        text += f" Texts of the table became labels as follows: {'; '.join(join.meanings)}."
    if MASK in " ".join(join.meanings):
        text += f" {MASK} stands for texts that are not plainly classes."
    return text


def _processed(material: Material) -> str:
    """What the pipeline did; empty after convert."""
    if not material.steps:
        return ""
    steps = "; ".join(map(_sentence, material.steps))
    return f"The pipeline {material.pipeline_name} then did the following: {steps}."


def _left(material: Material) -> str:
    counts = material.counts
    return (
        f"{counts['kept']:,} files were kept, {counts['rejected']:,} rejected and "
        f"{counts['failed']:,} failed, which gave {counts['images']:,} images of "
        f"{counts['studies_kept']:,} studies of {counts['patients']:,} patients. The data set's "
        f"fingerprint is {material.info['fingerprint']}."
    )


def data_card(material: Material) -> list[tuple[str, str]]:
    """What a person who is given the data set must know: (name, text)."""
    info = material.info
    counts = material.counts
    found = material.label_counts.items()
    labels = ", ".join(f"{name or 'unlabelled'} {number:,}" for name, number in found) or "none"
    return [
        (
            "Contents",
            f"{counts['images']:,} grey PNG images of {counts['studies_kept']:,} studies, "
            f"{counts['patients']:,} patients",
        ),
        ("Labels", f"{labels} (images; {_given_by(material)})"),
        *_named_labels(material),
        (
            "Made by",
            f"radprep {info['versions']['radprep']}, stage {info['stage']}"
            + (f", pipeline {material.pipeline_name}" if material.pipeline_name else ""),
        ),
        *_label_map(material),
        ("Grey values", f"{material.provenance.grey_values}{_depth(material)}"),
        ("Fingerprint", str(info["fingerprint"])),
        ("Made from", _made_from(material)),
        *(("Beware", text) for text in beware(material)),
        ("De-identification", material.provenance.deidentification),
        (
            "Known limits",
            f"{_limit_of_labels(material)}; {limits(work_of(material))}; split by patient, never "
            "by image",
        ),
        ("Not for", "diagnosis; training without a look at the sections on sources and duplicates"),
    ]


def _made_from(material: Material) -> str:
    before = material.info["parameters"].get("source_fingerprint")
    whence = merged_whence(material)
    if before:
        return f"{before}, which was merged from {whence}" if whence else str(before)
    return whence or _folder_of(material)


def _folder_of(material: Material) -> str:
    """What convert was given."""
    source = _source(material)
    return "a DICOM dump" if source == _DICOM else f"a folder of {source}"


def _given_by(material: Material) -> str:
    """What labels were given for, as a part of a sentence."""
    own = material.own_labels
    return f"given by study, {own:,} of them by image" if own else "given by study"


def _limit_of_labels(material: Material) -> str:
    if material.own_labels:
        return f"labels of {material.own_labels:,} images are their own, the others come by study"
    return "labels come by study, not by image"


def _named_labels(material: Material) -> list[tuple[str, str]]:
    """The names of the labels, where there are several."""
    names = label_names(material.info)
    if len(names) < 2:
        return []
    return [("Label names", f"{', '.join(names)}; what stands here is of {material.label}")]


def _label_map(material: Material) -> list[tuple[str, str]]:
    join = label_join(material.provenance.convert, material.label)
    if join is None or not join.meanings:
        return []
    return [("Label map", f"{'; '.join(join.meanings)} (joined on {join.key})")]


def versions(material: Material) -> str:
    """Packages behind the result, in one line."""
    return (
        ", ".join(f"{name} {version}" for name, version in material.info["versions"].items())
        + f" ({material.info['architecture']})"
    )


def _sentence(step: Mapping[str, Any]) -> str:
    """What a step did, as a part of a sentence. One that is not known here is named, and so is an
    older version that had other parameters."""
    name, version = step["name"], step["version"]
    known = STEPS.get(name)
    if known is None:
        return f"{name} (version {version})"
    try:
        said = known.for_paper.format(**_as_text(step["parameters"]))
    except KeyError:
        return f"{name} (version {version})"
    return f"{said}{_method(known, step['parameters'].get('method'))} ({name} {version})"


def _as_text(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as they stand in a sentence: lists with commas between."""
    return {
        name: ", ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in parameters.items()
    }


def _method(step: type[Step], method: str | None) -> str:
    """The method of a step, and the work that published it. Early versions of steps had no method
    but the published one."""
    named = f", method {method}" if method else ""
    if step.published and method in (None, step.published.method):
        return f"{named} [{step.published.work}]"
    return named
