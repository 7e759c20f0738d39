import json
from pathlib import Path

import pytest

from radprep.dataset.checked import row_fault
from radprep.dataset.person import words_in
from radprep.dataset.schema import remove_image
from radprep.errors import UsageError
from radprep.stage.acceptance import acceptance_of
from radprep.stage.corrections import Decision, KnownImage
from radprep.stage.person import history_entry, sign, unsigned, with_what_was_seen
from tests.made import image_row

A, S = "0123456789abcdef", "f" * 16
MARK = "colour_inversion:unsure"
WHO, DAY = "r-0123abcd", "2026-11-28"


def row(image_id=A, **values):
    return image_row(image_id, S, **{"review": [MARK], "decisions": "{}", **values})


def person(row):
    return json.loads(row["decisions"])["person"]


def test_an_accepted_film_has_no_mark_left_and_says_who_and_when():
    film = row()
    seen = acceptance_of(film)
    sign(film, {A: {"review": Decision(seen, WHO, DAY)}})
    assert film["review"] == []
    assert person(film) == {
        "review": {"value": seen, "accepted": [MARK], "reviewer": WHO, "date": DAY}
    }
    assert words_in(film["history"]) == ["accepted"]
    assert row_fault(film) is None
    again = json.loads(json.dumps(film))
    sign(again, {A: {"review": Decision(seen, WHO, DAY)}})
    assert again == film


def test_a_film_that_is_another_now_stays_in_the_work_list():
    seen = acceptance_of(row())
    film = row(review=[MARK, "quality:cut_off"])
    sign(film, {A: {"review": Decision(seen)}})
    assert film["review"] == [MARK, "quality:cut_off"]
    assert person(film) == {"review": {"value": seen, "outdated": True}}
    assert film["history"] == []


def test_a_rejection_and_a_change_are_signed_too():
    changed = row()
    sign(changed, {A: {"inverted": Decision(True, WHO), "rotation_degrees": Decision(90.0)}})
    assert words_in(changed["history"]) == ["inverted", "rotation_degrees"]
    assert person(changed)["inverted"] == {"value": True, "reviewer": WHO}
    lost = row(status="rejected", reason="correction", step="correction")
    remove_image(lost)
    sign(lost, {A: {"status": Decision("rejected", WHO, DAY), "inverted": Decision(True)}})
    assert words_in(lost["history"]) == ["rejected"]
    assert person(lost) == {"status": {"value": "rejected", "reviewer": WHO, "date": DAY}}
    assert row_fault(lost) is None


@pytest.mark.parametrize("status", ["rejected", "failed"])
def test_what_a_step_or_a_fault_ended_is_not_the_persons(status):
    film = row(status=status, reason="modality", step="convert")
    sign(film, {A: {"inverted": Decision(True)}})
    assert film["history"] == []


def test_a_part_has_what_was_decided_of_its_film_before_it_was_cut():
    part = row(f"{A}-p2", part_count=2)
    corrections = {
        A: {"parts": Decision(2), "inverted": Decision(True), "rotation_degrees": Decision(1.0)},
        f"{A}-p2": {"inverted": Decision(False)},
    }
    sign(part, corrections)
    assert {field: one["value"] for field, one in person(part).items()} == {
        "inverted": False,
        "parts": 2,
    }
    rejected = row(f"{A}-p2", status="rejected", reason="correction", step="correction")
    sign(rejected, {A: {"status": Decision("rejected", WHO)}})
    assert person(rejected)["status"]["reviewer"] == WHO


def test_kept_is_a_decision_only_where_a_step_wanted_something_else():
    film = row()
    corrections = {A: {"status": Decision("kept", WHO)}}
    sign(film, corrections)
    assert film["history"] == []
    film["history"] = [history_entry("status", "kept")]
    sign(film, corrections)
    assert words_in(film["history"]) == ["kept"]
    assert person(film) == {"status": {"value": "kept", "reviewer": WHO}}


def test_what_an_earlier_stage_was_told_stays():
    before = json.dumps({"person": {"review": {"value": "accepted", "accepted": [MARK]}}})
    film = row(review=["quality:cut_off"], decisions=before, history=["person_accepted@3#0a"])
    sign(film, {A: {"inverted": Decision(True)}})
    assert set(person(film)) == {"review", "inverted"}
    sign(film, {A: {"review": Decision(acceptance_of(film))}})
    assert person(film)["review"]["accepted"] == [MARK, "quality:cut_off"]


def test_a_row_of_an_earlier_run_gets_its_marks_back():
    film = row()
    sign(film, {A: {"review": Decision(acceptance_of(film))}})
    back = unsigned({**film, "history": ["resize@1#0a", *film["history"]]})
    assert (back["review"], back["history"]) == ([MARK], ["resize@1#0a"])
    assert json.loads(back["decisions"]) == {}
    assert unsigned(row()) == row()


def test_accepted_alone_means_what_out_holds_and_needs_it():
    class Out:
        def rows(self, study_id):
            return [row()]

    known = {A: KnownImage(S, "kept", 1), f"{A}-p2": KnownImage(S, "rejected", 1)}
    given = {A: {"review": Decision("accepted", WHO, DAY), "inverted": Decision(True)}}
    done = with_what_was_seen(given, Out(), known, Path("given.csv"))
    assert done[A]["review"] == Decision(acceptance_of(row()), WHO, DAY)
    assert done[A]["inverted"] == Decision(True)
    for image_id in (f"{A}-p2", f"{A}-p3"):
        with pytest.raises(UsageError, match="accepts images that OUT does not hold"):
            with_what_was_seen(
                {image_id: {"review": Decision("accepted")}}, Out(), known, Path("given.csv")
            )
