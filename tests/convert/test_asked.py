"""What `--modality` asks for is there, or the command says what is."""

from typing import Any

import pytest

import radprep
from radprep.convert.asked import check_asked
from radprep.errors import UsageError
from tests.made import arm, command, convert, make_dicom, rows


@pytest.fixture
def dump(tmp_path: Any) -> Any:
    folder = tmp_path / "dump"
    folder.mkdir()
    texts = {"DR": "DR", "cr": "cr", "none": None, "joe": "JOE", "mr": "MR"}
    classes = {"joe": "1.2.3.4", "mr": "1.2.840.10008.5.1.4.1.1.4"}
    for number, (name, text) in enumerate(texts.items()):
        named = {"SOPClassUID": classes[name]} if name in classes else {}
        film = make_dicom(arm(40, 30, seed=number), study=name[0], Modality=text, **named)
        (folder / name).write_bytes(film)
    report = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.11", "PixelData": None}
    (folder / "sr").write_bytes(make_dicom(study="9", Modality="SR", **report))
    return folder


@pytest.mark.parametrize("name", ["DR", "XR", "x-ray", "GARCIA"])
def test_a_modality_that_no_image_has_is_an_error_that_says_what_there_is(
    dump: Any, tmp_path: Any, name: str
) -> None:
    with pytest.raises(UsageError) as error:
        radprep.convert(dump, tmp_path / "raw", modality=["CR", name])
    assert str(error.value).startswith(f"--modality {name}: no image of the dump has it.")
    assert "CR 3, MR 1, unknown 1" in str(error.value)
    assert "JOE" not in str(error.value)
    assert ("SOP class" in str(error.value)) == (name in ("DR", "XR", "x-ray"))


def test_what_inspect_shows_can_be_asked_for(dump: Any, tmp_path: Any) -> None:
    shown = command("inspect", dump)
    assert {row["name"]: row["converted"] for row in shown["modality"]} == {
        "CR": "yes",
        "MR": "no",
        "SR": "no pixels",
        "unknown": "no",
    }
    typed = {row["name"]: row["read_as"] for row in shown["typed_modality"]}
    assert typed == {"DR": "CR", "(empty)": "CR", "JOE": "unknown"}
    convert(dump, tmp_path / "raw", "--modality", "mr", "--modality", "unknown")
    found = rows(tmp_path / "raw")
    assert sorted(found[found.status == "kept"].Modality.fillna("empty")) == ["MR", "empty"]
    assert list(found[found.reason == "no_pixels"].Modality) == ["SR"]
    details = set(found[found.reason == "modality"].detail)
    assert details == {"CR", "CR (read from SOPClassUID)"}


def test_the_row_says_what_the_modality_was_read_from(tmp_path: Any) -> None:
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / "film").write_bytes(make_dicom(Modality="DR"))
    convert(tmp_path / "dump", tmp_path / "raw")
    [found] = rows(tmp_path / "raw").to_dict("records")
    assert found["Modality"] == "CR"
    assert '"modality_from": "SOPClassUID"' in found["decisions"]


def test_a_film_of_an_unknown_kind_is_kept_and_marked(tmp_path: Any) -> None:
    (tmp_path / "dump").mkdir()
    film = make_dicom(Modality="X-RAY", SOPClassUID="1.2.3.4")
    (tmp_path / "dump" / "film").write_bytes(film)
    convert(tmp_path / "dump", tmp_path / "raw")
    [found] = rows(tmp_path / "raw").to_dict("records")
    assert (found["Modality"], list(found["review"])) == ("DX", ["convert:modality_guessed"])


@pytest.mark.parametrize("name", ["MG", "SR"])
def test_where_nothing_that_is_asked_for_is_there_it_is_an_error(
    dump: Any, tmp_path: Any, name: str
) -> None:
    with pytest.raises(UsageError, match=f"{name}: no image .* CR 3, MR 1, unknown 1"):
        radprep.convert(dump, tmp_path / "raw", modality=[name])


def test_where_some_of_it_is_there_the_rest_is_told() -> None:
    told = check_asked(("CR", "MG", "unknown"), {"CR": 3}, None)
    assert told == (
        "--modality MG, --modality unknown: no image of the dump has it. "
        "The dump has (files): CR 3."
    )


def test_what_is_not_refused() -> None:
    made_before: Any = {"parameters": {"modalities": ["MR"]}}
    assert check_asked(("CR", "DX", "RG"), {"CT": 3}, None) == ""
    assert check_asked(("MR",), {}, None) == ""
    assert "MR: no image" in check_asked(("MR",), {"CR": 3}, made_before)
    with pytest.raises(UsageError):
        check_asked(("MR",), {"CR": 3}, None)
