import cv2
import numpy as np
import pytest

from radprep.report.facts.material import read_material
from radprep.report.pictures.thumbnails import (
    SIDE,
    make_thumbnail,
    remove_others,
    shrunk,
    thumbnail_jobs,
    thumbnail_name,
    write_picture,
)
from tests.made import boxes_of
from tests.report.report_rows import findings_of, kept, lost, write_data_set, write_images


def test_a_thumbnail_shows_the_film_small(tmp_path):
    rows = [kept(1)]
    pixels = np.tile(np.linspace(0, 255, 600).astype(np.uint8), (900, 1))
    clean = write_data_set(tmp_path / "clean", rows)
    write_images(clean, rows, pixels)
    [job] = thumbnail_jobs(read_material(clean, None))
    make_thumbnail(tmp_path / "page", job)
    picture = cv2.imread(str(tmp_path / "page" / job.name), cv2.IMREAD_GRAYSCALE)
    assert picture.shape == (SIDE, round(600 * SIDE / 900))
    assert (
        np.abs(
            picture[:, 4:-4].astype(int)
            - cv2.resize(pixels, picture.shape[::-1], interpolation=cv2.INTER_AREA)[:, 4:-4]
        ).max()
        < 12
    )


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.full((10, 20), 40, np.uint8), ((10, 20), 40)),
        (np.full((400, 800), 0x2FFF, np.uint16), ((100, 200), 0x2F)),
        (np.full((1, 3000), 7, np.uint8), ((1, 200), 7)),
        (np.full((300, 600, 3), 9, np.uint8), ((100, 200, 3), 9)),
    ],
)
def test_sizes_and_depths(pixels, expected):
    small = shrunk(pixels)
    assert (small.dtype, small.shape, int(small.max())) == (np.uint8, *expected)


def test_names_tell_what_a_picture_is_made_from(tmp_path):
    row = kept(1)
    boxed = {**row, "boxes": boxes_of([("fracture", (10, 20, 30, 40))], row)}
    elsewhere = {**row, "boxes": boxes_of([("fracture", (10, 20, 30, 41))], row)}
    material = findings_of(tmp_path, [row, kept(2, boxes=boxed["boxes"])]).material
    assert thumbnail_name(material, row) == thumbnail_name(material, row)
    assert thumbnail_name(material, row).startswith(f"pictures/00/{1:016x}-")
    others = [{**row, "pixel_hash": "ab" * 16}, boxed, elsewhere]
    assert len({thumbnail_name(material, one) for one in (row, *others)}) == 4


def test_boxes_are_drawn_on_dark_and_light_films(tmp_path):
    rows = [kept(number) for number in (1, 2)]
    for row in rows:
        row["boxes"] = boxes_of([("fracture", (20, 30, 40, 50))], row)
    clean = write_data_set(tmp_path / "clean", rows)
    for row, grey in zip(rows, (0, 255), strict=True):
        write_images(clean, [row], np.full((120, 90), grey, np.uint8))
    for job, grey in zip(thumbnail_jobs(read_material(clean, None)), (0, 255), strict=True):
        make_thumbnail(tmp_path / "page", job)
        shown = cv2.imread(str(tmp_path / "page" / job.name))
        assert shown.shape == (120, 90, 3)
        assert np.ptp(shown[28:33, 30:50].astype(int), axis=2).max() > 60  # a side, in colour
        assert np.ptp(shown[45:65, 30:50].astype(int), axis=2).max() < 20  # nothing inside it
        # it stands out by its lightness, too
        assert np.abs(shown[28:33, 30:50].max(axis=2).astype(int) - grey).max() > 120


def test_films_of_both_sides_and_those_that_were_rejected(tmp_path):
    raw = write_data_set(
        tmp_path / "raw", [kept(1), kept(2), kept(3)], "convert", fingerprint="f" * 32
    )
    rows = [
        kept(1, pixel_hash="ab" * 16),
        kept(1, image_id=f"{1:016x}-p2"),
        lost(2, step="anatomic_filter", image_id=f"{2:016x}"),
        lost(4),
    ]
    jobs = thumbnail_jobs(read_material(write_data_set(tmp_path / "clean", rows), raw))
    assert len({job.name for job in jobs}) == len(jobs) == 4
    assert sorted(job.film.relative_to(tmp_path).parts[0] for job in jobs) == [
        "clean",
        "clean",
        "raw",
        "raw",
    ]


def test_pictures_of_earlier_pages_go(tmp_path):
    for name in ("pictures/ab/old.webp", "pictures/ab/kept.webp", "index.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    remove_others(tmp_path, {"pictures/ab/kept.webp"})
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["index.html", "kept.webp"]


def test_colours_are_kept(tmp_path):
    red = np.zeros((20, 20, 3), np.uint8)
    red[..., 0] = 250
    write_picture(tmp_path / "a" / "red.webp", red)
    blue, _, shown = cv2.imread(str(tmp_path / "a" / "red.webp"))[10, 10]
    assert shown > 200 > 60 > blue
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["red.webp"]
