"""A paragraph for a paper, what it cites, and the data card; built from dataset.json, so that it
says what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radprep.report.material import Material

_SENTENCES = {
    "limit_study_size": "studies of more than {max_instances} instances were left out",
    "anatomic_filter": "images of other body parts than {keep} were left out, by the texts in "
    "their headers (after [1])",
    "colour_inversion": "images were brought to white bones on a black ground (after [1])",
    "crop_to_carrier": "images were cut down to the film in them (after [6])",
    "part_splitter": "films of several limbs were cut into one image each (after [1])",
    "quality": "films of little use were marked",
    "laterality_marker": "letters on the film were located",
    "rotation_alignment": "the limb's main axis was stood upright (after [1])",
    "foreground_mask": "a mask of the limb was made (after [6])",
    "resize": "images were resized",
    "equalise": "histograms were equalised (after [6])",
    "clahe": "local contrast was raised with CLAHE (clip limit {clip_limit}, grid {grid}) [4]",
    "unsharp": "an unsharp mask was applied (amount {amount})",
}
"""What each step did, for a reader who knows the field; {names} are its parameters."""

_PUBLISHED = {
    "crop_to_carrier": ("otsu", 2),
    "part_splitter": ("otsu", 2),
    "rotation_alignment": ("pca", 3),
}
"""The method of a step that has a work of its own to cite, and the work's number. Early versions
had no other method."""

_CITATIONS = (
    "Fracture detection from X-rays with deep learning. Thesis, Universitat Politecnica de "
    "Catalunya and Barcelona Supercomputing Center, 2021.",
    "Otsu N. A threshold selection method from gray-level histograms. IEEE Trans Syst Man Cybern "
    "9(1):62-66, 1979.",
    "Pearson K. On lines and planes of closest fit to systems of points in space. Phil Mag "
    "2(11):559-572, 1901.",
    "Zuiderveld K. Contrast limited adaptive histogram equalization. Graphics Gems IV, 474-485, "
    "1994.",
    "NEMA PS3.15, Annex E: Attribute Confidentiality Profiles. DICOM Standard.",
    "Identification of bone fractures from hand X-rays. Project report, University of Bolton, "
    "2023; after Davletshina et al., Unsupervised anomaly detection for X-ray images, 2020.",
)


def paragraph(material: Material) -> str:
    """What was done, in sentences to paste into a paper."""
    counts, versions = material.counts, material.info["versions"]
    first = (
        f"{counts['files']:,} files were read with radprep {versions['radprep']}: DICOM images "
        f"were decoded (pydicom {versions['pydicom']}, imagecodecs {versions['imagecodecs']}), "
        "their modality and VOI transformations applied, and headers de-identified by an "
        "allow-list with keyed pseudonyms [5]."
    )
    steps = [_sentence(step) for step in material.steps]
    done = (
        f" The pipeline {material.pipeline_name} then did the following: {'; '.join(steps)}."
        if steps
        else ""
    )
    last = (
        f" {counts['kept']:,} files were kept, {counts['rejected']:,} rejected and "
        f"{counts['failed']:,} failed, which gave {counts['images']:,} images of "
        f"{counts['studies_kept']:,} studies of {counts['patients']:,} patients. The data set's "
        f"fingerprint is {material.info['fingerprint']}."
    )
    return first + done + last


def citations(text: str) -> list[tuple[int, str]]:
    """(number, work) of what a paragraph cites."""
    return [
        (number, work) for number, work in enumerate(_CITATIONS, start=1) if f"[{number}]" in text
    ]


def data_card(material: Material) -> list[tuple[str, str]]:
    """What a person who is given the data set must know: (name, text)."""
    info, counts = material.info, material.counts
    labels = (
        ", ".join(f"{name or 'unlabelled'} {number:,}" for name, number in counts["labels"].items())
        or "none"
    )
    return [
        (
            "Contents",
            f"{counts['images']:,} grey PNG images of {counts['studies_kept']:,} studies, "
            f"{counts['patients']:,} patients",
        ),
        ("Labels", f"{labels} (images; given by study)"),
        (
            "Made by",
            f"radprep {info['versions']['radprep']}, stage {info['stage']}"
            + (f", pipeline {material.pipeline_name}" if material.pipeline_name else ""),
        ),
        ("Fingerprint", str(info["fingerprint"])),
        ("Made from", str(info["parameters"].get("source_fingerprint") or "a DICOM dump")),
        (
            "De-identification",
            "allow-list of attributes, keyed pseudonyms, moved dates; text burned into pixels is "
            "not removed",
        ),
        (
            "Known limits",
            "labels come by study, not by image; decisions are automatic: images with a review "
            "mark were not checked by a person unless a correction says so; split by patient, "
            "never by image",
        ),
        ("Not for", "diagnosis; training without a look at the sections on sources and duplicates"),
    ]


def versions(material: Material) -> str:
    """Packages behind the result, in one line."""
    return (
        ", ".join(f"{name} {version}" for name, version in material.info["versions"].items())
        + f" ({material.info['architecture']})"
    )


def _sentence(step: Mapping[str, Any]) -> str:
    name, parameters = step["name"], step["parameters"]
    shown = {
        key: ", ".join(value) if isinstance(value, list) else value
        for key, value in parameters.items()
    }
    method, (published, number) = parameters.get("method"), _PUBLISHED.get(name, ("", 0))
    how = (f", method {method}" if method else "") + (
        f" [{number}]" if number and method in (None, published) else ""
    )
    try:
        return f"{_SENTENCES[name].format(**shown)}{how} ({name} {step['version']})"
    # a step that is not known here, or an older version of one, with other parameters
    except KeyError:
        return f"{name} (version {step['version']})"
