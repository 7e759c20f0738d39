"""A person's work, from the page to the paper: a queue that can be emptied, in both stages."""

import json

import numpy as np
import pytest

from radprep.cli import app
from radprep.dataset.info import read_info
from radprep.dataset.layout import DataSet
from radprep.report.facts.material import read_material
from radprep.report.facts.methods import paragraph
from radprep.report.folder import begin, write_page
from radprep.report.stale import is_older
from radprep.stage.acceptance import acceptance_of
from tests.made import arm, convert, make_dicom, preprocess, rows, runner, tree_hash

MARK = "anatomic_filter:unknown_body_part"
PIPELINE = """
name = "marking"
[steps.anatomic_filter]
keep = ["wrist"]
[steps.colour_inversion]
review_below = 0.0
[steps.rotation_alignment]
review_below = {}
"""


@pytest.fixture
def made(tmp_path):
    """Three studies of one film of which nobody could read the body part: raw/ and clean/."""
    (tmp_path / "dump").mkdir()
    for number in range(3):
        (tmp_path / "dump" / f"{number}").write_bytes(
            make_dicom(arm(seed=number), study=str(number), BodyPartExamined="")
        )
    convert(tmp_path / "dump", tmp_path / "raw")
    pre(tmp_path)
    return tmp_path


def pre(root, *lines, review_below=0.0, header="image_id,field,value"):
    """Pre-process with these lines as corrections.csv."""
    (root / "marking.toml").write_text(PIPELINE.format(review_below))
    (root / "given.csv").write_text("\n".join([header, *lines]))
    option = ("--corrections", root / "given.csv") if lines else ()
    return preprocess(root / "raw", root / "clean", "--pipeline", root / "marking.toml", *option)


def images(out):
    return sorted(rows(out).image_id)


def marks(out):
    return {row.image_id: list(row.review) for row in rows(out).itertuples()}


def page(root):
    """A page of clean/ without pictures."""
    begin(root / "clean" / "report")
    write_page(root / "clean" / "report", read_material(root / "clean", None), {}, frozenset())
    return root / "clean" / "report"


def verified(out):
    result = runner.invoke(app, ["verify", str(out)])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_queue_is_emptied_and_everybody_says_so(made):
    clean = made / "clean"
    accepted, rejected, changed = images(clean)
    assert set(map(tuple, marks(clean).values())) == {(MARK,)}
    summary = pre(
        made,
        f"{accepted},review,accepted,Dr Meier,2026-11-27",
        f"{rejected},status,rejected,Dr Meier,2026-11-28",
        f"{changed},inverted,true,,",
        f"{changed},review,accepted {MARK} inverted=true parts=1 rotation_degrees=0,,",
        header="image_id,field,value,reviewer,date",
    )
    assert summary["run"]["done"] == 3
    found = rows(clean).set_index("image_id")
    assert all(len(found.loc[name].review) == 0 for name in (accepted, changed))
    said = json.loads(found.loc[accepted].decisions)["person"]["review"]
    assert said["accepted"] == [MARK]
    assert said["date"] == "2026-11-27"
    assert "Meier" not in (clean / "corrections.csv").read_text() + str(said)
    counts = read_info(DataSet(clean))["counts"]
    assert counts["review"] == {}
    assert counts["by_person"] == {"accepted": 2, "inverted": 1, "rejected": 1}
    text = paragraph(read_material(clean, None))
    assert "A person looked at 3 images from 2026-11-27 to 2026-11-28 and accepted 1, " in text
    assert "No image with a mark for review was left unseen." in text
    before = tree_hash(clean)
    assert pre(made)["run"]["done"] == 0
    assert tree_hash(clean) == before
    verified(clean)
    told = runner.invoke(app, ["inspect", str(clean)]).output
    assert "Decided by a person" in told


