"""A table tells of pictures: tables as FracAtlas and GRAZPEDWRI-DX have them, and hostile ones."""

import time

import pytest

from radprep.errors import UsageError
from radprep.layouts.table import lay_out
from radprep.layouts.told import Told
from radprep.layouts.wanted import LayoutWanted, TableColumns

ATLAS = """\
image_id,hand,leg,hip,shoulder,mixed,hardware,multiscan,fractured,fracture_count,frontal,lateral,oblique
IMG0000000.jpg,0,1,0,0,0,0,1,0,0,1,1,0
IMG0000019.jpg,0,1,0,0,0,0,0,1,1,0,1,0
IMG0000020.jpg,1,0,0,1,1,0,0,0,0,1,0,0
IMG0009999.jpg,1,0,0,0,0,0,0,0,0,1,0,0
"""
ATLAS_FILES = [
    "images/Non_fractured/IMG0000000.jpg",
    "images/Fractured/IMG0000019.jpg",
    "images/Non_fractured/IMG0000020.jpg",
    "images/Non_fractured/IMG0000021.jpg",
]
GRAZ = """\
filestem,patient_id,study_number,timehash,gender,age,laterality,projection,fracture_visible,metal
0001_1297860395_01_WRI-L1_M014,1,1,87,M,14.2,L,1,1,
0001_1297860435_01_WRI-L2_M014,1,1,87,M,14.2,L,2,1,
0002_0354485735_01_WRI-R1_F012,2,1,12,F,12.1,R,1,,
0002_0354485759_01_WRI-R2_F012,2,2,13,F,12.4,R,2,,1
"""


def laid(folder, text, pictures, **columns):
    path = folder / "table.csv"
    path.write_text(text)
    return lay_out(pictures, LayoutWanted("table", path, TableColumns(**columns)))


def test_fracatlas_has_flags_for_parts_views_and_labels(tmp_path):
    found = laid(
        tmp_path,
        ATLAS,
        ATLAS_FILES,
        path="image_id",
        body_part=("hand", "leg=lower leg", "hip", "shoulder"),
        view=("frontal", "lateral", "oblique"),
        label=("fractured", "hardware"),
    )
    one, two, three, without = ATLAS_FILES
    assert found.told[two] == Told(None, None, "lower leg", "lateral")
    assert found.told[one].view == "frontal, lateral"  # the film shows two
    assert found.told[three].body_part == "hand, shoulder"
    assert found.told[without] == Told(None, has_row=False)
    assert [texts for _, _, texts in found.rows] == [("0", "0"), ("1", "0"), ("0", "0")]
    assert found.counts["rows"] == 4
    assert found.counts["rows_without_picture"] == found.counts["pictures_without_row"] == 1
    assert found.lists["rows_without_picture"][1:] == [("IMG0009999.jpg",)]
    assert found.lists["pictures_without_row"][1:] == [(without,)]


def test_grazpedwri_has_stems_patients_and_studies_of_each(tmp_path):
    files = [f"{line.partition(',')[0]}.png" for line in GRAZ.splitlines()[1:]]
    found = laid(
        tmp_path,
        GRAZ,
        files,
        path="filestem",
        patient="patient_id",
        study="study_number",
        laterality=("laterality",),
        label=("fracture_visible=fracture",),
    )
    told = [found.told[one] for one in files]
    assert [one.patient for one in told] == ["1", "1", "2", "2"]
    assert told[0].study == told[1].study
    assert len({one.study for one in told}) == 3  # both patients have a study 1
    assert [one.laterality for one in told] == ["L", "L", "R", "R"]
    assert [texts for _, _, texts in found.rows] == [("1",), ("1",), ("",), ("",)]


@pytest.mark.parametrize("said", ["(empty)", "fracture:(empty)", "Fracture_visible:(empty)"])
def test_a_person_says_what_an_empty_cell_means(tmp_path, said):
    files = [f"{line.partition(',')[0]}.png" for line in GRAZ.splitlines()[1:]]
    (tmp_path / "t.csv").write_text(GRAZ)
    columns = TableColumns("filestem", label=("fracture_visible=fracture", "metal"))
    wanted = LayoutWanted("table", tmp_path / "t.csv", columns, mapping=((said, "normal"),))
    texts = [texts for _, _, texts in lay_out(files, wanted).rows]
    assert [one for one, _ in texts] == ["1", "1", "(empty)", "(empty)"]
    assert [one for _, one in texts][:1] == (["(empty)"] if said == "(empty)" else [""])


