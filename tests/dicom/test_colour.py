from __future__ import annotations

import io
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.pixels import apply_color_lut
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    JPEG2000,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from radprep.dicom import header
from radprep.dicom.decode import decode_frames, pixel_format
from radprep.dicom.luts import grey_table
from radprep.image.greys import luminance
from tests.dicom.test_codestream import adobe, without
from tests.dicom.test_decode import IN_PYDICOM, code_of_failure, decode, film_of, rle_of
from tests.made import PLAIN, make_dicom

WEIGHTS = np.array([0.299, 0.587, 0.114])  # Rec. 601, in PS3.3 C.7.6.3.1.2


def colours(bits: int = 8, shape: tuple[int, ...] = (11, 10)) -> np.ndarray:
    """Random colours with the corners of the cube among them."""
    found = np.random.default_rng(5).integers(0, 1 << bits, (*shape, 3))
    found[0, :8] = np.array(np.meshgrid(*[[0, (1 << bits) - 1]] * 3)).reshape(3, 8).T
    return found.astype(np.uint8 if bits <= 8 else np.uint16)


def smooth() -> np.ndarray:
    y, x = np.mgrid[:48, :64]
    return np.dstack([2 * y, 3 * x, 255 - 2 * x]).astype(np.uint8)


def coloured(
    frames: list[bytes], pixels: np.ndarray, syntax: str, photometric: str, **attributes: object
) -> bytes:
    grey = np.zeros(pixels.shape[:2], pixels.dtype)
    return film_of(
        frames,
        grey,
        syntax,
        bits=8 * pixels.itemsize,
        SamplesPerPixel=3,
        PlanarConfiguration=0,
        PhotometricInterpretation=photometric,
        **attributes,
    )


def native(
    pixels: np.ndarray,
    body: bytes,
    syntax: str = ExplicitVRLittleEndian,
    photometric: str = "RGB",
    **attributes: object,
) -> bytes:
    attributes = {"PlanarConfiguration": 0, "SamplesPerPixel": 3, **attributes}
    return make_dicom(
        np.zeros(pixels.shape[:2], pixels.dtype),
        syntax=syntax,
        bits=8 * pixels.itemsize,
        PhotometricInterpretation=photometric,
        PixelData=body + b"\0" * (len(body) % 2),
        **attributes,
    )


def grey_of(
    data: bytes, bits: int = 8, window: str = "auto"
) -> tuple[np.ndarray, dict[str, object]]:
    parsed = header.read_header(data)
    form = pixel_format(parsed, 10**7, 100)
    codes, _ = next(decode_frames(header.read_with_pixels(data, parsed), form, data))
    table = grey_table(parsed, form, codes, bits, window)
    return table.render(codes), table.applied


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_luminance_is_rounded_rec_601(bits: int) -> None:
    rgb = colours(bits, (60, 50))
    assert luminance(rgb).dtype == rgb.dtype
    assert np.abs(luminance(rgb) - rgb @ WEIGHTS).max() <= 0.5 + 1e-9
    assert int(luminance(rgb).max()) == (1 << bits) - 1


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("syntax", [*PLAIN, RLELossless], ids=lambda uid: uid.keyword)
def test_plain_rgb(syntax: str, planar: int, bits: int) -> None:
    rgb = colours(bits)
    planes = rgb.transpose(2, 0, 1)
    if syntax == RLELossless:
        split = (
            planes
            if bits == 8
            else np.stack([half for plane in planes for half in (plane >> 8, plane & 255)]).astype(
                np.uint8
            )
        )
        data = coloured([rle_of(split)], rgb, syntax, "RGB")
    else:
        body = (
            (planes if planar else rgb)
            .astype(rgb.dtype.newbyteorder(">" if syntax == ExplicitVRBigEndian else "<"))
            .tobytes()
        )
        data = native(rgb, body, syntax, PlanarConfiguration=planar)
    [found] = decode(data)
    assert (found == luminance(rgb)).all()
    assert grey_of(data)[1] == {
        "modality_lut": "none",
        "colour": True,
        "voi": "full",
        "low": 0.0,
        "high": float((1 << bits) - 1),
        "monochrome1": False,
        "photometric": "RGB",
    }


