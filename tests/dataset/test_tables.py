import contextlib
import os

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radprep.dataset import tables
from radprep.dataset.commit import Attempt, remove_study
from radprep.dataset.durable import write_whole
from radprep.dataset.layout import DataSet, read_table
from radprep.dataset.schema import arrow_schema
from tests.made import footer_of, image_row


def commit(root, name, *images, key="k"):
    """A study by a letter that stands for its id; images by a letter, and a number."""
    study_id = name * 16 if len(name) == 1 else name
    images = [image if len(image) == 16 else image[0] * 15 + image[-1] for image in images]
    with Attempt(DataSet(root), study_id) as attempt:
        attempt.commit(
            [image_row(image, study_id, detail=key) for image in images], {}, footer_of(key)
        )


def instances(root):
    return (root / "instances.parquet").read_bytes()


def test_instances_are_all_rows_in_the_order_of_studies(tmp_path):
    commit(tmp_path, "cd34000000000000", "00000000000000a3")
    commit(tmp_path, "ab12000000000000", "00000000000000a1", "00000000000000a2")
    tables.collate_instances(DataSet(tmp_path))
    table = pq.read_table(tmp_path / "instances.parquet")
    assert table.schema.remove_metadata().equals(arrow_schema())
    assert table["image_id"].to_pylist() == [
        "00000000000000a1",
        "00000000000000a2",
        "00000000000000a3",
    ]


def test_no_study_gives_an_empty_table(tmp_path):
    tables.collate_instances(DataSet(tmp_path))
    assert pq.read_table(tmp_path / "instances.parquet").num_rows == 0


@settings(deadline=None, max_examples=25)
@given(
    before=st.dictionaries(st.sampled_from("abcdef01"), st.integers(1, 4)),
    after=st.dictionaries(st.sampled_from("abcdef01"), st.integers(1, 4)),
    rows=st.integers(1, 5),
)
@pytest.mark.slow
def test_what_stood_there_before_does_not_change_a_byte(tmp_path_factory, before, after, rows):
    """Study -> number of its images, before and after; rows of a group."""
    root, anew = tmp_path_factory.mktemp("before"), tmp_path_factory.mktemp("anew")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_ROWS_A_GROUP", rows)
        for name, images in before.items():
            commit(root, name, *(f"{name}{number}" for number in range(images)))
        tables.collate_instances(DataSet(root))
        for name in before.keys() - after.keys():
            remove_study(DataSet(root), name * 16)
        for name, images in after.items():
            commit(anew, name, *(f"{name}{number}" for number in range(images)))
            if before.get(name) != images:
                commit(root, name, *(f"{name}{number}" for number in range(images)))
        tables.collate_instances(DataSet(root))
        tables.collate_instances(DataSet(anew))
    assert instances(root) == instances(anew)


def test_only_what_has_changed_is_read(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(
        tables, "read_table", lambda path: read.append(path.stem) or read_table(path)
    )
    for name in ("a", "b", "c"):
        commit(tmp_path, name, name)
    tables.collate_instances(DataSet(tmp_path))
    commit(tmp_path, "b", "b", key="other")
    read.clear()
    tables.collate_instances(DataSet(tmp_path))
    assert read == ["b" * 16]
    assert pq.read_table(tmp_path / "instances.parquet")["detail"].to_pylist() == [
        "k",
        "other",
        "k",
    ]


@pytest.mark.parametrize("how", ["altered", "record damaged", "distrusted"])
def test_a_table_that_is_not_ours_any_more_is_made_from_the_studies(tmp_path, how):
    commit(tmp_path, "a", "00000000000000a1")
    tables.collate_instances(DataSet(tmp_path))
    before = instances(tmp_path)
    path = tmp_path / "instances.parquet"
    if how == "altered":
        path.write_bytes(b"other")
    elif how == "record damaged":
        (tmp_path / "logs" / "instances.parquet.collated.tsv").write_bytes(b"\xff")
    else:
        status = path.stat()
        path.write_bytes(b"\0" * len(before))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        tables.distrust(DataSet(tmp_path).instances)
    tables.collate_instances(DataSet(tmp_path))
    assert instances(tmp_path) == before


def test_another_run_s_table_is_not_taken_for_the_own_one(tmp_path, monkeypatch):
    """A run that began earlier puts its smaller table in place at the last moment: what is
    remembered of the larger one must not be believed of it."""
    data_set = DataSet(tmp_path)
    commit(tmp_path, "aa01000000000000", "00000000000000a1")
    tables.collate_instances(data_set)
    smaller = data_set.instances.read_bytes()
    commit(tmp_path, "bb02000000000000", "00000000000000a2")
    plain = tables.replacing

    @contextlib.contextmanager
    def overtaken(path):
        with plain(path) as temporary:
            yield temporary
        if path == data_set.instances:
            write_whole(path, smaller)

    with monkeypatch.context() as patched:
        patched.setattr(tables, "replacing", overtaken)
        tables.collate_instances(data_set)
    tables.collate_instances(data_set)
    table = pq.read_table(data_set.instances)
    assert table["study_id"].to_pylist() == ["aa01000000000000", "bb02000000000000"]
