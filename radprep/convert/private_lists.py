"""The lists of what found no partner, such as labels without a study, where only the key's owner
reads them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from radprep.dataset.durable import write_whole
from radprep.private.tree import PrivateTree, make_private_folder, owner_only
from radprep.text.csv_file import write_rows


def write_lists(tree: PrivateTree, lists: Mapping[str, Sequence[tuple[str, ...]]]) -> None:
    """Write some tables, by the names of their files; others that stand there go, unless there is
    nothing to list."""
    if not lists:
        return
    make_private_folder(tree.labels)
    for path in tree.labels.glob("*.csv"):  # of labels that this file does not have
        if path.stem not in lists:
            path.unlink()
    for name, rows in lists.items():
        text = io.StringIO(newline="")
        write_rows(text, rows)
        with owner_only():
            data = text.getvalue().encode("utf-8", "backslashreplace")  # paths are any bytes
            write_whole(tree.labels / f"{name}.csv", data)