@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL"])
def test_lossless_codecs(photometric: str) -> None:
    stored = colours()
    expected = luminance(stored) if photometric == "RGB" else stored[..., 0]
    jpeg = imagecodecs.jpeg8_encode(
        stored, lossless=True, predictor=1, colorspace="RGB", outcolorspace="RGB"
    )
    if photometric == "YBR_FULL":
        jpeg = jpeg[:2] + jpeg[18:]  # without the APP14 segment that calls it RGB
    for syntax, frame in (
        (JPEGLosslessSV1, jpeg),
        (JPEGLSLossless, imagecodecs.jpegls_encode(stored)),
        (
            JPEG2000Lossless,
            imagecodecs.jpeg2k_encode(
                stored, codecformat="j2k", level=0, reversible=True, mct=False
            ),
        ),
    ):
        [found] = decode(coloured([frame], stored, syntax, photometric))
        assert (found == expected).all(), syntax


@pytest.mark.parametrize("photometric", ["YBR_RCT", "RGB"])
def test_the_reversible_transform_of_jpeg_2000(photometric: str) -> None:
    frame = imagecodecs.jpeg2k_encode(
        colours(), codecformat="j2k", level=0, reversible=True, mct=True
    )
    [found] = decode(coloured([frame], colours(), JPEG2000Lossless, photometric))
    assert (found == luminance(colours())).all()


def test_the_irreversible_transform_of_jpeg_2000() -> None:
    frame = imagecodecs.jpeg2k_encode(smooth(), codecformat="j2k", level=45, mct=True)
    [found] = decode(coloured([frame], smooth(), JPEG2000, "YBR_ICT"))
    assert np.abs(found - smooth() @ WEIGHTS).mean() < 2


@pytest.mark.parametrize("subsampling", ["444", "422", "420"])
@pytest.mark.parametrize("photometric", ["YBR_FULL", "YBR_FULL_422"])
def test_baseline_jpeg_of_ybr(photometric: str, subsampling: str) -> None:
    frame = imagecodecs.jpeg8_encode(smooth(), level=97, subsampling=subsampling)
    for stream in (frame, adobe(frame, 1)):
        [found] = decode(coloured([stream], smooth(), JPEGBaseline8Bit, photometric))
        assert np.abs(found - smooth() @ WEIGHTS).mean() < 1
        assert (
            found
            == imagecodecs.jpeg8_decode(frame, colorspace="YCBCR", outcolorspace="YCBCR")[..., 0]
        ).all()


def test_baseline_jpeg_of_rgb_is_not_taken_for_ybr() -> None:
    frame = imagecodecs.jpeg8_encode(smooth(), level=97, colorspace="RGB", outcolorspace="RGB")
    for stream in (frame, adobe(frame, 0)):
        [found] = decode(coloured([stream], smooth(), JPEGBaseline8Bit, "RGB"))
        assert np.abs(found - smooth() @ WEIGHTS).mean() < 1


def frame_of(data: bytes) -> tuple[np.ndarray, tuple[str, ...]]:
    """The first frame, and its marks."""
    parsed = header.read_header(data)
    form = pixel_format(parsed, 10**7, 100)
    codes, how = next(decode_frames(header.read_with_pixels(data, parsed), form, data))
    return codes, how.marks


def test_what_a_jpeg_stream_says_of_its_colours_counts() -> None:
    """A JFIF or an Adobe segment, or halved components, under a header that says RGB; and the other
    way round."""
    ybr = imagecodecs.jpeg8_encode(smooth(), level=97)
    bare = without(imagecodecs.jpeg8_encode(smooth(), level=97, subsampling="420"), 0xE0)
    for stream in (ybr, adobe(ybr, 1), bare):
        found, marks = frame_of(coloured([stream], smooth(), JPEGBaseline8Bit, "RGB"))
        assert np.abs(found - smooth() @ WEIGHTS).mean() < 1
        assert marks == ("stream_colour",)
    rgb = imagecodecs.jpeg8_encode(smooth(), level=97, colorspace="RGB", outcolorspace="RGB")
    found, marks = frame_of(coloured([adobe(rgb, 0)], smooth(), JPEGBaseline8Bit, "YBR_FULL"))
    assert np.abs(found - smooth() @ WEIGHTS).mean() < 1
    assert marks == ("stream_colour",)


def test_jpeg_xl_of_colour() -> None:
    lossless = imagecodecs.jpegxl_encode(colours(), lossless=True)
    [found] = decode(coloured([lossless], colours(), "1.2.840.10008.1.2.4.110", "RGB"))
    assert (found == luminance(colours())).all()
    lossy = imagecodecs.jpegxl_encode(smooth(), distance=0.5)
    found, marks = frame_of(coloured([lossy], smooth(), "1.2.840.10008.1.2.4.112", "XYB"))
    assert np.abs(found - smooth() @ WEIGHTS).mean() < 2
    assert marks == ()
    jpeg = imagecodecs.jpeg8_encode(smooth(), level=97, subsampling="422")
    recompressed = imagecodecs.jpegxl_encode_jpeg(jpeg)
    [found] = decode(coloured([recompressed], smooth(), "1.2.840.10008.1.2.4.111", "YBR_FULL_422"))
    [theirs] = decode(coloured([jpeg], smooth(), JPEGBaseline8Bit, "YBR_FULL_422"))
    assert (found == theirs).all()


