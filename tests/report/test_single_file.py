import pytest

from radprep.report import single_file
from radprep.report.facts.material import read_material
from radprep.report.folder import SAMPLE
from radprep.report.pictures.thumbnails import make_thumbnail, thumbnail_jobs
from radprep.report.single_file import write_single_file
from tests.report.report_rows import kept, lost, write_data_set, write_images


@pytest.fixture
def page(tmp_path):
    """(folder, material) of 40 images and a failed file, with their thumbnails."""
    rows = [
        *(
            kept(number, review=["colour_inversion:unsure"] if number == 17 else [])
            for number in range(1, 41)
        ),
        lost(50, "failed"),
    ]
    clean = write_data_set(tmp_path / "clean", rows)
    write_images(clean, rows)
    material = read_material(clean, None)
    for job in thumbnail_jobs(material):
        make_thumbnail(tmp_path, job)
    return tmp_path, material


def test_everything_fits_where_there_is_little(page):
    out, material = page
    assert write_single_file(out, material, {}, frozenset()) == 41
    text = (out / SAMPLE).read_text(encoding="utf-8")
    assert 'src="pictures/' not in text
    assert "this file shows a sample of 41 rows of 41</b>" in " ".join(text.split())


def test_of_many_it_takes_those_to_look_at_first(page, monkeypatch):
    out, material = page
    monkeypatch.setattr(single_file, "MOST_BYTES", 12_000)
    shown = write_single_file(out, material, {}, frozenset())
    assert 4 < shown < 30
    text = (out / SAMPLE).read_text(encoding="utf-8")
    data = text[text.index("radprepData(") :]
    assert f"{17:016x}" in data
    assert f"{50:015x}5" in data


def test_a_picture_that_is_not_there_leaves_a_gap(page):
    out, material = page
    for path in (out / "pictures").rglob("*.webp"):
        path.unlink()
    assert write_single_file(out, material, {}, frozenset()) == 41
    assert "data:image/webp" not in (out / SAMPLE).read_text(encoding="utf-8")
