import io
import shutil
import struct
import subprocess
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image as PillowImage
from PIL.PngImagePlugin import PngInfo

from radprep.image import png

films = st.one_of(
    *(
        hnp.arrays(dtype, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40))
        for dtype in (np.uint8, np.uint16)
    )
)


@settings(max_examples=60, deadline=None)
@given(films)
def test_opencv_and_pillow_read_the_same_pixels(film):
    data = png.encode(film)
    np.testing.assert_array_equal(png.decode(data), film)
    np.testing.assert_array_equal(np.asarray(PillowImage.open(io.BytesIO(data))), film)
    np.testing.assert_array_equal(
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), film
    )
    assert png.decode(data).dtype == film.dtype


@pytest.mark.skipif(not shutil.which("pngcheck"), reason="needs pngcheck")
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(1, 1), (1, 70), (700, 900)])
def test_pngcheck_finds_no_fault(dtype, shape, tmp_path):
    path = tmp_path / "film.png"
    path.write_bytes(
        png.encode(np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape).astype(dtype))
    )
    checked = subprocess.run(["pngcheck", "-v", path], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert "No errors detected" in checked.stdout


def test_only_three_kinds_of_chunk():
    data = png.encode(np.arange(600, dtype=np.uint16).reshape(20, 30))
    kinds, at = [], 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 4 : at + 8 + length]
        assert zlib.crc32(body) == int.from_bytes(data[at + 8 + length : at + 12 + length], "big")
        kinds.append(body[:4])
        at += 12 + length
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


def test_a_view_of_an_image_is_encoded_like_its_copy():
    film = np.random.default_rng(0).integers(0, 65535, (50, 60), dtype=np.uint16)
    part = film[10:40:2, 5:25]
    assert png.encode(part) == png.encode(part.copy())


@pytest.mark.parametrize("grey", [0, 7])
def test_the_same_bytes_wherever_the_encoder_finds_memory(grey):
    """What is held meanwhile moves the state of the encoder, and isal's own start of a stream
    depends on where it lies."""
    film = np.full((40, 100), grey, np.uint8)
    held, seen = [], set()
    for _ in range(12_000):
        held.append(np.empty(60_000, np.uint8))
        seen.add(png.encode(film))
    assert len(seen) == 1


def saved(image, **options):
    """A PNG as Pillow writes it."""
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def png_of(header, body):
    """A PNG whose checksums are right, whatever is in it."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", *header)), (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no PNG",
        saved(PillowImage.new("RGB", (3, 3))),
        saved(PillowImage.new("P", (3, 3))),
        saved(PillowImage.new("L", (3, 3)), transparency=0),
    ],
)
def test_what_is_no_grey_png_is_refused(data):
    with pytest.raises(ValueError, match=r"^not a grey PNG$"):
        png.decode(data)


WHOLE = png.encode(np.random.default_rng(0).integers(0, 65535, (30, 40), dtype=np.uint16))
DAMAGED = {
    "cut": WHOLE[:40],
    "no end": WHOLE[:-12],
    "a bit of the data flipped": WHOLE[:200] + bytes([WHOLE[200] ^ 1]) + WHOLE[201:],
    "a bit of the header flipped": WHOLE[:20] + bytes([WHOLE[20] ^ 1]) + WHOLE[21:],
    "no deflate": png_of((4, 4, 8, 0, 0, 0, 0), b"nothing of the kind"),
    "no data": png_of((4, 4, 8, 0, 0, 0, 0), b""),
    "too few lines": png_of((4, 4, 8, 0, 0, 0, 0), zlib.compress(bytes(15))),
    "too many lines": png_of((4, 4, 8, 0, 0, 0, 0), zlib.compress(bytes(25))),
    "a stream without its end": png_of((4, 4, 8, 0, 0, 0, 0), zlib.compress(bytes(20))[:-2]),
    "an unknown filter": png_of((4, 4, 8, 0, 0, 0, 0), zlib.compress(bytes([5]) * 20)),
    "an unknown depth": png_of((4, 4, 9, 0, 0, 0, 0), zlib.compress(bytes([2]) * 24)),
    "an unknown interlace": png_of((4, 4, 8, 0, 0, 0, 7), zlib.compress(bytes(20))),
    "a huge claim": png_of((2**32 - 1, 2**32 - 1, 16, 0, 0, 0, 0), zlib.compress(bytes(20))),
    "no width": png_of((0, 4, 8, 0, 0, 0, 0), zlib.compress(bytes([2]) * 4)),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_png_is_refused_without_a_word_on_stderr(case, capfd):
    with pytest.raises(ValueError, match=r"^damaged PNG$"):
        png.decode(DAMAGED[case])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("place", range(0, len(WHOLE), 37))
def test_no_flipped_byte_goes_unseen(place, capfd):
    with pytest.raises(ValueError, match=r"damaged PNG|not a grey PNG"):
        png.decode(WHOLE[:place] + bytes([WHOLE[place] ^ 255]) + WHOLE[place + 1 :])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_grey_png_that_another_program_wrote_is_read(dtype, capfd):
    film = np.random.default_rng(1).integers(0, 255, (31, 17)).astype(dtype)
    text = PngInfo()
    text.add_text("Comment", "more than three kinds of chunk")
    np.testing.assert_array_equal(
        png.decode(saved(PillowImage.fromarray(film), pnginfo=text)), film
    )
    np.testing.assert_array_equal(png.decode(cv2.imencode(".png", film)[1].tobytes()), film)
    assert capfd.readouterr() == ("", "")


def test_an_interlaced_png_is_refused_by_name():
    with pytest.raises(ValueError, match="an interlaced PNG"):
        png.decode(png_of((4, 4, 8, 0, 0, 0, 1), zlib.compress(bytes(20))))


def test_one_bit_becomes_eight():
    film = np.eye(9, dtype=bool)
    np.testing.assert_array_equal(
        png.decode(saved(PillowImage.fromarray(film))), film.astype(np.uint8) * 255
    )


def test_chunks_are_named_in_order_with_what_follows_the_end():
    data = png.encode(np.zeros((3, 4), np.uint8))
    assert [name for name, _ in png.chunks(data)] == ["IHDR", "IDAT", "IEND"]
    assert png.chunks(data + b"more")[-1] == ("", b"more")
    for broken in (b"", b"GIF89a", data[:-1], data[:40]):
        with pytest.raises(ValueError, match=r"not a PNG|cut short"):
            png.chunks(broken)
