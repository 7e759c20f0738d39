"""Which delivery a dump is: one that OUT holds already, or another one.

A hospital sends films a CD at a time, and each CD has the same names on it. So a dump is known by
the films in it (their UIDs; of pictures their bytes), not by its place or by the names of
its files. Deliveries are numbered from 1 in the order in which they came.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from radprep.convert.scan_index import Scanned, read_index
from radprep.errors import UsageError
from radprep.private.identifiers import IDENTIFIERS, identifiers_readable, read_identifiers
from radprep.private.tree import PrivateTree

_SAME = 0.5
"""With --add, a dump is a delivery again where more than this share of the films of the smaller of
both stand in the other: a delivery may have grown or shrunk meanwhile."""

_FILMS = pa.schema(
    [
        *((name, pa.string()) for name in ("StudyInstanceUID", "SOPInstanceUID", "picture")),
        ("path", pa.binary()),
    ]
)
_CONVERTED = ("delivery", "StudyInstanceUID", "SOPInstanceUID", "source_hash", "source_path")


def delivery_of(tree: PrivateTree, dump: Path, found: Scanned, *, add: bool) -> int:
    """The number of the delivery that a dump is.

    found: its files, but those of forgotten patients; add: a dump that is none of the deliveries
    before is a new one. Raises UsageError where it shares nothing with them and `add` is not given:
    nobody can say whether it belongs to them.
    """
    here = found.table().select(_FILMS.names)
    shares = {number: _share(here, films) for number, films in _known(tree)}
    if not shares:
        return 1
    number, share = max(shares.items(), key=lambda item: (item[1], -item[0]))
    if share > (_SAME if add else 0):
        return number
    if add:
        return max(shares) + 1
    raise UsageError(
        f"{dump} holds none of the films that OUT was made from: it is another delivery. To add it "
        "to OUT, run the same command with --add; nothing that OUT holds is lost by that. To keep "
        "it apart, give another OUT."
    )


def _known(tree: PrivateTree) -> Iterator[tuple[int, pa.Table]]:
    """Each delivery before with its films: those that its last scan found, and those that were
    converted."""
    converted = _converted(tree)
    for number in sorted({*tree.deliveries, *pc.unique(converted["delivery"]).to_pylist()}):
        scanned = read_index(tree, number).table().select(_FILMS.names)
        mine = converted.filter(pc.equal(converted["delivery"], number)).drop_columns("delivery")
        yield number, pa.concat_tables([scanned, mine])


def _converted(tree: PrivateTree) -> pa.Table:
    """The delivery and the film of each file that was converted."""
    schema = pa.schema([IDENTIFIERS.field(name) for name in _CONVERTED])
    if identifiers_readable(tree):
        table = pq.read_table(tree.identifiers, columns=list(_CONVERTED)).cast(schema)
    else:
        rows = (row for study in tree.study_ids() for row in read_identifiers(tree, study))
        table = pa.Table.from_pylist(list(rows), schema=schema)
    # what has a study and no name of its own is a picture that a layout told of
    is_picture = pc.and_(
        pc.is_valid(table["StudyInstanceUID"]), pc.is_null(table["SOPInstanceUID"])
    )
    is_picture = pc.and_(is_picture, pc.not_equal(table["source_hash"], ""))
    pictures = pc.if_else(is_picture, table["source_hash"], pa.scalar(None, pa.string()))
    paths = table["source_path"].cast(pa.binary())
    return pa.table(
        [table["delivery"], *table.columns[1:3], pictures, paths], ["delivery", *_FILMS.names]
    )


def _share(here: pa.Table, known: pa.Table) -> float:
    """How much two deliveries have in common, of the smaller one: films or, where one of them has
    none that a header names, files. A dump of nothing but forgotten patients has nothing of its
    own."""
    if not here.num_rows:
        return 1.0
    mine, theirs = _uids(_without_repeated(here)) or _uids(here), _uids(known)
    if not (len(mine) and len(theirs)):
        mine, theirs = pc.unique(here["path"]), pc.unique(known["path"])
    common = pc.sum(pc.is_in(mine, value_set=theirs)).as_py() or 0
    return common / max(1, min(len(mine), len(theirs)))


def _without_repeated(films: pa.Table) -> pa.Table:
    """The films of a dump but pictures that stand at several of its paths, such as a logo or a
    black one: they would stand in another delivery as well, and tell nothing."""
    numbers = pc.value_counts(films["picture"].drop_null())
    several = numbers.field("values").filter(pc.greater(numbers.field("counts"), 1))
    return films.filter(pc.invert(pc.is_in(films["picture"], value_set=several)))


def _uids(films: pa.Table) -> pa.Array:
    named = films.filter(pc.is_valid(films["SOPInstanceUID"]))
    study = pc.fill_null(named["StudyInstanceUID"], "")
    uids = pc.binary_join_element_wise(study, named["SOPInstanceUID"], "\n")
    pictures = films["picture"].drop_null()
    return pc.unique(pa.chunked_array([*uids.chunks, *pictures.chunks], pa.string()))
