from __future__ import annotations

import io
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.filewriter import write_file_meta_info
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    JPEG2000,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from radprep.dicom import decode as decode_module
from radprep.dicom import gdcm_child, header, native
from radprep.dicom.decode import decode_frames, pixel_format
from radprep.errors import Failure
from tests.made import CODECS, PLAIN, arm, make_dicom

IN_PYDICOM = Path(pydicom.__file__).parent / "data" / "test_files"
TRANSFER_SYNTAXES = [*PLAIN, RLELossless, *CODECS]
BUDGET = 10_000_000


def decode(data: bytes) -> list[np.ndarray]:
    parsed = header.read_header(data)
    form = pixel_format(parsed, BUDGET, 100)
    return [codes for codes, _ in decode_frames(header.read_with_pixels(data, parsed), form, data)]


def code_of_failure(data: bytes) -> str:
    with pytest.raises(Failure) as failure:
        decode(data)
    return failure.value.code


def rewritten(data: bytes, syntax: str) -> bytes:
    """The same bytes under another transfer syntax (of the same VR encoding)."""
    meta = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True).file_meta
    body = data[132 + 12 + meta.FileMetaInformationGroupLength :]
    meta.TransferSyntaxUID = syntax
    buffer = io.BytesIO(data[:132])
    buffer.seek(132)
    write_file_meta_info(buffer, meta)
    return buffer.getvalue() + body


def film_of(frames: list[bytes], pixels: np.ndarray, syntax: str, **attributes: object) -> bytes:
    """A film with this encapsulated pixel data."""
    return rewritten(
        make_dicom(pixels, syntax=JPEGLosslessSV1, PixelData=encapsulate(frames), **attributes),
        syntax,
    )


def full_range(bits: int, shape: tuple[int, ...] = (11, 7), seed: int = 3) -> np.ndarray:
    """Random codes that hold the least and the greatest."""
    codes = np.random.default_rng(seed).integers(0, 1 << bits, shape)
    codes.flat[:3] = 0, (1 << bits) - 1, 1 << bits - 1
    return codes.astype(np.uint8 if bits <= 8 else np.uint16)


def sign_extended(codes: np.ndarray, bits: int) -> np.ndarray:
    values = codes.astype(np.int32)
    return np.where(values >= 1 << bits - 1, values - (1 << bits), values).astype(
        np.int8 if bits <= 8 else np.int16
    )


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("syntax", TRANSFER_SYNTAXES, ids=lambda uid: uid.keyword)
def test_codes_are_the_stored_bits(syntax: str, bits: int, signed: bool) -> None:
    codes = full_range(bits)
    # else its two's complement travels as if unsigned
    carries_a_sign = syntax not in (JPEGLosslessSV1, JPEGLSLossless)
    pixels = sign_extended(codes, bits) if signed and carries_a_sign else codes
    [found] = decode(make_dicom(pixels, syntax=syntax, bits=bits, PixelRepresentation=int(signed)))
    assert found.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert (found == codes).all()


@pytest.mark.parametrize(
    ("syntax", "encode"),
    [
        (
            JPEGLosslessSV1,
            lambda codes, bits: imagecodecs.jpeg_encode(
                codes, lossless=True, predictor=1, bitspersample=bits
            ),
        ),
        (
            JPEGLossless,
            lambda codes, bits: imagecodecs.jpeg_encode(
                codes, lossless=True, predictor=6, bitspersample=bits
            ),
        ),
        (
            JPEG2000Lossless,
            lambda codes, bits: imagecodecs.jpeg2k_encode(
                codes, reversible=True, codecformat="j2k", level=0, bitspersample=bits
            ),
        ),
    ],
    ids=["sv1", "predictor 6", "j2k"],
)
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("bits", [10, 12, 15])
def test_codecs_that_know_the_bits_stored(
    syntax: str, encode: object, bits: int, signed: bool
) -> None:
    codes = full_range(bits)
    [found] = decode(
        film_of([encode(codes, bits)], codes, syntax, bits=bits, PixelRepresentation=int(signed))
    )
    assert (found == codes).all()


