"""Which file a row means."""

import pytest

from radprep.layouts.matching import Files

PATHS = [
    "images/Fractured/IMG0000019.jpg",
    "images/Non_fractured/IMG0000000.jpg",
    "a/1.png",
    "b/1.png",
    "0001_1297860395_01_WRI-L1_M014.png",
]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("images/Fractured/IMG0000019.jpg", PATHS[:1]),
        ("./images\\Fractured\\IMG0000019.jpg", PATHS[:1]),
        ("/data/atlas/images/Fractured/IMG0000019.jpg", PATHS[:1]),
        ("Fractured/IMG0000019.jpg", PATHS[:1]),
        ("IMG0000019.jpg", PATHS[:1]),
        ("img0000019.JPG", PATHS[:1]),
        ("IMG0000019", PATHS[:1]),
        ("IMG0000019.png", PATHS[:1]),
        ("0001_1297860395_01_WRI-L1_M014", PATHS[4:]),
        ("a/1.png", PATHS[2:3]),
        ("1.png", PATHS[2:4]),
        ("1", PATHS[2:4]),
        ("c/1.png", []),
        ("Other/IMG0000019.jpg", []),
        ("IMG0000019.txt", []),
        ("../a/1.png", []),
        ("a/../../../etc/passwd", []),
        ("/etc/passwd", []),
        ("", []),
        (".", []),
        ("IMG00000", []),
    ],
)
def test_a_row_means_the_file_that_its_text_fits(written, found):
    assert list(Files(PATHS).found(written)) == found
