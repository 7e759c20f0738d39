"""By what a layout tells patients apart."""

import pytest

from radprep.convert.telling import refuse_other_telling, telling_of
from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from radprep.layouts.wanted import LayoutWanted, TableColumns
from radprep.private.forgotten import record_forgotten
from tests.made import private_of


def table(**columns):
    return telling_of(LayoutWanted("table", columns=TableColumns(**columns)))


def test_only_what_names_patients_and_studies_counts():
    assert telling_of(None) == ""
    assert table(patient="Who ", view=("a",)) == table(patient="who", label=("b",))
    assert table(patient="who") != table(study="who")
    levels = [telling_of(LayoutWanted("classes", patient_level=one)) for one in (None, 1, 2)]
    assert len(set(levels)) == 3
    assert telling_of(LayoutWanted("classes", class_level=2)) == levels[0]


def test_a_data_set_without_a_film_may_change_it_until_somebody_is_forgotten(tmp_path):
    out = DataSet(tmp_path / "raw")
    tree = private_of(tmp_path / "raw")
    given = (out, tree, table(patient="who"), table(study="exam"))
    refuse_other_telling(*given)
    record_forgotten(tree, {"patient_id": "a"})
    with pytest.raises(UsageError, match="no --study-column") as refused:
        refuse_other_telling(*given)
    assert "--patient-column 'who'" in str(refused.value)
