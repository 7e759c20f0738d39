"""Raw images beside the films that were made from them."""

from typing import Any

import pandas as pd
import pytest
from pydicom.dataset import Dataset

from tests.made import ROOT, arm, convert, make_dicom, rows

DX = "1.2.840.10008.5.1.4.1.1.1.1"


def film(instance: str, **attributes: Any) -> bytes:
    return image(instance, SOPClassUID=DX, PresentationIntentType="FOR PRESENTATION", **attributes)


def raw(instance: str, **attributes: Any) -> bytes:
    return image(
        instance, SOPClassUID=DX + ".1", PresentationIntentType="FOR PROCESSING", **attributes
    )


def image(instance: str, **attributes: Any) -> bytes:
    seed = sum(map(ord, instance))
    named = {"Modality": "DX", "InstanceNumber": instance, **attributes}
    return make_dicom(arm(40, 30, seed=seed), instance=instance, **named)


def became(tmp_path: Any, *films: bytes, flags: tuple[str, ...] = ()) -> pd.DataFrame:
    """What became of the images of one study, by their number."""
    dump = tmp_path / "dump"
    dump.mkdir()
    for number, data in enumerate(films):
        (dump / f"{number}").write_bytes(data)
    convert(dump, tmp_path / "raw", *flags)
    return rows(tmp_path / "raw").set_index("InstanceNumber").sort_index()


def outcome(found: pd.DataFrame) -> dict[int, str]:
    """Kept, kept with a mark, or the reason, for each image."""
    return {
        int(number): " ".join(row.review) or "kept" if row.status == "kept" else row.reason
        for number, row in found.iterrows()
    }


def test_the_raw_image_beside_its_film_is_rejected_and_names_it(tmp_path: Any) -> None:
    found = became(tmp_path, raw("1"), film("2"))
    assert outcome(found) == {1: "raw_twin", 2: "kept"}
    assert found.detail[1] == f"of source {found.source_id[2]}"
    assert list(found.PresentationIntentType) == ["FOR PROCESSING", "FOR PRESENTATION"]
    assert list(found.pixel_hash.isna()) == [True, False]


def test_it_is_kept_and_marked_where_that_is_asked_for(tmp_path: Any) -> None:
    found = became(tmp_path, raw("1"), film("2"), flags=("--keep-raw-twins",))
    assert outcome(found) == {1: "convert:raw_twin", 2: "kept"}


def test_a_raw_image_without_a_film_is_kept_and_marked(tmp_path: Any) -> None:
    assert outcome(became(tmp_path, raw("1"))) == {1: "convert:raw_film"}


@pytest.mark.parametrize(
    ("of_raw", "of_film"),
    [
        ({"ViewPosition": "PA"}, {"ViewPosition": "LATERAL"}),
        ({"ImageLaterality": "L"}, {"ImageLaterality": "R"}),
        ({"ImageLaterality": "L"}, {"Laterality": "R"}),
        ({"BodyPartExamined": "HAND"}, {"BodyPartExamined": "ELBOW"}),
        ({"PatientID": "one"}, {"PatientID": "another"}),
        ({"AcquisitionTime": "101112"}, {"AcquisitionTime": "101512"}),
    ],
)
def test_a_film_of_another_exposure_is_no_twin(
    tmp_path: Any, of_raw: dict[str, str], of_film: dict[str, str]
) -> None:
    found = became(tmp_path, raw("1", **of_raw), film("2", **of_film))
    assert outcome(found) == {1: "convert:raw_film", 2: "kept"}


def test_each_raw_image_has_its_own_film(tmp_path: Any) -> None:
    views = ("PA", "LATERAL")
    raws = [raw(f"{number}", ViewPosition=view) for number, view in enumerate(views, 1)]
    films = [film(f"{number}", ViewPosition=view) for number, view in enumerate(views, 3)]
    found = became(tmp_path, *raws, *films)
    assert outcome(found) == {1: "raw_twin", 2: "raw_twin", 3: "kept", 4: "kept"}
    assert found.detail[1].endswith(found.source_id[3])
    assert found.detail[2].endswith(found.source_id[4])


def test_where_one_film_could_be_of_two_raw_images_both_stay(tmp_path: Any) -> None:
    found = became(tmp_path, raw("1"), raw("2"), film("3"))
    assert outcome(found) == {1: "convert:raw_film", 2: "convert:raw_film", 3: "kept"}


def test_the_moment_tells_which_of_two_raw_images_has_a_film(tmp_path: Any) -> None:
    early, late = {"AcquisitionTime": "101112.5"}, {"AcquisitionTime": "101500"}
    found = became(tmp_path, raw("1", **early), raw("2", **late), film("3", **late))
    assert outcome(found) == {1: "convert:raw_film", 2: "raw_twin", 3: "kept"}


def test_a_film_of_the_same_moment_is_the_film_of_that_raw_image_only(tmp_path: Any) -> None:
    late = {"AcquisitionTime": "101500"}
    found = became(tmp_path, raw("1"), raw("2", **late), film("3", **late))
    assert outcome(found) == {1: "convert:raw_film", 2: "raw_twin", 3: "kept"}


def test_a_film_that_names_its_source_needs_nothing_else(tmp_path: Any) -> None:
    item = Dataset()
    item.ReferencedSOPClassUID = DX + ".1"
    item.ReferencedSOPInstanceUID = f"{ROOT}.1.1.2"
    named = film("3", SourceImageSequence=[item], ViewPosition="PA")
    found = became(tmp_path, raw("1"), raw("2", ViewPosition="AP"), named)
    assert outcome(found) == {1: "convert:raw_film", 2: "raw_twin", 3: "kept"}


def test_the_film_may_say_nothing_of_its_intent(tmp_path: Any) -> None:
    found = became(tmp_path, raw("1"), image("2"))
    assert outcome(found) == {1: "raw_twin", 2: "kept"}


def test_the_raw_image_does_not_come_back_for_a_film_that_a_person_rejected(tmp_path: Any) -> None:
    found = became(tmp_path, raw("1"), film("2"))
    said = tmp_path / "corrections.csv"
    said.write_text(f"image_id,field,value\n{found.image_id[2]},status,rejected\n")
    convert(tmp_path / "dump", tmp_path / "raw", "--corrections", said)
    again = rows(tmp_path / "raw").set_index("InstanceNumber")
    assert outcome(again) == {1: "raw_twin", 2: "correction"}


def test_the_film_may_come_with_a_later_delivery(tmp_path: Any) -> None:
    assert outcome(became(tmp_path, raw("1", ViewPosition="PA"))) == {1: "convert:raw_film"}
    later = tmp_path / "later"
    later.mkdir()
    (later / "film").write_bytes(film("2", ViewPosition="PA"))
    convert(later, tmp_path / "raw", "--add")
    found = rows(tmp_path / "raw").set_index("InstanceNumber")
    assert outcome(found) == {1: "raw_twin", 2: "kept"}
