"""The golden matrix: every value, and every pair of values that the Standard allows, of what
decides on a pixel. Each film is built in memory, goes the real way from bytes to grey, and is held
against arithmetic written here from the formulas of PS3.3, pixel by pixel; coded frames also
against GDCM or another decoder."""

from __future__ import annotations

import io
import itertools
import zlib
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from radprep.dicom import header
from radprep.dicom.decode import decode_frames, pixel_format
from radprep.dicom.luts import grey_table
from radprep.dicom.syntaxes import DEFLATED_FRAMES, JPEG_IN_JPEG_XL
from tests.dicom.test_decode import film_of
from tests.dicom.test_luts import lut
from tests.made import make_dicom

Case = dict[str, Any]

WHOLE_CELLS = {
    "explicit": ExplicitVRLittleEndian,
    "implicit": ImplicitVRLittleEndian,
    "big endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
    "RLE": RLELossless,
}
CODED = {
    "JPEG baseline": JPEGBaseline8Bit,
    "JPEG Lossless": JPEGLosslessSV1,
    "JPEG-LS": JPEGLSLossless,
    "JPEG 2000 lossless": JPEG2000Lossless,
    "JPEG 2000 lossy": JPEG2000,
    "HTJ2K lossless": HTJ2KLossless,
    "HTJ2K RPCL": HTJ2KLosslessRPCL,
    "HTJ2K lossy": HTJ2K,
    "JPEG XL lossless": "1.2.840.10008.1.2.4.110",
    "JPEG in JPEG XL": JPEG_IN_JPEG_XL,
    "JPEG XL lossy": "1.2.840.10008.1.2.4.112",
    "deflated frames": DEFLATED_FRAMES,
}
LOSSY = ("JPEG baseline", "JPEG 2000 lossy", "HTJ2K lossy", "JPEG in JPEG XL", "JPEG XL lossy")
BY_GDCM = ("JPEG baseline", "JPEG Lossless", "JPEG-LS", "JPEG 2000 lossless", "JPEG 2000 lossy")

FACTORS: dict[str, tuple[Any, ...]] = {
    "syntax": (*WHOLE_CELLS, *CODED),
    "bits": (8, 10, 12, 14, 16),
    "signed": (False, True),
    "photometric": ("MONOCHROME1", "MONOCHROME2"),
    "modality": ("none", "integer", "fractional", "table"),
    "voi": ("none", "LINEAR", "LINEAR_EXACT", "SIGMOID", "several", "table"),
    "presentation": (None, "IDENTITY", "INVERSE"),
    "padding": ("none", "value", "range"),
    "overlay": (False, True),
    "window": ("auto", "dicom", "percentile", "full"),
}

EXCLUDED = (
    (
        "syntax",
        ("JPEG baseline", "JPEG in JPEG XL"),
        "bits",
        (10, 12, 14, 16),
        "PS3.5 table 8.2.1-1: process 1 has 8 bits",
    ),
    (
        "syntax",
        ("JPEG baseline", "JPEG in JPEG XL"),
        "signed",
        (True,),
        "PS3.5 table 8.2.1-1: process 1 has Pixel Representation 0",
    ),
    (
        "syntax",
        ("JPEG XL lossy",),
        "signed",
        (True,),
        "JPEG XL knows no sign, and two's complements do not bear losses",
    ),
    (
        "overlay",
        (True,),
        "bits",
        (8, 16),
        "PS3.5 section 8.1.1: no bit of the cell is left for an overlay",
    ),
    (
        "overlay",
        (True,),
        "syntax",
        tuple(CODED),
        "PS3.5 section 8.1.2: overlays in unused bits are for cells that stay whole",
    ),
)


def allowed(case: Case) -> bool:
    return not any(
        case.get(one) in ones and case.get(other) in others
        for one, ones, other, others, _ in EXCLUDED
        if one in case and other in case
    )


def pairs_of(case: Case) -> set[tuple[Any, ...]]:
    return set(itertools.combinations(case.items(), 2))


