import io

import pytest
from PIL import Image

from radprep.pictures.kinds import is_picture


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "JPEG2000"])
def test_pictures_are_known_by_their_first_bytes(form):
    data = io.BytesIO()
    Image.new("L", (8, 8), 100).save(data, form)
    assert is_picture(data.getvalue()[:16])


@pytest.mark.parametrize(
    "start",
    [b"", b"BM", b"BMW 3.0 series, 1999", b"RIFF1234WAVE", b"%PDF-1.7", bytes(128) + b"DICM"],
)
def test_others_are_not(start):
    assert not is_picture(start)
