import pytest

from radprep.text.file_names import ends, without_suffix


@pytest.mark.parametrize(
    ("path", "bare"),
    [
        ("a/b.png", "a/b"),
        ("a.v2/b.JPEG", "a.v2/b"),
        ("b.dcm", "b"),
        ("1.2.840.5", "1.2.840.5"),
        ("a/notes.txt", "a/notes.txt"),
        ("a.png/b", "a.png/b"),
        (".png", ".png"),
        ("a/.png", "a/.png"),
        ("", ""),
    ],
)
def test_only_the_suffix_of_a_film_is_taken_away(path, bare):
    assert without_suffix(path) == bare


def test_a_path_is_known_by_its_last_folders():
    assert ends("a/b/c.png") == ["a/b/c.png", "b/c.png", "c.png"]
    assert ends("c.png") == ["c.png"]
    assert len(ends("a/" * 10_000 + "c.png")) == 32
