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
    assert list(images)[-1] == "others"
    assert sum(images.values()) == 19