def test_a_split_is_told_by_its_usual_names(tmp_path):
    text = "path,split\na.png,train\nb.png,VAL\nc.png,fold 3\nd.png,\ne.png,holdout\n"
    found = laid(tmp_path, text, files := [f"{one}.png" for one in "abcde"], split="split")
    splits = [found.told[one].split for one in files]
    assert splits == ["training", "validation", None, None, "test"]
    assert found.counts["splits_not_known"] == 1


def test_the_number_of_a_study_says_nothing_of_a_patient_whom_nobody_names(tmp_path):
    text = "path,patient,study\na.png,,1\nb.png,,1\nc.png,unknown,1\nd.png,P1,1\n"
    files = ["a.png", "b.png", "c.png", "d.png"]
    found = laid(tmp_path, text, files, patient="patient", study="study")
    assert [found.told[one].study for one in files] == [None, None, None, "P1/1"]
    alone = laid(tmp_path, text, files, study="study")  # then they are numbered over all
    assert {one.study for one in alone.told.values()} == {"1"}


def test_a_picture_that_rows_tell_differently_is_nobodys(tmp_path):
    text = "path,patient,part\na.png,1,wrist\na.png,2,wrist\nb.png,3,hand\nb.png,3,hand\n"
    found = laid(tmp_path, text, ["a.png", "b.png"], patient="patient", body_part=("part",))
    assert found.told["a.png"] == Told(None, None, "wrist")
    assert found.told["b.png"] == Told("3", None, "hand")
    assert found.counts["pictures_told_differently"] == 1
    assert found.counts["pictures_named_twice"] == 2


def test_a_row_that_may_mean_several_pictures_is_none_of_them(tmp_path):
    found = laid(tmp_path, "path\n1.png\nb/2.png\n", ["a/1.png", "b/1.png", "b/2.png"])
    assert found.counts["rows_of_several_pictures"] == 1
    assert found.counts["pictures_without_row"] == 2


@pytest.mark.parametrize("path", ["../a.png", "/etc/passwd", "a/../../a.png"])
def test_a_path_that_leads_out_names_nothing(tmp_path, path):
    found = laid(tmp_path, f"path\n{path}\nb.png\n", ["a.png", "b.png"])
    assert found.counts["rows_without_picture"] == 1


def test_a_table_of_other_files_is_a_sentence(tmp_path):
    with pytest.raises(UsageError, match="none of its 1 rows names one of the 1 pictures"):
        laid(tmp_path, "path\nz.png\n", ["a.png"])


def test_a_column_of_labels_that_nobody_named_may_be_absent(tmp_path):
    usual = {"label": ("diagnosis",), "is_usual": True}
    absent = laid(tmp_path, "path,label,x\na.png,normal,1\n", ["a.png"], study="x", **usual)
    assert absent.columns == ()
    assert absent.hint.endswith("name the column with --label-column (other columns: label)")
    found = laid(tmp_path, "path,Diagnosis\na.png,normal\n", ["a.png"], **usual)
    assert (found.columns, found.hint) == (("diagnosis",), "")
    assert laid(tmp_path, "path,label\na.png,normal\n", ["a.png"]).hint == ""
    with pytest.raises(UsageError, match="no column 'diagnosis'"):
        laid(tmp_path, "path\na.png\n", ["a.png"], label=("diagnosis",))


@pytest.mark.slow
def test_a_hundred_thousand_rows_take_seconds(tmp_path):
    names = [f"part{number % 7}/IMG{number:07}.jpg" for number in range(100_000)]
    lines = "".join(
        f"{name.rpartition('/')[2]},{number // 3}\n" for number, name in enumerate(names)
    )
    began = time.process_time()
    found = laid(tmp_path, f"path,patient\n{lines}", names, patient="patient")
    assert time.process_time() - began < 20
    assert len(found.told) == 100_000
    assert found.counts["pictures_without_row"] == 0


def test_many_pictures_of_one_name_do_not_take_for_ever(tmp_path):
    names = [f"study{number}/image.png" for number in range(20_000)]
    began = time.process_time()
    found = laid(tmp_path, "path\n" + "".join(f"{name}\n" for name in names), names)
    assert len(found.rows) == 20_000
    found = laid(tmp_path, "path\nstudy1/image.png\n" + "image.png\n" * 2000, names)
    assert found.counts["rows_of_several_pictures"] == 2000
    assert time.process_time() - began < 20


def test_a_column_of_0_and_1_is_called_as_the_vocabulary_knows_it(tmp_path):
    text = "path,hnnd\n1.png,1\n2.png,0\n"
    with pytest.raises(UsageError, match="hnnd=NAME"):
        laid(tmp_path, text, ["1.png", "2.png"], body_part=("hnnd",))
    found = laid(tmp_path, text, ["1.png", "2.png"], body_part=("hnnd=hand",))
    assert found.told["1.png"].body_part == "hand"
