"""MURA-v1.1: the tree of folders and the tables of paths that classifiers of bones are written for.

::

    MURA-v1.1/<train|valid|test>/XR_<PART>/patient00001/study1_positive/image1.png
    MURA-v1.1/<train|valid|test>_image_paths.csv        a path a line
    MURA-v1.1/<train|valid|test>_labeled_studies.csv    a folder of a study, and 1 or 0

There a study is positive or negative as a whole. One whose films are of both classes, or show
several body parts, becomes a folder for each; all have the number of the study. A film of neither
class or of no single body part has no place in that tree. MURA's own test part was never given
away; ours holds the hold-out. https://stanfordmlgroup.github.io/competitions/mura/
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from radprep.dataset.schema import Row
from radprep.export.film import NO_BODY_PART, NO_CLASS, Selection, Unfit
from radprep.export.options import ExportOptions
from radprep.export.work import Format, Work
from radprep.train.data.classes import UNLABELLED, Classes, settle_classes

_FOLDERS = {"validation": "valid"}
"""Parts that are called otherwise there than in other exports."""

ROOT = "MURA-v1.1"
"""The folder that every path of the tables begins with."""

Numbers = Mapping[tuple[str, str], tuple[int, int]]
"""patient_id and study_id -> number of the patient, number of the study among that patient's."""

_ONE_PART = re.compile(r"[a-z0-9][a-z0-9_ -]{0,63}")
"""A disk takes no name of any length, and a table that somebody has altered may hold one."""


def is_one_part(body_part: str | None) -> bool:
    """Whether it is known, and a single one: several have commas between them."""
    return body_part is not None and _ONE_PART.fullmatch(body_part) is not None


def part_folder(body_part: str) -> str:
    """The folder of a body part, such as XR_WRIST."""
    return f"XR_{re.sub('[ -]', '_', body_part).upper()}"


def numbered(studies: Iterable[tuple[str, str]]) -> Numbers:
    """Numbers of patients and studies, both from 1 and in the order of their pseudonyms, so that
    the films of a data set always get the same names. studies: patient_id and study_id."""
    found: dict[str, set[str]] = defaultdict(set)
    for patient_id, study_id in studies:
        found[patient_id].add(study_id)
    return {
        (patient_id, study_id): (patient, study)
        for patient, patient_id in enumerate(sorted(found), start=1)
        for study, study_id in enumerate(sorted(found[patient_id]), start=1)
    }


def study_folder(part: str, body_part: str, numbers: tuple[int, int], *, positive: bool) -> str:
    """Where a study stands. part: such as train; body_part: as rows have it; numbers: of the
    patient and the study."""
    patient, study = numbers
    name = f"study{study}_{'positive' if positive else 'negative'}"
    return f"{ROOT}/{part}/{part_folder(body_part)}/patient{patient:05d}/{name}"


def write(work: Work) -> None:
    """The tree of images, then the tables of what stands in each part of it."""
    classes = _classes(work.selection, work.options)
    numbers = numbered(_studies(work.selection))
    paths: dict[str, list[str]] = defaultdict(list)
    studies: dict[str, dict[str, int]] = defaultdict(dict)
    images: Counter[str] = Counter()
    for film in work.films():
        part, is_positive = _part_name(work, film.part), film.label == classes.positive
        ours = numbers[_patient(film.row), film.study_id]
        folder = study_folder(part, film.row["body_part"] or "", ours, positive=is_positive)
        images[folder] += 1
        name = f"{folder}/image{images[folder]}{work.suffix}"
        work.place(film, name)
        paths[part].append(name)
        studies[part][f"{folder}/"] = int(is_positive)
    for part, names in paths.items():
        labelled = (f"{folder},{number}" for folder, number in sorted(studies[part].items()))
        work.write(f"{ROOT}/{part}_image_paths.csv", _lines(sorted(names)))
        work.write(f"{ROOT}/{part}_labeled_studies.csv", _lines(labelled))
    _tell(work, classes, [*images])


def _tell(work: Work, classes: Classes, folders: Sequence[str]) -> None:
    """folders: of studies."""
    named = Counter(folder.rpartition("_")[0].split("/", 3)[-1] for folder in folders)
    work.told["folders_of_studies"] = len(folders)
    work.told["studies_in_several_folders"] = sum(number > 1 for number in named.values())
    work.beware.append(
        f"positive is {classes.positive}, negative is {' or '.join(classes.negative)}: the tree "
        "itself does not say it"
    )


def _part_name(work: Work, part: str | None) -> str:
    name = work.split_name(part)
    return _FOLDERS.get(name, name)


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _patient(row: Row) -> str:
    """The patient of a row; a study without one is a patient of its own."""
    return row["patient_id"] or row["study_id"]


def _studies(selection: Selection) -> Iterator[tuple[str, str]]:
    """Patient and study of each kept film, exported or not: a part that is exported alone must
    have the same numbers as beside the others."""
    return ((_patient(row), row["study_id"]) for row in selection.kept_rows())


def _classes(selection: Selection, options: ExportOptions) -> Classes:
    """The two classes, by the rule of the training. Raises UsageError where nobody has said what is
    negative, or a label that was named is none."""
    studies: dict[str, set[str]] = defaultdict(set)
    for row in selection.kept_rows():
        studies[selection.label_of(row) or UNLABELLED].add(row["study_id"])
    counts = {label: len(found) for label, found in studies.items()}
    root = selection.data_set.root
    classes = settle_classes(root, counts, options.positive or "", options.negative)
    classes.refuse_unknown()
    return classes


def _unfit(selection: Selection, options: ExportOptions) -> Unfit:
    classes = _classes(selection, options)

    def why(row: Row) -> str | None:
        """Why the film of a row has no place in the tree."""
        if classes.number(selection.label_of(row)) is None:
            return NO_CLASS
        return None if is_one_part(row["body_part"]) else NO_BODY_PART

    return why


FORMAT = Format(
    "mura",
    "MURA-v1.1's folders and tables, by body part, patient, study, positive or negative",
    "code that was written for MURA",
    write,
    unfit=_unfit,
    options=("positive", "negative"),
    has_masks=False,
)