def all_pairs() -> list[Case]:
    """A small set of cases that holds every allowed pair of values (greedy: each begins with a pair
    still missing, and every other factor takes the value that brings most missing pairs)."""
    order = list(FACTORS)
    missing = {
        ((one, a), (other, b))
        for one, other in itertools.combinations(order, 2)
        for a in FACTORS[one]
        for b in FACTORS[other]
        if allowed({one: a, other: b})
    }
    cases = []
    while missing:
        case: Case = dict(min(missing, key=repr))
        for name in sorted(set(order) - case.keys(), key=order.index):
            choices = [{**case, name: value} for value in FACTORS[name]]
            case = max(
                (choice for choice in choices if allowed(choice)),
                key=lambda choice: len(
                    missing & pairs_of({key: choice[key] for key in order if key in choice})
                ),
            )
        cases.append({name: case[name] for name in order})
        missing -= pairs_of(cases[-1])
    return cases


CASES = all_pairs()


def test_the_cases_hold_every_allowed_pair() -> None:
    held = set().union(*map(pairs_of, CASES))
    for one, other in itertools.combinations(FACTORS, 2):
        for a, b in itertools.product(FACTORS[one], FACTORS[other]):
            assert (((one, a), (other, b)) in held) is allowed({one: a, other: b})
    assert all(map(allowed, CASES))


def film(case: Case) -> np.ndarray:
    """Stored values: smooth where a lossy codec must follow, with both ends of the range and a
    corner of padding elsewhere."""
    bits, rng = case["bits"], np.random.default_rng(case["bits"])
    wave = np.sin(np.arange(41) / 7)[:, None] + np.cos(np.arange(37) / 5)[None]
    codes = np.rint((wave + 2) / 4 * (2**bits - 1) * 0.8)
    if case["syntax"] not in LOSSY:
        codes = rng.integers(0, 2**bits, wave.shape)
        codes[0, :2] = 0, 2**bits - 1
        codes[:9, 20:] = padding_of(case)[0] % 2**bits
    values = codes.astype(np.int64)
    return (
        np.where(values >= 2 ** (bits - 1), values - 2**bits, values) if case["signed"] else values
    )


def padding_of(case: Case) -> tuple[int, int]:
    """Pixel Padding Value and Range Limit: at the lower end of what can be stored."""
    low = -(1 << case["bits"] - 1) if case["signed"] else 0
    return low + 1, low + 20


def coded(case: Case, values: np.ndarray) -> bytes:
    """One frame. JPEG Lossless, JPEG-LS and JPEG XL know no sign: the two's complement travels
    (PS3.5 sections 8.2.1 and 8.2.3)."""
    bits, small = case["bits"], case["bits"] == 8
    codes = (values % 2**bits).astype(np.uint8 if small else np.uint16)
    signed = values.astype(np.int8 if small else np.int16) if case["signed"] else codes
    if case["syntax"] == "JPEG baseline":
        return imagecodecs.jpeg8_encode(codes, level=97)
    if case["syntax"] == "JPEG Lossless":
        return imagecodecs.jpeg8_encode(codes, lossless=True, predictor=1, bitspersample=bits)
    if case["syntax"] == "JPEG-LS":
        return imagecodecs.jpegls_encode(codes)
    if case["syntax"] == "JPEG in JPEG XL":
        return imagecodecs.jpegxl_encode_jpeg(imagecodecs.jpeg8_encode(codes, level=97))
    if case["syntax"] == "JPEG XL lossless":
        return imagecodecs.jpegxl_encode(codes, lossless=True, bitspersample=bits)
    if case["syntax"] == "JPEG XL lossy":
        return imagecodecs.jpegxl_encode(codes, distance=0.3, bitspersample=bits)
    if case["syntax"] == "HTJ2K lossy":
        return imagecodecs.htj2k_encode(signed, reversible=False, level=0.0001)
    if case["syntax"].startswith("HTJ2K"):
        return imagecodecs.htj2k_encode(signed, reversible=True)
    if case["syntax"] == "deflated frames":
        deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        return deflate.compress(codes.tobytes()) + deflate.flush()
    lossy = (
        {"level": 55} if case["syntax"] == "JPEG 2000 lossy" else {"level": 0, "reversible": True}
    )
    return imagecodecs.jpeg2k_encode(signed, codecformat="j2k", bitspersample=bits, **lossy)


