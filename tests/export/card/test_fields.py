import pyarrow as pa
import pytest

from radprep.dataset.schema import OUR_COLUMNS, arrow_schema
from radprep.export.card.fields import OF_EXPORTS, field_of, meaning


def test_every_column_has_a_meaning():
    assert meaning("part", {}) == OUR_COLUMNS["part"]
    assert meaning("part", OF_EXPORTS).startswith("training")
    assert meaning("KVP", {}) == "DICOM attribute KVP"
    assert meaning("label_hardware", OF_EXPORTS) == "label_hardware"


@pytest.mark.parametrize(
    ("name", "kind", "is_list"),
    [
        ("image_id", "Text", False),
        ("inverted", "Boolean", False),
        ("width", "Integer", False),
        ("KVP", "Float", False),
        ("StudyDate", "Date", False),
        ("history", "Text", True),
        ("source_matrix", "Float", True),
    ],
)
def test_a_column_has_the_type_that_croissant_knows(name, kind, is_list):
    field = field_of("rows", arrow_schema().field(name), {"file_object": "table"})
    assert str(field.data_types[0]).rpartition("/")[2] == kind
    assert bool(field.repeated) == is_list
    assert field.source.extract.column == name


def test_a_column_of_an_unknown_type_is_text():
    field = field_of("rows", pa.field("odd", pa.binary()), {"file_object": "table"})
    assert str(field.data_types[0]).endswith("Text")
