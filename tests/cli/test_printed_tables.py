import csv
import io
import json

import pytest
from rich.console import Console

from radprep.cli import tables
from radprep.upkeep.table import Inspection, Table

HOSTILE = "\x1b[31mred\x1b]0;title\x07\r\n\x9b2J\u202etxet [red]x[/red] [/] :smile: \udcff"
ESCAPED = r"\x1b[31mred\x1b]0;title\x07\r\n\x9b2J\u202etxet [red]x[/red] [/] :smile: \udcff"


def inspection(*texts):
    rows = [
        (text, 10 - place, "wrist", 0.8333, "BodyPartExamined", "keep")
        for place, text in enumerate(texts)
    ]
    return Inspection(
        "dump",
        "wrist",
        [
            Table("overview", "Overview", "count", [("dicom_files", 12345)]),
            Table("kind", "Files by kind", "files", []),
            Table(
                "body_parts",
                "BodyPartExamined (as typed)",
                "files",
                rows,
                ("name", "count", "part", "score", "source", "filter"),
                "A note.",
            ),
            Table("maker", "Maker", "files", [(None, 3), (HOSTILE, 1)]),
        ],
    )


def on_terminal(found, top=20, width=200):
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=width)
    tables.print_tables(found, top, console)
    return console.file.getvalue()


def csv_rows(found):
    return list(csv.DictReader(io.StringIO(tables.as_csv(found))))


def no_controls(text):
    return all(char.isprintable() or char == "\n" for char in text)


@pytest.mark.parametrize(
    "form", [lambda found: tables.plain_text(found, 20), on_terminal, tables.as_csv, tables.as_json]
)
def test_no_control_character_leaves(form, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    # bold and dim are ours
    text = (
        form(inspection(HOSTILE))
        .replace("\x1b[1m", "")
        .replace("\x1b[0m", "")
        .replace("\x1b[2m", "")
    )
    assert no_controls(text)
    text.encode()


def test_markup_shows_as_it_is():
    monkey = "[red]x[/red] [/] :smile: [link=file:///etc]y"
    assert monkey in on_terminal(inspection(monkey))
    assert monkey in tables.plain_text(inspection(monkey), 20)


def test_escapes_are_seen():
    assert ESCAPED[:40] in on_terminal(inspection(HOSTILE))
    assert ESCAPED[:40] in tables.plain_text(inspection(HOSTILE), 20)
    assert csv_rows(inspection(HOSTILE))[1]["name"] == ESCAPED


def test_json_has_the_texts_unchanged():
    found = json.loads(tables.as_json(inspection(HOSTILE, None)))
    assert [row["name"] for row in found["body_parts"]] == [HOSTILE, None]
    assert found["maker"] == {"unknown": 3, HOSTILE: 1}
    assert found["overview"] == {"dicom_files": 12345}


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-2+3", "@sum(A1)"])
def test_a_spreadsheet_takes_no_text_for_a_formula(text):
    assert csv_rows(inspection(text))[1]["name"] == f"'{text}"
    assert json.loads(tables.as_json(inspection(text)))["body_parts"][0]["name"] == text


def test_csv_is_one_long_table():
    rows = csv_rows(inspection("a", 'b,"c', None))
    assert list(rows[0]) == ["section", "name", "count", "part", "score", "source", "filter"]
    assert rows[0] == {
        "section": "overview",
        "name": "dicom_files",
        "count": "12345",
        "part": "",
        "score": "",
        "source": "",
        "filter": "",
    }
    assert [(row["section"], row["name"], row["count"]) for row in rows[1:4]] == [
        ("body_parts", "a", "10"),
        ("body_parts", 'b,"c', "9"),
        ("body_parts", "", "8"),
    ]


@pytest.mark.parametrize("form", [lambda found, top: tables.plain_text(found, top), on_terminal])
def test_only_the_first_texts_are_shown_and_the_rest_counted(form):
    text = form(inspection("first", "second", "third"), 1)
    assert "first" in text
    assert "second" not in text
    assert "2 more texts (17 files): --top 3, --csv or --json. A note." in text
    assert "more texts" not in form(inspection("first", "second", "third"), 3)
    assert len(csv_rows(inspection("first", "second", "third"))) == 6


def test_plain_text_is_aligned_where_characters_are_wide():
    lines = tables.plain_text(inspection("手首", "wrist"), 20).split("\n\n")[1].splitlines()
    assert lines == [
        "BodyPartExamined (as typed)  files  reads as  score  read from         filter",
        "手首                            10  wrist      0.83  BodyPartExamined  keep",
        "wrist                            9  wrist      0.83  BodyPartExamined  keep",
        "A note.",
    ]


def test_our_names_are_words_and_numbers_are_grouped():
    assert tables.plain_text(inspection(), 20).splitlines()[:2] == [
        "Overview      count",
        "dicom files  12,345",
    ]


def test_empty_tables_are_left_out():
    assert "Files by kind" not in tables.plain_text(inspection("a"), 20) + on_terminal(
        inspection("a")
    )


def test_a_long_text_is_cut_for_people_only():
    text = "x" * 256
    assert "x" * 57 + "..." in tables.plain_text(inspection(text), 20)
    assert "x" * 58 not in tables.plain_text(inspection(text), 20)
    assert csv_rows(inspection(text))[1]["name"] == text


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_a_terminal_of_any_width(width):
    lines = on_terminal(inspection("MUÑECA", HOSTILE), width=width).splitlines()
    assert max(map(len, lines)) <= width
    assert "12,345" in "".join(lines)


def test_small_tables_stand_side_by_side():
    assert any(
        "Overview" in line and "BodyPartExamined" in line
        for line in on_terminal(inspection("a")).splitlines()
    )
