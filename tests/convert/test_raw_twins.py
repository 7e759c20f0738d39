"""Raw images beside the films that were made from them."""

from typing import Any

import pandas as pd
import pytest
from pydicom.dataset import Dataset

from tests.made import ROOT, arm, convert, make_dicom, rows

DX = "1.2.840.10008.5.1.4.1.1.1.1"


EVENT_1, EVENT_2 = {"IrradiationEventUID": "1.2.1"}, {"IrradiationEventUID": "1.2.2"}
RIGHT, LEFT = {"SeriesDescription": "right hand"}, {"SeriesDescription": "left hand"}


def coded(value: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "99X", "secret"
    return item


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
        ({"AcquisitionTime": "101112"}, {"AcquisitionTime": "101114"}),
        ({"AcquisitionTime": "101112"}, {}),
        ({"ContentTime": "101112"}, {"ContentTime": "101122"}),
        ({"SeriesTime": "101112"}, {"SeriesTime": "104112"}),
        ({"BodyPartExamined": "RIGHT WRIST"}, {"BodyPartExamined": "LEFT WRIST"}),
        ({"SeriesDescription": "HAND LAT"}, {"SeriesDescription": "HAND AP"}),
        ({"SeriesDescription": "AP wrist"}, {"SeriesDescription": "AP elbow"}),
        ({"ProtocolName": "LEFT HAND"}, {"SeriesDescription": "HAND R"}),
        ({"ViewPosition": "LL"}, {"SeriesDescription": "PA"}),
        ({"ViewPosition": "LL"}, {}),
        ({"ViewPosition": "ZITHER"}, {"ViewPosition": "NORGAARD"}),
        ({"PatientOrientation": ["A", "F"]}, {"PatientOrientation": ["L", "F"]}),
        ({"ViewCodeSequence": [coded("R-1")]}, {"ViewCodeSequence": [coded("R-2")]}),
        ({"AnatomicRegionSequence": [coded("1")]}, {"AnatomicRegionSequence": [coded("2")]}),
        ({"AcquisitionNumber": 1}, {"AcquisitionNumber": 2}),
        ({"KVP": "50"}, {"KVP": "65"}),
        ({"Exposure": "2"}, {"Exposure": "8"}),
        ({"AcquisitionTime": "101112", **EVENT_1}, {"AcquisitionTime": "101112", **EVENT_2}),
        ({**EVENT_1, "ViewPosition": "AP"}, {**EVENT_1, "ViewPosition": "LATERAL"}),
        ({"AcquisitionTime": "101112", **RIGHT}, {"AcquisitionTime": "101112", **LEFT}),
        ({"SeriesInstanceUID": f"{ROOT}.1.8"}, {}),
        ({"SeriesInstanceUID": f"{ROOT}.1.8", "KVP": "50"}, {"KVP": "50"}),
    ],
)
def test_a_film_of_another_exposure_is_no_twin(
    tmp_path: Any, of_raw: dict[str, Any], of_film: dict[str, Any]
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


@pytest.mark.parametrize(
    ("of_raw", "of_film"),
    [
        ({"AcquisitionTime": "101159.9"}, {"AcquisitionTime": "101200.0"}),
        ({**EVENT_1, "PatientOrientation": ["L", "F"]}, {**EVENT_1, "PatientOrientation": "R"}),
        ({"ViewPosition": "LL", "ImageLaterality": "L"}, {"ViewPosition": "LAT", **LEFT}),
        ({"ViewPosition": "PA", "KVP": "50"}, {"SeriesDescription": "PA", "KVP": "50.2"}),
    ],
)
def test_what_speaks_for_one_exposure_joins_them_over_series(
    tmp_path: Any, of_raw: dict[str, Any], of_film: dict[str, Any]
) -> None:
    apart = raw("1", SeriesInstanceUID=f"{ROOT}.1.8", **of_raw)
    assert outcome(became(tmp_path, apart, film("2", **of_film))) == {1: "raw_twin", 2: "kept"}


def test_a_lone_raw_image_beside_films_of_other_views_stays(tmp_path: Any) -> None:
    films = [film("2", SeriesDescription="AP"), film("3", SeriesDescription="OBL")]
    found = became(tmp_path, raw("1", SeriesDescription="LAT"), *films)
    assert outcome(found) == {1: "convert:raw_film", 2: "kept", 3: "kept"}


def test_without_a_moment_there_must_be_as_many_films_as_raw_images(tmp_path: Any) -> None:
    said = {"ViewPosition": "PA"}
    found = became(tmp_path, raw("1", **said), film("2", **said), film("3", **said))
    assert outcome(found)[1] == "convert:raw_film"


def test_one_exposure_may_have_been_processed_twice(tmp_path: Any) -> None:
    found = became(tmp_path, raw("1", **EVENT_1), film("2", **EVENT_1), film("3", **EVENT_1))
    assert outcome(found) == {1: "raw_twin", 2: "kept", 3: "kept"}
