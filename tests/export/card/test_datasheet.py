import re

import pytest
from markdown_it import MarkdownIt

from radprep.dataset.boxes import FROM_FILE, as_text, box_on_film
from radprep.export.card.answers import QUESTIONS, Answers
from radprep.export.card.datasheet import datasheet
from tests.export.card.test_measured import measured, patients
from tests.report.report_rows import kept, lost

RENDERER = MarkdownIt("commonmark", {"html": True}).enable("table")
SECTIONS = [
    "Before you use it",
    "Motivation",
    "Composition",
    "Collection process",
    "Preprocessing, cleaning and labelling",
    "Uses",
    "Distribution",
    "Maintenance",
    "How this card was made",
]


def sheet(folder, rows, answers=None, **values):
    return "\n".join(datasheet(measured(folder, rows, **values), Answers(answers or {})))


def test_the_sections_stand_in_the_order_of_datasheets_for_datasets(tmp_path):
    text = sheet(tmp_path, [*patients(6, 0), lost(50)])
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    assert text.startswith("# 6 radiographs\n")
    assert "6 grey images of 6 studies of 6 patients, made from 7 files" in text
    assert "| convert | duplicate | 1 | The study holds an image with the same pixels" in text


def test_every_question_is_a_blank_that_nobody_overlooks_until_it_is_answered(tmp_path):
    rows = patients(6, 0)
    text = sheet(tmp_path / "one", rows)
    assert text.count("**\\[to be filled in: ") == len(QUESTIONS)
    assert f"{len(QUESTIONS)} of {len(QUESTIONS)} questions" in text
    answers = {one.name: f"Answer to {one.name}." for one in QUESTIONS}
    text = sheet(tmp_path / "two", rows, answers)
    assert "to be filled in" not in text
    for one in QUESTIONS[1:]:
        name = one.name.replace("_", "\\_")
        assert f"### {one.heading}\n\nAnswer to {name}." in text
    assert text.startswith("# Answer to title.\n")


def test_that_nobody_knows_the_patients_is_said_at_the_top(tmp_path):
    rows = [*patients(2, 0), *patients(4, 10, patient_from="none")]
    text = sheet(tmp_path / "some", rows)
    loud = "> **Whose films these are is not known for 4 of 6 studies.**"
    assert loud in text
    assert text.index(loud) < text.index("## Before you use it")
    assert "not known for all studies" in sheet(tmp_path / "all", rows[2:])
    assert "Whose films" not in sheet(tmp_path / "none", rows[:2])


def test_the_risk_for_persons_and_what_could_be_learnt_instead_are_told(tmp_path):
    rows = [
        *patients(6, 0, Manufacturer="Agfa", label="normal"),
        *patients(6, 100, Manufacturer="Canon", label="fracture"),
    ]
    text = sheet(tmp_path, rows)
    assert "That does not make the data set anonymous" in text
    assert re.search(r"\*\*\d+ of 12 patients stand alone\*\*", text)
    assert re.search(
        r"\| Maker and model \| 2 \| [01]\.\d\d \| 0\.\d\d to \d\.\d\d \| 12 \| 12 \|", text
    )
    assert "| Bits stored | 1 | cannot be said | - | 0 | 0 |" in text


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([kept(1, boxes="[]")], "0 boxes are drawn on films. 0 images have boxes."),
        (
            [
                kept(
                    1,
                    boxes=as_text([box_on_film(1, "fracture", FROM_FILE, (1, 1, 5, 5), (90, 120))]),
                )
            ],
            "1 boxes are drawn on films: 1 whole on one image. 1 images have boxes.",
        ),
        ([kept(1, label=None, labels=None)], "None: the data set was made without labels."),
        ([lost(1)], "# 0 radiographs"),
    ],
)
def test_what_there_is_and_what_there_is_not_is_told(tmp_path, rows, said):
    assert said in sheet(tmp_path, rows)


def test_nothing_of_a_hostile_value_becomes_markup(tmp_path):
    bad = "<img src=x onerror=alert(1)> [a](javascript:b) | # x"
    answers = {one.name: bad for one in QUESTIONS}
    steps = [{"name": "anatomic_filter", "version": 1, "parameters": {"keep": [bad]}}]
    text = sheet(tmp_path, patients(6, 0, Manufacturer=bad), answers, steps=steps)
    made = RENDERER.render(text)
    assert "<img" not in made
    assert not re.search(r"<a [^>]*(javascript|src=)", made)
    assert re.findall(r"<h2>(.*)</h2>", made) == SECTIONS
    rows = [row for row in re.findall(r"<tr>.*?</tr>", made, re.DOTALL) if "onerror" in row]
    assert [row.count("<td") for row in rows] == [3, 3]  # the maker, and the step


def test_that_a_data_set_is_not_anonymous_and_holds_children_is_said(tmp_path):
    text = sheet(tmp_path / "one", [*patients(6, 0), kept(50, PatientAge="017Y")])
    first = text[: text.index("## Motivation")]
    assert "- 1 of 7 patients stand alone by what others may know of them" in first
    assert "Persons under 18 are in it." in text
    text = sheet(tmp_path / "two", patients(6, 0, PatientAge="018Y"))
    assert "stand alone by" not in text
    assert "No image is known to be of a person under 18." in text


def test_copies_are_counted_where_there_are_any(tmp_path):
    assert "No two images have the same pixels" in sheet(tmp_path / "one", patients(6, 0))
    text = sheet(tmp_path / "two", patients(3, 0, pixel_hash="0" * 32))
    assert "3 images have the same pixels as another one (1 groups), 3 of them" in text
