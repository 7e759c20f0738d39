"""The committed sample dump is what its generator draws, and what its table of truth says."""

import csv
import functools
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.pixels import apply_voi_lut

SAMPLES = Path(__file__).parents[1] / "data_samples"

import generate  # noqa: E402

INSTANCES = [(study, instance) for study in generate.STUDIES for instance in study.instances]
WHOLE = [pair for pair in INSTANCES if not pair[1].truncated]
names = functools.partial(
    pytest.mark.parametrize, ids=lambda value: getattr(value, "name", None) or Path(value.path).name
)


@functools.cache
def built() -> dict[str, bytes]:
    return generate.build()


def committed() -> dict[str, bytes]:
    files = [SAMPLES / "labels.csv", *(SAMPLES / "dicom").rglob("*")]
    return {
        path.relative_to(SAMPLES).as_posix(): path.read_bytes() for path in files if path.is_file()
    }


def read(instance) -> pydicom.Dataset:
    return pydicom.dcmread(SAMPLES / "dicom" / instance.path)


def displayed(header: pydicom.Dataset) -> np.ndarray:
    """8-bit pixels as a viewer shows them: VOI LUT, window or percentiles, then MONOCHROME1."""
    ruled = "WindowCenter" in header or "VOILUTSequence" in header
    values = apply_voi_lut(header.pixel_array, header).astype(np.float64)
    low, high = (0, 2**header.BitsStored - 1) if ruled else np.percentile(values, [0.1, 99.9])
    shown = np.clip((values - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    return 255 - shown if header.PhotometricInterpretation == "MONOCHROME1" else shown


def corner_mean(image: np.ndarray) -> float:
    rows, columns = (round(0.05 * side) for side in image.shape)
    return float(
        np.mean(
            [
                image[r, c].mean()
                for r in (slice(rows), slice(-rows, None))
                for c in (slice(columns), slice(-columns, None))
            ]
        )
    )


def otsu_parts(image: np.ndarray) -> list[np.ndarray]:
    """Masks of the components of Otsu's foreground that cover 2 % of the image or more."""
    _, binary = cv2.threshold(image, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    count, labels = cv2.connectedComponents(binary)
    masks = [labels == part for part in range(1, count)]
    return [mask for mask in masks if mask.mean() >= 0.02]


def principal_axis(mask: np.ndarray) -> tuple[float, float]:
    """Degrees counter-clockwise from up, modulo 180, and how much longer than wide."""
    rows, columns = np.nonzero(mask)
    variances, axes = np.linalg.eigh(np.cov(columns, -rows))
    right, up = axes[:, 1]
    return float(np.degrees(np.arctan2(-right, up)) % 180), float(
        np.sqrt(variances[1] / variances[0])
    )


def test_every_file_is_committed_and_small():
    assert committed().keys() == built().keys()
    assert sum(map(len, committed().values())) < 3_000_000


@pytest.mark.slow
def test_two_processes_write_the_same_bytes(tmp_path):
    subprocess.run(
        [sys.executable, SAMPLES / "generate.py", tmp_path], check=True, capture_output=True
    )
    written = {
        path.relative_to(tmp_path).as_posix(): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert written == built()


@pytest.mark.parametrize("name", sorted(committed()))
def test_regenerated_equals_committed(name):
    old, new = committed()[name], built().get(name)
    if old == new:
        return
    # Compressed bytes belong to a codec's version (JPEG 2000 streams even name it): there, what
    # they decode to must be equal instead.
    assert new is not None
    before, after = pydicom.dcmread(BytesIO(old)), pydicom.dcmread(BytesIO(new))
    assert before.file_meta.TransferSyntaxUID.is_encapsulated
    assert before.file_meta == after.file_meta
    np.testing.assert_array_equal(before.pixel_array, after.pixel_array)
    del before.PixelData, after.PixelData
    assert before == after


@names(
    ("study", "instance"),
    list({instance.syntax: (study, instance) for study, instance in WHOLE}.values()),
)
def test_every_syntax_is_lossless(study, instance):
    header = read(instance)
    assert header.file_meta.TransferSyntaxUID == generate.SYNTAXES[instance.syntax]
    np.testing.assert_array_equal(header.pixel_array, generate.stored_pixels(study, instance))


def test_studies():
    assert [study.name for study in generate.STUDIES] == [
        "upright",
        "follow_up",
        "tilted",
        "fingers_down",
        "inverted",
        "monochrome1",
        "two_limbs",
        "framed",
        "knee",
        "misspelt",
        "truncated",
        "no_body_part",
        "duplicate",
        "windows",
    ]
    assert {instance.syntax for _, instance in INSTANCES} == set(generate.SYNTAXES)
    assert {instance.voi for _, instance in INSTANCES} == {"none", "window", "lut"}
    assert [study.name for study in generate.STUDIES if study.patient == 1] == [
        "upright",
        "follow_up",
    ]
    assert {study.name: i.outcome for study, i in INSTANCES if i.outcome != "kept"} == {
        "knee": "rejected",
        "truncated": "failed",
    }


def test_labels():
    with (SAMPLES / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["accession"]: row["diagnosis"] for row in csv.DictReader(file)}
    truth = {study.accession: study.diagnosis for study in generate.STUDIES}
    assert rows.keys() - truth.keys() == {"DEMO9999"}
    assert truth.keys() - rows.keys() == {"DEMO0012"}
    assert set(rows.values()) == {"FRACTURA", "NO FRACTURA"}
    for study, instance in INSTANCES:
        if study.diagnosis is not None:
            assert (
                rows[study.accession]
                == study.diagnosis
                == ("FRACTURA" if instance.fracture else "NO FRACTURA")
            )


@names(("study", "instance"), INSTANCES)
def test_headers(study, instance):
    header = read(instance)
    assert (
        header.file_meta.MediaStorageSOPClassUID
        == header.SOPClassUID
        == generate.SOP_CLASSES[header.Modality]
    )
    assert header.get("BodyPartExamined") == study.body_part
    assert (header.StudyDescription, header.AccessionNumber) == (study.description, study.accession)
    assert header.PatientName == f"PACIENTE^DEMO{study.patient:02d}"
    assert (
        header.PatientAge == f"{int((int(study.date) - int(header.PatientBirthDate)) / 10000):03d}Y"
    )
    private = header.private_block(0x0011, "DEMO RIS")[0x02].value
    # implicit little endian names no VR: bytes
    assert private in (header.PatientBirthDate, header.PatientBirthDate.encode())
    assert header.BitsStored == instance.bits
    assert ("WindowCenter" in header, "VOILUTSequence" in header) == (
        instance.voi == "window",
        instance.voi == "lut",
    )
    uids = [
        header.StudyInstanceUID,
        header.SeriesInstanceUID,
        header.SOPInstanceUID,
        header.file_meta.ImplementationClassUID,
    ]
    assert all(uid.startswith(f"{generate.ROOT}.") for uid in uids)


def test_uids_tell_instances_and_studies_apart():
    headers = [read(instance) for _, instance in INSTANCES]
    assert len({header.SOPInstanceUID for header in headers}) == len(INSTANCES)
    assert len({header.StudyInstanceUID for header in headers}) == len(generate.STUDIES)


def test_what_cannot_be_read():
    (broken,) = [instance for _, instance in INSTANCES if instance.truncated]
    assert 0 < len(read(broken).PixelData) < 2 * np.prod(broken.shape)
    with pytest.raises(ValueError, match="less than expected"):
        _ = read(broken).pixel_array
    for path in generate.NOT_DICOM:
        assert "SOPClassUID" not in pydicom.dcmread(
            SAMPLES / "dicom" / path, force=True, stop_before_pixels=True
        )


def test_copy_is_exact():
    ((_, original),) = [pair for pair in INSTANCES if pair[1].copy_path]
    files = committed()
    assert files[f"dicom/{original.path}"] == files[f"dicom/{original.copy_path}"]


@names(("study", "instance"), WHOLE)
def test_published_methods_see_what_was_drawn(study, instance):
    image = displayed(read(instance))
    # a bright frame fools the published corner mean
    assert (corner_mean(image) >= 100) == (instance.inverted or instance.framed)
    if instance.framed:
        return
    parts = otsu_parts(255 - image if instance.inverted else image)
    assert len(parts) == instance.limbs
    for mask in parts:
        angle, elongation = principal_axis(mask)
        assert elongation > (1.2 if study.limb == "knee" else 2)
        if instance.limbs == 1 and instance.fingers_degrees is not None:
            off = (angle - instance.fingers_degrees + 90) % 180 - 90
            assert abs(off) < 5
