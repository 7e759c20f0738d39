"""What the page claims of the making is what dataset.json says."""

import pytest

from radprep.cli import app
from radprep.dicom.deidentify import RETAINABLE
from radprep.dicom.voi import WINDOWS
from radprep.report.facts.methods import data_card, paragraph
from radprep.report.facts.provenance import _GREY_VALUES, _RETAINED, Provenance, provenance_of
from tests.made import convert, preprocess, runner
from tests.report.report_rows import findings_of, kept, lost

CONVERT = {"retain": ["dates"], "window": "percentile", "only": ["wrist"]}
BEFORE = [
    {
        "stage": "convert",
        "made_from": {},
        "parameters": CONVERT,
        "versions": {"radprep": "0.0.1"},
    }
]


def info(stage="preprocess", parameters=None, **values):
    """A dataset.json as far as it is asked."""
    return {
        "stage": stage,
        "made_from": {},
        "parameters": parameters or {},
        "versions": {"radprep": "9"},
        **values,
    }


def test_the_source_is_asked_where_the_data_set_does_not_know():
    source = info("convert", {"retain": ["uids"]}, versions={"radprep": "8"})
    assert provenance_of(info(), source).retained == ["uids"]
    assert provenance_of(info(), source).versions == {"radprep": "8"}
    assert provenance_of(info(stages_before=BEFORE), source).retained == ["dates"]
    assert provenance_of(info()).retained is None


def test_the_line_for_the_card_claims_moved_dates_only_where_they_were_moved():
    def line(retain):
        return provenance_of(info("convert", {"retain": retain})).deidentification

    assert line([]) == (
        "allow-list of attributes, keyed pseudonyms, moved dates; text burned into pixels is not "
        "known to have been removed"
    )
    marked = provenance_of(info("convert", {"retain": [], "burned_in": "redact"}))
    assert marked.deidentification.endswith("text found in the pixels was painted over")
    assert "moved dates" not in line(["dates"])
    assert "dates as they were (--retain dates)" in line(["dates"])
    assert "original UIDs" in line(["uids"])
    assert "moved dates; original UIDs (--retain uids)" in line(["uids"])
    unknown = provenance_of(info()).deidentification
    assert "moved dates" not in unknown
    assert "is not known here" in unknown


def test_every_choice_of_convert_has_its_words():
    assert set(_RETAINED) == set(RETAINABLE)
    assert set(_GREY_VALUES) == set(WINDOWS)


@pytest.mark.parametrize("by", ["stages_before", "source"])
def test_card_and_paragraph_say_what_was_retained(by, tmp_path):
    rows = [kept(1), lost(2)]
    material = findings_of(
        tmp_path,
        rows,
        source_rows=rows if by == "source" else None,
        source_parameters=CONVERT,
        **({"stages_before": BEFORE_WITH_VERSIONS} if by == "stages_before" else {}),
    ).material
    card = dict(data_card(material))["De-identification"]
    assert "moved dates" not in card
    assert "dates as they were (--retain dates)" in card
    text = paragraph(material)
    assert "[1] (dates as they were)." in text
    assert "VOI" not in text
    assert "the middle 99 % of the grey values" in text
    assert "Images of other body parts than wrist were left out, by what names " in text


BEFORE_WITH_VERSIONS = [
    {
        "stage": "convert",
        "made_from": {},
        "parameters": CONVERT,
        "versions": {"radprep": "0.0.1", "pydicom": "3", "imagecodecs": "2"},
    }
]


def test_the_paragraph_names_the_versions_that_convert_ran_with(tmp_path):
    material = findings_of(tmp_path, [kept(1)], stages_before=BEFORE_WITH_VERSIONS).material
    assert "read with radprep 0.0.1: DICOM images were decoded (pydicom 3," in paragraph(material)


def test_a_chain_of_commands_keeps_what_was_retained(dump, tmp_path):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    convert(dump, raw, "--max-failed", 1, "--retain", "dates")
    preprocess(raw, clean)
    runner.invoke(app, ["report", str(clean)], catch_exceptions=False)
    page = (clean / "report" / "index.html").read_text(encoding="utf-8")
    assert "dates as they were" in page
    assert "moved dates" not in page


@pytest.mark.parametrize("window", sorted(WINDOWS))
def test_pictures_are_not_said_to_have_what_only_dicom_files_have(window):
    picture, film = {"layout": "mura", "window": window}, {"layout": "dicom", "window": window}
    of_pictures = Provenance(picture, {}).grey_values
    assert "pictures" in of_pictures
    assert not any(word in of_pictures for word in ("modality", "LUT", "window of the file"))
    both = Provenance({}, {}, (film, picture)).grey_values
    assert both == f"{Provenance(film, {}).grey_values}; or, in other parts, {of_pictures}"


@pytest.mark.parametrize("layout", ["mura", "classes", "names", "table"])
def test_the_paragraph_of_pictures_names_what_decoded_them(layout, tmp_path):
    rows = [kept(1)]
    before = [
        {
            "stage": "convert",
            "made_from": {},
            "parameters": {"layout": layout},
            "versions": {"radprep": "1", "pydicom": "3", "imagecodecs": "2", "pillow": "11"},
        }
    ]
    text = paragraph(findings_of(tmp_path, rows, stages_before=before).material)
    assert f"pictures (layout {layout}) were decoded (imagecodecs 2, pillow 11)" in text
    assert "headers" not in text
    assert "pydicom" not in text
