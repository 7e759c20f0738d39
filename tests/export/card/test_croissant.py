"""Croissant of a data set as it stands, read back by mlcroissant without a network."""

import json
import socket

import numpy as np
import pytest

from radprep.dataset.image_file import read_image
from radprep.dataset.layout import DataSet
from radprep.export.card import croissant
from radprep.export.card.answers import Answers
from radprep.export.card.card import write_card
from radprep.export.card.readme import measured
from tests.export.sets import boxes_of, film_row, finish, make_set, pixels_of


def no_network(*_arguments, **_options):
    raise AssertionError("the network was asked")


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    for owner, name in (
        (socket.socket, "connect"),
        (socket, "getaddrinfo"),
        (socket, "create_connection"),
    ):
        monkeypatch.setattr(owner, name, no_network)


@pytest.fixture(scope="module")
def shallow(tmp_path_factory):
    """A data set of 8 bits with boxes and a mask."""
    root = tmp_path_factory.mktemp("croissant") / "set"
    rows = []
    for study in range(3):
        pixels = pixels_of(study)
        boxes = boxes_of((4.0, 6.0, 10.5, 20.0), size=pixels.shape[::-1]) if study else None
        mask = (pixels > 99).astype(np.uint8) if study == 1 else None
        rows.append(
            film_row(root, study, 0, pixels, (None, "a", "b")[study], boxes=boxes, mask=mask)
        )
    finish(root, rows)
    return root


@pytest.fixture(scope="module")
def rows(shallow):
    found = DataSet(shallow)
    return {row["file_name"]: row for one in found.study_ids() for row in found.rows(one)}


@pytest.fixture(scope="module")
def found(shallow):
    """The data set as mlcroissant reads it."""
    write_card(shallow)
    return opened(shallow)


def opened(root):
    import mlcroissant

    return mlcroissant.Dataset(jsonld=str(root / "croissant.json"))


def without_names(records):
    """The records without the name of the record set before each field."""
    return [{name.rpartition("/")[2]: value for name, value in one.items()} for one in records]


def test_rows_images_and_masks_are_read_back_by_mlcroissant(shallow, rows, found):
    read = without_names(found.records("instances"))
    assert {one["file_name"].decode() for one in read} == set(rows)
    for one in read:
        row = rows[one["file_name"].decode()]
        for name in ("image_id", "label", "labels", "boxes", "patient_id", "Manufacturer"):
            assert (one[name] and one[name].decode()) == row[name], name
        for name in ("width", "height", "inverted", "source_matrix", "pixel_spacing", "history"):
            assert one[name] == row[name], name
    images = {one["path"].decode(): one["image"] for one in without_names(found.records("images"))}
    assert set(images) == set(rows)
    for path, image in images.items():
        pixels = np.asarray(image)
        assert np.array_equal(pixels[..., 0], read_image(shallow / path))
        assert (pixels == pixels[..., :1]).all()
    masks = without_names(found.records("masks"))
    assert [one["path"].decode() for one in masks] == [
        row["mask_file_name"] for row in rows.values() if row["mask_file_name"]
    ]


def test_images_of_16_bits_are_not_handed_over_as_8(tmp_path):
    root = make_set(tmp_path / "set", studies=4)
    write_card(root)
    said = json.loads((root / "croissant.json").read_text())
    images = next(one for one in said["recordSet"] if one["@id"] == "images")
    assert [field["name"] for field in images["field"]] == ["path"]
    assert "radprep export --format croissant" in images["description"]


def test_a_table_that_has_changed_since_is_refused_by_mlcroissant(shallow, found):
    path = shallow / "instances.parquet"
    before = path.read_bytes()
    try:
        path.write_bytes(before + b" ")
        with pytest.raises(Exception, match="operation") as failed:
            list(found.records("instances"))
        assert "not identical" in str(failed.value.__cause__)
    finally:
        path.write_bytes(before)


def test_what_was_measured_and_answered_stands_in_it_in_its_words(shallow, found):
    given = {
        "title": "Wrists <of> one hospital",
        "creators": "The team",
        "licence": "cc-by-4.0",
        "consent": "Waived.",
        "population": "Adults only.",
        "maintenance": "Every year.",
        "version": "first",
        "citation": "Nobody 2026",
    }
    text = croissant.of_data_set(DataSet(shallow), measured(shallow), Answers(given))
    said = json.loads(text)
    assert said["name"] == given["title"]
    assert said["creator"]["name"] == "The team"
    assert said["license"] == "cc-by-4.0"
    assert "Adults only." in said["rai:dataBiases"]
    assert "Waived." in said["rai:personalSensitiveInformation"]
    assert any("stand alone" in one for one in said["rai:personalSensitiveInformation"])
    assert said["rai:dataReleaseMaintenancePlan"] == "Every year."
    assert "rejected" in said["rai:dataCollectionMissingData"]
    assert said["@context"]["@vocab"] == "https://schema.org/"  # it stands there, whole
    assert "to be filled in" in found.metadata.license[0]
