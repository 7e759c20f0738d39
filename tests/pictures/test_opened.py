import subprocess
import sys
from functools import partial

import numpy as np
import picture_mutants
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from radprep.dicom.decode import refuse_too_many
from radprep.errors import Failure
from radprep.pictures.opened import READERS, Limits, picture_versions
from tests.pictures.made import code_of, ramp, read, saved, tiff

GREY = ramp()
MADE = list(picture_mutants.pictures().values())


@pytest.mark.parametrize(
    ("form", "mode", "options"),
    [
        *(("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")),
        *(("TIFF", mode, {}) for mode in ("1", "L", "P", "RGB", "CMYK")),
        ("TIFF", "L", {"compression": "tiff_lzw"}),
        ("TIFF", "L", {"compression": "packbits"}),
        ("TIFF", "L", {"compression": "tiff_adobe_deflate"}),
        ("TIFF", "1", {"compression": "group3"}),
        ("TIFF", "1", {"compression": "group4"}),
        *(("BMP", mode, {}) for mode in ("1", "L", "P", "RGB")),
        ("GIF", "L", {}),
        ("GIF", "RGB", {}),
        ("WEBP", "RGB", {"lossless": True}),
        ("JPEG2000", "L", {}),
        ("JPEG2000", "RGB", {}),
    ],
)
def test_a_grey_film_comes_out_as_it_was_whatever_it_was_stored_as(form, mode, options):
    image = Image.fromarray(GREY).convert(mode)
    found = read(saved(image, form, **options))
    assert (found.pixels == np.asarray(image.convert("L"))).all()
    assert found.marks == ()


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        *(("JPEG", mode) for mode in ("L", "RGB", "CMYK")),
        *(("TIFF", mode) for mode in ("L", "RGB", "CMYK")),
        *(("AVIF", mode) for mode in ("L", "RGB")),
    ],
)
def test_what_was_coded_with_losses_is_near(form, mode):
    options = {"compression": "jpeg"} if form == "TIFF" and mode != "CMYK" else {}
    image = Image.fromarray(np.tile(np.arange(0, 240, 4, dtype=np.uint8), (40, 1))).convert(mode)
    found = read(saved(image, form, quality=100, **options))
    assert np.abs(found.pixels.astype(int) - np.asarray(image.convert("L"))).max() <= 3


def test_what_is_not_read_says_so():
    assert code_of(b"\0\0\0\x18ftypheic" + bytes(64)) == "unsupported_picture"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "JPEG2000", "AVIF"])
def test_nothing_is_decoded_beyond_the_pixels_that_a_person_allows(form):
    few = Limits(partial(refuse_too_many, max_pixels=2_000, max_frames=20), 20, False)
    assert code_of(saved(Image.fromarray(GREY).convert("RGB"), form), few) == "too_many_pixels"


@pytest.mark.parametrize("form", ["GIF", "WEBP", "TIFF"])
def test_frames_and_pages(form):
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    data = saved(frames[0], form, save_all=True, append_images=frames[1:], lossless=True)
    assert read(data).frames == 2
    for number, frame in enumerate((GREY, 255 - GREY)):
        assert np.abs(read(data, number=number).pixels.astype(int) - frame).max() <= 2
    one = Limits(partial(refuse_too_many, max_pixels=1_000_000, max_frames=1), 1, False)
    assert code_of(data, one) == "too_many_frames"
    first = Limits(one.check, 1, first_only=True)
    assert np.abs(read(data, limits=first).pixels.astype(int) - GREY).max() <= 2


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_spoilt_bytes_are_read_or_refused_with_a_code(rng):
    code = picture_mutants.read_one(picture_mutants.mutated(rng, rng.choice(MADE)))
    assert code in picture_mutants.CODES | {"read", "damaged"}


def test_the_versions_of_all_that_decodes_are_named():
    assert set(picture_versions()) == {"imagecodecs", "tifffile", "pillow"}
    assert {decoder.package for decoder, _ in READERS.values()} == set(picture_versions())


def test_no_global_of_pillow_is_touched_and_nothing_is_printed():
    program = """
import warnings
from PIL import Image, ImageFile
import picture_mutants
picture_mutants.read_one(b"")
before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, len(warnings.filters))
for data in picture_mutants.pictures().values():
    for cut in (len(data), len(data) * 3 // 4):
        picture_mutants.read_one(data[:cut])
assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, len(warnings.filters))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_texts_of_a_picture_reach_no_message():
    data = tiff(GREY, description="SECRET^NAME", software="SECRET")
    found = read(data)
    assert "SECRET" not in str(found.seen)
    with pytest.raises(Failure) as failure:
        read(data[: data.index(GREY.tobytes())])
    assert "SECRET" not in failure.value.code + failure.value.detail
