from radprep.report.page import render_section
from radprep.report.sections import labels
from tests.report.report_rows import findings_of, kept


def test_the_list_of_texts_is_cut_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(labels, "MOST_TEXTS", 2)
    rows = [kept(number, BodyPartExamined=f"WRIST {number}") for number in range(4)]
    found = labels.values(findings_of(tmp_path, rows))
    assert (len(found["texts"]), found["texts_left"]) == (2, 2)


def test_rare_labels_share_a_bar_and_sizes_stand_in_their_order(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(labels.plots, "bars", lambda counts, *_: drawn.append(counts) or "")
    rows = [kept(number, label=f"label_{number % 5}") for number in range(9)]
    rows += [kept(number, study=1) for number in range(20, 30)]
    labels.values(findings_of(tmp_path, rows))
    instances, images, _ = drawn
    assert list(instances) == sorted(instances, key=lambda name: int(name.split("-")[0]))
    assert list(images)[-1] == "2 others"
    assert sum(images.values()) == 19


def test_labels_without_a_bar_are_counted_and_the_join_is_told(tmp_path):
    rows = [kept(number, label=f"label_{number}") for number in range(6)]
    join = {
        "retain": [],
        "label_key": ["AccessionNumber"],
        "label_main": "diagnosis",
        "label_join": {
            "diagnosis": {
                "label_map": ["FRACTURA = fracture"],
                "labelled_studies": 6,
                "studies_without_label": 4,
                "contradictory_studies": 1,
                "label_keys_without_study": 7,
                "unmapped_label_rows": 0,
            }
        },
    }
    findings = findings_of(tmp_path, rows, name="convert", parameters=join)
    assert labels.values(findings)["labels_left"] == 2
    html = " ".join(render_section(labels.SECTION, findings).split())
    assert "2 more labels have no bar" in html
    assert "6 studies found a label, 4 found none, and 1 found contradictory ones" in html
    assert "7 keys of the labels file found no study" in html
    assert '<span class="ids">FRACTURA = fracture</span>' in html


def test_what_became_of_drawn_boxes_is_told(tmp_path):
    join = {"retain": [], "box_join": {"boxes_joined": 7, "files_with_boxes": 5}}
    findings = findings_of(tmp_path, [kept(1)], name="convert", parameters=join)
    html = " ".join(render_section(labels.SECTION, findings).split())
    assert "<li>7 boxes stand in the files = 7 for films of the dump" in html
    assert labels.values(findings_of(tmp_path, [kept(1)]))["joined_boxes"] == []