@pytest.mark.parametrize("syntax", [*PLAIN, RLELossless], ids=lambda uid: uid.keyword)
def test_overlay_bits_are_masked(syntax: str) -> None:
    codes = full_range(12)
    with_overlay = codes | (np.arange(codes.size).reshape(codes.shape) % 16 << 12).astype(np.uint16)
    [found] = decode(make_dicom(with_overlay, syntax=syntax, bits=12))
    assert (found == codes).all()


@pytest.mark.parametrize("syntax", [*PLAIN, RLELossless], ids=lambda uid: uid.keyword)
@pytest.mark.parametrize("below", [0, 5])
def test_bits_that_end_at_a_high_bit(syntax: str, below: int) -> None:
    codes = full_range(12)
    [found] = decode(
        make_dicom((codes << 4 | below).astype(np.uint16), syntax=syntax, bits=12, HighBit=15)
    )
    assert (found == codes).all()


@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize("shape", [(3, 11, 7), (4, 5, 3)])
@pytest.mark.parametrize("syntax", TRANSFER_SYNTAXES, ids=lambda uid: uid.keyword)
def test_every_frame_is_yielded_in_order(syntax: str, shape: tuple[int, ...], bits: int) -> None:
    frames = full_range(bits, shape)
    found = decode(make_dicom(frames, syntax=syntax, bits=bits))
    assert len(found) == len(frames)
    assert (np.stack(found) == frames).all()


def test_a_frame_in_several_fragments() -> None:
    film = arm(bits=16)
    body = encapsulate([CODECS[JPEGLosslessSV1](film)], fragments_per_frame=4)
    [found] = decode(make_dicom(film, syntax=JPEGLosslessSV1, bits=16, PixelData=body))
    assert (found == film).all()


@pytest.mark.parametrize("padding", [b"", b"\0", b"\0\0\0", b"\xff", b"\xff\0"])
def test_padding_after_the_end_marker(padding: bytes) -> None:
    film = arm(bits=16)
    [found] = decode(
        film_of([CODECS[JPEGLosslessSV1](film) + padding], film, JPEGLosslessSV1, bits=16)
    )
    assert (found == film).all()


@pytest.mark.parametrize("tail", [b"\0\xd3\x0c\x99\xfa", b"\xff" * 40, b"\0\x15\x80\0\x41\xff\0"])
def test_what_a_writer_leaves_after_the_end_marker(tail: bytes) -> None:
    films = full_range(16, (3, 11, 7))
    found = decode(
        film_of(
            [CODECS[JPEGLosslessSV1](film) + tail for film in films],
            films,
            JPEGLosslessSV1,
            bits=16,
        )
    )
    assert (np.stack(found) == films).all()


