from radprep.cli.whole_help import first_sentence


def test_the_first_sentence_ends_where_another_begins():
    assert first_sentence("Make it (a.parquet,\nb.json) by 3.5 of them. Safe to repeat.") == (
        "Make it (a.parquet, b.json) by 3.5 of them."
    )
    assert first_sentence("No end") == "No end"
