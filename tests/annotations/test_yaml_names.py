from pathlib import Path

import pytest

from radprep.annotations.yaml_names import has_key, names_in
from radprep.errors import UsageError

PATH = Path("data.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "nc: 3\nnames: ['a', \"b\", it's mine]\n".replace("it's mine", "'it''s'"),
        "names:\n  - a\n  - 'b'  # a remark\n  - it's\nnc: 3\n",
        "names:\n- a\n- b\n- it's\n",
        "names:\n  0: a\n  2: it's\n  1: b\npath: x\n",
        "names: {0: a, 2: 'it''s', 1: b}\n",
        "names: [a,\n  b,\n  'it''s']\n",
        '# names: [x]\nnames : [a, b, "it\'s"] # three\n',
    ],
)
def test_reads_the_ways_in_which_tools_write_names(text):
    assert names_in(text.splitlines(), PATH) == ["a", "b", "it's"]


@pytest.mark.parametrize(
    "text",
    [
        "names: &anchor [a]",
        "names: ['a",
        "names:\nnc: 3",
        "names: {0: a, 5: b}",
        "names: [[a], [b]]",
        'names: ["\\u0041"]',
    ],
)
def test_another_way_is_a_sentence(text):
    with pytest.raises(UsageError, match=r"line 1: the entry `names`.*classes\.txt"):
        names_in(text.splitlines(), PATH)


def test_no_entry_gives_no_names():
    assert names_in(["nc: 3", "path: names: x"], PATH) == []
    assert has_key(["kpt_shape: [17, 3]"], "kpt_shape")
    assert not has_key(["# kpt_shape: [17, 3]"], "kpt_shape")
