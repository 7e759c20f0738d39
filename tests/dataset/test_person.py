from radprep.dataset.person import accepted_marks, is_by_person, words_in


def test_a_history_tells_what_a_person_decided():
    history = [
        "resize@1#0a",
        "person_inverted@3#0b",
        "person_accepted@3#0c",
        "person_inverted@4#0d",
    ]
    assert words_in(history) == ["accepted", "inverted"]
    assert [is_by_person(entry) for entry in history] == [False, True, True, True]
    assert words_in(None) == []


def test_the_marks_that_were_accepted():
    assert accepted_marks({"person": {"review": {"accepted": ["a:b"]}}}) == ["a:b"]
    for other in ({}, {"person": {}}, {"person": {"review": {"value": "accepted"}}}):
        assert accepted_marks(other) == []
