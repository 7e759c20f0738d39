"""The same pixels under several UIDs in one study."""

from typing import Any

import pandas as pd

from tests.made import arm, convert, make_dicom, rows


def films(folder: Any, *instances: str, **attributes: Any) -> Any:
    folder.mkdir()
    for instance in instances:
        data = make_dicom(arm(40, 30), instance=instance, InstanceNumber=instance, **attributes)
        (folder / instance).write_bytes(data)
    return folder


def by_number(out: Any) -> pd.DataFrame:
    return rows(out).set_index("InstanceNumber").sort_index()


def test_a_film_that_was_sent_again_stays_once(tmp_path: Any) -> None:
    convert(films(tmp_path / "dump", "1", "2", "3"), tmp_path / "raw")
    found = rows(tmp_path / "raw")
    [kept] = found[found.status == "kept"].source_id
    again = found[found.status == "rejected"]
    assert list(again.reason) == ["duplicate"] * 2
    assert set(again.detail) == {f"of source {kept}"}
    assert found.instance_id.nunique() == 3
    assert again.pixel_hash.isna().all()


def test_which_of_them_stays_does_not_depend_on_their_names(tmp_path: Any) -> None:
    convert(films(tmp_path / "dump", "1", "2", "3"), tmp_path / "raw")
    (tmp_path / "again").mkdir()
    for number in "123":
        data = (tmp_path / "dump" / number).read_bytes()
        (tmp_path / "again" / f"{9 - int(number)}").write_bytes(data)
    key = tmp_path / "raw.private" / "key"
    convert(tmp_path / "again", tmp_path / "other", "--key", key)
    assert by_number(tmp_path / "raw").status.equals(by_number(tmp_path / "other").status)


def test_other_pixels_and_other_studies_stay(tmp_path: Any) -> None:
    dump = films(tmp_path / "dump", "1")
    (dump / "other").write_bytes(make_dicom(arm(40, 30, seed=1), instance="2"))
    (dump / "study").write_bytes(make_dicom(arm(40, 30), study="2"))
    convert(dump, tmp_path / "raw")
    assert list(rows(tmp_path / "raw").status) == ["kept"] * 3


def test_images_of_one_grey_are_not_the_same_film(tmp_path: Any) -> None:
    dump = tmp_path / "dump"
    dump.mkdir()
    window = {"WindowCenter": "-90000", "WindowWidth": "1"}
    for number in range(2):
        film = make_dicom(arm(40, 30, seed=number), instance=f"{number}", **window)
        (dump / f"{number}").write_bytes(film)
    convert(dump, tmp_path / "raw", "--window", "dicom")
    found = rows(tmp_path / "raw")
    assert all("convert:constant_image" in marks for marks in found.review)
    assert set(found.status) == {"kept"}


def test_what_came_first_stays_when_it_comes_again_with_another_delivery(tmp_path: Any) -> None:
    convert(films(tmp_path / "cd1", "1"), tmp_path / "raw")
    before = by_number(tmp_path / "raw").image_id[1]
    for number, instance in enumerate("23456", 2):
        convert(films(tmp_path / f"cd{number}", instance), tmp_path / "raw", "--add")
    found = by_number(tmp_path / "raw")
    assert list(found.status) == ["kept", *["rejected"] * 5]
    assert found.image_id[1] == before


def test_a_duplicate_takes_the_place_of_what_leaves_under_its_own_name(tmp_path: Any) -> None:
    films(tmp_path / "cd1", "1")
    (tmp_path / "cd1" / "other").write_bytes(make_dicom(arm(40, 30, seed=3), study="9"))
    convert(tmp_path / "cd1", tmp_path / "raw")
    convert(films(tmp_path / "cd2", "2"), tmp_path / "raw", "--add")
    own = by_number(tmp_path / "raw").instance_id[2]
    (tmp_path / "cd1" / "1").unlink()
    convert(tmp_path / "cd1", tmp_path / "raw", "--prune")
    found = by_number(tmp_path / "raw").loc[2]
    assert (found.status, found.instance_id, found.image_id) == ("kept", own, own)
    assert (tmp_path / "raw" / found.file_name).is_file()
    assert found.delivery == 2


def test_a_film_that_a_person_rejected_does_not_come_back_under_another_uid(tmp_path: Any) -> None:
    dump = films(tmp_path / "dump", "1", "2")
    convert(dump, tmp_path / "raw")
    found = rows(tmp_path / "raw")
    [said] = found[found.status == "kept"].instance_id
    csv = tmp_path / "corrections.csv"
    csv.write_text(f"image_id,field,value\n{said},status,rejected\n")
    convert(dump, tmp_path / "raw", "--corrections", csv)
    found = rows(tmp_path / "raw")
    assert sorted(found.reason) == ["correction", "duplicate"]
    assert found.pixel_hash.isna().all()


def test_a_rejected_film_does_not_come_back_with_a_later_delivery(tmp_path: Any) -> None:
    convert(films(tmp_path / "cd1", "1"), tmp_path / "raw")
    [said] = rows(tmp_path / "raw").image_id
    csv = tmp_path / "corrections.csv"
    csv.write_text(f"image_id,field,value\n{said},status,rejected\n")
    flags = ("--add", "--corrections", csv)
    for number, instance in enumerate("23", 2):  # rejected in this run, and in an earlier one
        convert(films(tmp_path / f"cd{number}", instance), tmp_path / "raw", *flags)
        found = rows(tmp_path / "raw")
        assert set(found.status) == {"rejected"}
