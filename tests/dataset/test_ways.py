"""The ways by which films came into a data set, and what a hostile list of them may not say."""

import json

import pytest

from radprep.dataset.durable import write_json
from radprep.dataset.footer import STAGES
from radprep.dataset.info import (
    Making,
    have_same_key,
    keys_of,
    parameters_of,
    read_info,
    stage_of,
    stages_of,
    write_info,
)
from radprep.dataset.label_names import main_name
from radprep.dataset.layout import DataSet
from radprep.dataset.ways import MERGE, agreed, pipelines_of, ways_of
from radprep.errors import UsageError

COUNTS = dict.fromkeys(("files", "kept", "rejected", "failed", "images", "studies"), 1)
PIPELINE = {"name": "wrist", "digest": "0" * 32, "steps": []}


def stage(name, made_from=None, **parameters):
    return {
        "stage": name,
        "made_from": made_from or {},
        "parameters": parameters,
        "versions": {"radprep": "1"},
    }


def part(*stages, **values):
    said = {
        "name": "a" * 16,
        "fingerprint": "b" * 32,
        "stages": list(stages),
        "counts": COUNTS,
        "labels": {"fracture": {"yes": 1}},
        "columns": {"boxes": 0},
        "deliveries": 0,
    }
    return {**said, **values}


def converted(key="1", **parameters):
    return stage("convert", {"key": key}, label_main="fracture", **parameters)


def merged(*parts):
    return stage(MERGE, parts=list(parts))


def info_of(*stages):
    *before, last = stages
    return {**last, "stages_before": before}


def test_merging_is_a_stage():
    assert MERGE in STAGES


def test_a_chain_is_one_way_and_each_part_is_one():
    chain = [converted(), stage("preprocess", pipeline=PIPELINE)]
    assert ways_of(chain) == [tuple(chain)]
    assert pipelines_of(chain) == [PIPELINE]
    inner = merged(part(converted("2")), part(converted("3")))
    outer = merged(part(*chain), part(inner))
    behind = stage("preprocess", pipeline=PIPELINE)
    assert ways_of([outer, behind]) == [
        (*chain, behind),
        (converted("2"), behind),
        (converted("3"), behind),
    ]


def test_a_merged_data_set_says_what_its_parts_agree_on():
    info = info_of(
        merged(
            part(converted(window="auto", bits=8)),
            part(converted("2", window="full", bits=8)),
            part(converted("2", window="full", bits=8)),
        )
    )
    assert len(stages_of(info, "convert")) == 2
    assert parameters_of(info, "convert") == {"bits": 8, "label_main": "fracture"}
    assert stage_of(info, "convert")["made_from"] == {}
    assert stage_of(info, "preprocess") is None
    assert main_name(info) == "fracture"
    assert agreed([{"a": 1, "b": 2}, {"a": 1}]) == {"a": 1}


def test_keys_are_those_of_all_parts():
    one, two = info_of(converted("1")), info_of(merged(part(converted("1")), part(converted("2"))))
    assert keys_of(two) == {"1", "2"}
    assert have_same_key(two, two)
    assert not have_same_key(one, two)
    unknown = info_of(merged(part(converted("1")), part(stage("convert"))))
    assert keys_of(unknown) == frozenset()
    assert not have_same_key(unknown, unknown)


def deep(levels):
    found = part(converted())
    for _ in range(levels):
        found = part(merged(found))
    return found


@pytest.mark.parametrize(
    "parts",
    [
        [],
        {},
        [part(converted())] * 65,
        [part()],
        [part(converted(), name="../a")],
        [part(converted(), fingerprint="x")],
        [part(converted(), counts={"files": 1})],
        [part(converted(), counts={**COUNTS, "files": -1})],
        [part(converted(), labels={"../a": {"yes": 1}})],
        [part(converted(), columns={"boxes": "many"})],
        [part(converted(), deliveries=-1)],
        [part({**converted(), "stage": "other"})],
        [part({"stage": "convert"})],
        [{**part(converted()), "more": 1}],
        [deep(9)],
    ],
)
def test_what_is_no_list_of_parts_is_refused(tmp_path, parts):
    data_set = DataSet(tmp_path / "merged")
    data_set.root.mkdir()
    made = Making(MERGE, {}, {"parts": [deep(2)]})
    write_info(data_set, made, complete=False)
    assert read_info(data_set)["parameters"]["parts"] == [deep(2)]
    said = json.loads(data_set.info_file.read_text())
    write_json(data_set.info_file, {**said, "parameters": {"parts": parts}})
    with pytest.raises(UsageError, match="is damaged"):
        read_info(data_set)
