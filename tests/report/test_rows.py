import json
import re

from radprep.report import rows
from radprep.report.facts.material import read_material
from radprep.report.pictures.steps import StepPicture
from tests.report.report_rows import DECISIONS, kept, lost, write_data_set

HOSTILE = '</script><script>alert(1)</script>\u2028\u2029<!--&amp;"\\'


def listed(tmp_path, found, missing=frozenset(), **pictures):
    return rows.page_rows(
        read_material(write_data_set(tmp_path / "clean", found), None), missing, pictures
    )


def test_a_script_holds_its_values_and_nothing_ends_it():
    text = rows.script("radprepData", {"a": HOSTILE}, [1])
    assert not re.findall("[<>&\u2028\u2029]", text)
    assert text.count("\n") == 1
    inside = re.fullmatch(r"radprepData\((.*),\[1\]\);\n", text)[1]
    assert json.loads(inside) == {"a": HOSTILE}


def test_what_the_page_knows_of_a_row(tmp_path):
    image, file = listed(
        tmp_path,
        [
            kept(1, review=["a:b", "c:d"], inverted=True, rotation_degrees=-90.0),
            lost(2, "failed", "convert", "truncated", detail=HOSTILE),
        ],
    )
    assert (image["id"], image["image"], image["level"], image["why"], image["review"]) == (
        f"{1:016x}",
        1,
        6,
        "",
        "a:b|c:d",
    )
    assert (image["inverted"], image["turn"], image["sure"]) == (
        1,
        -90.0,
        {"colour_inversion": 0.9, "rotation_alignment": 0.8},
    )
    assert (file["id"], file["image"], file["level"], file["why"], file["after"]) == (
        f"{2:015x}5",
        0,
        1,
        "convert:truncated",
        "",
    )
    assert file["detail"] == HOSTILE


def test_pictures_that_could_not_be_made_are_not_named(tmp_path):
    name = f"pictures/00/{1:016x}-12345678.webp"
    steps = {f"{1:016x}": StepPicture(name, ("colour_inversion", "result"))}
    [row] = listed(tmp_path, [kept(1)], **steps)
    assert (row["steps"], row["panels"], len(row["after"])) == (
        "12345678",
        "colour_inversion|result",
        8,
    )
    [row] = listed(
        tmp_path, [kept(1)], frozenset([name, f"pictures/00/{1:016x}-{row['after']}.webp"]), **steps
    )
    assert (row["steps"], row["after"]) == ("", "")


def test_columns_lead_back_to_the_rows(tmp_path):
    found = listed(tmp_path, [kept(1), kept(2, label=None), lost(3)])
    packed = rows.as_columns(found)
    back = [
        {
            name: packed["values"][name][column[place]]
            if name in packed["values"]
            else column[place]
            for name, column in packed["columns"].items()
        }
        for place in range(3)
    ]
    assert back == found
    assert rows.as_columns([])["columns"] == {}


def test_cards_hold_the_decisions_in_the_order_of_the_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "CARD_ROWS", 2)
    material = read_material(write_data_set(tmp_path / "clean", [kept(1), lost(2), kept(3)]), None)
    cards = list(rows.cards(material))
    assert [[one["decisions"] for one in some] for some in cards] == [[DECISIONS, {}], [DECISIONS]]
    files = [one["file"] for some in cards for one in some]
    assert files == [row["file_name"] or "" for row in material.rows]


def test_the_file_of_a_withheld_film_is_no_part_of_its_card(tmp_path):
    found = [kept(1, burned_in_risk="high"), kept(2)]
    material = read_material(write_data_set(tmp_path / "clean", found), None)
    [cards] = rows.cards(material)
    assert [one["file"] for one in cards] == ["", found[1]["file_name"]]


def test_maker_and_corrections_can_be_filtered_by(tmp_path):
    by_person = ["person_rotation_degrees@3#0a"]
    found = [kept(1, history=by_person), kept(2, Manufacturer=None)]
    shown = [(one["maker"], one["person"]) for one in listed(tmp_path, found)]
    assert shown == [("AGFA", "rotation_degrees"), ("", "")]


def test_of_a_film_that_is_withheld_no_picture_is_named_and_the_page_says_why(tmp_path):
    found = [
        kept(1, burned_in_risk="high"),
        lost(2, step="correction", reason="correction", image_id=f"{2:016x}"),
        kept(3),
    ]
    sources = [kept(number) for number in (1, 2, 3)]
    source = write_data_set(tmp_path / "raw", sources, "convert", fingerprint="f" * 32)
    clean = write_data_set(tmp_path / "clean", found)
    for show_marked in (False, True):
        material = read_material(clean, source, show_marked=show_marked)
        marked, rejected, plain = rows.page_rows(material, frozenset(), {})
        assert (rejected["before"], rejected["after"]) == ("", "")
        assert rejected["hidden"] == "no picture: a person rejected it or a part of it"
        assert plain["hidden"] == ""
        assert plain["before"] == plain["after"] != ""
        assert bool(marked["before"] and marked["after"]) == show_marked
    [marked, *_] = rows.page_rows(read_material(clean, source), frozenset(), {})
    where = f"the image is {found[0]['file_name']}"
    assert marked["hidden"] == f"no picture: text may stand in its pixels; {where}"


def test_what_a_person_rejects_from_the_next_run_on_is_withheld_already(tmp_path):
    clean = write_data_set(tmp_path / "clean", [kept(1), kept(2)])
    (clean / "corrections.csv").write_text(f"image_id,field,value\n{1:016x},status,rejected\n")
    one, other = rows.page_rows(read_material(clean, None), frozenset(), {})
    assert (one["after"], bool(other["after"])) == ("", True)
