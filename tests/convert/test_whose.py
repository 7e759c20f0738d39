"""Whose a film is: by whole identifiers, by issuer, by study; and what is said of it."""

import json

import pytest

from radprep.cli import app
from radprep.errors import UsageError
from radprep.private.forgotten import read_forgotten
from tests.made import arm, command, convert, make_dicom, preprocess, private_of, rows, runner


@pytest.fixture
def films(tmp_path):
    """Makes a folder of films, each with other pixels: (study, attributes) of each."""

    def make(*found, name="dump"):
        folder = tmp_path / name
        folder.mkdir()
        for number, (study, attributes) in enumerate(found):
            data = make_dicom(
                arm(64, 48, seed=number + 10 * len(name)),
                study=study,
                instance=f"{number + 1}{len(name)}",
                **attributes,
            )
            (folder / f"{number}.dcm").write_bytes(data)
        return folder

    return make


def patient(text, **more):
    return {"PatientID": text, **more}


def forget(root, whom):
    return runner.invoke(
        app, ["forget", str(root), "--patient", whom, "--yes"], catch_exceptions=False
    )


def test_patients_of_one_study_are_counted_once_and_the_study_is_listed(films, tmp_path):
    dump = films(("1", patient("P1")), ("1", patient("P2")), ("2", patient("P2")))
    result = runner.invoke(app, ["convert", str(dump), str(tmp_path / "raw")])
    assert "3 images of 2 studies, 1 patients" in result.output
    table = rows(tmp_path / "raw")
    shared = table.groupby("study_id").patient_id.nunique().idxmax()
    assert f"1 study with films of several PatientIDs ({shared})" in result.output
    info = json.loads((tmp_path / "raw" / "dataset.json").read_text())
    assert info["counts"]["studies_of_several_patients"] == 1
    assert info["counts"]["several_patients_in"] == [shared]
    for count in ("studies", "studies_kept", "patients"):
        assert type(info["counts"][count]) is int
    assert "P1" not in result.output + json.dumps(info)
    again = preprocess(tmp_path / "raw", tmp_path / "clean")
    assert (again["counts"]["patients"], again["counts"]["several_patients_in"]) == (1, [shared])


@pytest.mark.parametrize("nobody", ["", "ANONYMOUS", "000"])
def test_a_film_that_names_nobody_is_of_the_patient_of_its_study(films, tmp_path, nobody):
    dump = films(("1", patient("P1")), ("1", patient(nobody)), ("2", patient("P1")))
    counts = convert(dump, tmp_path / "raw")["counts"]
    table = rows(tmp_path / "raw")
    assert table.patient_id.nunique() == table.StudyDate.nunique() == counts["patients"] == 1
    assert sorted(table.patient_from) == ["id", "id", "study"]
    assert counts["without_patient_id"] == {"study": 1}
    assert runner.invoke(app, ["verify", str(tmp_path / "raw")]).exit_code == 0


@pytest.mark.parametrize(("nobody", "why"), [("", "none"), ("Unbekannt", "placeholder")])
def test_a_study_that_names_nobody_is_a_patient_of_its_own(films, tmp_path, nobody, why):
    dump = films(*((study, patient(nobody)) for study in "112"))
    result = runner.invoke(app, ["convert", str(dump), str(tmp_path / "raw"), "--json"])
    assert json.loads(result.stdout)["counts"]["without_patient_id"] == {why: 2}
    assert rows(tmp_path / "raw").patient_id.nunique() == 2
    assert "Unbekannt" not in result.output
    with pytest.raises(UsageError, match="names nobody" if nobody else "holds nothing"):
        forget(tmp_path / "raw", nobody or "nobody")
    assert len(rows(tmp_path / "raw")) == 3


def test_what_gives_no_image_names_nobody_and_is_not_counted(films, tmp_path):
    report = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.11", "Modality": "SR", "PixelData": None}
    dump = films(("1", patient("P1")), ("2", {**patient(""), **report}))
    assert convert(dump, tmp_path / "raw")["counts"]["without_patient_id"] == {}


def test_labels_are_not_joined_on_an_id_that_is_of_no_one_patient(films, tmp_path):
    dump = films(
        ("1", patient("7", IssuerOfPatientID="A")),
        ("2", patient("7", IssuerOfPatientID="B")),
        ("3", patient("ANONYMOUS")),
        ("4", patient("8", IssuerOfPatientID="A")),
        ("5", patient("9")),
    )
    labels = tmp_path / "labels.csv"
    labels.write_text("patient,diagnosis\n7,fracture\nANONYMOUS,fracture\n8,normal\n9,fracture\n")
    flags = ("--labels", labels, "--label-key", "patient")
    tried = command("inspect", dump, *flags)
    found = convert(dump, tmp_path / "raw", *flags)
    assert sorted(rows(tmp_path / "raw").label.fillna("")) == ["", "", "", "fracture", "normal"]
    assert (found["counts"]["patients"], found["counts"]["ids_of_several_issuers"]) == (5, 1)
    assert tried["overview"]["patients"] == 5
    assert [one["count"] for one in tried["labels"]] == [1, 1]


