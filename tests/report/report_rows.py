"""Data sets written straight from rows, so that a test says only what it is about."""

import json

import numpy as np
import pyarrow.parquet as pq

from radprep.dataset.counts import count_data_set
from radprep.dataset.info import versions
from radprep.dataset.labels import written
from radprep.dataset.layout import DataSet
from radprep.dataset.names import image_name
from radprep.dataset.schema import FORMAT_VERSION, new_row, to_table
from radprep.image import png
from radprep.image.hashes import perceptual_hash, pixel_hash
from radprep.report.facts.material import read_material
from radprep.report.findings import Findings
from tests.made import arm

STEPS = [
    {"name": "limit_study_size", "version": 1, "parameters": {"max_instances": 50}},
    {"name": "colour_inversion", "version": 1, "parameters": {"threshold": 100}},
    {"name": "rotation_alignment", "version": 1, "parameters": {}},
]
DECISIONS = {
    "colour_inversion": {"mean": 99.5, "inverted": False},
    "rotation_alignment": {"tilt": 3.0},
}


def kept(number, study=None, pixels=None, **values):
    """The row of an image. Ids are made from the number; pixels: uint8, else hashes that nothing
    else has."""
    name = f"{number:016x}"
    random = np.random.default_rng(number).bytes(8).hex()
    hashes = (
        (pixel_hash(pixels), perceptual_hash(pixels))
        if pixels is not None
        else (f"{number:032x}", random)
    )
    study_id, label = f"{number if study is None else study:015x}5", values.get("label", "normal")
    study_id, image_id = values.get("study_id", study_id), values.get("image_id", name)
    named = {"study_id": study_id, "label": label, "image_id": image_id}
    return new_row(
        **{
            "source_matrix": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            "study_id": f"{number if study is None else study:015x}5",
            "patient_id": f"{number:015x}a",
            "instance_id": name,
            "source_id": f"{number:015x}5",
            "image_id": name,
            "file_name": image_name(named),
            "label": "normal",
            "labels": written({"diagnosis": label} if label else {}),
            "status": "kept",
            "part": 1,
            "part_count": 1,
            "inverted": False,
            "rotation_degrees": 0.0,
            "width": 90,
            "height": 120,
            "bits": 8,
            "pixel_hash": hashes[0],
            "perceptual_hash": hashes[1],
            "body_part": "wrist",
            "body_part_score": 1.0,
            "BodyPartExamined": "WRIST",
            "Rows": 120,
            "Columns": 90,
            "burned_in_risk": "low",
            "Manufacturer": "AGFA",
            "PhotometricInterpretation": "MONOCHROME2",
            "BitsStored": 12,
            "inversion_confidence": 0.9,
            "rotation_confidence": 0.8,
            "decisions": json.dumps(DECISIONS),
            **values,
        }
    )


def lost(number, status="rejected", step="convert", reason="duplicate", **values):
    """The row of a file that gave no image."""
    return kept(
        number,
        **{
            "status": status,
            "step": step,
            "reason": reason,
            "image_id": None,
            "file_name": None,
            "part": None,
            "part_count": None,
            "pixel_hash": None,
            "perceptual_hash": None,
            "decisions": None,
            **values,
        },
    )


def write_data_set(root, rows, name="preprocess", steps=STEPS, source_fingerprint="f" * 32, **info):
    """The two shared files of a data set, without its studies; returns its folder."""
    root.mkdir(parents=True, exist_ok=True)
    pq.write_table(to_table(rows).sort_by("study_id"), root / "instances.parquet")
    parameters = (
        {
            "pipeline": {"name": "wrist", "digest": "0" * 32, "steps": steps},
            "source_fingerprint": source_fingerprint,
        }
        if name == "preprocess"
        else {"retain": []}
    )
    info = {
        "format_version": FORMAT_VERSION,
        "stage": name,
        "complete": True,
        "made_from": {},
        "parameters": parameters,
        "versions": versions(),
        "architecture": "x86_64",
        "fingerprint": "e" * 32,
        "instances_bytes": (root / "instances.parquet").stat().st_size,
        "studies_left": 0,
        "counts": count_data_set(DataSet(root)),
        **info,
    }
    (root / "dataset.json").write_text(json.dumps(info), encoding="utf-8")
    return root


def write_images(root, rows, pixels=None):
    """A PNG for each row that names one."""
    for row in rows:
        if row["file_name"]:
            path = root / row["file_name"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(
                png.encode(
                    arm(seed=int(row["image_id"][:16], 16), bits=8) if pixels is None else pixels
                )
            )


def findings_of(folder, rows, source_rows=None, source_parameters=None, **values):
    """What the sections of the page are given for a data set of these rows, and of these rows of
    its source, which convert made with these parameters; values: as for `write_data_set`."""
    source = None
    if source_rows is not None:
        made_with = {"parameters": source_parameters} if source_parameters else {}
        source = write_data_set(
            folder / "raw", source_rows, "convert", fingerprint="f" * 32, **made_with
        )
    clean = write_data_set(folder / "clean", rows, **values)
    return Findings(read_material(clean, source), {})
