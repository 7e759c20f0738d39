import datetime

import pytest

from radprep.report.facts.patients import dates_are, distribution_of, distributions
from tests.report.report_rows import findings_of, kept, lost


def patients(count, first, **values):
    return [kept(first + number, **values) for number in range(count)]


def found(tmp_path, rows):
    return {one.title: one for one in distributions(findings_of(tmp_path, rows).material)}


def told(one):
    return [(share.value, share.patients, share.studies) for share in one.shares]


def test_sex_age_and_year_of_studies_with_an_image(tmp_path):
    date = datetime.date(2016, 3, 4)
    rows = [
        *patients(7, 0, PatientSex="F", PatientAge="047Y", StudyDate=date),
        *patients(6, 100, PatientSex="M", PatientAge="090Y", StudyDate=date.replace(year=2017)),
        *patients(5, 200, PatientSex=None, PatientAge="006M"),
        kept(900, study=0, patient_id=f"{0:015x}a", PatientSex="F", PatientAge="047Y"),
        lost(300, PatientSex="O"),
    ]
    rows.append(
        kept(
            400,
            study=400,
            patient_id=f"{1:015x}a",
            PatientSex="F",
            PatientAge="047Y",
            StudyDate=date,
        )
    )
    one = found(tmp_path, rows)
    assert told(one["Sex"]) == [("female", 7, 8), ("male", 6, 6), ("unknown", 5, 5)]
    assert told(one["Age in years"]) == [("0-9", 5, 5), ("40-49", 7, 8), ("90 and over", 6, 6)]
    assert told(one["Year of the study"]) == [("2016", 7, 8), ("2017", 6, 6), ("unknown", 5, 5)]


def test_small_numbers_stand_together_and_cannot_be_found_by_difference(tmp_path):
    rows = [
        *patients(20, 0, PatientSex="F"),
        *patients(9, 100, PatientSex="M"),
        *patients(1, 200, PatientSex="O"),
    ]
    sex = found(tmp_path / "one", rows)["Sex"]
    # one patient alone would be what the sum leaves: the next smaller group joins it
    assert (told(sex), sex.pooled) == ([("female", 20, 20), ("others", 10, 10)], 2)
    rows += patients(4, 300, PatientSex=None)
    sex = found(tmp_path / "two", rows)["Sex"]
    assert (told(sex), sex.pooled) == ([("female", 20, 20), ("male", 9, 9), ("others", 5, 5)], 2)


def test_of_few_patients_nothing_is_told_apart(tmp_path):
    sex = found(tmp_path, [kept(1, PatientSex="F"), kept(2, PatientSex="M")])["Sex"]
    assert (told(sex), sex.pooled) == ([("others", 2, 2)], 2)
    assert all(not one.shares for one in distributions(findings_of(tmp_path / "x", []).material))


@pytest.mark.parametrize(
    ("retained", "said"),
    [(None, "not known here"), (["dates"], "as they were"), (["uids"], "moved into the past")],
)
def test_what_became_of_the_dates(retained, said):
    assert said in dates_are(retained)


def test_a_study_counts_once_with_each_value_of_its_images(tmp_path):
    rows = [
        *patients(6, 0, body_part="wrist"),
        *(
            kept(100 + one, study=one, patient_id=f"{one:015x}a", body_part="hand")
            for one in range(5)
        ),
        *patients(5, 200, body_part=None),
        *patients(1, 300, body_part="foot"),
        *patients(4, 400, body_part="knee"),
    ]
    material = findings_of(tmp_path, rows).material
    one = distribution_of("Body part", material.kept, lambda row: row["body_part"])
    assert told(one) == [("hand", 5, 5), ("wrist", 6, 6), ("unknown", 5, 5), ("others", 5, 5)]
    assert one.pooled == 2
