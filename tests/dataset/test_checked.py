"""A row is checked alone or among many, and the answer is the same."""

import datetime

import pytest

from radprep.dataset.checked import check_rows, row_fault
from radprep.dataset.image_file import MOST_PIXELS
from radprep.dataset.rules import RULES
from radprep.dataset.schema import arrow_schema, to_table
from radprep.errors import UsageError
from tests.made import image_row

STUDY = "ab12000000000000"
MANY = 100

WRONG = {
    "label": "Fracture",
    "labels": '{"diagnosis": "normal"}',
    "image_labels": ["Fracture 1"],
    "labels_alone": '{"image_labels":["x"],"labels":{"x":null}}',
    "status": "lost",
    "patient_id": None,
    "image_id": f"{'b' * 16}",
    "file_name": "images/x.png",
    "width": MOST_PIXELS,
    "bits": 12,
    "frame": 0,
    "source_matrix": [1.0, 0.0, 0.0, 0.0, 1.0],
    "rotation_degrees": float("nan"),
    "review": [None],
    "history": ["x"],
    "decisions": "{",
    "pixel_hash": "x" * 32,
    "StudyDescription": "x" * 3000,
    "PixelSpacing": [float("inf"), 1.0],
}
FINE = {
    "label": None,
    "labels": '{"diagnosis":"normal","hardware":"plate"}',
    "image_labels": ["hardware"],
    "labels_alone": '{"image_labels":["x","y"],"labels":{"x":"yes"}}',
    "frame": 3,
    "review": ["a:b"],
    "history": ["a@1#0123abcd"],
    "decisions": '{"a": {"confidence": 0.5}}',
    "StudyDate": datetime.date(1, 1, 1),
    "StudyDescription": "Röntgen <b>",
    "PixelSpacing": [0.1, 0.1],
}


def rows_with(**values):
    rows = [image_row(f"{number:016x}", STUDY, "normal") for number in range(MANY)]
    rows[MANY // 2] |= values
    return rows


@pytest.mark.parametrize("matrix", [[0.0] * 6, [1.0, 2, 0, 2, 4, 0], [1e-8, 0, 0, 0, 1e-8, 0]])
def test_a_matrix_that_cannot_be_gone_back_is_found(tmp_path, matrix):
    rows = rows_with(source_matrix=matrix)
    for table in (to_table(rows), to_table(rows[MANY // 2 : MANY // 2 + 1])):
        with pytest.raises(UsageError, match="affine map"):
            check_rows(table, tmp_path)


def test_every_column_has_a_rule():
    assert set(RULES) == set(arrow_schema().names)


@pytest.mark.parametrize("column", WRONG)
def test_a_wrong_value_is_found_alone_and_among_many(column, tmp_path):
    rows = rows_with(**{column: WRONG[column]})
    assert row_fault(rows[MANY // 2])[0] in (column, "file_name")
    for table in (to_table(rows), to_table(rows[MANY // 2 : MANY // 2 + 1])):
        with pytest.raises(UsageError, match="must hold"):
            check_rows(table, tmp_path)


@pytest.mark.parametrize("column", FINE)
def test_a_value_that_is_fine_is_fine_alone_and_among_many(column, tmp_path):
    values = {column: FINE[column]}
    if column == "label":
        name = rows_with()[MANY // 2]["file_name"].replace("images/normal", "unlabelled")
        values["file_name"] = name
    rows = rows_with(**values)
    assert row_fault(rows[MANY // 2]) is None
    check_rows(to_table(rows), tmp_path)
