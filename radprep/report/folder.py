"""The page's folder: what may be written to it, and what is."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from radprep.dataset.durable import explain_disk_errors
from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from radprep.preprocess.box_pictures import as_hex
from radprep.report import rows as page_rows
from radprep.report.facts.duplicates import twin_lines
from radprep.report.facts.material import Material
from radprep.report.facts.review import step_reviews
from radprep.report.findings import Findings
from radprep.report.page import Script, render
from radprep.report.pictures.steps import StepPicture
from radprep.report.stale import MARK, PAGE, STATE, is_page, tell_page
from radprep.text.csv_file import write_file

DATA = "data.js"
CARDS = "cards"
DUPLICATES = "duplicates.csv"
"""Every group of images that are the same or look it, of which the page lists the first."""

SAMPLE = "report.html"
"""The page with a sample of the films in one file (see single_file)."""


def default_folder(root: Path) -> Path:
    """Where the page of a data set stands if nobody says otherwise."""
    return DataSet(root).report


def check_folder(out: Path) -> None:
    """Raise UsageError where OUT holds anything but a page of ours: pictures of an earlier page are
    removed from it."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file. Give a folder for the page.")
    if out.is_dir() and any(out.iterdir()) and not is_page(out):
        raise UsageError(
            f"{out} is not empty and not a page made by `radprep report`. Give a new folder."
        )


def begin(out: Path) -> None:
    """Make the folder and mark it as ours, so that an interrupted run can be gone on with. The
    sample of an earlier page goes: it may show a film that was rejected since."""
    with explain_disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        (out / MARK).write_text("")
        (out / SAMPLE).unlink(missing_ok=True)


def write_page(
    out: Path, material: Material, step_pictures: Mapping[str, StepPicture], missing: frozenset[str]
) -> None:
    """Write the scripts, then the page. missing: names of pictures that could not be made."""
    listed = page_rows.page_rows(material, missing, step_pictures)
    with explain_disk_errors(out):
        shutil.rmtree(out / CARDS, ignore_errors=True)
        (out / CARDS).mkdir()
        for number, decisions in enumerate(page_rows.cards(material)):
            _write(
                out / CARDS / f"{number}.js", page_rows.script("radprepCards", number, decisions)
            )
        data = page_data(material, listed, _way_to(material.root, out))
        _write(out / DATA, page_rows.script("radprepData", data))
        findings = Findings(material, step_pictures)
        twins = findings.identical + findings.near_identical
        write_file(out / DUPLICATES, twin_lines(twins))
        scripts = [Script(file=DATA), Script(file=STATE)]
        _write(out / PAGE, render(findings, scripts))
    tell_page(out, material.info["fingerprint"])


def _way_to(root: Path, out: Path) -> str:
    """How a page comes to its data set, as the beginning of an address; "" where it does not stand
    in it: an address that leaves the folder would break when either is moved."""
    inner, outer = out.resolve(), root.resolve()
    return "../" * len(inner.relative_to(outer).parts) if outer in inner.parents else ""


def page_data(
    material: Material, listed: Sequence[page_rows.PageRow], root: str = ""
) -> dict[str, object]:
    """What data.js hands to the page. root: how the page comes to its data set, "" where it does
    not."""
    steps = [one.step for one in step_reviews(material)]
    return {
        **page_rows.as_columns(listed),
        "steps": steps,
        "cardRows": page_rows.CARD_ROWS,
        "root": root,
        "fingerprint": material.info["fingerprint"],
        "stage": material.info["stage"],
        "sourceStage": material.source_info["stage"] if material.source_info else "",
        "boxColours": {label: as_hex(one) for label, one in material.box_colours.items()},
    }


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
