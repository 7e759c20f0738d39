from radprep.export.card.making import making
from tests.export.card.test_measured import measured, patients
from tests.report.facts.test_methods import JOIN
from tests.report.report_rows import kept, lost


def text_of(found):
    return "\n".join(making(found, ["(who gave the labels)"]))


def test_steps_versions_parameters_and_the_paragraph_are_told(tmp_path):
    text = text_of(measured(tmp_path, [*patients(6, 0), lost(50)]))
    assert "| 1. limit\\_study\\_size | 1 | max\\_instances 50 |" in text
    assert "DICOM images were decoded (pydicom" in text
    assert "- \\[1\\] National Electrical Manufacturers Association" in text
    assert text.index("(who gave the labels)") > text.index("rejected or failed")


def test_a_data_set_behind_convert_has_no_steps(tmp_path):
    text = text_of(measured(tmp_path, [kept(1)], name="convert"))
    assert "The steps of the pipeline" not in text
    assert "Nothing was rejected and nothing failed." in text


def test_how_labels_were_joined_is_told(tmp_path):
    text = text_of(measured(tmp_path, [kept(1)], name="convert", parameters=JOIN))
    assert "They were joined on AccessionNumber. 60 studies found one, 3 found none, and 2" in text
    assert "- Texts became labels: \\*\\*\\* = normal; FRACTURA = fracture." in text


def test_marks_for_review_have_their_meaning(tmp_path):
    row = kept(1, review=["convert:burned_in_text", "strange:newer_version"])
    text = text_of(measured(tmp_path, [row]))
    assert "| convert | burned in text | 1 | Text that may name a person stands in" in text
    assert "| strange | newer version | 1 |  |" in text
