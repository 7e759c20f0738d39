from radprep.dataset.card_files import ANSWERS, is_ours, marked, remove_card


def write(folder, text):
    for name in ("card.json", "croissant.json", ANSWERS):
        (folder / name).write_text("{}")
    (folder / "README.md").write_text(text)
    return folder / "README.md"


def test_a_card_is_known_as_long_as_nobody_changes_it(tmp_path):
    path = write(tmp_path, marked("# Card\n"))
    assert is_ours(path)
    path.write_text(path.read_text().replace("Card", "My card"))
    assert not is_ours(path)
    path.write_text("# Mine\n")
    assert not is_ours(path)
    path.write_bytes(b"\xff")
    assert not is_ours(path)
    assert not is_ours(tmp_path / "none.md")
    assert not is_ours(tmp_path)


def test_a_card_goes_and_what_a_person_has_written_stays(tmp_path):
    write(tmp_path, marked("# Card\n"))
    remove_card(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [ANSWERS]
    write(tmp_path, "# Mine\n")
    remove_card(tmp_path)
    assert len(list(tmp_path.iterdir())) == 4
