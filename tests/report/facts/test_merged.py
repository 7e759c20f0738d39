"""The page says what a data set was merged from, and in what its parts differ, each of its ways."""

from radprep.dataset.info import versions
from radprep.report.facts.attention import points
from radprep.report.facts.delivered import said
from radprep.report.facts.merged import beware, merged_sentence, merged_whence
from radprep.report.facts.methods import data_card, paragraph
from tests.dataset.test_ways import part, stage
from tests.report.report_rows import findings_of, kept


def way(key, **parameters):
    """How convert made a part."""
    return {**stage("convert", {"key": key}, **parameters), "versions": versions()}


def material_of(tmp_path, *parts, **said):
    rows = [kept(1, delivery=1), kept(2, delivery=2)]
    parameters = {"parts": list(parts), **said}
    return findings_of(tmp_path, rows, name="merge", parameters=parameters).material


def test_one_key_and_equal_options(tmp_path):
    material = material_of(tmp_path, part(way("1", retain=[])), part(way("1", retain=[])))
    assert merged_sentence(material) == (
        "The data set was merged from 2 data sets (of 1 and 1 files), whose pseudonyms were made "
        "with one key."
    )
    assert (
        merged_whence(material) == f"part 1: {'b' * 32} (1 images), part 2: {'b' * 32} (1 images)"
    )
    assert beware(material) == []
    assert said(material) == ""  # the parts are no deliveries of one hospital
    assert dict(data_card(material))["Made from"] == merged_whence(material)
    assert merged_sentence(material) in paragraph(material)


def test_other_keys_and_options_stand_first_on_the_page_and_on_the_card(tmp_path):
    material = material_of(
        tmp_path,
        part(way("1", retain=["dates"], window="auto", burned_in="mark")),
        part(way("2", retain=[], window="full", burned_in="redact")),
    )
    keys, *others = beware(material)
    assert "made with 2 keys" in keys
    assert others == [
        "they were converted with another --retain: dates in part 1, none in part 2",
        "they were converted with another --window: auto in part 1, full in part 2",
        "they were converted with another --burned-in: mark in part 1, redact in part 2",
    ]
    shown = [point.text for point in points(material, [], [], [])]
    assert [f"data sets were merged: {text}" for text in beware(material)] == shown[:4]
    assert [text for name, text in data_card(material) if name == "Beware"] == beware(material)
    assert material.provenance.retained == ["dates"]
    text = paragraph(material)
    assert "the VOI LUT or window of the file" in text
    assert "; or, in other parts, " in text
    assert "all values that the stored bits can hold shown" in text
    assert material.provenance.burned_in == (
        "text found in the pixels is marked and not removed; in other parts text found in the "
        "pixels was painted over"
    )


def test_pairs_that_look_the_same_are_told(tmp_path):
    parts = part(way("1", retain=[])), part(way("1", retain=[]))
    assert beware(material_of(tmp_path, *parts, look_alikes=0)) == []
    told = beware(material_of(tmp_path, *parts, look_alikes=1_200))
    assert told[0].startswith("1,200 pairs of images of different parts and patients")


def test_nothing_is_said_where_nothing_was_merged(tmp_path):
    material = findings_of(tmp_path, [kept(1)]).material
    assert (merged_sentence(material), merged_whence(material), beware(material)) == ("", "", [])