def test_colours_of_more_than_16_bits() -> None:
    rgb = colours(16).astype(np.uint32) << 16 | 7
    data = native(rgb, rgb.tobytes())
    [found] = decode(data)
    assert (found == luminance(colours(16))).all()


def test_native_ybr() -> None:
    ybr = colours()
    [found] = decode(native(ybr, ybr.tobytes(), photometric="YBR_FULL"))
    assert (found == ybr[..., 0]).all()
    # Y Y Cb Cr
    halved = np.stack([ybr[:, ::2, 0], ybr[:, 1::2, 0], ybr[:, ::2, 1], ybr[:, ::2, 2]], -1)
    data = native(ybr, halved.tobytes(), photometric="YBR_FULL_422")
    [found] = decode(data)
    assert (found == ybr[..., 0]).all()
    assert (
        code_of_failure(native(ybr, halved.tobytes()[:-2], photometric="YBR_FULL_422"))
        == "truncated"
    )


def contradictions() -> list[bytes]:
    lossless = {"codecformat": "j2k", "level": 0}
    return [
        coloured(
            [adobe(imagecodecs.jpeg8_encode(smooth()), 2)],
            smooth(),
            JPEGBaseline8Bit,
            "YBR_FULL_422",
        ),
        coloured(
            [imagecodecs.jpeg2k_encode(smooth(), mct=False, **lossless)],
            smooth(),
            JPEG2000,
            "YBR_ICT",
        ),
        coloured(
            [imagecodecs.jpeg2k_encode(smooth(), mct=True, **lossless)],
            smooth(),
            JPEG2000,
            "YBR_FULL",
        ),
        coloured(
            [imagecodecs.jpeg2k_encode(smooth(), codecformat="jp2", level=0)],
            smooth(),
            JPEG2000,
            "YBR_ICT",
        ),
    ]


@pytest.mark.parametrize(
    "data",
    [
        *contradictions(),
        native(colours(), colours().tobytes(), photometric="YBR_PARTIAL_420"),
        native(colours(), colours().tobytes(), photometric="HSV"),
        native(colours(), colours().tobytes(), photometric="YBR_ICT"),
        native(colours(), colours().tobytes(), photometric="MONOCHROME2"),
        native(colours(), colours().tobytes(), PixelRepresentation=1),
        native(colours(16), colours(16).tobytes(), photometric="YBR_FULL_422"),
        native(colours(shape=(10, 9)), bytes(180), photometric="YBR_FULL_422"),
        native(colours(), bytes(440), SamplesPerPixel=4),
        coloured([rle_of(colours().transpose(2, 0, 1))], colours(), RLELossless, "YBR_FULL_422"),
        film_of(
            [imagecodecs.jpeg8_encode(smooth()[..., 0].copy())],
            smooth()[..., 0],
            JPEGBaseline8Bit,
            bits=8,
            PhotometricInterpretation="PALETTE COLOR",
        ),
    ],
)
def test_what_is_not_known_for_sure_is_refused(data: bytes) -> None:
    assert code_of_failure(data) == "unsupported_photometric"


@pytest.mark.parametrize(
    "frame",
    [imagecodecs.jpeg8_encode(smooth()[..., 0].copy()), b"\xff\xd8" + b"junk" * 99 + b"\xff\xd9"],
)
def test_a_frame_without_colour_under_a_colour_header(frame: bytes) -> None:
    assert code_of_failure(coloured([frame], smooth(), JPEGBaseline8Bit, "YBR_FULL")) in (
        "decode_error",
        "frame_does_not_fit",
    )


@pytest.mark.parametrize(
    ("options", "window"),
    [
        ({"WindowCenter": 10, "WindowWidth": 20}, "auto"),
        ({"RescaleSlope": 3, "RescaleIntercept": 5}, "dicom"),
        ({"PresentationLUTShape": "INVERSE"}, "full"),
    ],
)
@pytest.mark.parametrize("bits", [8, 16])
def test_what_is_for_grey_films_does_not_touch_colour(
    options: dict[str, object], window: str, bits: int
) -> None:
    grey, applied = grey_of(native(colours(), colours().tobytes(), **options), bits, window)
    assert (grey == luminance(colours()).astype(int) * (1 if bits == 8 else 257)).all()
    assert applied["monochrome1"] is False