def with_point_transform(frame: bytes, bits: int, transform: int) -> bytes:
    """A lossless JPEG of bits - transform bits, declared as one of `bits` bits with that point
    transform (T.81 A.4, H.1.2.1): the same differences, shifted up by the decoder. Precision stands
    in SOF3, Al in the last byte of SOS."""
    changed = bytearray(frame)
    sof, sos = frame.index(b"\xff\xc3"), frame.index(b"\xff\xda")
    changed[sof + 4] = bits
    changed[sos + 1 + int.from_bytes(frame[sos + 2 : sos + 4])] |= transform
    return bytes(changed)


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize(("bits", "transform"), [(8, 1), (12, 1), (12, 3), (16, 2), (16, 7)])
def test_point_transform(
    bits: int, transform: int, predictor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    low = full_range(bits - transform, (20, 15)).astype(np.uint8 if bits == 8 else np.uint16)
    frame = imagecodecs.jpeg8_encode(
        low, lossless=True, predictor=predictor, bitspersample=max(bits - transform, 2)
    )
    data = film_of([with_point_transform(frame, bits, transform)], low, JPEGLossless, bits=bits)
    [found] = decode(data)
    assert (found == low << transform).all()
    theirs, _ = get_decoder(JPEGLossless).as_array(
        pydicom.dcmread(io.BytesIO(data)), raw=True, decoding_plugin="gdcm"
    )
    assert (theirs == found).all()
    monkeypatch.setattr(imagecodecs, "ljpeg_decode", None)  # which would be wrong
    assert (decode(data)[0] == found).all()


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize(
    "encode",
    [
        lambda codes, bits: (
            JPEGLosslessSV1,
            imagecodecs.jpeg8_encode(codes, lossless=True, predictor=1, bitspersample=bits),
        ),
        lambda codes, bits: (
            JPEG2000Lossless,
            imagecodecs.jpeg2k_encode(
                codes, codecformat="j2k", level=0, reversible=True, bitspersample=bits
            ),
        ),
    ],
    ids=["jpeg", "j2k"],
)
def test_a_high_bit_above_the_stored_bits_in_a_codec(encode: object, signed: bool) -> None:
    codes = full_range(12)
    options = {"bits": 12, "PixelRepresentation": int(signed)}
    syntax, stored_only = encode(codes, 12)
    [found] = decode(film_of([stored_only], codes, syntax, HighBit=15, **options))
    assert (found == codes).all()
    for low_bits in (0, 5):
        syntax, cells = encode((codes << 4 | low_bits).astype(np.uint16), 16)
        [found] = decode(film_of([cells], codes, syntax, HighBit=15, **options))
        assert (found == codes).all()
    syntax, cells = encode((codes << 2).astype(np.uint16), 14)
    [found] = decode(film_of([cells], codes, syntax, HighBit=13, **options))
    assert (found == codes).all()
    syntax, neither = encode(codes >> 2, 14)
    assert (
        code_of_failure(film_of([neither], codes, syntax, HighBit=15, **options))
        == "unsupported_bits"
    )


def test_gdcm_decodes_a_file_once_for_all_its_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    films, asked = full_range(16, (5, 20, 30)), []
    child = gdcm_child.decode
    monkeypatch.setattr(imagecodecs, "jpeg8_decode", None)
    monkeypatch.setattr(
        gdcm_child, "decode", lambda data, *rest: asked.append(rest) or child(data, *rest)
    )
    assert (np.stack(decode(make_dicom(films, syntax=JPEGLosslessSV1, bits=16))) == films).all()
    assert asked == [(5, films.nbytes)]


@pytest.mark.parametrize("syntax", TRANSFER_SYNTAXES, ids=lambda uid: uid.keyword)
def test_only_the_first_frame(syntax: str) -> None:
    films = full_range(16, (5, 20, 30))
    data = make_dicom(films, syntax=syntax, bits=16)
    parsed = header.read_header(data)
    with pytest.raises(Failure, match="too_many_pixels"):
        pixel_format(parsed, 20 * 30 * 5 - 1, 100)
    form = pixel_format(parsed, 20 * 30, 100, first_only=True)
    [(found, _)] = decode_frames(header.read_with_pixels(data, parsed), form, data, first_only=True)
    assert (form.frames, (found == films[0]).all()) == (5, True)


COLOURS = np.array(
    [[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[255, 255, 255], [0, 0, 0], [10, 200, 30]]], np.uint8
)


def rle_of(planes: np.ndarray) -> bytes:
    """One frame of RLE (PS3.5 annex G): a literal run for each small plane."""
    segments = [
        bytes([plane.size - 1]) + plane.tobytes() + b"\x80" * (1 - plane.size % 2)
        for plane in planes
    ]
    offsets = [64 + sum(map(len, segments[:index])) for index in range(len(segments))]
    return struct.pack("<16I", len(segments), *offsets, *[0] * (15 - len(segments))) + b"".join(
        segments
    )


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("syntax", [*PLAIN, RLELossless], ids=lambda uid: uid.keyword)
def test_colour_becomes_luminance(syntax: str, planar: int) -> None:
    header_of_colour = {
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": "RGB",
        "PlanarConfiguration": planar,
    }
    planes = COLOURS.transpose(2, 0, 1)
    if syntax == RLELossless:
        data = film_of(
            [rle_of(planes)], np.zeros((2, 3), np.uint8), syntax, bits=8, **header_of_colour
        )
    else:
        body = (planes if planar else COLOURS).tobytes()
        data = make_dicom(
            np.zeros((2, 3), np.uint8), syntax=syntax, bits=8, PixelData=body, **header_of_colour
        )
    [found] = decode(data)
    assert np.abs(found - COLOURS @ [0.299, 0.587, 0.114]).max() <= 0.51


def test_gdcm_is_asked_for_the_frame_that_imagecodecs_gives_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    films, jpeg_decode = (
        np.stack([arm(20, 30, seed, 16) for seed in range(3)]),
        imagecodecs.jpeg8_decode,
    )

    def picky(frame: bytes) -> np.ndarray:
        if frame.rstrip(b"\0") == CODECS[JPEGLosslessSV1](films[1]):
            raise imagecodecs.DelayedImportError("jpeg")
        return jpeg_decode(frame)

    monkeypatch.setattr(imagecodecs, "jpeg8_decode", picky)
    data = make_dicom(films, syntax=JPEGLosslessSV1, bits=16)
    parsed = header.read_header(data)
    found = list(
        decode_frames(
            header.read_with_pixels(data, parsed), pixel_format(parsed, BUDGET, 100), data
        )
    )
    assert [how.decoder.name for _, how in found] == [
        "imagecodecs.jpeg",
        "gdcm",
        "imagecodecs.jpeg",
    ]
    assert (np.stack([codes for codes, _ in found]) == films).all()


def test_baseline_jpeg_is_close() -> None:
    film = arm(bits=8)
    [found] = decode(
        film_of([imagecodecs.jpeg_encode(film, level=95)], film, JPEGBaseline8Bit, bits=8)
    )
    assert found.dtype == np.uint8
    assert np.abs(found.astype(int) - film).mean() < 2


def test_lossy_jpeg_2000_is_close() -> None:
    film = arm(bits=12)
    frame = imagecodecs.jpeg2k_encode(film, level=60, codecformat="j2k", bitspersample=12)
    [found] = decode(film_of([frame], film, JPEG2000, bits=12))
    assert np.abs(found.astype(int) - film).mean() < 8


@pytest.mark.parametrize(
    "name",
    [
        "693_J2KI",
        "CT_small",
        "J2K_pixelrep_mismatch",
        "JPEG2000",
        "JPEGLSNearLossless_08",
        "JPEGLSNearLossless_16",
        "MR_small",
        "MR_small_RLE",
        "MR_small_bigendian",
        "MR_small_expb",
        "MR_small_implicit",
        "MR_small_jp2klossless",
        "MR_small_jpeg_ls_lossless",
        "MR_small_padded",
        "examples_overlay",
        "image_dfl",
    ],
)
def test_pydicom_reads_its_own_files_alike(name: str) -> None:
    data = (IN_PYDICOM / f"{name}.dcm").read_bytes()
    dataset = pydicom.dcmread(io.BytesIO(data))
    uid = dataset.file_meta.TransferSyntaxUID
    plugin = (
        "gdcm" if "gdcm" in get_decoder(uid).available_plugins and uid != RLELossless else "pydicom"
    )
    with header.quiet():
        theirs, _ = get_decoder(uid).as_array(dataset, raw=True, decoding_plugin=plugin)
    [ours] = decode(data)
    assert (ours == theirs.astype(np.int64) % (1 << dataset.BitsStored)).all()


@pytest.mark.parametrize("name", ["JPEG-lossy", "JPGExtended"])
def test_twelve_bit_jpeg_padded_with_ff(name: str) -> None:
    [found] = decode((IN_PYDICOM / f"{name}.dcm").read_bytes())
    # as in pydicom's own tests
    assert (found.shape, found[420, 140], found[230, 120]) == ((1024, 256), 244, 95)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("MR_truncated", "truncated"),
        ("JPEG2000-embedded-sequence-delimiter", "frame_does_not_fit"),
        ("GDCMJ2K_TextGBR", "unsupported_photometric"),
        ("rtplan", "bad_pixel_attributes"),
    ],
)
def test_what_pydicom_ships_that_is_no_grey_film(name: str, code: str) -> None:
    assert code_of_failure((IN_PYDICOM / f"{name}.dcm").read_bytes()) == code


