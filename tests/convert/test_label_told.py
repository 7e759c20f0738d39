from radprep.convert.label_told import label_sentences


def test_each_thing_that_was_found_is_a_sentence():
    counts = {
        "missing_label_rows": 18,
        "uncertain_label_rows": 6,
        "list_label_rows": 24,
        "label_keys_case": 2,
        "label_keys_case_fit": 1,
    }
    said = label_sentences(counts)
    words = (": 18.", ": 6.", ": 24.", ": 2, of which 1", "Save the file again")
    assert all(word in one for one, word in zip(said, words, strict=True))
    assert "--label-map" in said[2]
    assert label_sentences({"missing_label_rows": 0, "labelled_studies": 9}) == []
