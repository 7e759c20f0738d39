"""Plots as SVG to stand inside the page: the same numbers give the same bytes, colours follow the
page's light or dark."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

Sizes = Sequence[tuple[int, int]]
"""(width, height) in pixels."""

_INK = "#000001"
_LINE = "#000002"
_BAR = "#000003"
_MARK = "#000004"
_VARIABLES = {
    _INK: "var(--ink)",
    _LINE: "var(--line)",
    _BAR: "var(--kept)",
    _MARK: "var(--rejected)",
}
"""Colours that stand for the page's own; matplotlib knows no variables."""

_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "radprep",
    "font.size": 11,
    "font.family": "sans-serif",
    "text.parse_math": False,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.edgecolor": _LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
}
_SHADES = ListedColormap(mpl.colormaps["viridis"](np.linspace(0.8, 0.15, 64)))
"""From few to many; neither end is lost on white or on black."""
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"


def bars(counts: Mapping[str, int], title: str, unit: str) -> str:
    """One bar for each name, with its number above. The bars are one path, to spare the page's
    document."""
    with _figure(3.6, 2.4, title) as (figure, svg):
        axes = figure.subplots()
        axes.add_patch(
            PathPatch(
                Path.make_compound_path(
                    *(
                        Path(
                            [
                                (x - 0.38, 0),
                                (x - 0.38, y),
                                (x + 0.38, y),
                                (x + 0.38, 0),
                                (x - 0.38, 0),
                            ]
                        )
                        for x, y in enumerate(counts.values())
                    )
                ),
                facecolor=_BAR,
                linewidth=0,
            )
        )
        for place, count in enumerate(counts.values()):
            axes.annotate(
                f"{count:,}", (place, count), (0, 3), textcoords="offset points", ha="center"
            )
        axes.set(xlim=(-0.6, len(counts) - 0.4), ylim=(0, 1.15 * max([1, *counts.values()])))
        axes.set_xticks(range(len(counts)), [_short(name) for name in counts])
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set(title=title, xlabel=unit)
    return svg[0]


def histogram(values: Sequence[float], title: str, unit: str, marked: Sequence[float] = ()) -> str:
    """Twenty bins from 0 to 1. marked: the values of those that carry a review mark, drawn over the
    others."""
    with _figure(3.6, 1.9, title) as (figure, svg):
        axes = figure.subplots()
        axes.hist(values, bins=20, range=(0, 1), color=_BAR, histtype="stepfilled")
        axes.hist(marked, bins=20, range=(0, 1), color=_MARK, histtype="stepfilled")
        axes.set(title=title, xlabel=unit, xlim=(0, 1), xticks=[0, 0.5, 1])
        axes.locator_params(axis="y", nbins=3, integer=True, prune="lower")
    return svg[0]


def sizes(before: Sizes, after: Sizes, title: str) -> str:
    """Width against height, before and after, on the same axes: how many films there are of each
    size (wrist thesis, 4.1)."""
    with _figure(7.4, 3.6, title) as (figure, svg):
        pair: Sequence[Axes] = figure.subplots(1, 2, sharex=True, sharey=True)
        most = max([side for size in (*before, *after) for side in size], default=1) * 1.05
        for axes, found, name in zip(
            pair, (before, after), ("As they came", "As they are now"), strict=True
        ):
            counts, x, y = np.histogram2d(
                [w for w, _ in found], [h for _, h in found], bins=56, range=[[0, most], [0, most]]
            )
            axes.pcolormesh(
                x, y, np.ma.masked_equal(counts.T, 0), cmap=_SHADES, norm="log", rasterized=True
            )
            axes.plot([0, most], [0, most], color=_LINE, linewidth=1)
            axes.set(
                title=f"{name}: {len(found):,} films",
                xlabel="width in pixels",
                xlim=(0, most),
                ylim=(0, most),
                aspect="equal",
            )
            axes.locator_params(nbins=4)
        pair[0].set_ylabel("height in pixels")
    return svg[0]


@contextmanager
def _figure(width: float, height: float, title: str) -> Iterator[tuple[Figure, list[str]]]:
    """A figure of so many inches; when it is left, its SVG stands in the list."""
    svg: list[str] = []
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained", dpi=100)
        FigureCanvasSVG(figure)
        yield figure, svg
        text = io.StringIO()
        figure.savefig(
            text,
            format="svg",
            transparent=True,
            metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
        )
    svg.append(_lean(text.getvalue(), title))


def _short(name: str, most: int = 14) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def _lean(text: str, title: str) -> str:
    """The drawing without what a page has no use for: groups, ids that nothing points at, the size,
    a font of its own."""
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    root = ET.fromstring(text)
    used = set(re.findall(r"#([\w-]+)", " ".join(re.findall(r'(?:href="|url\()(#[\w-]+)', text))))
    _prune(root, used)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib |= {"role": "img", "aria-label": title}
    lean = re.sub(r" font-family: [^;]*;", "", ET.tostring(root, encoding="unicode"))
    lean = (
        lean.replace('id="', f'id="{_slug(title)}-')
        .replace('"#', f'"#{_slug(title)}-')
        .replace("url(#", f"url(#{_slug(title)}-")
    )
    for colour, variable in _VARIABLES.items():
        lean = lean.replace(colour, variable)
    return lean


def _prune(parent: ET.Element, used: set[str]) -> None:
    kept: list[ET.Element] = []
    for child in parent:
        _prune(child, used)
        if child.get("id") not in used:
            child.attrib.pop("id", None)
        name = child.tag.rpartition("}")[2]
        if name == "g" and not child.attrib:
            kept += list(child)
        elif (
            name not in ("metadata", "style")
            and child.get("style") != "fill: none"
            and (len(child) or name not in ("g", "defs"))
        ):
            child.tail = None
            kept.append(child)
    parent[:] = kept
    if len(parent):
        parent.text = None


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