@pytest.mark.parametrize("cut", [1, 2, 100, 5000])
@pytest.mark.parametrize("syntax", PLAIN[:3], ids=lambda uid: uid.keyword)
def test_a_file_cut_in_native_pixels(syntax: str, cut: int) -> None:
    assert code_of_failure(make_dicom(syntax=syntax)[:-cut]) in ("truncated", "no_pixel_data")


@pytest.mark.parametrize("missing", [2, 3, 100])
@pytest.mark.parametrize("syntax", PLAIN, ids=lambda uid: uid.keyword)
def test_native_pixels_too_short_in_a_whole_file(syntax: str, missing: int) -> None:
    film = arm(31, 27, bits=12)
    body = film.astype(">u2" if syntax == PLAIN[2] else "<u2").tobytes()[:-missing]
    assert code_of_failure(
        make_dicom(film, syntax=syntax, PixelData=body + b"\0" * (len(body) % 2))
    ) in ("truncated", "decode_error")


@pytest.mark.parametrize("syntax", [RLELossless, *CODECS], ids=lambda uid: uid.keyword)
def test_a_file_cut_anywhere_in_its_encapsulated_pixels(syntax: str) -> None:
    film = arm(40, 30, bits=16)
    data = make_dicom(film, syntax=syntax, bits=16)
    start = data.index(b"\xe0\x7f\x10\x00") + 12
    for cut in np.random.default_rng(7).integers(start, len(data) - 9, 12):
        assert code_of_failure(data[:cut]) in ("truncated", "no_pixel_data")


