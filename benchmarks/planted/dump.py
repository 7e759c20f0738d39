"""A dump of invented studies: folders, archives, labels, and the key to all of it."""

from __future__ import annotations

import datetime
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import cycle
from pathlib import Path

import numpy as np
import pydicom
from pydicom.datadict import DicomDictionary

from planted import key, places
from planted.films import Planter, Visit
from planted.key import Answer
from planted.people import Inventor
from radprep.dataset.schema import DICOM_COLUMNS


@dataclass
class Dump:
    """What was made. folder: holds dicom/ and labels.csv; answers: the key."""

    folder: Path
    answers: list[Answer] = field(default_factory=list)


def _others(rng: np.random.Generator, count: int) -> Iterator[list[str]]:
    """For film after film, so many attributes of the dictionary: all of them in turn."""
    keywords = [
        entry[4]
        for tag, entry in DicomDictionary.items()
        if entry[4] and tag >> 16 > 7 and entry[4] not in {*places.MAIN, *DICOM_COLUMNS}
    ]
    turn = cycle(np.array(keywords)[rng.permutation(len(keywords))].tolist())
    while True:
        yield [next(turn) for _ in range(count)]


def _visits(inventor: Inventor, studies: int) -> Iterator[Visit]:
    """Studies of patients who come one to three times; each tenth patient turns 90 meanwhile."""
    number = patients = 0
    while number < studies:
        day = datetime.date(2012, 1, 1) + datetime.timedelta(int(inventor.rng.integers(2_500)))
        old = patients % 10 == 2
        patient = inventor.patient(88 if old else int(inventor.rng.integers(18, 78)), day)
        patients += 1
        for _ in range(2 if old else int(inventor.rng.integers(1, 4))):
            if number == studies:
                return
            yield Visit(
                patient,
                number,
                day,
                f"ACC{inventor.digits(8)}",
                f"{places.ROOT}.{inventor.digits(18)}",
                old,
            )
            number += 1
            day += datetime.timedelta(1_500 if old else int(inventor.rng.integers(20, 400)))


def make_dump(folder: Path, studies: int, seed: int, attributes: int = 150) -> Dump:
    """Write so many studies of one or two films, some in zip archives, and their labels.

    attributes: of the DICOM dictionary, planted in a film besides those of ALWAYS. The same
    arguments give the same files.
    """
    with warnings.catch_warnings(), pydicom.config.disable_value_validation():
        warnings.simplefilter("ignore")  # of values that are not what their VR allows
        return _make_dump(folder, studies, seed, attributes)


def _make_dump(folder: Path, studies: int, seed: int, attributes: int) -> Dump:
    rng = np.random.default_rng(seed)
    inventor, others, dump = Inventor(rng), _others(rng, attributes), Dump(folder)
    labels = ["accession,diagnosis,patient,radiologist"]
    films = 0
    for visit in _visits(inventor, studies):
        person, archive = inventor.typed_name().replace(" ", "_"), rng.random() < 0.2
        place = f"{person}_{visit.patient.number}_{visit.accession}"
        place = f"CD_{place}.zip" if archive else place
        files: dict[str, bytes] = {f"{person}.txt": inventor.identifying().encode()}
        for _ in range(int(rng.integers(1, 3))):
            member = f"{visit.patient.born:%Y%m%d}/IM{inventor.digits(9)}"
            planter = Planter(inventor, visit, f"{place}/{member}", next(others))
            files[member] = planter.build(text_in_pixels=films % 4 == 1)
            films += 1
            if rng.random() < 0.1:
                files[member] = files[member][: -len(files[member]) // 3]
                planter.answers = [
                    one for one in planter.answers if one.category not in key.OF_WHOLE_FILMS
                ]
            dump.answers += planter.answers
            for name in (place.removesuffix(".zip"), member.split("/IM")[1]):
                dump.answers.append(
                    Answer(planter.path, visit.patient.number, "path", key.FILE_NAME, name)
                )
        _write(folder / "dicom" / place, files, archive)
        labels += _labels(dump, inventor, visit)
    (folder / "labels.csv").write_text("\n".join(labels) + "\n", encoding="utf-8")
    key.write_key(folder / "answers.jsonl", dump.answers)
    return dump


def _labels(dump: Dump, inventor: Inventor, visit: Visit) -> list[str]:
    """The rows of a study in the labels, and of one that is not in the dump."""
    note, reader = inventor.identifying().replace(",", " "), inventor.name().replace("^", " ")
    diagnosis = "fracture" if visit.number % 3 == 0 else "normal"
    stranger = f"GHOST{inventor.digits(8)}"
    for text in (visit.accession, note, reader, stranger):
        dump.answers.append(Answer("", visit.patient.number, "labels.csv", key.LABEL, text))
    return [f"{visit.accession},{diagnosis},{note},{reader}", f"{stranger},{diagnosis},,"]


def _write(place: Path, members: dict[str, bytes], archive: bool) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if archive:
        with zipfile.ZipFile(place, "w") as handle:
            handle.comment = place.stem.encode()
            for member, data in members.items():
                handle.writestr(zipfile.ZipInfo(member), data)
        return
    for member, data in members.items():
        path = place / member
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def pixels_of(folder: Path, film: str) -> np.ndarray:
    """The pixels that a film of a dump holds. film: its path below dicom/."""
    archive, inside, member = film.partition(".zip/")
    if inside:
        with zipfile.ZipFile(folder / "dicom" / f"{archive}.zip") as handle:
            data = handle.read(member)
    else:
        data = (folder / "dicom" / film).read_bytes()
    return pydicom.dcmread(BytesIO(data)).pixel_array