def dicom(case: Case, values: np.ndarray) -> bytes:
    bits = case["bits"]
    attributes = {
        "PhotometricInterpretation": case["photometric"],
        "PixelRepresentation": int(case["signed"]),
        **luts_of(case),
    }
    if case["presentation"]:
        attributes["PresentationLUTShape"] = case["presentation"]
    if case["padding"] != "none":
        attributes["PixelPaddingValue"] = padding_of(case)[0]
    if case["padding"] == "range":
        attributes["PixelPaddingRangeLimit"] = padding_of(case)[1]
    codes = (values % 2**bits).astype(np.uint8 if bits == 8 else np.uint16)
    if case["syntax"] in CODED:
        return film_of([coded(case, values)], codes, CODED[case["syntax"]], bits=bits, **attributes)
    if case["overlay"]:
        codes |= (np.arange(codes.size).reshape(codes.shape) % 2 ** (16 - bits) << bits).astype(
            np.uint16
        )
        return make_dicom(codes, syntax=WHOLE_CELLS[case["syntax"]], bits=bits, **attributes)
    pixels = values.astype(f"i{codes.itemsize}") if case["signed"] else codes
    return make_dicom(pixels, syntax=WHOLE_CELLS[case["syntax"]], bits=bits, **attributes)


MODALITY_FIRST, MODALITY_ENTRIES = 30, (np.arange(200) * 331 % 4001 + 7).tolist()
VOI_FIRST = 40
RESCALE = {"integer": (3, -1000), "fractional": (0.25, -3.5)}


