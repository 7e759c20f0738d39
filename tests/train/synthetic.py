"""A data set with a known answer: a bright bar on a dark ground, which in positive studies has a
gap in at least one view."""

import cv2
import numpy as np

from radprep.dataset.durable import write_json, write_table
from radprep.dataset.info import Making, write_info
from radprep.dataset.keys import key_of
from radprep.dataset.labels import written
from radprep.dataset.layout import DataSet
from radprep.dataset.names import image_folder
from radprep.dataset.schema import new_row, to_table
from radprep.image import png
from radprep.image.hashes import perceptual_hash, pixel_hash

MAKERS = ("Agfa", "Siemens")


def film(rng, *, broken, height=64, width=48):
    """Grey values, uint8: noise over soft blobs, a bar of a random place, tilt and width, and with
    `broken` a dark gap across it."""
    y, x = np.mgrid[:height, :width]
    centre = width / 2 + rng.uniform(-5, 5) + rng.uniform(-0.12, 0.12) * (y - height / 2)
    bar = np.abs(x - centre) < rng.uniform(7, 10)
    values = (
        rng.normal(40, 6, (height, width))
        + 110 * bar
        + cv2.resize(rng.normal(0, 22, (8, 6)), (width, height))
    )
    if broken:
        place = rng.uniform(0.3, 0.7) * height
        values[(np.abs(y - place) < 2.5) & bar] -= 90
    return np.clip(values, 0, 255).astype(np.uint8)


def make_dataset(root, studies, seed=0, *, share=0.4, shuffled=False):
    """Write a complete data set of `studies` studies of 1 to 3 images, some of the same patient.
    shuffled: labels say nothing."""
    rng = np.random.default_rng(seed)
    rows, patient = [], 0
    for number in range(studies):
        patient += int(rng.random() < 0.8)
        broken = rng.random() < share
        views = int(rng.integers(1, 4))
        shown = [broken and (view == 0 or rng.random() < 0.7) for view in range(views)]
        label = "fracture" if (rng.random() < share if shuffled else broken) else "normal"
        rows += write_study(
            root,
            f"study{seed}-{number}",
            f"patient{seed}-{patient}",
            label,
            [film(rng, broken=gap) for gap in shown],
            Manufacturer=MAKERS[number % 2],
            PatientSex="MF"[number % 3 == 0],
            PatientAge=f"{int(rng.integers(5, 90)):03d}Y",
        )
    finish(root, rows)
    return root


def write_study(root, study, patient, label, films, **columns):
    """Write the images of one study and return its rows. Names become ids."""
    study_id, patient_id = key_of("study", study)[:16], key_of("patient", patient)[:16]
    folder = image_folder(label, study_id)
    (root / folder).mkdir(parents=True, exist_ok=True)
    rows = []
    for number, pixels in enumerate(films):
        image_id = key_of(study_id, number)[:16]
        (root / folder / f"{image_id}.png").write_bytes(png.encode(pixels))
        rows.append(
            new_row(
                study_id=study_id,
                patient_id=patient_id,
                series_id=study_id,
                instance_id=image_id,
                image_id=image_id,
                source_id=image_id,
                file_name=f"{folder}/{image_id}.png",
                label=label,
                labels=written({"diagnosis": label} if label else {}),
                status="kept",
                part=1,
                inverted=False,
                rotation_degrees=0.0,
                source_matrix=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
                decisions="{}",
                width=pixels.shape[1],
                height=pixels.shape[0],
                bits=8,
                pixel_hash=pixel_hash(pixels),
                perceptual_hash=perceptual_hash(pixels),
                **columns,
            )
        )
    return rows


def finish(root, rows):
    """Write instances.parquet and dataset.json; there are no study files, which the trainer does
    not read."""
    write_table(to_table(rows), root / "instances.parquet")
    making = Making("convert", {"key": "synthetic"}, {"bits": 8})
    info = write_info(DataSet(root), making, complete=True)
    write_json(
        root / "dataset.json",
        {**info, "fingerprint": key_of([(row["label"], row["pixel_hash"]) for row in rows])},
    )
