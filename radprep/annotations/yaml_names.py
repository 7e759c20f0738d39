"""The names of classes in YOLO's data.yaml. PyYAML takes the file apart, and nothing is made of it
but texts: `no` and `1` are names as they stand there, and an alias costs no memory."""

from __future__ import annotations

from pathlib import Path

import yaml

from radprep.errors import UsageError

MOST_BYTES = 1_000_000
"""Of a file: a thousand names take a fiftieth of it, and PyYAML needs seconds for more."""


def names_in(text: str, path: Path) -> tuple[list[str], bool]:
    """The names in the order of their numbers, none where there is no entry `names`; and whether
    points of a pose stand behind each box. Raises UsageError where the file is no YAML, or the
    entry is neither a list of names nor names with their numbers."""
    entries = _entries(text, path)
    if "names" not in entries:
        return [], False
    node = entries["names"]
    names = _named(node)
    if not names or sorted(names) != list(range(len(node.value))):
        raise UsageError(
            f"{path}, line {node.start_mark.line + 1}: the entry `names` cannot be read. Write "
            "`names` as a list, or with the numbers from 0, as in `0: fracture`."
        )
    return [names[number] for number in range(len(names))], "kpt_shape" in entries


def _entries(text: str, path: Path) -> dict[str, yaml.Node]:
    """The entries of the file, by their names. A list is no file of entries, and has none."""
    try:
        found = yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise UsageError(
            f"{path}{where}: this is no YAML, or is nested too deep. Mend it, or write the names "
            "of the classes into classes.txt beside it, one a line, and move this file away."
        ) from None
    pairs = found.value if isinstance(found, yaml.MappingNode) else ()
    return {key.value: node for key, node in pairs if isinstance(key, yaml.ScalarNode)}


def _named(node: yaml.Node) -> dict[int, str]:
    """Number of each class -> its name."""
    if isinstance(node, yaml.SequenceNode):
        pairs = [(str(number), one) for number, one in enumerate(node.value)]
    else:
        pairs = [
            (key.value, one)
            for key, one in (node.value if isinstance(node, yaml.MappingNode) else ())
            if isinstance(key, yaml.ScalarNode)
        ]
    return {
        int(number): one.value.strip()
        for number, one in pairs
        if isinstance(one, yaml.ScalarNode) and number.isdecimal() and len(number) <= 6
    }