@pytest.mark.parametrize("syntax", [RLELossless, *CODECS], ids=lambda uid: uid.keyword)
def test_a_cut_fragment_in_a_whole_file(syntax: str) -> None:
    film = arm(40, 30, bits=16)
    [frame] = generate_frames(
        pydicom.dcmread(io.BytesIO(make_dicom(film, syntax=syntax, bits=16))).PixelData,
        number_of_frames=1,
    )
    for cut in np.random.default_rng(8).integers(0, len(frame) - 4, 12):
        assert code_of_failure(film_of([frame[:cut]], film, syntax, bits=16)) in (
            "truncated",
            "decode_error",
        )


@pytest.mark.parametrize("syntax", CODECS, ids=lambda uid: uid.keyword)
def test_a_frame_that_lacks_its_middle_but_has_its_end_marker(
    syntax: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_second_try(*_: object) -> None:
        raise Failure("decode_error")

    monkeypatch.setattr(gdcm_child, "decode", no_second_try)
    film = arm(40, 30, bits=16)
    frame = CODECS[syntax](film)
    for cut in np.random.default_rng(9).integers(100, int(0.9 * len(frame)), 12):
        assert code_of_failure(film_of([frame[:cut] + b"\xff\xd9"], film, syntax, bits=16)) in (
            "truncated",
            "decode_error",
        )


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEG2000Lossless], ids=lambda uid: uid.keyword)
def test_gdcm_does_not_let_a_shortened_frame_through_either(syntax: str) -> None:
    film = arm(40, 30, bits=16)
    frame = CODECS[syntax](film)
    assert code_of_failure(film_of([frame[:900] + b"\xff\xd9"], film, syntax, bits=16)) in (
        "truncated",
        "decode_error",
    )


