import tracemalloc

import pytest

from radprep.annotations.folders import places_of
from radprep.convert.film_names import FilmNames
from radprep.dicom.files import FoundFile
from radprep.dicom.scan import ScannedFile


def file(path, uid=None, study="1"):
    return ScannedFile(
        FoundFile(path.encode(), 10, 0), StudyInstanceUID=study if uid else None, SOPInstanceUID=uid
    )


DUMP = [
    file("cd/films/IMG1.dcm", "1.2.3"),
    file("cd/films/IMG2.dcm", "1.2.4"),
    file("cd/other/IMG2.dcm", "1.2.5"),
    file("cd/films/Café 3.dcm", "1.2.6"),
]


def named(*keys, dump=DUMP):
    """Path of each file that one of the keys names -> the keys."""
    found = FilmNames([(one,) if isinstance(one, str) else one for one in keys], dump)
    return {path.decode(): [one[0] for one in keys] for path, keys in found.named.items()}, found


@pytest.mark.parametrize(
    "key",
    [
        "cd/films/IMG1.dcm",
        "./cd\\films\\IMG1.dcm",
        "cd/films/IMG1.png",
        "cd/films/IMG1",
        "films/IMG1.dcm",
        "films/IMG1.jpg",
        "/data/dumps/cd/films/IMG1.dcm",
        "/data/dumps/cd/films/IMG1.jpeg",
        "IMG1.dcm",
        "img1.DCM",
        "IMG1.png",
        "IMG1",
        "pictures/train/img1.png",
        "1.2.3",
        "1.2.3.dcm",
        "exports/1.2.3.png",
    ],
)
def test_a_film_is_found_by_every_way_in_which_tools_name_it(key):
    found, names = named(key)
    assert found == {"cd/films/IMG1.dcm": [key]}
    assert (names.missing, names.unclear) == ([], [])


def test_accents_may_be_composed_or_not():
    assert named("films/Cafe\u0301 3.dcm")[0] == {"cd/films/Café 3.dcm": ["films/Cafe\u0301 3.dcm"]}


def test_a_name_that_fits_several_films_is_joined_to_none():
    found, names = named("IMG2.png", "other/IMG2.png", "IMG9")
    assert found == {"cd/other/IMG2.dcm": ["other/IMG2.png"]}
    assert names.unclear == [("IMG2.png",)]
    assert names.missing == [("IMG9",)]


def test_names_that_contradict_each_other_on_a_film_are_joined_to_none():
    found, names = named("train/IMG1.png", "valid/IMG1.png")
    assert found == {}
    assert names.unclear == [("train/IMG1.png",), ("valid/IMG1.png",)]
    dump = [file("IMG1.dcm")]
    keys = ("/x/train/IMG1.dcm", "/x/valid/IMG1.dcm")
    assert named(*keys, dump=dump)[1].unclear == [(key,) for key in keys]


def test_several_names_of_one_film_agree():
    keys = ("1.2.3", "films/IMG1.png", "IMG1", "cd/films/IMG1.dcm", "IMG1.jpg")
    found, names = named(*keys)
    assert set(found["cd/films/IMG1.dcm"]) == set(keys)
    assert names.unclear == []
    found, names = named("1.2.3", "train/IMG1.png", "valid/IMG1.png")
    assert found == {"cd/films/IMG1.dcm": ["1.2.3"]}
    assert names.unclear == [("train/IMG1.png",), ("valid/IMG1.png",)]


def test_a_key_with_other_folders_never_joins_a_film_that_is_surely_named():
    dump = [file("valid/0001.png")]
    found, names = named("valid/0001.png", "train/0001.png", dump=dump)
    assert found == {"valid/0001.png": ["valid/0001.png"]}
    assert names.unclear == [("train/0001.png",)]
    assert not names.by_name
    assert named("train/0001.png", dump=dump)[1].by_name == {("train/0001.png",)}


def test_long_keys_take_little_memory():
    folders = "/".join(f"folder{number}" for number in range(23))
    tracemalloc.start()
    FilmNames([(f"{folders}/{number}.png",) for number in range(500)], [])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak / 500 < 10_000


def test_a_path_counts_before_a_name():
    dump = [file("a/x.dcm", "1"), file("x.dcm", "2")]
    assert named("x.dcm", dump=dump)[0] == {"x.dcm": ["x.dcm"]}


def test_copies_of_one_film_are_one_film_and_the_same_uid_in_two_studies_is_not():
    copies = [file("a/x.dcm", "1"), file("b/x.dcm", "1")]
    assert set(named("1", dump=copies)[0]) == {"a/x.dcm", "b/x.dcm"}
    assert set(named("x.png", dump=copies)[0]) == {"a/x.dcm", "b/x.dcm"}
    others = [file("a/x.dcm", "1", "S1"), file("b/x.dcm", "1", "S2")]
    assert named("1", dump=others)[1].unclear == [("1",)]


def test_a_text_or_a_preview_beside_a_film_is_not_meant():
    dump = [file("x.dcm", "1"), file("x.jpg"), file("x.txt")]
    assert set(named("x", dump=dump)[0]) == {"x.dcm"}
    assert set(named("x.png", dump=dump)[0]) == {"x.dcm"}
    assert set(named("x.jpg", dump=dump)[0]) == {"x.jpg"}
    assert set(named("labels/x", dump=[file("x.jpg"), file("x.txt")])[0]) == {"x.jpg"}


def test_another_name_counts_where_the_first_fits_nothing():
    found, names = named(("renamed.png", "train/IMG1"))
    assert found == {"cd/films/IMG1.dcm": ["renamed.png"]}
    assert not names.missing


@pytest.mark.parametrize(
    ("labels", "pictures"),
    [
        ("labels/{}/", "images/{}/"),
        ("labels/{}/", "set/images/{}/"),
        ("labels/{}/", "{}/"),
        ("{}/labels/", "{}/images/"),
        ("{}/labels/", "set/{}/images/"),
        ("{}/labels/", "{}/"),
    ],
)
def test_annotations_in_a_folder_beside_the_pictures_find_them(labels, pictures):
    parts = ("train", "val")
    keys = [
        tuple(f"{place}a" for place in places_of(labels.format(part), ("labels",), "images"))
        for part in parts
    ]
    paths = [f"{pictures.format(part)}a.jpg" for part in parts]
    found = FilmNames(keys, [file(path) for path in paths])
    assert found.named == {path.encode(): [key] for path, key in zip(paths, keys, strict=True)}
