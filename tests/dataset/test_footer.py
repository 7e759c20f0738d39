import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radprep.dataset import footer
from radprep.dataset.durable import write_table
from radprep.dataset.schema import arrow_schema


def write(path, value):
    write_table(arrow_schema().empty_table(), path, {b"radprep": value})


@settings(deadline=None)
@given(st.text(max_size=6000))
def test_the_value_is_what_pyarrow_reads(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("footer") / "a.parquet"
    write(path, value)
    assert (
        footer.read_value(path, b"radprep")
        == value.encode()
        == pq.read_metadata(path).metadata[b"radprep"]
    )


def test_usually_pyarrow_is_not_asked(tmp_path, monkeypatch):
    write(tmp_path / "a.parquet", json.dumps({"key": "k" * 300}))
    monkeypatch.setattr(footer, "pq", None)
    assert json.loads(footer.read_value(tmp_path / "a.parquet", b"radprep")) == {"key": "k" * 300}


def test_what_is_missing_or_damaged_raises(tmp_path):
    path = tmp_path / "a.parquet"
    write(path, "v")
    with pytest.raises(KeyError):
        footer.read_value(path, b"other")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(pa.ArrowException):
        footer.read_value(path, b"radprep")
    with pytest.raises(FileNotFoundError):
        footer.read_value(tmp_path / "none", b"radprep")
