import csv
import json
import re

import pytest

from radprep.errors import UsageError
from radprep.report.facts.material import read_material
from radprep.report.folder import begin, check_folder, default_folder, write_page
from tests.report.report_rows import kept, lost, write_data_set


def test_it_stands_in_the_data_set(tmp_path):
    assert default_folder(tmp_path / "clean") == tmp_path / "clean" / "report"


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    check_folder(tmp_path / "new")
    begin(tmp_path / "new")
    check_folder(tmp_path / "new")
    (tmp_path / "pictures").mkdir()
    with pytest.raises(UsageError, match="not a page made by"):
        check_folder(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a file"):
        check_folder(tmp_path / "file")


def test_the_page_and_its_scripts(tmp_path):
    material = read_material(write_data_set(tmp_path / "clean", [kept(1), lost(2)]), None)
    out = tmp_path / "page"
    begin(out)
    (out / "cards").mkdir()
    (out / "cards" / "99.js").touch()
    write_page(out, material, {}, frozenset())
    assert sorted(
        path.relative_to(out).as_posix() for path in out.rglob("*.*") if path.is_file()
    ) == [".radprep-report", "cards/0.js", "data.js", "duplicates.csv", "index.html", "state.js"]
    data = json.loads(
        re.fullmatch(r"radprepData\((.*)\);\n", (out / "data.js").read_text(encoding="utf-8"))[1]
    )
    assert data["columns"]["id"] == [f"{1:016x}", f"{2:015x}5"]
    assert (data["fingerprint"], data["steps"]) == (
        "e" * 32,
        ["colour_inversion", "rotation_alignment"],
    )
    assert data["root"] == ""
    (out / ".radprep-report").unlink()
    check_folder(out)


@pytest.mark.parametrize(
    ("folder", "way"), [("clean/report", "../"), ("clean/a/b", "../../"), ("x", "")]
)
def test_a_page_in_the_folder_of_its_data_set_knows_the_way_to_it(folder, way, tmp_path):
    root = write_data_set(tmp_path / "clean", [kept(1)])
    out = tmp_path / folder
    begin(out)
    write_page(out, read_material(root, None), {}, frozenset())
    assert f'"root":"{way}"' in (out / "data.js").read_text(encoding="utf-8")


def test_all_duplicates_stand_in_a_table(tmp_path):
    rows = [
        kept(10 * number + place, pixel_hash=f"{number:032x}")
        for number in range(9)
        for place in range(2)
    ]
    out = tmp_path / "page"
    begin(out)
    write_page(out, read_material(write_data_set(tmp_path / "clean", rows), None), {}, frozenset())
    with (out / "duplicates.csv").open(encoding="utf-8") as handle:
        lines = list(csv.DictReader(handle))
    assert {line["image_id"] for line in lines} >= {row["image_id"] for row in rows}
    html = (out / "index.html").read_text(encoding="utf-8")
    assert 'more groups not listed here. All stand in <a href="duplicates.csv">' in html
