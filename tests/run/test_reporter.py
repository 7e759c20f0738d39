import os
import signal

import pytest

from radprep.errors import InterruptedRunError, UsageError
from radprep.run import reporter
from radprep.run.reporter import Wanted, run_report
from tests.made import convert, preprocess, tree_hash


@pytest.fixture
def made(dump, tmp_path):
    convert(dump, tmp_path / "raw", "--max-failed", "1")
    preprocess(tmp_path / "raw", tmp_path / "clean")
    return tmp_path


@pytest.mark.slow
def test_any_number_of_workers_gives_the_same_bytes(made, monkeypatch):
    monkeypatch.setattr(reporter, "_PICTURES_A_TASK", 2)
    for workers in (1, 2):
        run_report(
            made / "clean",
            made / "raw",
            made / f"page{workers}",
            workers,
            Wanted(single_file=True),
            quiet=True,
        )
    assert tree_hash(made / "page1") == tree_hash(made / "page2")
    assert len(list((made / "page1" / "pictures").rglob("*.webp"))) >= 6


def test_pictures_are_used_again_and_those_of_earlier_pages_go(made):
    out = made / "page"
    run_report(made / "clean", made / "raw", out, 1, quiet=True)
    pictures = {path: path.stat().st_mtime_ns for path in out.rglob("*.webp")}
    before = tree_hash(out)
    run_report(made / "clean", made / "raw", out, 1, quiet=True)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.webp")} == pictures
    assert tree_hash(out) == before
    with pytest.raises(UsageError, match="the films before, and what each step saw"):
        run_report(made / "clean", None, out, 1, quiet=True)
    assert tree_hash(out) == before
    run_report(made / "clean", None, out, 1, Wanted(replace=True), quiet=True)
    assert 0 < len(list(out.rglob("*.webp"))) < len(pictures)


def test_a_film_that_cannot_be_read_costs_its_picture(made):
    film = next((made / "clean" / "unlabelled").rglob("*.png"))
    film.write_bytes(b"no PNG")
    run_report(made / "clean", None, made / "page", 1, quiet=True)
    names = [path.name for path in (made / "page").rglob("*.webp")]
    assert names
    assert not [
        name
        for name in names
        if name.startswith(f"{film.stem}-") and film.stem.count("-") == name.count("-") - 1
    ]


def test_only_so_many_steps_are_drawn(made):
    run_report(made / "clean", made / "raw", made / "page", 1, Wanted(most_steps=0), quiet=True)
    few = len(list((made / "page").rglob("*.webp")))
    run_report(made / "clean", made / "raw", made / "page", 1, Wanted(most_steps=1), quiet=True)
    assert len(list((made / "page").rglob("*.webp"))) == few + 1


def test_asked_to_stop_it_goes_on_later(made, monkeypatch):
    monkeypatch.setattr(reporter, "_PICTURES_A_TASK", 1)
    make = reporter.make_thumbnail

    def interrupted(out, job):
        make(out, job)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(reporter, "make_thumbnail", interrupted)
    with pytest.raises(InterruptedRunError, match="run the same command"):
        run_report(made / "clean", None, made / "page", 1, quiet=True)
    assert len(list((made / "page").rglob("*.webp"))) == 1
    monkeypatch.setattr(reporter, "make_thumbnail", make)
    run_report(made / "clean", None, made / "page", 1, quiet=True)
    assert (made / "page" / "index.html").is_file()


def test_nothing_is_written_where_something_is_wrong(made):
    with pytest.raises(UsageError, match="leave --source out"):
        run_report(made / "raw", made / "clean", made / "page", 1)
    assert not (made / "page").exists()


def test_the_data_sets_stay_as_they_were(made):
    before = tree_hash(made / "raw"), tree_hash(made / "clean")
    run_report(made / "clean", made / "raw", made / "page", 1, quiet=True)
    assert (tree_hash(made / "raw"), tree_hash(made / "clean")) == before
