import json

import pytest

from radprep.dataset.labels import written
from radprep.errors import UsageError
from radprep.report.facts.material import decisions_of, logged_seconds, read_material, unique
from radprep.report.facts.methods import data_card
from radprep.report.findings import Findings
from radprep.report.page import render_section
from radprep.report.sections.labels import SECTION as LABELS
from tests.report.report_rows import kept, lost, write_data_set


def test_rows_of_both_data_sets(tmp_path):
    raw = write_data_set(
        tmp_path / "raw", [kept(1), kept(2), lost(3)], "convert", fingerprint="f" * 32
    )
    filtered = lost(2, step="anatomic_filter", image_id=f"{2:016x}")
    clean = write_data_set(
        tmp_path / "clean", [kept(1), kept(1, image_id=f"{1:016x}-p2"), filtered, lost(3)]
    )
    material = read_material(clean, raw)
    assert len(material.rows) == 4
    assert len(material.kept) == 2
    assert sorted(material.films) == [f"{1:016x}", f"{2:016x}"]
    films = {row["image_id"]: material.film_of(row) for row in material.rows}
    assert {name: film and film["image_id"] for name, film in films.items()} == {
        f"{1:016x}": f"{1:016x}",
        f"{1:016x}-p2": f"{1:016x}",
        f"{2:016x}": f"{2:016x}",
        None: None,
    }
    assert (material.pipeline_name, [step["name"] for step in material.steps][:1]) == (
        "wrist",
        ["limit_study_size"],
    )


def test_without_a_source_nothing_is_known_of_the_films(tmp_path):
    material = read_material(write_data_set(tmp_path / "clean", [kept(1)]), None)
    assert material.film_of(material.rows[0]) is None
    assert material.source is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"complete": False}, "is not complete: its `radprep preprocess` was interrupted"),
        ({"source_fingerprint": "0" * 32}, "is not what"),
        ({"name": "convert"}, "leave --source out"),
    ],
)
def test_what_does_not_fit_is_a_sentence(values, said, tmp_path):
    raw = write_data_set(tmp_path / "raw", [kept(1)], "convert", fingerprint="f" * 32)
    clean = write_data_set(tmp_path / "clean", [kept(1)], **values)
    with pytest.raises(UsageError, match=said):
        read_material(clean, raw)


def test_a_folder_that_is_none_and_a_table_that_is_damaged(tmp_path):
    with pytest.raises(UsageError, match="There is no folder"):
        read_material(tmp_path / "gone", None)
    clean = write_data_set(tmp_path / "clean", [kept(1)])
    (clean / "instances.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match=r"instances\.parquet is damaged"):
        read_material(clean, None)


def test_the_time_of_all_runs(tmp_path):
    assert logged_seconds(tmp_path) is None
    (tmp_path / "logs").mkdir()
    for number, times in enumerate([("10:00:00", "10:01:40"), ("11:00:00", "11:00:05")]):
        lines = [json.dumps({"time": f"2024-01-02T{time}Z", "event": "x"}) for time in times]
        (tmp_path / "logs" / f"run-{number}.jsonl").write_text(
            "\n".join(
                [*lines, '{"time": "2024'],
            ),
            encoding="utf-8",
        )
    assert logged_seconds(tmp_path) == 105


def test_decisions_that_are_none():
    assert decisions_of({"decisions": '{"a": {"b": 1}}'}) == {"a": {"b": 1}}
    assert [decisions_of({"decisions": text}) for text in (None, "")] == [{}, {}]


def test_the_first_row_of_each():
    rows = [{"a": 1, "b": 1}, {"a": 2, "b": 2}, {"a": 1, "b": 3}]
    assert unique(rows, lambda row: row["a"]) == [
        {"a": 1, "b": 1},
        {"a": 2, "b": 2},
    ]


def test_any_label_is_shown_by_its_name(tmp_path):
    said = [{"diagnosis": "normal", "metal": "yes"}, {"diagnosis": "normal"}]
    rows = [kept(number, labels=written(labels)) for number, labels in enumerate(said)]
    rows[0]["image_labels"] = ["metal"]
    root = write_data_set(
        tmp_path, rows, "convert", parameters={"retain": [], "label_main": "diagnosis"}
    )
    main, metal = read_material(root, None), read_material(root, None, label="metal")
    assert (main.label, main.label_counts, main.own_labels) == ("diagnosis", {"normal": 2}, 0)
    assert (metal.label, metal.label_counts, metal.own_labels) == ("metal", {"": 1, "yes": 1}, 1)
    with pytest.raises(UsageError, match="no label named 'bone'"):
        read_material(root, None, label="bone")
    card = dict(data_card(metal))
    assert card["Labels"] == "unlabelled 1, yes 1 (images; given by study, 1 of them by image)"
    assert card["Label names"] == "diagnosis, metal; what stands here is of metal"
    assert "labels of 1 images are their own" in card["Known limits"]
    html = " ".join(render_section(LABELS, Findings(metal, {})).split())
    assert "<td>metal</td><td>yes 1</td>" in html
    assert "is of the label metal" in html
