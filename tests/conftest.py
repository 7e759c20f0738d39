"""Fixtures: DICOM files and data sets, built in memory."""

from __future__ import annotations

import hashlib
import io
import resource
import sys
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "data_samples"))

ROOT = "1.2.826.0.1.3680043.10.999"
_ADDRESS_SPACE = resource.getrlimit(resource.RLIMIT_AS)
CODECS = {
    JPEGLosslessSV1: lambda pixels: imagecodecs.jpeg_encode(
        pixels, lossless=True, predictor=1, bitspersample=_depth(pixels)
    ),
    JPEG2000Lossless: lambda pixels: imagecodecs.jpeg2k_encode(
        pixels, reversible=True, codecformat="j2k", level=0
    ),
    JPEGLSLossless: imagecodecs.jpegls_encode,
}
PLAIN = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)


def _depth(pixels: np.ndarray) -> int:
    return 8 * pixels.dtype.itemsize


def arm(height: int = 120, width: int = 90, seed: int = 0, bits: int = 12) -> np.ndarray:
    """A bright upright bar on a dark ground with a little noise: enough for every step to see a
    limb."""
    rng = np.random.default_rng(seed)
    film = rng.normal(0.1, 0.01, (height, width))
    film[:, width // 3 : 2 * width // 3] += 0.6
    film[: height // 8, :] = 0.1
    return (np.clip(film, 0, 1) * (2**bits - 1)).astype(np.uint8 if bits <= 8 else np.uint16)


def make_dicom(
    pixels: np.ndarray | None = None,
    *,
    syntax: str = ExplicitVRLittleEndian,
    bits: int = 12,
    study: str = "1",
    instance: str = "1",
    **attributes: Any,
) -> bytes:
    """One DICOM file as bytes. `attributes` set or, with None, remove an attribute; `study` and
    `instance` end the UIDs."""
    pixels = arm(bits=bits) if pixels is None else pixels
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID = f"{ROOT}.{study}.1.{instance}"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = f"{ROOT}.{study}", f"{ROOT}.{study}.1"
    dataset.PatientID, dataset.PatientName, dataset.AccessionNumber = (
        f"P{study}",
        "SECRET^NAME",
        f"A{study}",
    )
    dataset.StudyDate, dataset.PatientAge, dataset.PatientSex = "20190304", "047Y", "F"
    dataset.Modality, dataset.BodyPartExamined, dataset.StudyDescription = (
        "CR",
        "WRIST",
        "secret description",
    )
    dataset.Manufacturer = "Agfa"
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    if pixels.ndim == 3:
        dataset.NumberOfFrames = pixels.shape[0]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = (
        8 * pixels.dtype.itemsize,
        min(bits, 8 * pixels.dtype.itemsize),
        0,
    )
    dataset.HighBit, dataset.PixelRepresentation = (
        dataset.BitsStored - 1,
        int(pixels.dtype.kind == "i"),
    )
    _set_pixels(dataset, pixels, syntax)
    for keyword, value in attributes.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    buffer = io.BytesIO()
    with pydicom.config.disable_value_validation():
        pydicom.dcmwrite(
            buffer,
            dataset,
            implicit_vr=syntax == ImplicitVRLittleEndian,
            little_endian=syntax != ExplicitVRBigEndian,
            enforce_file_format=True,
        )
    return buffer.getvalue()


def _set_pixels(dataset: FileDataset, pixels: np.ndarray, syntax: str) -> None:
    frames = pixels if pixels.ndim == 3 else pixels[None]
    if syntax in CODECS:
        dataset.PixelData = encapsulate(
            [CODECS[syntax](np.ascontiguousarray(frame)) for frame in frames]
        )
        dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    else:
        data = frames.astype(
            frames.dtype.newbyteorder(">" if syntax == ExplicitVRBigEndian else "<")
        ).tobytes()
        dataset.PixelData = data + b"\0" * (len(data) % 2)
        dataset["PixelData"].VR = "OW" if pixels.dtype.itemsize == 2 else "OB"
        if syntax == RLELossless:
            dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            dataset.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)


def tree_hash(root: Path, *folders: str) -> str:
    """Hash of the names and bytes of every file under some folders (or files) of a data set, logs
    and attempts left out."""
    digest = hashlib.sha256()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        name = path.relative_to(root).as_posix()
        if not name.startswith(("logs/", ".tmp/")) and (not folders or name.startswith(folders)):
            digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@pytest.fixture(autouse=True)
def room_for_the_next_test():
    """A run within this process limits its address space for good, and a browser that is started
    later needs more."""
    yield
    resource.setrlimit(resource.RLIMIT_AS, _ADDRESS_SPACE)


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """A small dump: three studies of two patients, a broken file, a text file and an exact copy."""
    folder = tmp_path / "dump"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "IM1").write_bytes(make_dicom(arm(seed=1)))
    (folder / "a" / "IM2.dcm").write_bytes(
        make_dicom(arm(seed=2), instance="2", syntax=JPEGLosslessSV1, bits=16)
    )
    (folder / "copy of IM1").write_bytes((folder / "a" / "IM1").read_bytes())
    (folder / "IM3").write_bytes(
        make_dicom(arm(seed=3), study="2", BodyPartExamined="RODILLA", PatientID="P1")
    )
    (folder / "IM4").write_bytes(
        make_dicom(arm(seed=4), study="3", PhotometricInterpretation="MONOCHROME1")
    )
    (folder / "IM5").write_bytes(make_dicom(arm(seed=5), study="3", instance="2")[:-3000])
    (folder / "notes.txt").write_text("not a film\n")
    return folder


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A project key, the same in every test that compares bytes."""
    path = tmp_path / "project.key"
    path.write_text("5a" * 32 + "\n")
    return path
