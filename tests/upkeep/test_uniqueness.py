import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from radprep.upkeep.uniqueness import NAMES, age_band, titled, uniqueness, uniqueness_table
from tests.report.report_rows import kept, lost, write_data_set

MARCH, MAY = datetime.date(2019, 3, 4), datetime.date(2019, 5, 4)


def visit(number, patient, age="047Y", sex="F", maker="AGFA", part="wrist", date=MARCH, **values):
    said = {"PatientAge": age, "PatientSex": sex, "Manufacturer": maker, "body_part": part}
    return kept(number, patient_id=f"{patient:016x}", StudyDate=date, **{**said, **values})


def found_in(tmp_path, rows):
    return uniqueness(DataSet(write_data_set(tmp_path / "clean", rows)))


def test_who_stands_alone_by_all_by_each_and_by_all_but_one(tmp_path):
    rows = [
        *(visit(number, number) for number in range(6)),
        *(visit(10 + number, 10 + number, sex="M") for number in range(3)),
        visit(20, 20, age="088Y"),
        lost(21, patient_id=None),
    ]
    found = found_in(tmp_path, rows)
    together = found.together
    assert (together.patients, together.groups, together.smallest) == (10, 3, 1)
    assert (together.alone, together.small) == (1, 4)
    assert together.rarest == "85-89, F, AGFA, wrist, 2019-03"
    each = {groups.names[0]: (groups.alone, groups.groups, groups.rarest) for groups in found.each}
    assert each == {
        "age band": (1, 2, "85-89"),
        "sex": (0, 2, "M"),
        "maker": (0, 1, "AGFA"),
        "body part": (0, 1, "wrist"),
        "month": (0, 1, "2019-03"),
    }
    assert [groups.alone for groups in found.without] == [0, 1, 1, 1, 1]
    assert found.telling == "age band"
    assert len(titled(found)) == 1 + 2 * len(NAMES)


def test_a_patient_is_alike_only_in_all_visits_and_films_of_a_visit_count_once(tmp_path):
    rows = [
        *(visit(number, 1) for number in range(3)),
        visit(3, 2),
        visit(4, 3),
        visit(5, 3, date=MAY, age="048Y"),
    ]
    found = found_in(tmp_path, rows)
    assert (found.together.patients, found.together.alone, found.together.groups) == (3, 1, 2)
    assert found.together.rarest == (
        "45-49, F, AGFA, wrist, 2019-03; 45-49, F, AGFA, wrist, 2019-05"
    )
    assert found.telling == "month"


def test_rows_without_an_image_count_and_what_nobody_said_is_a_value(tmp_path):
    rows = [
        lost(1, patient_id="a" * 16, PatientAge=None, PatientSex=None, Manufacturer=None)
        | {"body_part": None, "StudyDate": None},
        visit(2, 2),
    ]
    found = found_in(tmp_path, rows)
    assert found.together.alone == 2
    assert found.telling is None
    assert found.together.rarest in (
        "unknown, unknown, unknown, unknown, unknown",
        "45-49, F, AGFA, wrist, 2019-03",
    )


def test_without_a_patient_there_are_no_groups(tmp_path):
    for rows in ([], [lost(1, patient_id=None)]):
        found = found_in(tmp_path, rows)
        assert (found.together.patients, found.together.smallest, found.together.rarest) == (
            0,
            0,
            "",
        )
        assert found.telling is None


@pytest.mark.parametrize(
    ("age", "band"),
    [
        ("047Y", "45-49"),
        ("090Y", "90-94"),
        ("018M", "0-4"),
        ("072M", "5-9"),
        ("003W", "0-4"),
        ("010D", "0-4"),
        (None, "unknown"),
        ("", "unknown"),
        ("Y", "unknown"),
        ("old", "unknown"),
        ("\u0664\u0667Y", "unknown"),
    ],
)
def test_bands_of_age(age, band):
    assert age_band(age) == band


def test_the_table_for_a_person(tmp_path):
    table = uniqueness_table(found_in(tmp_path, [visit(1, 1), visit(2, 2)]))
    assert table.rows[0] == (
        "age band, sex, maker, body part, month",
        0,
        2,
        1,
        2,
        "45-49, F, AGFA, wrist, 2019-03",
    )
    assert "Patients: 2." in table.note


def test_a_table_that_is_none_of_ours_is_a_sentence(tmp_path):
    root = write_data_set(tmp_path / "clean", [kept(1)])
    pq.write_table(pa.table({"patient_id": ["a"]}), root / "instances.parquet")
    with pytest.raises(UsageError, match=r"instances\.parquet (has not the columns|is damaged)"):
        uniqueness(DataSet(root))
    (root / "instances.parquet").write_bytes(b"none")
    with pytest.raises(UsageError, match=r"instances\.parquet (has not the columns|is damaged)"):
        uniqueness(DataSet(root))


@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.sampled_from("MF"), st.sampled_from("ab")), max_size=20
    )
)
def test_it_counts_what_a_plain_count_counts(tmp_path_factory, visits):
    rows = [
        visit(number, patient, sex=sex, maker=maker)
        for number, (patient, sex, maker) in enumerate(visits)
    ]
    of_patient = {}
    for patient, sex, maker in visits:
        of_patient.setdefault(patient, set()).add((sex, maker))
    groups = [frozenset(said) for said in of_patient.values()]
    found = found_in(tmp_path_factory.mktemp("plain"), rows).together
    assert found.alone == sum(groups.count(group) == 1 for group in groups)
    assert found.groups == len(set(groups))
    assert found.smallest == min(map(groups.count, groups), default=0)
