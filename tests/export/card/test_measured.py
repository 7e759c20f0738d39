import json

import pytest

from radprep.dataset.boxes import FROM_FILE, as_text, box_on_film
from radprep.dataset.info import versions
from radprep.export.card.measured import FEW, HIDDEN, measure
from radprep.report.facts.material import RunSplit, read_material
from radprep.report.findings import Findings
from tests.dataset.test_ways import part, stage
from tests.report.report_rows import kept, lost, write_data_set


def patients(count, first, **values):
    return [kept(first + number, **values) for number in range(count)]


def measured(folder, rows, split=None, **info):
    material = read_material(write_data_set(folder, rows, **info), None, show_marked=True)
    object.__setattr__(material, "split", split)
    return measure(Findings(material, {}))


def told(one):
    return [(share.value, share.patients, share.studies) for share in one.shares]


def test_counts_and_reasons_are_those_of_the_data_set(tmp_path):
    rows = [*patients(7, 0), lost(50), lost(51), lost(52, "failed", reason="truncated")]
    found = measured(tmp_path, rows)
    assert found.counts["images"] == found.counts["patients"] == 7
    assert [(one.status, one.reason, one.rows) for one in found.lost] == [
        ("rejected", "duplicate", 2),
        ("failed", "truncated", 1),
    ]
    assert all(one.what.endswith(".") for one in found.lost)
    assert found.fingerprint == "e" * 32
    assert found.steps[0]["name"] == "limit_study_size"
    assert "1 files were" not in found.methods
    assert "7 files were kept" in found.methods


def test_small_numbers_of_patients_stand_together_wherever_people_are_counted(tmp_path):
    rows = [
        *patients(8, 0, body_part="wrist", label="normal", Manufacturer="Agfa", Modality="CR"),
        *patients(6, 100, body_part="hand", label="fracture", Manufacturer="Agfa", Modality="CR"),
        *patients(1, 200, body_part="skull", label="rare", Manufacturer="Small", Modality="RF"),
    ]
    found = measured(tmp_path, rows)
    shown = json.dumps(found.as_json(), default=str)
    assert "skull" not in shown
    assert "rare" not in shown
    assert "Small" not in shown
    parts = found.people[-1]
    assert (parts.title, told(parts)) == ("Body part", [("wrist", 8, 8), ("others", 7, 7)])
    assert told(found.labels) == [("normal", 8, 8), ("others", 7, 7)]


def test_no_id_stands_in_the_figures(tmp_path):
    rows = [*patients(6, 0), kept(900, study=0, patient_id=f"{3:015x}a")]
    found = measured(tmp_path, rows)
    assert found.counts["studies_of_several_patients"] == 1
    shown = json.dumps(found.as_json(), default=str)
    ids = {row[name] for row in rows for name in ("patient_id", "study_id", "image_id")}
    assert not [one for one in ids if one in shown]


def test_whose_films_nobody_knows_is_counted(tmp_path):
    rows = [*patients(3, 0), *patients(2, 10, patient_from="id")]
    assert measured(tmp_path / "one", rows).nameless_studies == 0
    rows = [*patients(3, 0), *patients(2, 10, patient_from="none")]
    assert measured(tmp_path / "two", rows).nameless_studies == 2


def test_boxes_are_counted_with_what_is_not_known_of_them(tmp_path):
    size = (90, 120)
    whole = box_on_film(1, "fracture", FROM_FILE, (10, 10, 20, 20), size)
    cut = box_on_film(2, "metal", FROM_FILE, (80, 10, 20, 20), size)
    rows = [kept(1, boxes=as_text([whole, cut])), kept(2, boxes="[]"), kept(3)]
    boxes = measured(tmp_path, rows).boxes
    assert (boxes.known, boxes.images) == (2, 1)
    assert boxes.fates == [("whole on one image", 1), ("cut, on one image", 1)]
    assert boxes.labels == ("fracture", "metal")


def test_a_small_label_in_a_part_cannot_be_found_by_difference(tmp_path):
    rows = [
        *patients(9, 0, label="normal"),
        *patients(6, 100, label="fracture"),
        *patients(2, 200, label="metal"),
        *patients(7, 300, label="normal"),
    ]
    parts = dict.fromkeys((row["image_id"] for row in rows[:17]), "training")
    parts |= dict.fromkeys((row["image_id"] for row in rows[17:]), "holdout")
    split = RunSplit(("training", "validation", "holdout"), parts, True)
    lines = measured(tmp_path, rows, split).split
    assert [(one.part, one.label, one.patients, one.images) for one in lines] == [
        ("training", "fracture", HIDDEN, HIDDEN),
        ("training", "metal", FEW, FEW),
        ("training", "normal", 9, 9),
        ("training", "all labels", 17, 17),
        ("holdout", "normal", 7, 7),
        ("holdout", "all labels", 7, 7),
    ]


def test_copies_over_patients_and_a_published_split_are_told(tmp_path):
    rows = [*patients(3, 0, pixel_hash="0" * 32, split="training"), *patients(2, 50, split="test")]
    found = measured(tmp_path, rows)
    assert found.identical == {
        "groups": 1,
        "images": 3,
        "groups_across_patients": 1,
        "images_across_patients": 3,
    }
    assert found.published_split == {"test": 2, "training": 3}
    assert found.beware[0].startswith("3 images are identical and belong to different patients")


@pytest.mark.parametrize(("layout", "said"), [(None, ["dicom"]), ("mura", ["mura"])])
def test_how_the_files_came_is_told(tmp_path, layout, said):
    parameters = {"retain": [], **({"layout": layout} if layout else {})}
    found = measured(tmp_path, [kept(1)], name="convert", parameters=parameters)
    assert found.layouts == said


def test_every_part_of_a_merged_data_set_is_told(tmp_path):
    ways = [stage("convert", {"key": "1"}, retain=[], **one) for one in ({}, {"layout": "mura"})]
    parameters = {"parts": [part({**way, "versions": versions()}) for way in ways]}
    rows = [kept(1, delivery=1), kept(2, delivery=2)]
    found = measured(tmp_path, rows, name="merge", parameters=parameters)
    assert found.layouts == ["dicom", "mura"]
    assert found.merged.startswith("part 1: ")
    assert "DICOM images and pictures (layout mura) were decoded" in found.methods
    assert "headers and names of patients and studies de-identified" in found.methods


def test_a_picture_is_not_called_dicom(tmp_path):
    parameters = {"retain": [], "layout": "table"}
    found = measured(tmp_path, [kept(1)], name="convert", parameters=parameters)
    assert "DICOM" not in found.methods


def test_an_empty_data_set_is_measured(tmp_path):
    found = measured(tmp_path, [lost(1)])
    assert found.counts["images"] == 0
    assert found.labels.shares == []
    assert found.depths == []
