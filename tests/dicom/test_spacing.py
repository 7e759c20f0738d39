"""The size of pixels, as headers of all kinds say it."""

import numpy as np
import pydicom
import pytest

from radprep.dicom.spacing import APPLIED, UNSURE, in_square_pixels, pixel_size
from radprep.dicom.voi import UNUSABLE_NUMBER
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
        ({"PixelAspectRatio": ["0", "1"]}, (100, 200), None, UNUSABLE_NUMBER),
        ({"PixelAspectRatio": ["-2", "1"]}, (100, 200), None, UNUSABLE_NUMBER),
        ({"PixelAspectRatio": ["2"]}, (100, 200), None, UNUSABLE_NUMBER),
        ({"PixelSpacing": ["1e-300", "1e300"]}, (100, 200), None, UNUSABLE_NUMBER),
        ({"PixelSpacing": ["20", "20"]}, (100, 200), None, UNUSABLE_NUMBER),
        ({"PixelSpacing": [], "ImagerPixelSpacing": ["0.1", "0.1"]}, (100, 200), [0.1, 0.1], None),
    ],
)
def test_films_become_square_where_the_header_can_be_believed(attributes, shape, spacing, mark):
    found = square(**attributes)
    assert (found.pixels.shape, found.spacing) == (shape, spacing)
    assert found.marks == ((mark,) if mark else ())
    assert bool(found.seen) is (mark in (APPLIED, UNSURE))


TYPED = [
    ("0,4\\0,2", [0.4, 0.2]),
    ("0.4x0.2", [0.4, 0.2]),
    ("0,4 mm X 0,2 mm", [0.4, 0.2]),
    ("0.4*0.2", [0.4, 0.2]),
    ("0.4 0.2", [0.4, 0.2]),
    ("0.4,0.2", [0.4, 0.2]),
    ("2:1", [2, 1]),
    (" 2 : 1 ", [2, 1]),
    ("0.4", None),
    ("0,4", None),
    ("0.4 mm", None),
    ("0,4,0,2", None),
    ("0.4\\0.2\\1", None),
    ("0.4x0.2x1", None),
    ("0.4\\abc", None),
    ("0\\0", None),
    ("-0.2\\-0.2", None),
    ("x" * 60_000, None),
]


@pytest.mark.parametrize("keyword", ["PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio"])
@pytest.mark.parametrize(("typed", "sides"), TYPED, ids=range(len(TYPED)))
def test_sizes_as_people_type_them(keyword, typed, sides):
    dataset = pydicom.Dataset()
    dataset.add_new(keyword, "LO", typed)
    found = pixel_size(dataset)
    assert found.is_usable is (sides is not None)
    assert found.aspect == (sides[0] / sides[1] if sides else 1)
    if keyword != "PixelAspectRatio":
        assert found.spacing == (tuple(sides) if sides else None)


@pytest.mark.parametrize("empty", ["", " ", None])
def test_what_says_nothing_is_no_fault(empty):
    dataset = pydicom.Dataset()
    dataset.add_new("PixelSpacing", "LO", empty)
    assert pixel_size(dataset).is_usable


def groups(**macros):
    group = pydicom.Dataset()
    for keyword, spacing in macros.items():
        item = pydicom.Dataset()
        inner = "PixelSpacing" if keyword == "PixelMeasuresSequence" else "ImagerPixelSpacing"
        setattr(item, inner, spacing)
        setattr(group, keyword, [item])
    return group


def test_spacing_in_functional_groups(tmp_path):
    shared = groups(PixelMeasuresSequence=["0.2", "0.1"])
    frames = [pydicom.Dataset(), groups(PixelMeasuresSequence=["0.3", "0.3"])]
    dataset = pydicom.Dataset()
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = frames
    assert [pixel_size(dataset, frame).spacing for frame in range(3)] == [
        (0.2, 0.1),
        (0.3, 0.3),
        (0.2, 0.1),
    ]
    detector = groups(FramePixelDataPropertiesSequence=["0.4", "0.4"])
    dataset.SharedFunctionalGroupsSequence = [detector]
    del dataset.PerFrameFunctionalGroupsSequence
    assert pixel_size(dataset).source == "ImagerPixelSpacing"
    assert pixel_size(dataset).spacing == (0.4, 0.4)
    (tmp_path / "in").mkdir()
    enhanced = make_dicom(
        np.stack([arm(bits=12)] * 2),
        NumberOfFrames=2,
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=frames,
    )
    (tmp_path / "in" / "1").write_bytes(enhanced)
    odd = make_dicom(arm(bits=12), study="2", ImagerPixelSpacing=["0", "0"], WindowWidth="0")
    (tmp_path / "in" / "2").write_bytes(odd)
    convert(tmp_path / "in", tmp_path / "out")
    table = rows(tmp_path / "out").sort_values("frame")
    assert [list(one) for one in table["pixel_spacing"][:2]] == [[0.1, 0.1], [0.3, 0.3]]
    assert list(table["review"].iloc[2]).count("convert:unusable_number") == 1


def test_a_film_that_would_be_too_large_is_marked():
    dataset = pydicom.Dataset()
    dataset.PixelAspectRatio = ["2", "1"]
    found = in_square_pixels(FILM, pixel_size(dataset), 30_000)
    assert (found.pixels.shape, found.marks) == ((100, 200), (UNSURE,))


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
