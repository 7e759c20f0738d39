import pytest

from radprep.text.splits import split_in


@pytest.mark.parametrize(
    ("texts", "part"),
    [
        (("train", "Training", "TRN"), "training"),
        ((" VAL ", "valid", "validation", "dev", "development"), "validation"),
        (("test", "testing", "tst", "holdout", "Hold-Out", "hold_out", "hold out"), "test"),
        (("", "-", "fold 3", "external", "nottest"), None),
    ],
)
def test_the_parts_of_a_split_have_one_name(texts, part):
    assert {split_in(text) for text in texts} == {part}
