"""The size of pixels, as headers of all kinds say it."""

import numpy as np
import pydicom
import pytest

from radprep.dicom.spacing import APPLIED, UNSURE, in_square_pixels, pixel_size
from tests.made import arm, convert, make_dicom, preprocess, rows

FILM = np.zeros((100, 200), np.uint8)


def square(**attributes):
    dataset = pydicom.Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return in_square_pixels(FILM, pixel_size(dataset), 1_000_000)


@pytest.mark.parametrize(
    ("attributes", "shape", "spacing", "mark"),
    [
        ({}, (100, 200), None, None),
        ({"PixelSpacing": ["0.1", "0.1"]}, (100, 200), [0.1, 0.1], None),
        ({"PixelSpacing": ["0.143", "0.144"]}, (100, 200), [0.143, 0.144], None),
        ({"PixelAspectRatio": ["1", "1"]}, (100, 200), None, None),
        ({"PixelAspectRatio": ["2", "1"]}, (200, 200), None, APPLIED),
        ({"PixelAspectRatio": ["3", "4"]}, (100, 267), None, APPLIED),
        ({"PixelSpacing": ["0.2", "0.1"]}, (200, 200), [0.1, 0.1], APPLIED),
        ({"ImagerPixelSpacing": ["0.1", "0.2"]}, (100, 400), [0.1, 0.1], APPLIED),
        ({"NominalScannedPixelSpacing": ["0.15", "0.1"]}, (150, 200), [0.1, 0.1], APPLIED),
        (
            {"PixelSpacing": ["0.2", "0.1"], "PixelAspectRatio": ["2", "1"]},
            (200, 200),
            [0.1, 0.1],
            APPLIED,
        ),
        (
            {"PixelSpacing": ["0.1", "0.1"], "PixelAspectRatio": ["2", "1"]},
            (100, 200),
            [0.1, 0.1],
            UNSURE,
        ),
        (
            {"PixelSpacing": ["0.1", "0.1"], "ImagerPixelSpacing": ["0.12", "0.12"]},
            (100, 200),
            [0.1, 0.1],
            None,
        ),
        ({"PixelAspectRatio": ["5", "1"]}, (100, 200), None, UNSURE),
        ({"PixelAspectRatio": ["1", "1000000"]}, (100, 200), None, UNSURE),
        ({"PixelAspectRatio": ["0", "1"]}, (100, 200), None, None),
        ({"PixelAspectRatio": ["-2", "1"]}, (100, 200), None, None),
        ({"PixelAspectRatio": ["2"]}, (100, 200), None, None),
        ({"PixelSpacing": ["1e-300", "1e300"]}, (100, 200), None, None),
        ({"PixelSpacing": [], "ImagerPixelSpacing": ["0.1", "0.1"]}, (100, 200), [0.1, 0.1], None),
    ],
)
def test_films_become_square_where_the_header_can_be_believed(attributes, shape, spacing, mark):
    found = square(**attributes)
    assert (found.pixels.shape, found.spacing, found.mark) == (shape, spacing, mark)
    assert bool(found.seen) is bool(mark)


def test_a_film_that_would_be_too_large_is_marked():
    dataset = pydicom.Dataset()
    dataset.PixelAspectRatio = ["2", "1"]
    found = in_square_pixels(FILM, pixel_size(dataset), 30_000)
    assert (found.pixels.shape, found.mark) == ((100, 200), UNSURE)


def test_spacing_stands_in_the_row_and_follows_preprocess(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    plain = make_dicom(arm(bits=12), PixelSpacing=["0.1", "0.1"])
    (dump / "1").write_bytes(plain)
    flat = make_dicom(arm(bits=12)[::2], study="2", PixelSpacing=["0.2", "0.1"])
    (dump / "2").write_bytes(flat)
    convert(dump, tmp_path / "out")
    one, two = (row for _, row in rows(tmp_path / "out").sort_values("Rows").iloc[::-1].iterrows())
    assert list(one["pixel_spacing"]) == list(two["pixel_spacing"]) == [0.1, 0.1]
    assert (one["height"], one["width"]) == (two["height"], two["width"])
    assert list(two["review"]) == ["convert:pixel_aspect"]
    assert two["pixel_spacing_source"] == "PixelSpacing"
    preprocess(tmp_path / "out", tmp_path / "clean")
    for _, row in rows(tmp_path / "clean").iterrows():
        if row["status"] != "kept":
            continue
        matrix = np.reshape(row["source_matrix"], (2, 3))[:, :2]
        expected = 0.1 * np.linalg.norm(matrix, axis=0)[::-1]
        np.testing.assert_allclose(row["pixel_spacing"], expected, rtol=1e-3)
