import json

from radprep.report.facts.methods import data_card, paragraph
from radprep.report.facts.person import limits, sentence, work_of
from radprep.report.page import render_section
from radprep.report.sections.review import SECTION
from tests.report.report_rows import DECISIONS, findings_of, kept, lost

MARK = ["colour_inversion:unsure"]


def decided(number, *words, reviewer="r-0123abcd", date="2026-11-28", **values):
    """The row of an image of which a person decided something."""
    person = {word: {"value": True, "reviewer": reviewer, "date": date} for word in words}
    return kept(
        number,
        history=[f"person_{word}@3#0{number}" for word in words],
        decisions=json.dumps({**DECISIONS, "person": person}),
        **values,
    )


def rejected(number):
    return lost(number, step="correction", reason="correction", history=["person_rejected@3#0a"])


def test_what_a_person_did_is_counted_by_field(tmp_path):
    rows = [
        decided(1, "accepted"),
        decided(2, "accepted", "inverted", date="2026-11-30"),
        decided(3, "parts", "rotation_degrees", reviewer="r-ffffffff", date="2026-12-01"),
        rejected(4),
        kept(5, review=MARK),
        kept(6),
    ]
    findings = findings_of(tmp_path, rows)
    work = work_of(findings.material)
    assert (work.images, work.accepted, work.changed, work.left) == (4, 1, 2, 1)
    assert work.decided == findings.material.counts["by_person"]
    assert sentence(work) == (
        "2 persons looked at 4 images from 2026-11-28 to 2026-12-01 and accepted 1, rejected 1 "
        "and corrected 2 (the grey values of 1, the rotation of 1, the number of limbs on 1). "
        "1 image with a mark for review was not looked at."
    )
    assert sentence(work) in paragraph(findings.material)
    card = dict(data_card(findings.material))["Known limits"]
    assert "decisions are automatic but for 4 images, of which a person accepted 1" in card
    assert "1 image with a review mark was not checked" in card
    html = render_section(SECTION, findings)
    assert work.told in html
    assert "1 image with a review mark is still to look at" in html


def test_a_list_that_was_worked_off_says_so(tmp_path):
    findings = findings_of(tmp_path, [decided(1, "accepted"), kept(2)])
    work = work_of(findings.material)
    assert sentence(work) == (
        "A person looked at 1 image on 2026-11-28 and accepted 1. "
        "No image with a mark for review was left unseen."
    )
    assert "no image is left with a review mark" in limits(work)
    assert "Nothing is left to look at" in render_section(SECTION, findings)


def test_where_nobody_looked_decisions_are_automatic(tmp_path):
    findings = findings_of(tmp_path, [kept(1, review=MARK)])
    work = work_of(findings.material)
    assert sentence(work) == ""
    assert "person" not in paragraph(findings.material)
    assert "decisions are automatic: images" in dict(data_card(findings.material))["Known limits"]
    assert "looked at" not in render_section(SECTION, findings)


def test_who_does_not_say_who_and_when_is_a_person(tmp_path):
    row = kept(1, history=["person_kept@3#0a"])
    assert work_of(findings_of(tmp_path, [row]).material).told == (
        "A person looked at 1 image and kept against a step 1"
    )
