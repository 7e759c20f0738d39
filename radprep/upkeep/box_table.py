"""Files of boxes, tried on a dump: how many of its films they fit."""

from __future__ import annotations

import os

from radprep.convert.box_join import BoxJoin, FilmBoxes
from radprep.convert.box_told import box_lines
from radprep.convert.job import Source
from radprep.convert.scan_index import Scanned
from radprep.upkeep.table import Table


def box_table(boxes: FilmBoxes, scanned: Scanned) -> Table:
    """What became of boxes and of the names of films. Where a box lies on its film, and whether its
    film can be converted, is not known before convert."""
    join = BoxJoin.of(boxes, scanned)
    for one in scanned:
        join.add("", Source(one.file, os.fsdecode(one.file.path), 1))
    rows = list(join.counts().items())
    return Table("box_join", "Boxes and films", "count", rows, note=". ".join(box_lines(join.said)))