def test_percentiles_of_colour_where_asked_for() -> None:
    rgb = np.repeat(np.arange(50, 150, dtype=np.uint8).reshape(10, 10, 1), 3, -1)
    grey, applied = grey_of(native(rgb, rgb.tobytes(), PixelPaddingValue=50), window="percentile")
    assert (applied["voi"], applied["low"], applied["high"]) == ("percentiles", 50.0, 149.0)
    assert (grey.min(), grey.max()) == (0, 255)


NAMES = ("Red", "Green", "Blue")


def with_palette(
    indices: np.ndarray,
    entries: np.ndarray,
    first: int = 0,
    bits: int = 8,
    syntax: str = ExplicitVRLittleEndian,
    body: type = np.uint16,
    **attributes: object,
) -> bytes:
    """entries: (n, 3); body: type that an entry is stored in."""
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    for column, name in enumerate(NAMES):
        attributes[f"{name}PaletteColorLookupTableDescriptor"] = [len(entries) % 65536, first, bits]
        stored = entries[:, column].astype(np.dtype(body)).tobytes()
        words = (
            np.frombuffer(stored + b"\0" * (len(stored) % 2), "<u2").astype(f"{order}u2").tobytes()
        )
        attributes[f"{name}PaletteColorLookupTableData"] = words
    return make_dicom(
        indices,
        syntax=syntax,
        bits=8 * indices.itemsize,
        **{"PhotometricInterpretation": "PALETTE COLOR", **attributes},
    )


@pytest.mark.parametrize("syntax", PLAIN, ids=lambda uid: uid.keyword)
@pytest.mark.parametrize(
    ("size", "first", "bits", "body", "kind"),
    [
        (256, 0, 8, np.uint8, np.uint8),
        (255, 0, 8, np.uint8, np.uint8),
        (256, 0, 8, np.uint16, np.uint8),
        (100, 20, 16, np.uint16, np.uint8),
        (1000, 50, 16, np.uint16, np.uint16),
        (1000, 50, 8, np.uint8, np.uint16),
        (65536, 0, 16, np.uint16, np.uint16),
    ],
)
def test_palettes(syntax: str, size: int, first: int, bits: int, body: type, kind: type) -> None:
    rng = np.random.default_rng(size)
    entries = rng.integers(0, 1 << bits, (size, 3))
    most = np.iinfo(kind).max + 1
    indices = rng.integers(
        0, most if size > 1000 else min(first + size + 30, most), (20, 30)
    ).astype(kind)
    expected = (
        entries[np.clip(indices.astype(int) - first, 0, size - 1)] @ WEIGHTS / ((1 << bits) - 1)
    )
    data = with_palette(indices, entries, first, bits, syntax, body)
    for depth in (8, 16):
        grey, applied = grey_of(data, depth)
        step = ((1 << depth) - 1) / ((1 << bits) - 1)
        assert np.abs(grey - expected * ((1 << depth) - 1)).max() <= 0.5 * step + 0.51
    assert applied["colour"] is True
    assert applied["photometric"] == "PALETTE COLOR"


def test_entries_called_8_bits_that_use_the_high_byte() -> None:
    entries = np.arange(256)[:, None].repeat(3, 1) * 257
    grey, _ = grey_of(with_palette(np.arange(256, dtype=np.uint8).reshape(16, 16), entries, bits=8))
    assert (grey.ravel() == np.arange(256)).all()


def test_a_palette_of_signed_numbers() -> None:
    entries = np.arange(100)[:, None].repeat(3, 1)
    indices = np.arange(-60, 60, dtype=np.int16).reshape(10, 12)
    data = with_palette(indices, entries, -50, 16, RedPaletteColorLookupTableDescriptor=None)
    dataset = pydicom.dcmread(io.BytesIO(data))
    for name in NAMES:
        dataset.add_new(f"{name}PaletteColorLookupTableDescriptor", "SS", [100, -50, 16])
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    grey, _ = grey_of(buffer.getvalue(), 16)
    assert (grey.ravel() == np.clip(np.arange(-60, 60) + 50, 0, 99)).all()


