"""Tables of pictures, CSV or Parquet, and what is none."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from radprep.errors import UsageError
from radprep.layouts.table_file import names_of_columns, read_columns

WANTED = [("image", "--path-column"), ("patient", "--patient-column")]


def test_a_csv_file_and_a_parquet_file_say_the_same(tmp_path):
    csv, parquet = tmp_path / "t.csv", tmp_path / "t.parquet"
    csv.write_text("patient;image;other\n7;a.png;x\n;b.png\n")
    table = pa.table({"image": ["a.png", "b.png"], "other": [1, 2], "patient": [7.0, None]})
    pq.write_table(table, parquet)
    cells = [["a.png", "7"], ["b.png", ""]]
    for path in (csv, parquet):
        assert [found for _, found in read_columns(path, WANTED)] == cells
    assert names_of_columns(csv) == ["patient", "image", "other"]
    assert names_of_columns(parquet) == ["image", "other", "patient"]


def test_flags_of_parquet_are_flags(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"image": ["a"], "patient": [True]}), path)
    assert read_columns(path, WANTED)[0][1] == ["a", "1"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "has no column"),
        (b"image,other\na,b\n", "no column 'patient'"),
        (b"image,patient\na,b,c\n", "3 cells"),
        (b'image,patient\n"a,b\n', "quotation marks"),
        (b"PK\x03\x04rest", "Excel"),
        (b"image,patient\n\0\0", "binary"),
        (b"PAR1 and no more", "cannot be read"),
    ],
)
def test_what_is_no_table_is_a_sentence(tmp_path, data, says):
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=says):
        read_columns(path, WANTED)


def test_a_table_must_be_there(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_columns(tmp_path / "none.csv", WANTED)
    with pytest.raises(UsageError, match="folder"):
        read_columns(tmp_path, WANTED)


def test_a_long_cell_is_cut(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(f"image,patient\n{'a' * 5000},1\n")
    assert len(read_columns(path, WANTED)[0][1][0]) == 1000


def test_texts_that_many_rows_share_are_in_memory_once_and_cut(tmp_path):
    path = tmp_path / "t.parquet"
    rows = 4000
    long = pa.array(["a" * 1_000_000]).dictionary_encode().dictionary
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), long)
    patients = pa.array([f"p{number}" for number in range(rows)])
    pq.write_table(pa.table({"image": shared, "patient": patients}), path, compression="zstd")
    before = pa.default_memory_pool().max_memory()
    found = read_columns(path, WANTED)
    assert (len(found), found[0][1][0]) == (rows, "a" * 1000)
    assert pa.default_memory_pool().max_memory() - before < 500_000_000


@pytest.mark.parametrize(
    "column",
    [
        pa.array([2**40], pa.timestamp("s")),
        pa.array([2_000_000_000], pa.date32()),
        pa.StringArray.from_buffers(
            1, pa.py_buffer(b"\x00\x00\x00\x00\x02\x00\x00\x00"), pa.py_buffer(b"\xff\xfe")
        ),
        pa.array([["a"]]),
    ],
)
def test_values_that_are_none_are_a_sentence(tmp_path, column):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"image": ["a.png"], "patient": column}), path)
    with pytest.raises(UsageError, match=r"cannot be read as one|holds lists"):
        read_columns(path, WANTED)
