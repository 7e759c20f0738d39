"""DICOM files made in memory, and the commands that tests run over them."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pandas as pd
import pydicom
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
from typer.testing import CliRunner

from radprep.cli import app
from radprep.dataset.boxes import FROM_FILE, as_text, box_on_film
from radprep.dataset.commit import Attempt
from radprep.dataset.footer import Footer
from radprep.dataset.keys import key_of
from radprep.dataset.labels import StudyLabels, written
from radprep.dataset.layout import DataSet
from radprep.dataset.names import image_name
from radprep.dataset.schema import Row, new_row
from radprep.private.tree import PrivateTree

runner = CliRunner()

ROOT = "1.2.826.0.1.3680043.10.999"
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


def command(*words: object) -> dict[str, Any]:
    """Run a command with --json; returns its summary. Raises what it raises."""
    result = runner.invoke(app, [*map(str, words), "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    summary: dict[str, Any] = json.loads(result.stdout)
    return summary


def convert(dump: Path, out: Path, *flags: object) -> dict[str, Any]:
    """Run `radprep convert`; returns its summary."""
    return command("convert", dump, out, *flags)


def preprocess(source: Path, out: Path, *flags: object) -> dict[str, Any]:
    """Run `radprep preprocess`; returns its summary. The published steps take the bars of `arm`
    for limbs."""
    pipeline = () if "--pipeline" in flags else ("--pipeline", "wrist-thesis")
    return command("preprocess", source, out, "--max-failed", 1, *pipeline, *flags)


def rows(root: Path) -> pd.DataFrame:
    """Every row of a data set."""
    return pd.read_parquet(root / "instances.parquet")


def image_row(image_id: str, study_id: str, label: str | None = None, **values: Any) -> Row:
    """The row of an image that is as a row must be. Both ids: pseudonyms."""
    named: Any = {"study_id": study_id, "label": label, "image_id": image_id}
    named["labels"] = written({"diagnosis": label} if label else {})
    of_an_image: Any = {
        "patient_id": "f" * 16,
        "instance_id": image_id[:16],
        "source_id": image_id[:16],
        "file_name": image_name(named),
        "status": "kept",
        "part": 1,
        "inverted": False,
        "rotation_degrees": 0.0,
        "width": 8,
        "height": 8,
        "bits": 8,
        "pixel_hash": "0" * 32,
        "source_matrix": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
    }
    return new_row(**{**named, **of_an_image, **values})


def footer_of(key: str = "0" * 32) -> Footer:
    """The footer of a study. key: hex, or a letter that stands for one."""
    return {
        "key": key.encode().hex().zfill(32)[-32:] if len(key) < 32 else key,
        "parts": {},
        "labels": None,
        "stage": "convert",
        "made_from": {},
        "failed": [],
        "images": 0,
    }


def labels_of(label: str | None) -> Any:
    """The labels of each source of a study whose only label says this."""
    return StudyLabels("diagnosis", {"diagnosis": label} if label else {}).of


def private_of(out: Path) -> PrivateTree:
    """The private tree beside a data set."""
    return PrivateTree.beside(DataSet(out))


def key_at(path: Path, digits: str = "5a") -> Path:
    """Write a key that is the same in every test, for its owner only. digits: another pair gives
    another key."""
    path.touch(mode=0o600)
    path.write_text(digits * 31 + "17\n")
    return path


def private_key(out: Path, digits: str = "5a") -> None:
    """Give a data set that is yet to be made a key that is the same in every test."""
    folder = out.with_name(f"{out.name}.private")
    folder.mkdir(mode=0o700)
    key_at(folder / "key", digits)


Drawn = tuple[str, tuple[float, float, float, float]]


def draw_boxes(root: Path, drawn: dict[str, list[Drawn]]) -> None:
    """Write boxes into the rows of a converted data set, as a file of boxes does. drawn: image_id
    -> label and x, y, width, height of each box; [] where the file says that there are none."""
    data_set = DataSet(root)
    for study_id in data_set.study_ids():
        found, footer = data_set.rows(study_id), data_set.footer(study_id)
        assert footer
        for row in found:
            if row["image_id"] in drawn:
                row["boxes"] = boxes_of(drawn[row["image_id"]], row)
        footer["key"] = key_of(footer["key"], [row["boxes"] for row in found])
        with Attempt(data_set, study_id) as attempt:
            names = [name for row in found if (name := row["file_name"])]
            staged = {name: attempt.stage_existing(data_set.file(name)) for name in names}
            attempt.commit(found, staged, footer)
    command("collate", root)


def boxes_of(drawn: list[Drawn], row: Row) -> str:
    """The column `boxes` of the row of a converted film."""
    size = row["width"], row["height"]
    placed = [
        box_on_film(number, label, FROM_FILE, film, size)
        for number, (label, film) in enumerate(drawn, start=1)
    ]
    return as_text(box for box in placed if box is not None)
