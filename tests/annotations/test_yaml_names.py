import time
from pathlib import Path

import pytest

from radprep.annotations.yaml_names import names_in
from radprep.errors import UsageError

PATH = Path("data.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "nc: 3\nnames: ['a #1', no, 'it''s']\n",
        'names:\n  - "a #1"\n  - no  # a remark\n  - it\'s\nnc: 3\n',
        "names:\n- 'a #1'\n- no\n- it's\n",
        "names:\n  0: 'a #1'\n  2: it's\n  1: no\npath: x\n",
        "names: {0: 'a #1', 2: 'it''s', 1: no}\n",
        "\"names\": [ \"a \\u00231\",\n  no,\n  'it''s']",
        "x: &all ['a #1', no, it's]\nnames: *all\n",
        "names : &all [&one 'a #1', no, \"it's\"] # three\nother: !!python/name:os.system ''",
    ],
)
def test_every_way_of_yaml_to_write_names_is_read_as_text(text):
    assert names_in(text, PATH) == (["a #1", "no", "it's"], False)


@pytest.mark.parametrize(
    "text",
    [
        "names:\nnc: 3",
        "names: []",
        "names: obj.names",
        "names: {0: a, 5: b}",
        "names: {a: 0, b: 1}",
        "names: [[a], [b]]",
        "names: [a, {b: c}]",
        "names: &loop [a, *loop]",
    ],
)
def test_names_that_are_none_are_a_sentence(text):
    with pytest.raises(UsageError, match=r"line 1: the entry `names`.*as a list"):
        names_in(text, PATH)


@pytest.mark.parametrize(
    "text", ["names: ['a", "names: *none", "a: b: c", "names: [a]\n---\nx: 1", "\x00", "[" * 90_000]
)
def test_what_is_no_yaml_is_a_sentence(text):
    with pytest.raises(UsageError, match=r"no YAML.*classes\.txt"):
        names_in(text, PATH)


def test_aliases_of_aliases_cost_nothing():
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]" for n in range(1, 40))]
    begin = time.perf_counter()
    assert names_in("\n".join([*lines, "names: [a]"]), PATH) == (["a"], False)
    assert time.perf_counter() - begin < 2


def test_a_file_of_something_else_has_no_names():
    assert names_in("nc: 3\npath: 'names: x'", PATH) == ([], False)
    assert names_in("- names: x", PATH) == ([], False)
    assert names_in("", PATH) == ([], False)
    assert names_in("names: [a]\nkpt_shape: [17, 3]", PATH) == (["a"], True)