def voi_entries_of(case: Case) -> list[int]:
    """A curve that leaves a film of these bits more than a quarter of the grey range: less would
    not be used."""
    steep = 40 if case["bits"] == 8 else 1
    return (steep * np.arange(1500) ** 2 // 550).clip(0, 4095).tolist()


def windows_of(case: Case) -> list[tuple[float, float]]:
    """Center and width that show the middle of what the modality LUT gives."""
    if case["modality"] == "table":
        return [(2000, 1500.5), (10, 20)]
    low = -(1 << case["bits"] - 1) if case["signed"] else 0
    slope, intercept = RESCALE.get(case["modality"], (1, 0))
    span = 2 ** case["bits"] * slope
    return [(round(low * slope + intercept + 0.45 * span, 2), round(0.4 * span, 2)), (10, 20)]


def luts_of(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if case["modality"] == "table":
        found["ModalityLUTSequence"] = [lut(MODALITY_ENTRIES, MODALITY_FIRST, 16)]
    elif case["modality"] != "none":
        found["RescaleSlope"], found["RescaleIntercept"] = RESCALE[case["modality"]]
    if case["voi"] == "table":
        found["VOILUTSequence"] = [lut(voi_entries_of(case), VOI_FIRST, 12)]
    elif case["voi"] != "none":
        windows = windows_of(case) if case["voi"] == "several" else windows_of(case)[:1]
        found["WindowCenter"], found["WindowWidth"] = map(list, zip(*windows, strict=True))
        if case["voi"] not in ("several", "LINEAR"):
            found["VOILUTFunction"] = case["voi"]
    return found


def expected_modality(case: Case, values: np.ndarray) -> np.ndarray:
    """PS3.3 C.11.1.1: outside a table its ends count; else output = slope * stored + intercept."""
    if case["modality"] == "table":
        return np.array(
            [MODALITY_ENTRIES[min(max(int(x) - MODALITY_FIRST, 0), 199)] for x in values.flat]
        ).reshape(values.shape)
    slope, intercept = RESCALE.get(case["modality"], (1, 0))
    return slope * values + intercept


def linear(x: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.where(x <= low, 0, np.where(x > high, 1, (x - low) / (high - low)))


def expected_share(case: Case, values: np.ndarray) -> np.ndarray:
    """PS3.3 C.11.2.1.2.1 (LINEAR), C.11.2.1.3 (LINEAR_EXACT, SIGMOID), C.11.2.1.1 (table); ours
    where the file says nothing."""
    x = expected_modality(case, values).astype(np.float64)
    asked = case["voi"] if case["window"] in ("auto", "dicom") else "none"
    (center, width), _ = windows_of(case)
    if asked == "table":
        entries = voi_entries_of(case)
        return np.array(
            [entries[min(max(round(v) - VOI_FIRST, 0), 1499)] / 4095 for v in x.flat]
        ).reshape(x.shape)
    if asked in ("LINEAR", "several"):
        return linear(x, center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2)
    if asked == "LINEAR_EXACT":
        return linear(x, center - width / 2, center + width / 2)
    if asked == "SIGMOID":
        return 1 / (1 + np.exp(-4 * (x - center) / width))
    if case["window"] in ("auto", "percentile"):
        first, last = padding_of(case)
        padded = {
            "none": np.zeros(x.shape, bool),
            "value": values == first,
            "range": (values >= first) & (values <= last),
        }
        low, high = np.quantile(x[~padded[case["padding"]]], [0.005, 0.995], method="inverted_cdf")
    else:
        stored = np.arange(1 << case["bits"]) - (1 << case["bits"] - 1 if case["signed"] else 0)
        low, high = (edge(expected_modality(case, stored)) for edge in (np.min, np.max))
    return linear(x, low, high)


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: " ".join(str(value) for value in case.values())
)
def test_from_bytes_to_grey(case: Case) -> None:
    values, bits = film(case), case["bits"]
    data = dicom(case, values)
    parsed = header.read_header(data)
    form = pixel_format(parsed, 10**6, 100)
    [(codes, how)] = decode_frames(header.read_with_pixels(data, parsed), form, data)
    plain = case["syntax"] in WHOLE_CELLS or case["syntax"] == "deflated frames"
    assert how.decoder.name.split(".")[0] == ("pydicom" if plain else "imagecodecs")
    if case["syntax"] in LOSSY:
        theirs = by_another(case, data, values) % 2**bits
        off = (codes.astype(np.int64) - theirs + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)
        most = {"JPEG XL lossy": 2**bits // 100, "HTJ2K lossy": 2}.get(case["syntax"], 1)
        assert np.abs(off).max() <= most
        values = np.where(
            case["signed"] & (codes >= 2 ** (bits - 1)), codes.astype(np.int64) - 2**bits, codes
        )
    else:
        assert (codes == values % 2**bits).all()
        if case["syntax"] in BY_GDCM:
            assert (codes == by_gdcm(data) % 2**bits).all()
    share = expected_share(case, values)
    if (case["photometric"] == "MONOCHROME1") or case["presentation"] == "INVERSE":
        share = 1 - share
    for depth in (8, 16):
        grey = grey_table(parsed, form, codes, depth, case["window"]).render(codes)
        assert grey.dtype == f"u{depth // 8}"
        assert np.abs(grey - share * (2**depth - 1)).max() <= 0.5 + 1e-6


def by_another(case: Case, data: bytes, values: np.ndarray) -> np.ndarray:
    """What is right for a lossy stream is what another decoder gives, within the rounding of a
    transform: GDCM, OpenJPH (here it is OpenJPEG that decodes), the JPEG stream before it went into
    JPEG XL. Of JPEG XL there is one decoder only, so its film itself counts."""
    if case["syntax"] == "HTJ2K lossy":
        return imagecodecs.htj2k_decode(coded(case, values)).astype(np.int64)
    if case["syntax"] == "JPEG in JPEG XL":
        stream = imagecodecs.jpeg8_encode(values.astype(np.uint8), level=97)
        return imagecodecs.jpeg8_decode(stream).astype(np.int64)
    return values if case["syntax"] == "JPEG XL lossy" else by_gdcm(data)


def by_gdcm(data: bytes) -> np.ndarray:
    dataset = pydicom.dcmread(io.BytesIO(data))
    with header.quiet():
        return (
            get_decoder(dataset.file_meta.TransferSyntaxUID)
            .as_array(dataset, raw=True, decoding_plugin="gdcm")[0]
            .astype(np.int64)
        )
