import numpy as np
import pytest

from radprep.convert.trial import try_film
from radprep.dicom.files import find_files
from tests.made import arm, make_dicom, tree_hash


def tried(folder, data):
    (folder / "film").write_bytes(data)
    before = tree_hash(folder)
    [file] = find_files(folder)
    found = try_film(folder, file)
    assert tree_hash(folder) == before
    return found


def test_a_film_is_measured_and_nothing_is_written(tmp_path):
    pixels = arm(seed=1)
    found = tried(tmp_path, make_dicom(pixels))
    assert found.pixels == pixels.size
    assert found.seconds > 0
    assert 0 < found.png_bytes < 2 * pixels.size


def test_a_picture_that_compresses_well_needs_less_room(tmp_path):
    flat = tried(tmp_path, make_dicom(np.zeros((200, 100), np.uint16)))
    assert flat.png_bytes < 2000


@pytest.mark.parametrize("data", [b"", b"text", make_dicom()[:-3000], make_dicom(Rows=0)])
def test_what_gives_no_image_cannot_be_tried(tmp_path, data):
    assert tried(tmp_path, data) is None