def test_another_day_redoes_that_study_and_the_same_file_none(made):
    accepted, other, _ = images(made / "clean")
    lines = [f"{name},review,accepted,r-0123abcd,2026-11-27" for name in (accepted, other)]
    header = "image_id,field,value,reviewer,date"
    assert pre(made, *lines, header=header)["run"]["done"] == 2
    assert pre(made, *lines, header=header)["run"]["done"] == 0
    later = lines[0].replace("2026-11-27", "2026-11-28")
    assert pre(made, later, lines[1], header=header)["run"]["done"] == 1


def test_a_film_that_gets_another_mark_returns_to_the_work_list(made):
    accepted, *_ = images(made / "clean")
    pre(made, f"{accepted},review,accepted")
    assert marks(made / "clean")[accepted] == []
    pre(made, review_below=1.0)
    row = rows(made / "clean").set_index("image_id").loc[accepted]
    assert MARK in row.review
    assert len(row.review) == 2
    assert json.loads(row.decisions)["person"]["review"]["outdated"] is True
    pre(made, f"{accepted},review,accepted", review_below=1.0)
    assert marks(made / "clean")[accepted] == []
    pre(made, f"{accepted},review,", review_below=1.0)
    assert len(marks(made / "clean")[accepted]) == 2


def test_convert_takes_acceptances_and_what_follows_counts_them(tmp_path):
    dump, raw = tmp_path / "dump", tmp_path / "raw"
    dump.mkdir()
    (dump / "flat").write_bytes(make_dicom(np.full((60, 50), 7, np.uint16)))
    convert(dump, raw)
    [row] = DataSet(raw).rows(DataSet(raw).study_ids()[0])
    assert row["review"] == ["convert:constant_image"]
    path = tmp_path / "given.csv"
    path.write_text(f"image_id,field,value\n{row['image_id']},review,{acceptance_of(row)}\n")
    assert convert(dump, raw, "--corrections", path)["run"]["done"] == 1
    assert marks(raw) == {row["image_id"]: []}
    verified(raw)
    (dump / "flat").rename(tmp_path / "elsewhere")
    (dump / "other").write_bytes(make_dicom(study="2"))
    convert(dump, raw, "--add")
    path.write_text(f"image_id,field,value\n{row['image_id']},review,\n")
    convert(dump, raw, "--corrections", path)
    assert marks(raw)[row["image_id"]] == ["convert:constant_image"]
    path.write_text(f"image_id,field,value\n{row['image_id']},review,accepted\n")
    convert(dump, raw, "--corrections", path)
    (tmp_path / "marking.toml").write_text("[steps.colour_inversion]\n")
    preprocess(raw, tmp_path / "clean", "--pipeline", tmp_path / "marking.toml")
    assert read_info(DataSet(tmp_path / "clean"))["counts"]["by_person"] == {"accepted": 1}
    verified(tmp_path / "clean")


def test_only_what_out_holds_can_be_accepted(made):
    (made / "given.csv").write_text("image_id,field,value\n0123456789abcdef,review,accepted\n")
    command = ["preprocess", made / "raw", made / "new", "--pipeline", made / "marking.toml"]
    result = runner.invoke(app, [*map(str, command), "--corrections", str(made / "given.csv")])
    assert result.exception.exit_code == 2
    assert "accepts images that OUT does not hold" in str(result.exception)


def test_a_page_that_is_older_than_its_data_set_is_told_by_every_command(made):
    clean, folder = made / "clean", page(made)
    assert "pages_older" not in pre(made)
    assert "page_older" not in verified(clean)
    accepted, *_ = images(clean)
    assert pre(made, f"{accepted},review,accepted")["pages_older"] == 1
    assert "page_older" in verified(clean)
    now = read_info(DataSet(clean))["fingerprint"]
    assert (folder / "state.js").read_text() == f'radprepState("{now}");\n'
    said = runner.invoke(app, ["collate", str(clean)]).output
    assert "report/ is older than the data set now" in said
    assert now in runner.invoke(app, ["status", str(clean)]).output
    page(made)
    assert not is_older(folder, now)
    assert "page_older" not in verified(clean)