@pytest.mark.parametrize(
    "spoilt",
    [
        {"RedPaletteColorLookupTableData": None},
        {"BluePaletteColorLookupTableDescriptor": None},
        {"GreenPaletteColorLookupTableData": b"\0\0"},
        {"GreenPaletteColorLookupTableDescriptor": [256, 1, 8]},
        {"RedPaletteColorLookupTableDescriptor": [256, 0]},
        {"RedPaletteColorLookupTableDescriptor": [256, 0, 0]},
    ],
)
def test_a_palette_that_cannot_be_read_is_refused(spoilt: dict[str, object]) -> None:
    ramp = np.arange(256)[:, None].repeat(3, 1)
    data = with_palette(np.zeros((4, 4), np.uint8), ramp, body=np.uint8)
    dataset = pydicom.dcmread(io.BytesIO(data))
    for keyword, value in spoilt.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    with pytest.raises(Exception, match="unsupported_photometric"):
        grey_of(buffer.getvalue())


@pytest.mark.parametrize("syntax", PLAIN[:3], ids=lambda uid: uid.keyword)
def test_one_bit(syntax: str) -> None:
    frames = np.random.default_rng(1).integers(0, 2, (3, 5, 7))
    body = np.packbits(frames.ravel(), bitorder="little").tobytes()
    body += b"\0" * (len(body) % 2)
    if syntax == ExplicitVRBigEndian:  # in OW: pairs of bytes are turned
        body = np.frombuffer(body, "<u2").astype(">u2").tobytes()
    data = make_dicom(
        np.zeros((3, 5, 7), np.uint8), syntax=syntax, bits=1, BitsAllocated=1, PixelData=body
    )
    if syntax == ExplicitVRBigEndian:
        data = data.replace(b"\x7f\xe0\x00\x10OB", b"\x7f\xe0\x00\x10OW")
    assert (np.stack(decode(data)) == frames).all()
    assert (
        code_of_failure(
            make_dicom(np.zeros((30, 50, 7), np.uint8), bits=1, BitsAllocated=1, PixelData=body)
        )
        == "truncated"
    )


@pytest.mark.parametrize(
    "name",
    sorted(
        {
            "ExplVR_BigEnd",
            "SC_jpeg_no_color_transform",
            "SC_jpeg_no_color_transform_2",
            "SC_rgb_dcmtk_+eb+cr",
            "SC_rgb_dcmtk_+eb+cy+n1",
            "SC_rgb_dcmtk_+eb+cy+n2",
            "SC_rgb_dcmtk_+eb+cy+np",
            "SC_rgb_dcmtk_+eb+cy+s2",
            "SC_rgb_dcmtk_+eb+cy+s4",
            "SC_rgb_gdcm_KY",
            "SC_rgb_jls_lossy_line",
            "SC_rgb_jls_lossy_sample",
            "SC_rgb_jpeg",
            "SC_rgb_jpeg_app14_dcmd",
            "SC_rgb_jpeg_dcmd",
            "SC_rgb_jpeg_dcmtk",
            "SC_rgb_jpeg_gdcm",
            "SC_rgb_jpeg_lossy_gdcm",
            "SC_rgb_rle",
            "SC_rgb_rle_16bit",
            "SC_rgb_rle_16bit_2frame",
            "SC_rgb_rle_2frame",
            "SC_rgb_small_odd",
            "SC_rgb_small_odd_big_endian",
            "SC_rgb_small_odd_jpeg",
            "SC_ybr_full_422_uncompressed",
            "examples_jpeg2k",
            "examples_palette",
            "examples_rgb_color",
            "examples_ybr_color",
        }
    ),
)
def test_colour_files_of_pydicom_as_its_own_decoders_read_them(name: str) -> None:
    path = Path(IN_PYDICOM) / f"{name}.dcm"
    data = path.read_bytes()
    dataset = pydicom.dcmread(path)
    decoder = get_decoder(dataset.file_meta.TransferSyntaxUID)
    ours = np.stack(decode(data))
    with header.quiet():
        plugin = (
            "gdcm"
            if "gdcm" in decoder.available_plugins
            and dataset.file_meta.TransferSyntaxUID != RLELossless
            else ""
        )
        theirs, _ = decoder.as_array(dataset, raw=True, decoding_plugin=plugin)
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        ours, theirs = (
            grey_of(data)[0][None],
            apply_color_lut(theirs, dataset)
            / (257 if dataset[0x0028, 0x1101].value[2] == 16 else 1),
        )
    rgb = (
        theirs.astype(float)
        if ours.shape[0] > 1 or theirs.ndim == 4
        else theirs[None].astype(float)
    )
    expected = (
        rgb[..., 0] if dataset.PhotometricInterpretation.startswith("YBR_FULL") else rgb @ WEIGHTS
    )
    assert np.abs(ours - expected).max() <= 0.51
