from __future__ import annotations

import numpy as np
import pydicom
import pytest
from pydicom.pixels import apply_color_lut
from pydicom.pixels.processing import _expand_segmented_lut

from radprep.dicom.segments import expanded
from radprep.image.greys import luminance
from tests.dicom.test_colour import grey_of
from tests.made import make_dicom


def data_of(numbers: list[int], bits: int = 16, order: str = "<") -> bytes:
    data = np.array(numbers, f"{order}u{bits // 8}").tobytes() + b"\0" * (len(numbers) % 2)
    if bits == 8 and order == ">":
        data = np.frombuffer(data, "<u2").byteswap().tobytes()
    return data


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [8, 16])
def test_points_and_lines_as_pydicom_reads_them(bits: int, order: str) -> None:
    numbers = [0, 3, 5, 9, 200, 1, 7, 11, 0, 1, 4, 1, 3, 4]
    found = expanded(data_of(numbers, bits, order), bits, little_endian=order == "<")
    expected = _expand_segmented_lut(tuple(numbers), f"{order}{'B' if bits == 8 else 'H'}")
    assert found is not None
    assert found.tolist() == expected


def test_a_repeat_counts_in_bytes_or_in_words() -> None:
    for place in (8, 4):  # the linear segment
        found = expanded(
            data_of([0, 2, 100, 5000, 1, 2, 60000, 2, 1, place, 0]), 16, little_endian=True
        )
        assert found is not None
        assert found.tolist() == [100, 5000, 32500, 60000, 60000, 60000]
    found = expanded(data_of([0, 2, 10, 50, 1, 2, 70, 2, 2, 0, 0, 0, 0], 8), 8, little_endian=True)
    assert found is not None
    assert found.tolist() == [10, 50, 60, 70, 10, 50, 60, 70]


@pytest.mark.parametrize(
    "numbers",
    [
        [],
        [0],
        [1, 5, 9],
        [0, 9, 1, 2],
        [7, 1, 1],
        [0, 1, 5, 1, 9],
        [2, 1, 0, 0],
        [0, 1, 5, 2, 1, 999, 0],
        [0, 1, 5, 2, 3, 0, 0],
        [0, 1, 5, 2, 1, 0, 0, 2, 1, 6, 0],
        [0, 1, 5, 2, 1, 0],
        [0, 1, 5, 1, 65535, 9, 1, 65535, 9],
        [0, 1, 5, *[0, 0] * 2000, *[2, 2000, 6, 0] * 70],
    ],
)
def test_what_is_no_table(numbers: list[int]) -> None:
    assert expanded(data_of(numbers), 16, little_endian=True) is None


def test_a_table_never_costs_much() -> None:
    lines = [0, 1, 5, *[1, 64, 9] * 900, *[2, 900, 6, 0] * 100]
    assert expanded(data_of(lines), 16, little_endian=True) is None


def test_a_film_with_a_segmented_palette() -> None:
    film = np.arange(256, dtype=np.uint8).reshape(16, 16)
    colours = {"Red": [0, 1, 0, 1, 255, 65535], "Green": [0, 1, 65535, 1, 255, 0]}
    attributes = {
        f"{name}PaletteColorLookupTableDescriptor": [256, 0, 16] for name in (*colours, "Blue")
    }
    attributes |= {
        f"Segmented{name}PaletteColorLookupTableData": data_of(numbers)
        for name, numbers in {**colours, "Blue": colours["Red"]}.items()
    }
    data = make_dicom(film, bits=8, PhotometricInterpretation="PALETTE COLOR", **attributes)
    up = np.rint(np.linspace(0, 65535, 256)).astype(np.uint16)
    expected = luminance(np.stack([up, up[::-1], up], -1)) / 257
    grey, _ = grey_of(data)
    assert np.abs(grey.ravel() - expected).max() <= 0.51
    dataset = pydicom.dcmread(pydicom.filebase.DicomBytesIO(data))
    theirs = luminance(apply_color_lut(dataset.pixel_array, dataset)) / 257
    assert np.abs(grey - theirs).max() <= 1
