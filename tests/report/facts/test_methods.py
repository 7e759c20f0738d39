from radprep import __version__
from radprep.preprocess.pipeline import load_pipeline, preset_names
from radprep.report.facts.material import read_material
from radprep.report.facts.methods import citations, data_card, paragraph, versions
from tests.report.report_rows import STEPS, kept, lost, write_data_set


def material(tmp_path, name="preprocess", steps=STEPS):
    return read_material(write_data_set(tmp_path / "set", [kept(1), lost(2)], name, steps), None)


def test_the_paragraph_says_what_was_done_and_cites_what_it_uses(tmp_path):
    text = paragraph(material(tmp_path))
    assert f"radprep {__version__}" in text
    assert (
        "studies of more than 50 instances were left out (limit_study_size 1); images were "
        "brought to white bones" in text
    )
    assert "1 files were kept, 1 rejected and 0 failed" in text
    cited = citations(material(tmp_path))
    assert [number for number, _ in cited] == [1, 2, 3]
    assert [work.partition(" ")[0] for _, work in cited] == ["National", "de", "Pearson"]
    assert "keyed pseudonyms [1]" in text
    assert "black ground (after [2])" in text


def test_every_step_of_every_preset_has_its_sentence(tmp_path):
    for name in preset_names():
        text = paragraph(material(tmp_path, steps=load_pipeline(name).resolved()["steps"]))
        assert "(version" not in text, name
        assert "{" not in text


def test_a_method_that_was_published_is_cited_and_no_other(tmp_path):
    for parameters, cited in (({}, True), ({"method": "otsu"}, True), ({"method": "line"}, False)):
        text = paragraph(
            material(
                tmp_path, steps=[{"name": "part_splitter", "version": 1, "parameters": parameters}]
            )
        )
        assert ("(part_splitter 1)" in text, "[3] (part_splitter 1)" in text) == (True, cited)
        assert ("method line" in text) == (parameters.get("method") == "line")


def test_a_step_that_nobody_knows_is_named(tmp_path):
    steps = [
        {"name": "strange", "version": 3, "parameters": {}},
        {"name": "clahe", "version": 1, "parameters": {}},
    ]
    assert "strange (version 3); clahe (version 1)" in paragraph(material(tmp_path, steps=steps))


def test_after_convert_there_is_no_pipeline(tmp_path):
    text = paragraph(material(tmp_path, "convert"))
    assert "pipeline" not in text
    assert ("Made from", "a DICOM dump") in data_card(material(tmp_path, "convert"))


def test_the_card_and_the_versions(tmp_path):
    card = dict(data_card(material(tmp_path)))
    assert card["Contents"] == "1 grey PNG images of 1 studies, 1 patients"
    assert card["Labels"] == "normal 1 (images; given by study)"
    assert f"radprep {__version__}, python" in versions(material(tmp_path))


JOIN = {
    "retain": [],
    "window": "percentile",
    "label_key": ["AccessionNumber"],
    "label_main": "diagnosis",
    "label_join": {
        "diagnosis": {
            "label_map": ["*** = normal", "FRACTURA = fracture"],
            "labelled_studies": 60,
            "studies_without_label": 3,
            "contradictory_studies": 2,
            "label_keys_without_study": 1,
            "unmapped_label_rows": 0,
        }
    },
}


def test_window_depth_and_label_map_are_said(tmp_path):
    made = read_material(
        write_data_set(tmp_path / "raw", [kept(1)], "convert", parameters=JOIN), None
    )
    text = paragraph(made)
    assert "the middle 99 % of the grey values of each frame shown" in text
    assert "grey PNG images of 8 bits" in text
    assert "by AccessionNumber: 60 studies found one, 3 none, and 2 contradictory ones" in text
    assert "as follows: *** = normal; FRACTURA = fracture. *** stands for texts" in text
    card = dict(data_card(made))
    assert card["Label map"] == "*** = normal; FRACTURA = fracture (joined on AccessionNumber)"
    assert "the middle 99 %" in card["Grey values"]


def test_without_labels_nothing_is_said_of_them(tmp_path):
    assert "Labels were joined" not in paragraph(material(tmp_path, "convert"))
