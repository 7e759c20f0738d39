import pyarrow as pa
import pytest

from radprep.dataset.schema import (
    DICOM_COLUMNS,
    OUR_COLUMNS,
    arrow_schema,
    file_status,
    new_row,
    to_table,
)


def test_every_column_has_a_name_a_type_and_a_meaning():
    names = [*OUR_COLUMNS, *DICOM_COLUMNS]
    assert arrow_schema().names == names
    assert len(set(names)) == len(names)
    assert all(OUR_COLUMNS.values())


def test_no_type_that_a_reader_might_not_know():
    for field in arrow_schema():
        kind = field.type.value_type if pa.types.is_list(field.type) else field.type
        assert kind in (
            pa.string(),
            pa.int32(),
            pa.int64(),
            pa.float64(),
            pa.bool_(),
            pa.date32(),
        ), field


def test_new_row_refuses_an_unknown_column():
    with pytest.raises(KeyError):
        new_row(study_id="1", nonsense=1)


def test_tables_of_the_same_rows_are_equal_whatever_their_order():
    rows = [
        new_row(source_id=source, image_id=f"i{part}", part=part, status="kept")
        for source in "ba"
        for part in (2, 1)
    ]
    assert to_table(rows).equals(to_table(rows[::-1]))
    assert to_table(rows).schema.equals(arrow_schema())
    assert to_table([]).schema.equals(arrow_schema())


def test_lists_that_mark_are_never_null():
    table = to_table([new_row(source_id="a", status="failed")])
    assert table["review"].to_pylist() == [[]]
    assert table["history"].to_pylist() == [[]]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["kept", "failed", "rejected"], "kept"),
        (["failed", "rejected"], "failed"),
        (["rejected", "rejected"], "rejected"),
    ],
)
def test_status_of_a_file(statuses, expected):
    assert file_status(statuses) == expected