def test_baseline_jpeg_that_ends_early() -> None:
    film = arm(bits=8)
    frame = imagecodecs.jpeg_encode(film, level=95)
    assert (
        code_of_failure(
            film_of([frame[: len(frame) // 2] + b"\xff\xd9"], film, JPEGBaseline8Bit, bits=8)
        )
        == "truncated"
    )


@pytest.mark.parametrize(
    ("syntax", "value"), [(JPEGLosslessSV1, 0), (JPEGLosslessSV1, 32768), (JPEGBaseline8Bit, 128)]
)
def test_a_flat_last_row_is_no_early_end(syntax: str, value: int) -> None:
    film = np.full((20, 16), value, np.uint8 if value == 128 else np.uint16)
    film[:10, 3:9] = 77
    frame = imagecodecs.jpeg_encode(film, level=95) if value == 128 else CODECS[syntax](film)
    [found] = decode(film_of([frame], film, syntax, bits=8 * film.itemsize))
    assert np.abs(found.astype(int) - film).mean() < 3


def test_fewer_frames_than_declared() -> None:
    film = arm(20, 20, bits=16)
    assert (
        code_of_failure(
            film_of(
                [CODECS[JPEGLosslessSV1](film)], film, JPEGLosslessSV1, bits=16, NumberOfFrames=3
            )
        )
        == "truncated"
    )
    assert code_of_failure(make_dicom(film, bits=16, NumberOfFrames=3)) == "truncated"


@pytest.mark.parametrize("syntax", [RLELossless, *CODECS], ids=lambda uid: uid.keyword)
def test_native_pixels_under_a_compressed_syntax(syntax: str) -> None:
    assert code_of_failure(rewritten(make_dicom(arm(20, 20)), syntax)) in (
        "truncated",
        "decode_error",
    )


@pytest.mark.parametrize("film", [arm(20, 20, bits=8), np.full((300, 300), 9, np.uint16)])
@pytest.mark.parametrize("syntax", CODECS, ids=lambda uid: uid.keyword)
def test_coded_pixels_under_a_native_syntax(syntax: str, film: np.ndarray) -> None:
    data = rewritten(make_dicom(film, syntax=syntax, Rows=2, Columns=2), PLAIN[0])
    assert code_of_failure(data) == "decode_error"


@pytest.mark.parametrize(
    "syntax", [JPEG2000Lossless, JPEGLSLossless, RLELossless], ids=lambda uid: uid.keyword
)
def test_jpeg_under_another_syntax_never_gives_other_pixels(syntax: str) -> None:
    film = arm(20, 20, bits=16)
    data = film_of([CODECS[JPEGLosslessSV1](film)], film, syntax, bits=16)
    try:
        [found] = decode(data)
    except Failure as failure:
        assert failure.code in ("truncated", "decode_error")  # noqa: PT017 - either is right
    else:
        assert (found == film).all()


@pytest.mark.parametrize("syntax", CODECS, ids=lambda uid: uid.keyword)
def test_garbage_frame(syntax: str) -> None:
    frame = CODECS[syntax](arm())[:2] + np.random.default_rng(0).bytes(500) + b"\xff\xd9"
    assert code_of_failure(film_of([frame], arm(), syntax)) in (
        "decode_error",
        "decoder_died",
        "frame_does_not_fit",
    )


@pytest.mark.parametrize("syntax", CODECS, ids=lambda uid: uid.keyword)
@pytest.mark.parametrize(
    "attributes",
    [{"Rows": 121}, {"Columns": 1}, {"Rows": 90, "Columns": 120}, {"BitsStored": 9, "HighBit": 8}],
)
def test_a_frame_that_does_not_fit_its_header(syntax: str, attributes: dict[str, int]) -> None:
    assert code_of_failure(make_dicom(syntax=syntax, **attributes)) == "frame_does_not_fit"


def test_a_colour_frame_under_a_grey_header() -> None:
    frame = imagecodecs.jpeg_encode(np.dstack([arm(bits=8)] * 3))
    assert (
        code_of_failure(film_of([frame], arm(bits=8), JPEGBaseline8Bit, bits=8))
        == "frame_does_not_fit"
    )


@pytest.mark.parametrize("syntax", TRANSFER_SYNTAXES, ids=lambda uid: uid.keyword)
def test_a_huge_size_is_refused_before_anything_is_allocated(syntax: str) -> None:
    data = make_dicom(arm(20, 20, bits=16), syntax=syntax, bits=16, Rows=65535, Columns=65535)
    assert code_of_failure(data) == "too_many_pixels"


@pytest.mark.parametrize(
    "attributes", [{"NumberOfFrames": 2**31 - 1}, {"Rows": 65535}, {"SamplesPerPixel": 65535}]
)
def test_the_budget_counts_frames_and_samples(attributes: dict[str, int]) -> None:
    with pytest.raises(Failure, match="too_many_pixels"):
        pixel_format(header.read_header(make_dicom(arm(400, 400), **attributes)), 10_000_000, 100)


@pytest.mark.parametrize("syntax", [RLELossless, *CODECS], ids=lambda uid: uid.keyword)
def test_a_huge_size_within_the_budget_costs_one_file(syntax: str) -> None:
    data = make_dicom(arm(20, 20, bits=16), syntax=syntax, bits=16, Rows=3000, Columns=3000)
    assert code_of_failure(data) in ("frame_does_not_fit", "decode_error")


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"Rows": None}, "bad_pixel_attributes"),
        ({"Columns": None}, "bad_pixel_attributes"),
        ({"Rows": 0}, "bad_pixel_attributes"),
        ({"BitsAllocated": None}, "bad_pixel_attributes"),
        ({"BitsAllocated": 32, "BitsStored": 32, "HighBit": 31}, "truncated"),
        ({"BitsAllocated": 24, "BitsStored": 24, "HighBit": 23}, "unsupported_bits"),
        ({"BitsAllocated": 12}, "unsupported_bits"),
        ({"BitsAllocated": 1}, "unsupported_bits"),
        ({"BitsStored": 17}, "unsupported_bits"),
        ({"HighBit": 16}, "unsupported_bits"),
        ({"HighBit": 3}, "unsupported_bits"),
        ({"PhotometricInterpretation": None}, "unsupported_photometric"),
        ({"SamplesPerPixel": 3}, "unsupported_photometric"),
        (
            {"PhotometricInterpretation": "YBR_PARTIAL_420", "SamplesPerPixel": 3},
            "unsupported_photometric",
        ),
        ({"PixelData": None}, "no_pixel_data"),
        ({"PixelData": b""}, "no_pixel_data"),
    ],
)
def test_bad_attributes_have_stable_codes(attributes: dict[str, object], code: str) -> None:
    assert code_of_failure(make_dicom(**attributes)) == code


