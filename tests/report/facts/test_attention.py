from radprep.report.facts.association import Association
from radprep.report.facts.attention import ALARM, LOOK, NOTE, points
from radprep.report.facts.confounding import Attribute
from radprep.report.facts.duplicates import Twins
from radprep.report.facts.material import read_material
from tests.report.report_rows import kept, lost, write_data_set


def found(tmp_path, rows, same=(), near=(), attributes=(), **info):
    return points(
        read_material(write_data_set(tmp_path / "clean", rows, **info), None),
        same,
        near,
        attributes,
    )


def test_a_data_set_without_fault_has_none(tmp_path):
    assert found(tmp_path, [kept(1), lost(2)]) == []


def test_each_thing_is_said_with_its_number_and_the_alarming_first(tmp_path):
    rows = [
        kept(1, review=["a:b"]),
        kept(2, burned_in_risk="high"),
        kept(3, label=None),
        lost(4, "failed"),
    ]
    listed = found(
        tmp_path,
        rows,
        [Twins(["x", "y"], 2), Twins(["z", "w"], 1)],
        [Twins(["u", "v"], 2, 1)],
        [
            Attribute("Bits stored", [], Association(0.5, 0.2, 0.7, 90, 80)),
            Attribute("Maker and model", [], Association(0.1, 0.05, 0.2, 90, 80)),
            Attribute("Polarity", [], Association(0.5, 0.0, 0.9, 9, 8)),
        ],
        studies_left=3,
    )
    assert [(point.level, point.number, point.target, point.show) for point in listed] == [
        (ALARM, "2", "duplicates", "ids=x,y"),
        (ALARM, "1", "deidentification", "status=kept&risk=high"),
        (ALARM, "3", "summary", ""),
        (LOOK, "2", "duplicates", "ids=u,v"),
        (LOOK, "0.50", "sources", ""),
        (LOOK, "1", "review", "status=kept&mark=any"),
        (LOOK, "1", "rejected", "status=failed"),
        (NOTE, "1", "labels", "status=kept&label="),
    ]
    [association] = [point.text for point in listed if point.target == "sources"]
    assert "of 90 studies, 95 % interval 0.20 to 0.70" in association


def test_what_makes_a_split_by_patient_doubtful_is_said(tmp_path):
    rows = [
        kept(1, study=1, patient_id="a" * 16, PatientSex="F"),
        kept(2, study=1, patient_id="b" * 16, PatientSex="M"),
        kept(3, patient_id="c" * 16, patient_from="none"),
        kept(4, patient_id="d" * 16, patient_from="placeholder"),
    ]
    said = [(one.number, one.text.partition(":")[0]) for one in found(tmp_path, rows)]
    assert said == [
        ("1", "studies have films of several PatientIDs"),
        ("2", "studies have films without a PatientID that names somebody"),
        ("1", "patients have films that say M and others that say F"),
    ]


def test_where_no_patient_is_known_it_is_alarming(tmp_path):
    rows = [{**kept(1), "patient_from": "none"}, {**kept(2), "patient_from": "none"}]
    [point] = found(tmp_path, rows)
    assert point.level == ALARM
    assert f"{point.number} {point.text}".startswith("2 images, and no patient is known: each")
    assert "protects from nothing" in point.text
    rows[0]["patient_from"] = "id"
    [point] = found(tmp_path, rows)
    assert point.level == LOOK