def test_a_text_that_stands_for_no_number_joins_no_label(films, tmp_path):
    dump = films(
        ("1", patient("1", AccessionNumber="0")),
        ("2", patient("2", AccessionNumber="0")),
        ("3", patient("3", AccessionNumber="UNKNOWN")),
        ("4", patient("4", AccessionNumber="A4")),
    )
    labels = tmp_path / "labels.csv"
    labels.write_text("accession,diagnosis\n0,fracture\nUNKNOWN,fracture\nA4,normal\n")
    convert(dump, tmp_path / "raw", "--labels", labels)
    assert sorted(rows(tmp_path / "raw").label.fillna("")) == ["", "", "", "normal"]


def test_forget_asks_which_of_several_patients_with_one_id_is_meant(films, tmp_path):
    issued = [patient("7", IssuerOfPatientID=one) for one in ("A", "B")]
    raw = tmp_path / "raw"
    convert(films(("1", issued[0]), ("2", issued[1]), ("3", issued[1])), raw)
    with pytest.raises(UsageError, match="Several issuers") as both:
        forget(raw, "7")
    ids = rows(raw).patient_id.value_counts()
    assert all(one in str(both.value) for one in ids.index)
    assert forget(raw, ids.idxmax()).exit_code == 0
    assert list(rows(raw).patient_id) == [ids.idxmin()]
    assert forget(raw, "7").exit_code == 0
    assert rows(raw).empty


def test_an_identifier_with_a_backslash_is_another_patient_and_study(films, tmp_path):
    ids = (["AB"], ["AB", "12"], ["AB", "13"])
    dump = films(
        *(
            (str(number), {"PatientID": one, "AccessionNumber": ["2020", *one[1:]]})
            for number, one in enumerate(ids)
        )
    )
    labels = tmp_path / "labels.csv"
    labels.write_text("accession,diagnosis\n2020,fracture\n2020\\12,normal\n2020\\13,normal\n")
    counts = convert(dump, tmp_path / "raw", "--labels", labels)["counts"]
    assert (counts["patients"], counts["labels"]) == (3, {"fracture": 1, "normal": 2})
    assert forget(tmp_path / "raw", "AB\\12").exit_code == 0
    assert forget(tmp_path / "raw", "AB").exit_code == 0
    assert len(rows(tmp_path / "raw")) == 1


def test_a_forgotten_patient_takes_along_the_films_that_name_nobody(films, tmp_path):
    raw = tmp_path / "raw"
    first = films(("1", patient("P1")), ("2", patient("P2")), ("2", patient("P1")))
    later = films(("1", patient("")), ("2", patient("")), ("3", patient("")), name="later")
    convert(first, raw)
    convert(later, raw, "--add")
    assert forget(raw, "P1").exit_code == 0
    table = rows(raw)
    assert sorted(table.patient_from) == ["id", "none"]
    assert len(read_forgotten(private_of(raw))) == 3
    for delivery in (first, later):
        convert(delivery, raw, "--add")
        seen = rows(raw)
        assert sorted(seen.patient_from.dropna()) == ["id", "none"]
    assert runner.invoke(app, ["verify", str(raw)]).exit_code == 0


def test_forgetting_says_who_shares_the_studies(films, tmp_path):
    raw = tmp_path / "raw"
    convert(films(("1", patient("00100")), ("1", patient("100"))), raw)
    said = forget(raw, "100").output
    [left] = rows(raw).patient_id
    assert left in said
    assert "the same person under another PatientID" in said


def test_no_group_is_lost_between_deliveries(films, tmp_path):
    raw = tmp_path / "raw"
    convert(films(("1", patient("P1")), ("2", patient("P2"))), raw)
    counts = convert(films(("1", patient("P2")), name="later"), raw, "--add")["counts"]
    assert (counts["patients"], counts["studies_of_several_patients"]) == (1, 1)


def test_a_key_of_nobody_only_is_refused(films, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("patient,diagnosis\nANONYMOUS,fracture\n")
    with pytest.raises(UsageError, match="No label fits"):
        convert(
            films(("1", patient("ANONYMOUS"))),
            tmp_path / "raw",
            *("--labels", labels, "--label-key", "patient"),
        )