@pytest.mark.parametrize(
    "attributes",
    [
        {"BitsStored": None},
        {"HighBit": None},
        {"PixelRepresentation": None},
        {"SamplesPerPixel": None},
    ],
)
def test_attributes_with_an_obvious_default(attributes: dict[str, None]) -> None:
    try:
        [found] = decode(make_dicom(arm(bits=16), bits=16, **attributes))
    except Failure as failure:
        assert failure.code == "decode_error"  # noqa: PT017 - pydicom wants it, which is no wrong picture either
    else:
        assert (found == arm(bits=16)).all()


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.100", "1.2.3.4", "1.2.840.10008.1.2.4.94"])
def test_an_unknown_transfer_syntax_is_named_only_if_it_is_dicoms(syntax: str) -> None:
    with pytest.raises(Failure, match="unsupported_syntax") as failure:
        decode(rewritten(make_dicom(), syntax))
    assert (syntax in failure.value.detail) is (syntax != "1.2.3.4")
    assert ("registered" in failure.value.detail) is (syntax == "1.2.3.4")


@pytest.mark.parametrize("syntax", [PLAIN[0], PLAIN[1]], ids=lambda uid: uid.keyword)
def test_a_file_without_meta_information(syntax: str) -> None:
    dataset = pydicom.dcmread(io.BytesIO(make_dicom(syntax=syntax)))
    buffer = io.BytesIO()
    del dataset.file_meta
    dataset.save_as(
        buffer, implicit_vr=syntax == PLAIN[1], little_endian=True, enforce_file_format=False
    )
    [found] = decode(
        buffer.getvalue()[132:] if buffer.getvalue()[128:132] == b"DICM" else buffer.getvalue()
    )
    assert (found == arm()).all()


