from radprep.report.facts.material import RunSplit
from radprep.report.facts.split import gone, split_lines
from tests.report.report_rows import findings_of, kept

PARTS = ("training", "validation", "holdout")


def test_patients_studies_and_images_by_part_and_label(tmp_path):
    rows = [
        kept(1, study=1, label="fracture"),
        kept(2, study=1, label="fracture", patient_id=f"{1:015x}a"),
        kept(3, label="normal"),
        kept(4, label="normal"),
        kept(5, label=None),
        kept(6, label="rare"),
    ]
    part_of = {
        1: "training",
        2: "training",
        3: "training",
        4: "holdout",
        6: "holdout",
        9: "holdout",
    }
    split = RunSplit(PARTS, {f"{number:016x}": part for number, part in part_of.items()}, True)
    material = findings_of(tmp_path, rows).material
    lines = split_lines(material, split, ["fracture", "normal"])
    told = [(one.part, one.label, one.patients, one.studies, one.images) for one in lines]
    assert told == [
        ("training", "fracture", 1, 1, 2),
        ("training", "normal", 1, 1, 1),
        ("training", "all labels", 2, 2, 3),
        ("holdout", "normal", 1, 1, 1),
        ("holdout", "others", 1, 1, 1),
        ("holdout", "all labels", 2, 2, 2),
        ("in no part", "no label", 1, 1, 1),
        ("in no part", "all labels", 1, 1, 1),
    ]
    assert sum(one.images for one in lines if one.label == "all labels") == len(rows)
    assert gone(material, split) == 1
