"""What convert says to somebody whose dump is not, or not all, DICOM."""

import numpy as np
from typer.testing import CliRunner

from radprep.cli import app
from radprep.image.png import encode
from tests.made import make_dicom

PNG = b"\x89PNG\r\n\x1a\n and so on"
runner = CliRunner()


def convert(folder, files):
    dump = folder / "dump"
    dump.mkdir()
    for name, data in files.items():
        (dump / name).write_bytes(data)
    arguments = ["convert", str(dump), str(folder / "out"), "--workers", "1"]
    done = runner.invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_a_folder_of_pictures_is_told_what_is_read(tmp_path):
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump/a.png").write_bytes(PNG)
    (tmp_path / "dump/b.jpg").write_bytes(b"\xff\xd8\xff\xe0 and so on")
    words = ["convert", str(tmp_path / "dump"), str(tmp_path / "out")]
    said = str(CliRunner().invoke(app, words).exception)
    assert "is a DICOM file. 2 files are pictures" in said
    assert "--layout table --table FILE" in said
    assert not (tmp_path / "out").exists()


def test_a_picture_among_films_is_a_hint(tmp_path):
    said = convert(tmp_path, {"a.png": PNG, "b": make_dicom()})
    assert "No file here is DICOM" not in said
    assert "1 file is a picture" in said


def test_films_alone_have_no_hint(tmp_path):
    assert "  hint  " not in convert(tmp_path, {"b": make_dicom(), "c": b"text"})


def test_a_table_whose_label_nobody_named_is_told_of(tmp_path):
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / "a.png").write_bytes(encode(np.eye(40, dtype=np.uint8)))
    (tmp_path / "films.csv").write_text("path,finding\na.png,fracture\n")
    arguments = ["convert", str(tmp_path / "dump"), str(tmp_path / "out"), "--workers", "1"]
    arguments += ["--layout", "table", "--table", str(tmp_path / "films.csv")]
    said = runner.invoke(app, arguments, catch_exceptions=False).stdout
    assert "no label: name the column with --label-column (other columns: finding)" in said
