import html
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from radprep.export.card.markdown import as_yaml, plain, prose, table
from radprep.text.small_file import shown

RENDERER = MarkdownIt("commonmark", {"html": True}).enable("table")
HOSTILE = [
    "<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "![x](http://example.org/x.png)",
    "a | b | c",
    "`code` and *stars* and _lines_",
    "# heading",
    "&lt;b&gt; &copy;",
    "line\nbreak\r\n\n# heading",
    "---",
    "\\",
    "$x^2$ ~~gone~~",
    "-->",
]


def text_of(lines):
    """What a reader sees of Markdown."""
    return html.unescape(re.sub(r"<[^>]*>", "", RENDERER.render(lines)))


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_shown_as_itself_and_as_nothing_else(value):
    made = RENDERER.render(f"before {plain(value)} behind")
    assert re.findall(r"<[^>]*>", made) == ["<p>", "</p>"], made
    assert (
        text_of(f"before {plain(value)} behind").strip()
        == f"before {' '.join(value.split())} behind"
    )
    cells = RENDERER.render("\n".join(table(("head", value), [(value, 1234)])))
    assert cells.count("<td") == 2
    assert cells.count("<th") == 3  # with <thead>
    assert not re.search(r"<(script|a|img|code|em|h1)\b", cells), cells


@given(st.text(max_size=40))
def test_any_value_is_shown_as_itself(value):
    seen = text_of(f"before {plain(value)} behind").strip()
    assert seen == f"before {shown(' '.join(value.split()))} behind"


def test_an_address_is_no_link_unless_a_person_gives_it():
    assert "://" not in plain("see http://example.org").replace("\\", "?")
    assert "www\\." in plain("www.example.org")
    assert '<a href="https://example.org/a_b">' in RENDERER.render(
        "\n".join(prose("at https://example.org/a_b for all"))
    )
    assert "<a" not in RENDERER.render(
        "\n".join(prose("<javascript:alert(1)> javascript:alert(1)"))
    )


def test_what_a_person_writes_has_paragraphs_and_lists_and_nothing_else():
    made = RENDERER.render(
        "\n".join(prose("First <b>one</b>.\n\n- item *1*\n- item 2\n\n1. no\n# no\n"))
    )
    tags = set(re.findall(r"<(\w+)", made))
    assert tags == {"p", "ul", "li"}
    assert text_of("\n".join(prose("1. no\n\n+ no\n\n=== no"))).split() == [
        "1.",
        "no",
        "+",
        "no",
        "===",
        "no",
    ]


@pytest.mark.parametrize("value", [*HOSTILE, "<script src=x", "<!-- x", "<?php", "    code", "> a"])
def test_what_a_person_writes_begins_nothing(value):
    tags = set(re.findall(r"<(/?[a-z!?]\w*)", RENDERER.render("\n".join(prose(value)))))
    assert tags <= {"p", "/p"}, tags


def test_a_number_has_its_thousands_and_stands_to_the_right():
    lines = table(("what", "how many"), [("a", 12345), ("b", 0)])
    assert lines == ["| what | how many |", "|---|---:|", "| a | 12,345 |", "| b | 0 |", ""]


@given(st.text(max_size=40))
def test_any_text_is_read_back_by_yaml(value):
    assert yaml.safe_load(as_yaml({value: value})) == {value: value}


def test_a_head_is_read_back_by_yaml():
    head = {
        "license": "no: such",
        "none": None,
        "empty": [],
        "nothing": {},
        "tags": ["a", "- b", "\u2028", "yes"],
        "configs": [
            {"config_name": "default", "data_files": [{"split": "train", "path": "x/*"}]},
        ],
        "dataset_info": {
            "features": [
                {"name": "label", "dtype": {"class_label": {"names": {"0": "a", "1": "b: c"}}}},
                {"name": "deep", "list": [[1, 2.5], [True]], "more": [["x"], "y"]},
            ]
        },
    }
    assert yaml.safe_load(as_yaml(head)) == head
    assert list(yaml.safe_load(as_yaml(head))) == list(head)
