"""What a section of the page is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from radprep.report.findings import Findings


@dataclass(frozen=True)
class Section:
    """One section of the page.

    name: its id on the page, and what its template is called (`<name>.html`, beside the section's
    module). title: the words of the link to it. values: what its template shows, by name; besides
    them every template knows `counts`, `has_source`, `box_colours` (the labels of boxes, with their
    colours) and the macros of templates/macros.html.
    """

    name: str
    title: str
    values: Callable[[Findings], Mapping[str, Any]]
