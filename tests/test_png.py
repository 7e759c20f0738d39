import io
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image as PillowImage

from radprep import png

films = st.one_of(*(hnp.arrays(dtype, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40)) for dtype in (np.uint8, np.uint16)))


@settings(max_examples=60, deadline=None)
@given(films)
def test_opencv_and_pillow_read_the_same_pixels(film):
    data = png.encode(film)
    np.testing.assert_array_equal(png.decode(data), film)
    np.testing.assert_array_equal(np.asarray(PillowImage.open(io.BytesIO(data))), film)
    assert png.decode(data).dtype == film.dtype


def test_only_three_kinds_of_chunk():
    data = png.encode(np.arange(600, dtype=np.uint16).reshape(20, 30))
    kinds, at = [], 8
    while at < len(data):
        length = int.from_bytes(data[at:at + 4], "big")
        body = data[at + 4:at + 8 + length]
        assert zlib.crc32(body) == int.from_bytes(data[at + 8 + length:at + 12 + length], "big")
        kinds.append(body[:4])
        at += 12 + length
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


def test_a_view_of_an_image_is_encoded_like_its_copy():
    film = np.random.default_rng(0).integers(0, 65535, (50, 60), dtype=np.uint16)
    part = film[10:40:2, 5:25]
    assert png.encode(part) == png.encode(part.copy())


@pytest.mark.parametrize("data", [b"", b"no PNG", png.encode(np.zeros((3, 3), np.uint8))[:40]])
def test_what_is_no_png_is_refused(data):
    with pytest.raises(ValueError, match="not a grey PNG"):
        png.decode(data)


def test_chunks_are_named_in_order_with_what_follows_the_end():
    data = png.encode(np.zeros((3, 4), np.uint8))
    assert [name for name, _ in png.chunks(data)] == ["IHDR", "IDAT", "IEND"]
    assert png.chunks(data + b"more")[-1] == ("", b"more")
    for broken in (b"", b"GIF89a", data[:-1], data[:40]):
        with pytest.raises(ValueError, match=r"not a PNG|cut short"):
            png.chunks(broken)
