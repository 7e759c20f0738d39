import cv2
import numpy as np
import pytest

from radprep.report.facts.material import read_material
from radprep.report.pictures import steps
from radprep.report.pictures.steps import by_image, make_step_picture, step_jobs
from radprep.report.pictures.thumbnails import SIDE
from radprep.steps.colour_inversion import ColourInversion
from tests.made import arm, convert, make_dicom, preprocess


@pytest.fixture
def made(tmp_path):
    """A film with two limbs, and a knee."""
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / "1").write_bytes(make_dicom(np.hstack([arm(seed=1), arm(seed=2)])))
    (tmp_path / "dump" / "2").write_bytes(
        make_dicom(arm(seed=3), study="2", BodyPartExamined="KNEE")
    )
    convert(tmp_path / "dump", tmp_path / "raw")
    preprocess(tmp_path / "raw", tmp_path / "clean", "--pipeline", "wrist-thesis")
    return tmp_path


def test_one_square_a_step_and_the_result(made):
    jobs = step_jobs(read_material(made / "clean", made / "raw"))
    assert {job.image_id.rpartition("-p")[2] for job in jobs} >= {"2"}
    for job in jobs:
        assert job.picture.panels == (
            "colour_inversion",
            "part_splitter",
            "rotation_alignment",
            "result",
        )
        make_step_picture(made / "page", job)
        picture = cv2.imread(str(made / "page" / job.name))
        assert picture.shape == (SIDE, 4 * SIDE, 3)
        # the corners are drawn in colour
        assert np.ptp(picture.astype(int), axis=2)[:, :SIDE].max() > 60
    assert set(by_image(jobs)) == {job.image_id for job in jobs}
    assert len({job.name for job in jobs}) == len(jobs) == 2


def test_only_those_to_look_at_first(made):
    material = read_material(made / "clean", made / "raw")
    assert step_jobs(material, 1) == step_jobs(material)[:1]
    assert step_jobs(material, 0) == []


def test_without_a_source_or_with_other_steps_there_are_none(made, monkeypatch):
    assert step_jobs(read_material(made / "clean", None)) == []
    monkeypatch.setattr(ColourInversion, "version", 99)
    assert step_jobs(read_material(made / "clean", made / "raw")) == []


@pytest.mark.parametrize(
    ("row", "panels"),
    [
        ({"image_id": "a", "status": "kept", "step": None}, ("x", "y", "result")),
        ({"image_id": "a", "status": "rejected", "step": "x"}, ("x", "result")),
        ({"image_id": "a", "status": "rejected", "step": "correction"}, ()),
        ({"image_id": "a", "status": "rejected", "step": "anatomic_filter"}, ()),
        ({"image_id": None, "status": "failed", "step": "convert"}, ()),
    ],
)
def test_how_far_an_image_came(row, panels):
    assert steps._panels(row, ["x", "y"]) == panels


def test_a_film_that_goes_another_way_gives_no_picture(made):
    job, *_ = step_jobs(read_material(made / "clean", made / "raw"))
    for path in (made / "raw" / "unlabelled").rglob("*.png"):
        path.write_bytes(b"")
    with pytest.raises(ValueError, match="does not go the way"):
        make_step_picture(made / "page", job)
