"""The conversion of pictures that somebody tells of, one study at a time."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from radprep.convert.job import ConvertJob, Source
from radprep.convert.options import ConvertOptions
from radprep.convert.study import ConvertStage
from radprep.dataset.layout import DataSet
from radprep.dataset.withheld import why_withheld
from radprep.dicom.files import find_files, list_archive
from radprep.image import png
from radprep.layouts.told import Told
from radprep.private.identifiers import read_identifiers
from radprep.private.key import Pseudonyms
from radprep.private.tree import PrivateTree
from radprep.stage.corrections import Decision
from tests.burned_in.films import plain_film, write
from tests.made import arm, make_dicom
from tests.pictures.made import saved, tiff

TOLD = Told("PATIENT-7", "STUDY-9", "XR_WRIST", "lateral", "left", "validation")
FILM = arm(bits=8)


class Here:
    """A dump of pictures, and its conversion as one study."""

    def __init__(self, folder):
        self.dump, self.out = folder / "dump", DataSet(folder / "raw")
        self.dump.mkdir()
        self.tree = PrivateTree.beside(self.out)

    def put(self, name, data):
        """Put a file into the dump."""
        (self.dump / name).parent.mkdir(parents=True, exist_ok=True)
        (self.dump / name).write_bytes(data)

    def convert(self, told=TOLD, corrections=None, delivery=1, **options):
        """Convert it all; the rows in the order of the files' paths. told: of each file, or what
        tells it of one."""
        make = Pseudonyms(bytes(range(32)))
        found = [
            one for file in find_files(self.dump) for one in list_archive(self.dump, file) or [file]
        ]
        files = tuple(
            Source(
                one,
                make.source_id(delivery, one.path.decode()),
                delivery,
                told=told(one) if callable(told) else told,
            )
            for one in found
        )
        study_id = make.make("study", "STUDY-9")
        stage = ConvertStage(
            self.dump, self.out, self.tree, make, ConvertOptions(**options), delivery
        )
        job = ConvertJob(study_id, files, corrections=corrections or {})
        stage.do(job)
        places = {one.source_id: place for place, one in enumerate(files)}
        self.parts = stage.parts(job, [(one.source_id, "") for one in files], {}, None)
        rows = self.out.last_rows(study_id)
        return sorted(rows, key=lambda row: (places[row["source_id"]], row["frame"] or 0))

    def pixels(self, row):
        """The image of a row."""
        return png.decode((self.out.root / row["file_name"]).read_bytes())


@pytest.fixture
def here(tmp_path):
    return Here(tmp_path)


def test_a_picture_gives_a_row_and_an_image(here):
    here.put("a/film.png", saved(FILM, "PNG"))
    [row] = here.convert()
    assert row["status"] == "kept"
    assert (here.pixels(row) == FILM).all()
    assert (row["body_part"], row["body_part_source"]) == ("wrist", "layout")
    assert (row["ViewPosition"], row["Laterality"], row["split"]) == ("LATERAL", "L", "validation")
    assert (row["burned_in_risk"], row["pixel_spacing"]) == ("medium", None)
    assert {row[name] for name in ("Modality", "PhotometricInterpretation", "Rows")} == {None}
    assert (row["decoder"], row["patient_from"]) == ("imagecodecs.png", "id")
    said = json.loads(row["decisions"])["convert"]
    assert (said["format"], said["bits"], said["voi"], said["window"]) == ("png", 8, "full", "auto")
    assert why_withheld(row) is None


def test_its_identifiers_are_those_told_and_stay_private(here):
    here.put("film.jpg", saved(FILM, "JPEG", comment=b"SECRET^NAME"))
    [row] = here.convert()
    [known] = read_identifiers(here.tree, row["study_id"])
    assert (known["PatientID"], known["StudyInstanceUID"]) == ("PATIENT-7", "STUDY-9")
    assert known["source_path"] == "film.jpg"
    for text in ("SECRET", "PATIENT-7", "STUDY-9", "XR_WRIST", "film.jpg"):
        assert text not in str(row)
    for path in here.out.root.rglob("*"):
        assert path.is_dir() or b"PATIENT-7" not in path.read_bytes()


def test_another_name_or_delivery_gives_the_same_instance(here):
    here.put("film.png", saved(FILM, "PNG"))
    [first] = here.convert()
    (here.dump / "film.png").rename(here.dump / "renamed.png")
    [second] = here.convert(delivery=2)
    assert first["instance_id"] == second["instance_id"]
    assert first["source_id"] != second["source_id"]
    [other] = here.convert(told=replace(TOLD, study="STUDY-10"))
    assert other["instance_id"] != first["instance_id"]


def test_the_same_picture_twice_in_a_study_stays_once(here):
    here.put("a.png", saved(FILM, "PNG"))
    here.put("b.png", saved(FILM, "PNG"))
    here.put("c.bmp", saved(FILM, "BMP"))
    rows = here.convert()
    assert sorted(row["status"] for row in rows) == ["kept", "rejected", "rejected"]
    assert {row["reason"] for row in rows} == {None, "duplicate"}


def test_copies_whose_sides_contradict_each_other_are_marked(here):
    here.put("a.png", saved(FILM, "PNG"))
    here.put("b.bmp", saved(FILM, "BMP"))
    sides = {b"a.png": "left", b"b.bmp": "right"}
    rows = here.convert(lambda file: replace(TOLD, laterality=sides[file.path]))
    [kept] = [row for row in rows if row["status"] == "kept"]
    assert "convert:copies_differ" in kept["review"]


def test_words_that_the_vocabulary_does_not_know_do_not_leave(here):
    here.put("film.png", saved(FILM, "PNG"))
    [row] = here.convert(Told(None, "STUDY-9", "Miller Anna", "Dr Meier", "both sides of Anna"))
    assert row["body_part"] is None
    assert (row["ViewPosition"], row["Laterality"]) == ("***", None)
    assert (row["patient_from"], row["status"]) == ("none", "kept")
    assert "Anna" not in str(row)


def test_what_is_told_is_a_part_of_the_key_of_its_study(here):
    here.put("film.png", saved(FILM, "PNG"))
    here.convert()
    before = here.parts
    here.convert(replace(TOLD, split="test"))
    assert here.parts["told"] != before["told"]
    assert "PATIENT" not in str(before)
    here.convert(None)
    assert "told" not in here.parts


def test_a_picture_of_which_nobody_tells_is_rejected(here):
    here.put("film.png", saved(FILM, "PNG"))
    here.put("notes.txt", b"no picture")
    rows = here.convert(told=None)
    assert [row["reason"] for row in rows] == ["picture", "not_dicom"]


def test_a_file_that_is_told_of_and_is_no_picture(here):
    here.put("empty.png", b"")
    here.put("page.jpg", b"<html>404</html>")
    rows = here.convert()
    assert [(row["status"], row["reason"]) for row in rows] == [("rejected", "no_picture")] * 2
    assert {row["patient_from"] for row in rows} == {"id"}


def test_a_dicom_file_is_converted_as_one_ever_was(here):
    here.put("film", make_dicom())
    [row] = here.convert(told=None)
    assert (row["status"], row["Modality"], row["body_part_source"]) == (
        "kept",
        "CR",
        "BodyPartExamined",
    )


def test_a_damaged_picture_is_kept_and_marked_and_one_of_which_nothing_is_there_fails(here):
    data = saved(FILM, "PNG", compress_level=0)
    here.put("a.png", data[: len(data) // 2])
    here.put("b.png", data[:40])
    damaged, lost = here.convert()
    assert damaged["status"] == "kept"
    assert "convert:damaged_picture" in damaged["review"]
    assert 0.4 < json.loads(damaged["decisions"])["convert"]["lost"] < 0.6
    assert (lost["status"], lost["reason"]) == ("failed", "unreadable_picture")
    assert lost["patient_id"] == damaged["patient_id"]


@pytest.mark.parametrize(
    ("frames", "kept"), [("all", 3), ("first", 1), ("reject", 0)], ids=["all", "first", "reject"]
)
def test_pages_are_frames(here, frames, kept):
    here.put("pages.tif", tiff(np.stack([FILM, FILM // 2, 255 - FILM])))
    rows = here.convert(frames=frames)
    assert sum(row["status"] == "kept" for row in rows) == kept
    if kept:
        assert [row["frame"] for row in rows] == list(range(1, kept + 1))
        assert json.loads(rows[0]["decisions"])["convert"]["frames_in_file"] == 3
    else:
        assert rows[0]["reason"] == "multi_frame"


def test_the_bounds_hold(here):
    here.put("film.png", saved(FILM, "PNG"))
    assert here.convert(max_pixels=1_000)[0]["reason"] == "too_many_pixels"
    here.put("film.png", tiff(np.stack([FILM] * 5)))
    assert here.convert(max_frames=4)[0]["reason"] == "too_many_frames"
    assert here.convert(max_frames=4, frames="first")[0]["status"] == "kept"


def test_body_parts_and_labels_that_are_asked_for(here):
    here.put("film.png", saved(FILM, "PNG"))
    [row] = here.convert(only=("knee",))
    assert (row["status"], row["reason"], row["step"]) == (
        "rejected",
        "body_part",
        "anatomic_filter",
    )
    assert here.convert(only=("wrist",))[0]["status"] == "kept"
    assert here.convert(require_label=True)[0]["reason"] == "no_label"


def test_corrections_and_rejections_of_a_person(here):
    here.put("film.png", saved(FILM, "PNG"))
    [row] = here.convert()
    said = {row["image_id"]: {"status": Decision("rejected")}}
    [rejected] = here.convert(corrections=said)
    assert (rejected["status"], rejected["reason"]) == ("rejected", "correction")
    [known] = read_identifiers(here.tree, row["study_id"])
    assert known["rejected_pixels"] == row["pixel_hash"]


def test_text_on_a_picture_is_found(here):
    film = plain_film()
    write(film, "MEIER ANNA 12.03.1970", (60, 90))
    here.put("film.png", saved(film, "PNG"))
    [row] = here.convert()
    assert "convert:burned_in_text" in row["review"]
    assert row["burned_in_risk"] == "high"
    assert here.convert(burned_in="reject")[0]["reason"] == "burned_in_text"


def test_a_picture_in_an_archive_is_read_whole(here):
    noise = np.random.default_rng(1).integers(0, 255, (500, 400)).astype(np.uint8)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/film.png", saved(noise, "PNG"))
    here.put("all.zip", held.getvalue())
    [row] = here.convert()
    assert (here.pixels(row) == noise).all()


def test_a_constant_picture_is_marked_and_no_duplicate(here):
    here.put("a.png", saved(np.zeros((20, 20), np.uint8), "PNG"))
    here.put("b.bmp", saved(np.zeros((20, 20), np.uint8), "BMP"))
    for row in here.convert():
        assert row["status"] == "kept"
        assert "convert:constant_image" in row["review"]


def test_sixteen_bits(here):
    here.put("film.png", saved(arm(bits=16), "PNG"))
    [row] = here.convert(bits=16, window="full")
    assert (row["bits"], here.pixels(row).max()) == (16, arm(bits=16).max())
    [row] = here.convert()
    assert json.loads(row["decisions"])["convert"]["voi"] == "percentiles"
    assert (row["bits"], here.pixels(row).min(), here.pixels(row).max()) == (8, 0, 255)
