import pytest

from radprep.report.pictures.thumbnails import picture_name
from radprep.report.stale import MARK, STATE, is_older, is_page, remove_page_of, tell_page

A, B = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture
def page(tmp_path):
    """A page with a picture of a part of film A."""
    folder = tmp_path / "report"
    picture = folder / picture_name(f"{A}-f2-p3", "thumbnail", "hash")
    picture.parent.mkdir(parents=True)
    picture.touch()
    (folder / MARK).touch()
    return folder


def test_a_page_goes_that_shows_a_film_or_a_part_of_it(page):
    assert not remove_page_of(page, {B, A})
    assert page.exists()
    assert remove_page_of(page, {f"{A}-f2"})
    assert not page.exists()
    assert not remove_page_of(page, {f"{A}-f2"})


def test_what_a_stopped_page_left_counts_and_so_does_a_sample(page):
    [picture] = page.rglob("*.webp")
    picture.rename(picture.with_name(f".{picture.name}.{'0' * 32}"))
    assert remove_page_of(page, {f"{A}-f2"})
    page.mkdir()
    (page / "index.html").write_text('<meta name="generator" content="radprep report">')
    (page / "report.html").write_text(f'{{"{picture_name(B, "steps")}":"data:image/webp;base64,"}}')
    assert is_page(page)
    assert remove_page_of(page, {B})


def test_what_is_no_page_of_ours_and_what_a_link_leads_to_stay(page, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(page)
    assert not remove_page_of(link, {f"{A}-f2"})
    (page / MARK).unlink()
    assert not is_page(page)
    assert not remove_page_of(page, {f"{A}-f2"})
    assert page.exists()


def test_a_page_is_told_which_state_its_data_set_has(page, tmp_path):
    now, before = "0" * 32, "1" * 32
    assert not tell_page(page, now)  # not finished
    assert (page / STATE).read_text() == f'radprepState("{now}");\n'
    (page / "index.html").write_text(
        '<meta name="generator" content="radprep report">\n'
        f'<meta name="radprep-data-set" content="{before}">'
    )
    assert tell_page(page, now)
    assert is_older(page, now)
    written = (page / STATE).stat().st_mtime_ns
    assert tell_page(page, now)
    assert (page / STATE).stat().st_mtime_ns == written
    assert tell_page(page, "")
    assert not tell_page(page, before)


def test_only_pages_of_ours_are_told(page, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(page)
    (tmp_path / "other").mkdir()
    for folder in (link, tmp_path / "other", tmp_path / "missing"):
        assert not tell_page(folder, "0" * 32)
    assert not (page / STATE).exists()
    assert list((tmp_path / "other").iterdir()) == []
    (page / STATE).symlink_to(tmp_path / "target")
    tell_page(page, "0" * 32)
    assert not (tmp_path / "target").exists()
