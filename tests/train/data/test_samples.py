"""What a data set offers to a classifier."""

import json

import numpy as np
import pytest

from radprep.dataset.schema import remove_image
from radprep.errors import UsageError
from radprep.image import png
from radprep.train.data.samples import (
    UNKNOWN,
    by_study,
    fingerprint,
    read_columns,
    read_pixels,
    read_samples,
    read_texts,
    read_unlabelled,
)
from tests.train.synthetic import film, finish, make_dataset, write_study


@pytest.fixture
def root(tmp_path):
    return make_dataset(tmp_path / "ds", 12)


def rewrite(root, *more):
    """Other rows in an existing data set."""
    finish(root, [row for rows in more for row in rows])


def test_only_kept_and_labelled_rows_are_samples(tmp_path):
    rng = np.random.default_rng(0)
    films = [film(rng, broken=False)]
    kept, other = (
        write_study(tmp_path, "a", "p", "fracture", films),
        write_study(tmp_path, "b", "q", "normal", films),
    )
    rejected, unlabelled = (
        write_study(tmp_path, "c", "q", "normal", films),
        write_study(tmp_path, "d", "q", None, films),
    )
    rejected[0] |= {"status": "rejected", "reason": "ugly", "step": "quality", "file_name": None}
    rejected[0] |= {"pixel_hash": None, "perceptual_hash": None}
    rewrite(tmp_path, kept, other, rejected, unlabelled)
    samples = read_samples(tmp_path, "fracture")
    assert {(sample.image_id, sample.label) for sample in samples} == {
        (kept[0]["image_id"], 1),
        (other[0]["image_id"], 0),
    }
    assert [sample.image_id for sample in samples] == sorted(sample.image_id for sample in samples)
    everyone = read_unlabelled(tmp_path)
    assert len(everyone) == 3
    assert {sample.label for sample in everyone} == {UNKNOWN}


def test_a_data_set_without_the_positive_label_is_refused_and_its_labels_are_named(root):
    with pytest.raises(UsageError, match=r"fracture \(5\), normal \(7\)"):
        read_samples(root, "fractura")


def test_a_data_set_with_one_label_is_refused(tmp_path):
    rewrite(
        tmp_path,
        write_study(tmp_path, "a", "p", "fracture", [film(np.random.default_rng(0), broken=True)]),
    )
    with pytest.raises(UsageError, match="needs two"):
        read_samples(tmp_path, "fracture")


def test_films_of_labels_that_are_neither_are_no_samples(tmp_path):
    rng = np.random.default_rng(0)
    rows = [
        write_study(tmp_path, label, label, label, [film(rng, broken=False)])
        for label in ("fracture", "normal", "cast")
    ]
    rewrite(tmp_path, *rows)
    with pytest.raises(UsageError, match="--negative"):
        read_samples(tmp_path, "fracture")
    samples = read_samples(tmp_path, "fracture", ["normal"])
    assert {(one.image_id, one.label) for one in samples} == {
        (rows[0][0]["image_id"], 1),
        (rows[1][0]["image_id"], 0),
    }


def test_an_incomplete_data_set_is_refused(root):
    info = json.loads((root / "dataset.json").read_text())
    (root / "dataset.json").write_text(json.dumps({**info, "complete": False}))
    with pytest.raises(UsageError, match="not complete"):
        fingerprint(root)
    with pytest.raises(UsageError, match="not complete"):
        read_samples(root, "fracture")


@pytest.mark.parametrize("name", ["../elsewhere.png", "/etc/passwd"])
def test_an_image_outside_the_data_set_is_refused(tmp_path, name):
    rows = [
        *write_study(tmp_path, "a", "p", "fracture", [film(np.random.default_rng(0), broken=True)]),
        *write_study(tmp_path, "b", "p", "normal", [film(np.random.default_rng(1), broken=True)]),
    ]
    rows[0]["file_name"] = name
    rewrite(tmp_path, rows)
    with pytest.raises(UsageError, match="the column file_name must hold"):
        read_samples(tmp_path, "fracture")


def test_columns_come_by_image_and_unknown_ones_are_named(root):
    facts = read_columns(root, ["Manufacturer", "label"])
    assert set(facts.index) == {sample.image_id for sample in read_unlabelled(root)}
    assert set(facts["Manufacturer"]) == {"Agfa", "Siemens"}
    assert read_texts(root, "StudyDate") == {}
    with pytest.raises(UsageError, match="no column 'maker'"):
        read_columns(root, ["maker"])


def test_pixels_of_16_bits_become_their_upper_eight(tmp_path):
    (tmp_path / "a.png").write_bytes(png.encode(np.array([[0, 255, 256, 65535]], dtype=np.uint16)))
    pixels = read_pixels(tmp_path / "a.png")
    assert pixels.dtype == np.uint8
    assert pixels.tolist() == [[0, 0, 1, 255]]


@pytest.mark.parametrize(
    "spoil", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-20])]
)
def test_a_missing_or_damaged_image_is_said_in_a_sentence(root, spoil):
    sample = read_unlabelled(root)[0]
    spoil(sample.file)
    with pytest.raises(UsageError, match="radprep verify"):
        read_pixels(sample.file)


def test_studies_hold_their_images(root):
    samples = read_unlabelled(root)
    studies = by_study(reversed(samples))
    assert list(studies) == sorted(studies)
    assert sorted(sample.image_id for found in studies.values() for sample in found) == [
        sample.image_id for sample in samples
    ]
    assert all(
        sample.study_id == study_id for study_id, found in studies.items() for sample in found
    )


def test_patients_of_one_study_are_one_group_by_rejected_films_too(tmp_path):
    rng = np.random.default_rng(0)
    rows = [
        row
        for number, label in enumerate(["fracture", "normal", "normal"])
        for row in write_study(
            tmp_path, f"s{number}", f"p{number}", label, [film(rng, broken=False)] * 2
        )
    ]
    patients = [row["patient_id"] for row in rows]
    rows[1] |= {"patient_id": patients[2], "status": "rejected", "reason": "x", "step": "y"}
    rows[1]["image_id"] = None
    remove_image(rows[1])
    finish(tmp_path, rows)
    groups = {one.patient_id: one.person for one in read_samples(tmp_path, "fracture")}
    first = min(patients[0], patients[2])
    assert groups == {patients[0]: first, patients[2]: first, patients[4]: patients[4]}
