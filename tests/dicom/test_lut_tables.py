"""Tables as makers write them: each says its own size, bits and sign, and many say it wrongly."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from radprep.dicom import header
from radprep.dicom.decode import decode_frames, pixel_format
from radprep.dicom.lut_tables import Lut, read_lut
from radprep.dicom.luts import GreyTable, grey_table
from tests.made import make_dicom

LUT = np.arange(4096)
RAMP = np.tile(np.rint(np.linspace(0, 4095, 64)), (8, 1)).astype(np.uint16)
RISING, FALLING = np.linspace(0, 255, 64), np.linspace(255, 0, 64)


def item(descriptor: list[int], entries: object, vr: str = "OW", of: str = "US") -> Dataset:
    """A LUT item. Entries: numbers, or the bytes of a data element."""
    made = Dataset()
    words = [value % 65536 for value in descriptor]
    made.add_new(0x00283002, of, np.array(words, "<u2").tobytes() if of in ("OW", "UN") else words)
    is_binary = not isinstance(entries, bytes) and vr in ("OW", "OB", "UN")
    made.add_new(0x00283006, vr, np.asarray(entries, "<u2").tobytes() if is_binary else entries)
    return made


def shown(data: bytes) -> tuple[np.ndarray, GreyTable]:
    """Grey values of the first row, and the table."""
    parsed = header.read_header(data)
    form = pixel_format(parsed, 10**6, 100)
    [(codes, _)] = decode_frames(header.read_with_pixels(data, parsed), form, data)
    table = grey_table(parsed, form, codes, 8)
    return table.render(codes)[0].astype(int), table


def voi(
    made: Dataset, pixels: np.ndarray = RAMP, **attributes: object
) -> tuple[np.ndarray, GreyTable]:
    return shown(make_dicom(pixels, VOILUTSequence=[made], **attributes))


BELOW = {"RescaleSlope": "1", "RescaleIntercept": "-1024"}
HIGH = np.tile(np.linspace(40000, 44095, 64), (8, 1)).astype(np.uint16)
WIDE = np.tile(np.linspace(-20000, 28000, 64), (8, 1)).astype(np.int16)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
@pytest.mark.parametrize(
    ("pixels", "attributes", "descriptor", "entries", "expected"),
    [
        (RAMP, BELOW, [4096, -1024, 12], LUT, RISING),
        (HIGH, {"bits": 16}, [4096, 40000, 12], LUT, RISING),
        (
            WIDE,
            {"bits": 16},
            [49152, -20000, 16],
            49151 - np.arange(49152),
            (49151 - (WIDE[0].astype(int) + 20000)) / 65535 * 255,
        ),
        (
            RAMP.astype(np.int16) - 2048,
            {"ModalityLUTSequence": [item([4096, -2048, 16], LUT * 16)]},
            [25536, 40000, 16],
            np.arange(25536) * 65535 // 25535,
            (RAMP[0] * 16.0 - 40000) / 25535 * 255,
        ),
    ],
    ids=[
        "rescaled below zero",
        "unsigned above 32767",
        "more than 32767 entries",
        "behind a table",
    ],
)
def test_the_sign_of_the_first_value_follows_from_what_is_looked_up(
    syntax: str,
    pixels: np.ndarray,
    attributes: dict[str, object],
    descriptor: list[int],
    entries: np.ndarray,
    expected: np.ndarray,
) -> None:
    grey, table = voi(item(descriptor, entries), pixels, syntax=syntax, **attributes)
    assert np.abs(grey - np.clip(expected, 0, 255)).max() <= 1
    assert table.applied["voi"] == "table"
    assert table.marks == ()


@pytest.mark.parametrize("written_as", ["US", "SS"])
def test_the_sign_does_not_follow_from_the_vr(written_as: str) -> None:
    data = make_dicom(HIGH, bits=16, VOILUTSequence=[item([4096, 40000, 12], LUT)])
    grey, _ = shown(
        data.replace(b"\x28\0\x02\x30US\x06\0", b"\x28\0\x02\x30" + written_as.encode() + b"\x06\0")
    )
    assert np.abs(grey - RISING).max() <= 1


@pytest.mark.parametrize("of", ["US", "OW", "UN"])
@pytest.mark.parametrize("vr", ["US", "OW", "OB", "UN"])
def test_a_table_may_have_any_vr(of: str, vr: str) -> None:
    entries = LUT[::-1].tolist() if vr == "US" else LUT[::-1]
    grey, table = voi(item([4096, 0, 12], entries, vr, of))
    assert np.abs(grey - FALLING).max() <= 1
    assert table.marks == ()


def test_a_first_value_that_nothing_reaches_is_read_with_the_other_sign() -> None:
    grey, table = voi(item([8192, -4096, 12], np.repeat(LUT, 2)))
    assert np.abs(grey - (RAMP[0] + 4096) / 2 / 4095 * 255).max() <= 1
    assert table.applied["voi_lut_faults"] == ["first_value_sign"]
    assert table.marks == ("lut_mended",)


@pytest.mark.parametrize(
    ("descriptor", "entries", "expected", "faults"),
    [
        ([4096, 0, 8], LUT, RISING, ["entries_above_declared_bits"]),
        ([4096, 0, 10], LUT * 16, RISING, ["entries_above_declared_bits"]),
        ([4096, 0, 12], LUT + 1, RISING, ["entries_above_declared_bits"]),
        ([4096, 0, 16], LUT, RISING, ["entries_far_below_declared_bits"]),
        ([4096, 0, 16], LUT[::-1], FALLING, ["entries_far_below_declared_bits"]),
        ([4096, 0, 0], LUT, RISING, ["bits_senseless"]),
        ([4096, 0, 40], LUT, RISING, ["bits_senseless"]),
        ([4096, 0, 12], 4095 - LUT[:4095], FALLING, ["fewer_entries_than_declared"]),
        ([0, 0, 12], 4095 - LUT, FALLING, ["fewer_entries_than_declared"]),
        ([1024, 0, 12], LUT, RISING, ["more_entries_than_declared"]),
        ([4096, 0, 12], LUT[:2048], np.minimum(RISING, 127.5), ["fewer_entries_than_declared"]),
    ],
)
def test_a_table_that_contradicts_its_descriptor_is_used_and_marked(
    descriptor: list[int], entries: np.ndarray, expected: np.ndarray, faults: list[str]
) -> None:
    for photometric in ("MONOCHROME2", "MONOCHROME1"):
        grey, table = voi(item(descriptor, entries), PhotometricInterpretation=photometric)
        turned = 255 - grey if photometric == "MONOCHROME1" else grey
        assert np.abs(turned - expected).max() <= 1
        assert table.applied["voi_lut_faults"] == faults
        assert table.marks == ("lut_mended",)


def test_a_word_of_zero_that_pads_a_table_is_no_entry() -> None:
    grey, table = voi(item([4095, 0, 12], np.append(LUT[:4095], 0)))
    assert np.abs(grey - RISING).max() <= 1
    assert table.marks == ()


EIGHT = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (8, 1))
BYTES = np.arange(255, -1, -1, dtype=np.uint8)


@pytest.mark.parametrize(
    ("bits", "entries", "vr", "marks"),
    [
        (8, BYTES.tobytes(), "OW", ()),
        (8, BYTES.tobytes(), "OB", ()),
        (8, BYTES.view("<u2").tolist(), "US", ()),
        (8, BYTES.astype("<u2").tobytes(), "OW", ()),
        (8, BYTES.astype("<u2").tolist(), "US", ()),
        (16, BYTES.tobytes(), "OW", ("lut_mended",)),
        (8, (BYTES.astype("<u2") * 257).tobytes(), "OW", ("lut_mended",)),
    ],
)
def test_entries_of_eight_bits_take_a_byte_or_a_word(
    bits: int, entries: object, vr: str, marks: tuple[str, ...]
) -> None:
    grey, table = voi(item([256, 0, bits], entries, vr), EIGHT, bits=8)
    assert np.abs(grey - (255 - EIGHT[0])).max() <= 1
    assert table.marks == marks


def test_an_odd_number_of_bytes_holds_entries_of_eight_bits() -> None:
    made = item([255, 0, 8], BYTES[:255].tobytes(), "OB")
    found = read_lut(made, "LUT", True, (0, 255))
    assert found is not None
    assert found.table.tolist() == BYTES[:255].tolist()
    assert found.faults == ()


def of(descriptor: list[int], entries: list[int], vr: str = "SS") -> Lut:
    found = read_lut(item(descriptor, entries, vr), "LUT", True, (0, 4095))
    assert found is not None
    return found


def test_entries_of_a_signed_vr_are_signed_where_that_makes_a_curve() -> None:
    signed = of([4096, 0, 16], (LUT - 1024).tolist())
    assert (signed.table == LUT - 1024).all()
    full = of([4096, 0, 16], (LUT * 16 - 32768).tolist())
    assert (full.low, full.top, full.faults) == (-32768.0, 32767.0, ())
    by_a_toolkit = np.array(LUT * 16, np.uint16).view(np.int16)
    assert (of([4096, 0, 16], by_a_toolkit.tolist()).table == LUT * 16).all()


def test_a_signed_modality_lut_comes_before_a_window_below_zero() -> None:
    made = item([4096, 0, 16], (LUT - 1024).tolist(), "SS")
    grey, _ = shown(
        make_dicom(RAMP, ModalityLUTSequence=[made], WindowCenter=1024, WindowWidth=4096)
    )
    assert np.abs(grey - RISING).max() <= 1


def test_a_modality_lut_may_use_few_of_its_bits_and_is_mended_as_a_voi_lut_is() -> None:
    _, few = shown(make_dicom(RAMP, ModalityLUTSequence=[item([4096, 0, 16], LUT)]))
    assert (few.applied["modality_lut"], few.marks) == ("table", ())
    grey, short = shown(
        make_dicom(RAMP, ModalityLUTSequence=[item([4096, 0, 16], 4095 - LUT[:4095])])
    )
    assert np.abs(grey - FALLING).max() <= 2
    assert short.applied["modality_lut_faults"] == ["fewer_entries_than_declared"]
    assert short.marks == ("lut_mended",)


@pytest.mark.parametrize(
    "made",
    [
        item([4096, 0, 12], b""),
        item([4096, 0], LUT),
        item([], LUT),
        item([4096, 0, 12], ["A", "B"], "LO"),
        item([4096, 0, 12], ["NaN", "1"], "DS"),
    ],
)
def test_what_holds_no_table_is_none(made: Dataset) -> None:
    assert read_lut(made, "LUT", True, (0, 4095)) is None
