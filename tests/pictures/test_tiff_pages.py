import io

import picture_mutants
import pytest
import tifffile

from tests.pictures.made import DEEP, code_of, read


def test_a_smaller_copy_of_a_page_is_no_frame():
    held = io.BytesIO()
    with tifffile.TiffWriter(held) as writer:
        writer.write(DEEP, photometric="minisblack")
        writer.write(DEEP[::4, ::4], photometric="minisblack", subfiletype=1)
    assert read(held.getvalue()).frames == 1


def test_pages_in_a_circle_count_once():
    assert read(picture_mutants.tiff_with(8, next_page=8)).frames == 1


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"strips": 2**32 - 1}, "unreadable_picture"),
        ({"height": 900, "strips": 900}, "unreadable_picture"),
        ({"tile": (2**31 - 1, 2**31 - 1)}, "too_many_pixels"),
        ({"place": 1 << 31}, "unreadable_picture"),
        ({"compression": 34933}, "unsupported_picture"),
    ],
    ids=str,
)
def test_hostile_tags_are_refused(options, code):
    assert code_of(picture_mutants.tiff_with(8, **options)) == code
