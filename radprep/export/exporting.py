"""An export from beginning to end: what may be exported where, the work, and what is said of it.

OUT is made in a folder beside it, and gets its name when everything stands in it. A run that was
stopped leaves that folder, and the same command goes on with it.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from radprep.dataset.card_files import ANSWERS
from radprep.dataset.durable import LINKS, explain_disk_errors, sync, sync_tree, write_json
from radprep.dataset.info import Info, check_folders, is_complete, read_complete, versions
from radprep.dataset.keys import bytes_hash, key_of
from radprep.dataset.label_names import chosen_name
from radprep.dataset.layout import DataSet
from radprep.errors import InterruptedRunError, TooManyFailedError, UsageError
from radprep.export import load_format
from radprep.export.film import NO_BOXES, WHY_LEFT_OUT, Selection
from radprep.export.ledger import MANIFEST, Ledger
from radprep.export.options import HOLDOUT, ExportOptions
from radprep.export.survey import Survey, survey
from radprep.export.work import Format, Work
from radprep.private.place import check_place, looks_private
from radprep.private.tree import PrivateTree
from radprep.run import MAX_FAILED
from radprep.run.interrupt import Interrupt
from radprep.run.progress import Progress
from radprep.stage.corrections import rejected_images, remembered
from radprep.text.small_file import parse_json, read_small

EXPORT_VERSION = 1
"""Raised when the same data set, options and libraries give other bytes."""

ABOUT = "export.json"
_MOST_LISTED = 1_000
_MOST_SIDE_OF_JPEG = 65_500


@dataclass(frozen=True)
class Exported:
    """How an export ended. where: the folder; about: what export.json says; linked: files that are
    hard links; is_new: whether this run made it, or it stood there already."""

    where: Path
    about: Mapping[str, Any]
    linked: int = 0
    is_new: bool = True

    def as_json(self) -> dict[str, Any]:
        """What the command prints with `--json`: JSON values only."""
        return {**self.about, "linked": self.linked, "is_new": self.is_new}

    def check(self, max_failed: float = MAX_FAILED) -> Exported:
        """The same, unless a larger share of the films than max_failed could not be read. Raises
        TooManyFailedError."""
        counts = self.about["counts"]
        lost, asked = counts["unreadable"], counts["unreadable"] + counts["exported"]
        if asked and lost / asked > max_failed:
            raise TooManyFailedError(
                f"{lost} of {asked} films could not be read, more than --max-failed {max_failed:g} "
                f"allows. {self.where / ABOUT} names them; `radprep verify DATASET --repair` "
                "queues what to make again. Then remove OUT and export again."
            )
        return self


def export(
    root: Path,
    out: Path,
    name: str,
    options: ExportOptions,
    *,
    workers: int = 1,
    quiet: bool = True,
) -> Exported:
    """Write a data set in the layout of another library, into a new folder.

    Raises UsageError where something is not what it must be, and InterruptedRunError where the run
    was asked to stop: the same command goes on from there.
    """
    layout = _checked_format(name)
    options.check(layout.options)
    data_set = DataSet(root)
    info = read_complete(data_set)
    _check_out(data_set, out)
    if not is_complete(data_set, info):
        raise UsageError(
            f"The tables of {root} are not those of its studies. Run `radprep verify {root} "
            "--repair`, and then the command that made the data set."
        )
    selection = _selection(data_set, info, layout, options)
    made_from = _made_from(info, layout, options, selection)
    if _stands_already(out, made_from):
        return Exported(out, _read_about(out), is_new=False)
    found = survey(selection, options)
    _check_survey(found, options)
    place = out.with_name(f".{out.name}.exporting")
    with explain_disk_errors(out.parent), Interrupt() as interrupt:
        _begin(place, out, made_from)
        progress = Progress("export", found.films, "films", quiet=quiet)
        with Ledger(place) as ledger, progress:
            ledger.sweep(ABOUT)

            def tick(films: int) -> None:
                """Show that films are done, and stop where somebody has asked for it."""
                progress.step(number=films)
                if interrupt.asked:
                    raise InterruptedRunError(
                        "Stopped as asked. Run the same command again to go on from here."
                    )

            work = Work(
                *(data_set, info, options, selection, found, place, ledger, workers),
                has_masks=layout.has_masks,
                tick=tick,
            )
            layout.write(work)
            about = _about(made_from, work)
            about["files"] = ledger.write_manifest()
            write_json(place / ABOUT, about)
            ledger.remove()
        sync_tree(place)
        place.rename(out)  # an empty OUT gives way
        sync(out.parent)
    return Exported(out, about, work.linked)


def lines(done: Exported) -> list[str]:
    """What a person reads of an export: counts that add up, and what to beware of."""
    from radprep.upkeep.verify_study import CODES  # the room of pydicom takes half a second

    counts, about = done.about["counts"], done.about
    left_out = sum(about["left_out"].values())
    said = [
        f"{done.where}: {about['format']}, {about['files']} files"
        + ("" if done.is_new else " (it stood there already, made of the same)"),
        f"  films       {counts['kept']} kept = {counts['exported']} exported + {left_out} left "
        f"out + {counts['unreadable']} unreadable",
    ]
    said += [
        f"  left out    {number} {WHY_LEFT_OUT[why]}" for why, number in about["left_out"].items()
    ]
    said += [
        f"  unreadable  {number} {code}: {CODES[code][1]}"
        for code, number in about["unreadable"].items()
    ]
    parts = ", ".join(f"{part} {number}" for part, number in about["parts"].items())
    said += [f"  parts       {parts}"]
    said += [f"  {name.replace('_', ' ')}: {number}" for name, number in about["told"].items()]
    said += [f"  beware      {text}" for text in about["beware"]]
    return said + ([f"  hard links  {LINKS.format(number=done.linked)}"] if done.linked else [])


def _checked_format(name: str) -> Format:
    layout = load_format(name)
    missing = [module for module in layout.modules if find_spec(module) is None]
    if missing:
        raise UsageError(
            f"--format {name} needs {', '.join(missing)}, which the extra `export` brings: install "
            'it with `pip install "radprep[export]"`.'
        )
    return layout


def _check_out(data_set: DataSet, out: Path) -> None:
    """Raise UsageError where OUT lies in the data set or in its private tree, or holds them."""
    if out.is_symlink():
        raise UsageError(f"OUT ({out}) is a link. Give the folder that it leads to, or a new one.")
    check_folders(data_set.root, out)
    check_place(out)
    private = PrivateTree.beside(data_set).root.resolve()
    for folder in (out.resolve(), *out.resolve().parents):
        if folder == private or looks_private(folder):
            raise UsageError(
                f"OUT ({out}) lies in a private tree, which must not be handed on. Choose another "
                "OUT."
            )
    if out.resolve() in private.parents:
        raise UsageError(f"The private tree ({private}) lies inside OUT. Choose another OUT.")
    if not out.name:
        raise UsageError(f"OUT ({out}) has no name of its own. Give a new folder.")


def _selection(data_set: DataSet, info: Info, layout: Format, options: ExportOptions) -> Selection:
    selection = Selection(
        data_set,
        chosen_name(data_set.root, info, options.label),
        options.part,
        _parts_of_run(options.run, info) if options.run else None,
        tuple(rejected_images(remembered(data_set))),
        options.with_marked,
        layout.needs_label,
    )
    return replace(selection, unfit=layout.unfit(selection, options)) if layout.unfit else selection


def _parts_of_run(run: Path, info: Info) -> Mapping[str, str]:
    """image_id -> part, by the splits of a training on this data set."""
    from radprep.train.data.splits import FILE_NAME, split_of_run  # scikit-learn takes a second
    from radprep.train.experiment import experiment_of

    _, trained_on = experiment_of(run)
    if trained_on != info["fingerprint"]:
        raise UsageError(
            f"{run} was trained on another data set, or the data set has changed since: its splits "
            "do not say where these films stand. Train again, or export without --run."
        )
    return split_of_run(run / FILE_NAME)


def _made_from(
    info: Info, layout: Format, options: ExportOptions, selection: Selection
) -> dict[str, Any]:
    """What decides on the bytes of an export."""
    libraries = {name: metadata.version(name) for name in layout.modules}
    parts = selection.part_of
    return {
        "format": layout.name,
        "version": EXPORT_VERSION,
        "dataset": info["fingerprint"],
        "options": options.said(selection.name),
        "splits": key_of(sorted(parts.items())) if parts is not None else None,
        "rejected": key_of(sorted(selection.rejected)),
        "card": _card_key(selection.data_set),
        "versions": {**versions(), **libraries},
    }


def _card_key(data_set: DataSet) -> str | None:
    """Names what a person has answered for the data card; None where there is none."""
    path = data_set.within(data_set.root / ANSWERS)
    return bytes_hash(read_small(path)) if path.is_file() else None


def _read_about(folder: Path) -> dict[str, Any]:
    try:
        found = parse_json(read_small(folder / ABOUT))
    except (OSError, ValueError, UsageError):
        return {}
    return found if isinstance(found, dict) else {}


def _stands_already(out: Path, made_from: Mapping[str, Any]) -> bool:
    """Whether OUT is a finished export of the same. Raises UsageError where it is anything else but
    a new or an empty folder."""
    if not os.path.lexists(out) or (out.is_dir() and not any(out.iterdir())):
        return False
    if not out.is_dir():
        raise UsageError(f"OUT ({out}) is a file. Give a new folder.")
    about = _read_about(out)
    if not about or not (out / MANIFEST).is_file():
        raise UsageError(f"OUT ({out}) is not empty and no export of radprep. Give a new folder.")
    if about.get("made_from") != json.loads(json.dumps(made_from)):
        raise UsageError(
            f"OUT ({out}) is an export of another data set, in another format, or with other "
            "options or versions. Give a new folder, or remove that one."
        )
    return True


def _check_survey(found: Survey, options: ExportOptions) -> None:
    if not found.films:
        why = ", ".join(f"{number} {WHY_LEFT_OUT[one]}" for one, number in found.left_out.items())
        needed = (
            " --part needs a split: give --run RUN, or convert with --split-column COLUMN or with "
            "a layout whose folders are train and val."
            if options.part and options.run is None
            else ""
        )
        if found.left_out[NO_BOXES]:
            needed += " `radprep convert --boxes FILE` takes in where boxes are."
        raise UsageError(
            f"There is no film to export: of {found.kept} kept films there are {why or 'none'}."
            f"{needed}"
        )
    if options.jpeg is not None and found.longest > _MOST_SIDE_OF_JPEG:
        raise UsageError(
            f"A film is {found.longest:,} pixels long, and JPEG holds {_MOST_SIDE_OF_JPEG:,}. Give "
            "--max-side, or leave --jpeg away."
        )


def _begin(place: Path, out: Path, made_from: Mapping[str, Any]) -> None:
    """Make the folder of an export that is under way, or go on with it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink():
        raise UsageError(f"{place} is a link. Remove it: an export is made there.")
    if place.is_dir() and any(place.iterdir()):
        if _read_about(place).get("made_from") != json.loads(json.dumps(made_from)):
            raise UsageError(
                f"{place} holds an unfinished export into the same OUT, of another data set or "
                "with other options. End that one with its own command, or remove the folder."
            )
        return
    place.mkdir(exist_ok=True)
    write_json(place / ABOUT, {"made_from": made_from, "complete": False})


