import re
from xml.etree import ElementTree as ET

import pytest

from radprep.report.pictures import plots

DRAWN = {
    "bars": lambda: plots.bars(
        {"1": 200, "<script>$x$</script>": 3}, "Instances & <more>", "instances"
    ),
    "histogram": lambda: plots.histogram([0.1, 0.5, 0.9], "colour inversion", "confidence", [0.1]),
    "sizes": lambda: plots.sizes([(100, 200), (3000, 2000)], [(90, 90)], "Width and height"),
    "empty": lambda: plots.sizes([], [], "Nothing") + plots.bars({}, "No label", "images"),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_the_same_numbers_give_the_same_bytes(draw):
    assert draw() == draw()


@pytest.mark.parametrize("name", ["bars", "histogram", "sizes"])
def test_it_is_lean_and_follows_the_page(name):
    svg = DRAWN[name]()
    root = ET.fromstring(svg)
    assert root.get("aria-label")
    assert root.get("role") == "img"
    assert not root.get("width")
    assert len(list(root.iter())) < 40
    assert "var(--ink)" in svg
    assert not re.findall(r"#00000\d|<metadata|dc:date|font-family", svg)
    assert not re.findall(r"https?://(?!www\.w3\.org/(2000/svg|1999/xlink))", svg)


def test_ids_of_two_plots_differ_and_every_reference_leads_somewhere():
    texts = [DRAWN["bars"](), DRAWN["histogram"](), DRAWN["sizes"]()]
    ids = [set(re.findall(r'\bid="([^"]+)"', text)) for text in texts]
    assert not ids[0] & ids[1]
    for text, own in zip(texts, ids, strict=True):
        assert set(re.findall(r"url\(#([^)]+)\)", text)) <= own


def test_names_are_text_and_numbers_stand_above_the_bars():
    svg = DRAWN["bars"]()
    assert "<script" not in svg
    words = [
        "".join(node.itertext())
        for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert {"200", "3", "1", "Instances & <more>"} <= set(words)
    assert any(word.startswith("<script>$x$<") for word in words)


def test_marked_values_are_drawn_in_another_colour():
    assert "var(--rejected)" in DRAWN["histogram"]()
