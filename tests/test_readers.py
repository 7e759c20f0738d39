"""One line of any common reader gives the same rows."""

import datetime
import math

import datasets
import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset as pads
import pyarrow.parquet as pq
import pytest

from tests.made import convert, preprocess


@pytest.fixture
def clean(dump, tmp_path):
    """A data set with kept, rejected and failed rows, nulls, lists and dates."""
    convert(dump, tmp_path / "raw", "--max-failed", "1")
    preprocess(tmp_path / "raw", tmp_path / "clean")
    return tmp_path / "clean"


def plain(value):
    """A cell as plain Python, whatever the reader's own type."""
    if isinstance(value, datetime.datetime):
        return value.date()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def normalised(records):
    return sorted(
        ({name: plain(value) for name, value in record.items()} for record in records),
        key=lambda row: (row["source_id"], row["image_id"] or ""),
    )


READERS = {
    "pandas": lambda path: pd.read_parquet(path).to_dict("records"),
    "pyarrow": lambda path: pads.dataset(path).to_table().to_pylist(),
    "polars": lambda path: pl.read_parquet(path).to_dicts(),
    "duckdb": lambda path: duckdb.sql(f"select * from '{path}'").to_arrow_table().to_pylist(),
    "datasets": lambda path: list(
        datasets.load_dataset(
            "parquet", data_files=str(path), split="train", cache_dir=str(path.parent / "hf")
        )
    ),
}


@pytest.mark.parametrize("reader", READERS)
def test_instances_read_by_any_library_give_the_same_rows(clean, reader, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    expected = normalised(pq.read_table(clean / "instances.parquet").to_pylist())
    assert len(expected) == 7
    assert normalised(READERS[reader](clean / "instances.parquet")) == expected


@pytest.mark.parametrize(
    "reader",
    [
        lambda folder: pd.read_parquet(folder).to_dict("records"),
        lambda folder: pads.dataset(folder).to_table().to_pylist(),
        lambda folder: pl.read_parquet(folder / "**/*.parquet").to_dicts(),
        lambda folder: (
            duckdb.sql(f"select * from '{folder}/**/*.parquet'").to_arrow_table().to_pylist()
        ),
    ],
    ids=["pandas", "pyarrow", "polars", "duckdb"],
)
def test_the_folder_of_studies_gives_the_rows_of_the_collated_file(clean, reader):
    expected = normalised(pq.read_table(clean / "instances.parquet").to_pylist())
    assert normalised(reader(clean / "studies")) == expected


def test_types_do_not_depend_on_what_a_file_holds(clean):
    schemas = {
        str(pq.read_schema(path).remove_metadata())
        for path in (clean / "studies").rglob("*.parquet")
    }
    assert schemas == {str(pq.read_schema(clean / "instances.parquet").remove_metadata())}