def test_every_failure_keeps_values_to_itself() -> None:
    with pytest.raises(Failure) as failure:
        decode(make_dicom(PatientName="ZAPHOD", Rows=None))
    assert "ZAPHOD" not in f"{failure.value!r} {failure.value.detail}"


@pytest.mark.parametrize("syntax", CODECS, ids=lambda uid: uid.keyword)
def test_a_stream_of_another_size_never_reaches_a_decoder(
    syntax: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode_module, "_decoded", lambda *_: pytest.fail("decoded"))
    monkeypatch.setattr(gdcm_child, "decode", lambda *_: pytest.fail("decoded"))
    data = film_of([CODECS[syntax](arm(200, 300))], arm(20, 30), syntax)
    assert code_of_failure(data) == "frame_does_not_fit"


@pytest.mark.parametrize("syntax", CODECS, ids=lambda uid: uid.keyword)
def test_the_size_of_every_frame_is_held(syntax: str) -> None:
    frames = [CODECS[syntax](arm(20, 30)), CODECS[syntax](arm(200, 300))]
    data = film_of(frames, np.stack([arm(20, 30)] * 2), syntax)
    assert code_of_failure(data) == "frame_does_not_fit"


def test_a_stream_that_takes_too_much_memory_is_no_reason_to_ask_another_decoder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(decode_module, "_decoded", exhausted)
    monkeypatch.setattr(gdcm_child, "decode", lambda *_: pytest.fail("decoded"))
    with pytest.raises(MemoryError):
        decode(make_dicom(syntax=JPEGLosslessSV1))


@pytest.mark.parametrize("many", [2, 1000])
def test_rle_segments_that_hold_more_than_the_film_are_not_unpacked(
    many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = b"\x81\0" * (many * 20 * 30 // 128 + 8)
    frame = struct.pack("<16I", 1, 64, *[0] * 14) + segment
    monkeypatch.setattr(native, "get_decoder", lambda *_: pytest.fail("unpacked"))
    film = arm(20, 30, bits=8)
    assert code_of_failure(film_of([frame], film, RLELossless, bits=8)) == "frame_does_not_fit"


@pytest.mark.parametrize(
    "frame", [b"ab", bytes(64), struct.pack("<16I", 99, *[64] * 15), b"\xff" * 80]
)
def test_an_rle_header_that_is_none(frame: bytes) -> None:
    film = arm(20, 30, bits=8)
    assert code_of_failure(film_of([frame], film, RLELossless, bits=8)) in (
        "decode_error",
        "truncated",
    )


@pytest.mark.parametrize("syntax", [PLAIN[0], RLELossless], ids=lambda uid: uid.keyword)
def test_frames_are_counted_before_one_is_decoded(syntax: str) -> None:
    cine = make_dicom(np.zeros((11, 4, 4), np.uint8), syntax=syntax, bits=8)
    parsed = header.read_header(cine)
    with pytest.raises(Failure, match="too_many_frames"):
        pixel_format(parsed, BUDGET, 10)
    assert pixel_format(parsed, BUDGET, 11).frames == 11
    assert pixel_format(parsed, BUDGET, 10, first_only=True).frames == 11