def _about(made_from: Mapping[str, Any], work: Work) -> dict[str, Any]:
    """What export.json says: no time, no path, so that the same export gives the same bytes."""
    found = work.survey
    codes = Counter(work.unreadable.values())
    lost = sorted(work.unreadable.items())
    return {
        "made_from": made_from,
        "complete": True,
        "format": made_from["format"],
        "counts": {
            "kept": found.kept,
            "exported": work.exported,
            "left_out": found.left_out.total(),
            "unreadable": len(work.unreadable),
            "boxes": found.boxes,
            "masks": found.masks if work.has_masks else 0,
        },
        "left_out": dict(sorted(found.left_out.items())),
        "unreadable": dict(sorted(codes.items())),
        "unreadable_images": [list(one) for one in lost[:_MOST_LISTED]],
        "parts": {work.split_name(part): found.by_part[part] for part in found.parts},
        "labels": {
            label or "": number
            for label, number in sorted(found.by_label.items(), key=lambda one: one[0] or "")
        },
        "told": dict(sorted(work.told.items())),
        "beware": _beware(work),
    }


def _beware(work: Work) -> list[str]:
    """What whoever uses the export must know of it."""
    found, options = work.survey, work.options
    said = list(work.beware)
    if found.by_part[HOLDOUT]:
        said.append(
            "the hold-out is in it: whoever trains on it, or chooses by it, cannot be judged by it "
            "any more"
        )
    if found.several_parts:
        said.append(
            f"{found.several_parts} patients stand in more than one part: figures on these parts "
            "are too good"
        )
    if options.jpeg is not None and found.deep:
        said.append(f"{found.deep} films of 16 bits became JPEG of 8 bits")
    if options.with_marked:
        said.append("text about a person may stand in some films: keep it in the hospital")
    return said
