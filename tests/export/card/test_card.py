import json

import pytest

from radprep.errors import UsageError
from radprep.export.card import card, croissant
from radprep.export.card.card import write_card
from tests.export.card.test_measured import patients
from tests.report.report_rows import lost, write_data_set


@pytest.fixture
def data_set(tmp_path, monkeypatch):
    """A data set, and a machine without mlcroissant, which takes a while to load."""
    monkeypatch.setattr(croissant, "is_there", lambda: False)
    return write_data_set(tmp_path / "set", [*patients(6, 0), lost(50)])


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_without_the_extra_there_is_a_card_and_a_sentence(data_set):
    done = write_card(data_set)
    assert done.files == ("README.md", "card.json")
    assert done.why_not.startswith("croissant.json needs mlcroissant: `pip install")
    found = json.loads((data_set / "card.json").read_text())
    assert found["measured"]["counts"]["images"] == 6
    assert found["missing"] == list(done.missing)
    assert done.as_json()["without_croissant"] == done.why_not
    assert "instances.parquet" in (data_set / "README.md").read_text().split("---\n")[1]


def test_the_same_data_set_gives_the_same_bytes(data_set):
    write_card(data_set)
    before = files_of(data_set)
    write_card(data_set)
    assert files_of(data_set) == before


def test_what_a_person_has_answered_is_kept_and_read(data_set):
    done = write_card(data_set)
    text = done.answers.read_text().replace('consent = ""', 'consent = "Waived by *law*."')
    done.answers.write_text(text)
    again = write_card(data_set)
    assert "consent" not in again.missing
    assert done.answers.read_text() == text
    assert "Waived by \\*law\\*." in (data_set / "README.md").read_text()
    assert json.loads((data_set / "card.json").read_text())["answers"] == {
        "consent": "Waived by *law*."
    }


def test_a_readme_that_a_person_has_changed_is_not_lost(data_set):
    readme = data_set / "README.md"
    write_card(data_set)
    readme.write_text(readme.read_text() + "My own words.\n")
    with pytest.raises(UsageError, match="changed by a person, and would be lost"):
        write_card(data_set)
    assert "My own words" in readme.read_text()
    write_card(data_set, replace=True)
    assert "My own words" not in readme.read_text()


def test_elsewhere_there_is_no_croissant_and_the_answers_of_another_card_may_be_read(
    data_set, tmp_path
):
    answers = tmp_path / "mine.toml"
    answers.write_text('title = "Mine"\n')
    done = write_card(data_set, tmp_path / "deep" / "out", answers=answers)
    assert set(files_of(done.where)) == {"README.md", "card.json", "card.toml"}
    assert "beside the files that it names" in done.why_not
    text = (done.where / "README.md").read_text()
    assert "# Mine" in text
    assert "configs:" not in text
    assert not (data_set / "README.md").exists()
    write_card(data_set, tmp_path / "own")
    assert (tmp_path / "own" / "card.toml").exists()
    with pytest.raises(UsageError, match="There is no file"):
        write_card(data_set, answers=tmp_path / "none.toml")


def test_answers_go_along_to_later_cards_and_are_not_written_over(data_set, tmp_path):
    answers = tmp_path / "raw.toml"
    answers.write_text('licence = "cc-by-4.0"\n')
    write_card(data_set)  # an empty card.toml gives way
    done = write_card(data_set, answers=answers)
    assert done.answers == data_set / "card.toml"
    assert done.answers.read_bytes() == answers.read_bytes()
    write_card(data_set)
    assert "cc-by-4.0" in (data_set / "README.md").read_text()
    write_card(data_set, answers=answers)
    done.answers.write_text('licence = "mit"\n')
    with pytest.raises(UsageError, match="other answers, and is never written over"):
        write_card(data_set, answers=answers)
    assert done.answers.read_text() == 'licence = "mit"\n'


def test_a_place_that_is_none_is_said(data_set, tmp_path):
    other = write_data_set(tmp_path / "other", patients(1, 0))
    with pytest.raises(UsageError, match="is another data set"):
        write_card(data_set, other)
    with pytest.raises(UsageError, match="is a file"):
        write_card(data_set, data_set / "dataset.json")
    (tmp_path / "set.private").mkdir()
    with pytest.raises(UsageError, match="lies in a private tree"):
        write_card(data_set, tmp_path / "set.private" / "card")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "README.md").write_text("# Ours\n")
    with pytest.raises(UsageError, match="give another folder with --out"):
        write_card(data_set, tmp_path / "own")


def test_a_link_is_not_written_through_and_answers_are_not_read_over_one(data_set, tmp_path):
    victim = tmp_path / "victim.md"
    write_card(data_set)
    victim.write_bytes((data_set / "README.md").read_bytes())
    before = victim.read_bytes()
    (data_set / "README.md").unlink()
    (data_set / "README.md").symlink_to(victim)
    write_card(data_set)
    assert victim.read_bytes() == before
    assert not (data_set / "README.md").is_symlink()
    (data_set / "card.toml").unlink()
    (data_set / "card.toml").symlink_to(victim)
    with pytest.raises(UsageError, match="leads out of the data set"):
        write_card(data_set)


def test_an_old_croissant_goes_where_no_new_one_can_be_made(data_set):
    write_card(data_set)
    (data_set / "croissant.json").write_text("{}")
    write_card(data_set)
    assert not (data_set / "croissant.json").exists()


def test_the_table_is_named_as_it_is_called(data_set):
    assert (data_set / card.CONFIGS["configs"][0]["data_files"][0]["path"]).exists()
