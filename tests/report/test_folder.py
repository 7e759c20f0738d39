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
    ) == [".radprep-report", "cards/0.js", "data.js", "index.html", "state.js"]
    data = json.loads(
        re.fullmatch(r"radprepData\((.*)\);\n", (out / "data.js").read_text(encoding="utf-8"))[1]
    )
    assert data["columns"]["id"] == [f"{1:016x}", f"{2:015x}5"]
    assert (data["fingerprint"], data["steps"]) == (
        "e" * 32,
        ["colour_inversion", "rotation_alignment"],
    )
    (out / ".radprep-report").unlink()
    check_folder(out)
