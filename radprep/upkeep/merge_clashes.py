"""Why data sets cannot be merged: ids, decisions of a person and forgotten patients that contradict
each other. Each is a sentence with the place and what to do. Nothing is written where there is
one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from radprep.convert.identify import FORGOTTEN
from radprep.dataset.counts import count_files
from radprep.dataset.names import UNASSIGNED
from radprep.dataset.schema import FAILED, KEPT, MISSING, PLACEHOLDER, REJECTED, Row
from radprep.dataset.withheld import whole_film, whole_films
from radprep.stage.corrections import (
    Corrections,
    Decision,
    is_rejected,
    rejected_images,
    remembered,
    some_of,
)
from radprep.upkeep.merge_parts import Part

_ONE = (
    "Both were made with one key, so it is one study. Convert the dump of one of them into the "
    "other with --add, or make both again with the same version and options"
)
_UNSURE = (
    "Both were made with one key, but nothing says whose films these are. They are one study where "
    "a header or the bytes of a picture name it: then convert the dump of one of them into the "
    "other with --add. Where tables number their studies alike, they may be of two people: then "
    "make one of both again with another key, or with a --patient-column that tells them apart"
)
"""Why a study stands in two parts with other rows, and what to do."""

_COUNTED = (KEPT, REJECTED, FAILED, "images", "studies")


@dataclass(frozen=True)
class Shared:
    """What stands in several parts. owners: study -> the parts that have it, by their places."""

    owners: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Shared:
        """Which parts have which studies."""
        owners: dict[str, tuple[int, ...]] = {}
        for place, part in enumerate(parts):
            for study_id in part.studies:
                owners[study_id] = (*owners.get(study_id, ()), place)
        return cls(owners)

    @property
    def several(self) -> list[str]:
        """The studies that several parts have, in order; not the files whose study is unknown."""
        return sorted(
            study_id
            for study_id, places in self.owners.items()
            if len(places) > 1 and study_id != UNASSIGNED
        )

    def files_in_several(self, parts: Sequence[Part]) -> dict[str, int]:
        """By how much the counts of all parts together are larger than those of OUT: what stands in
        several parts, and once in OUT."""
        seen: set[tuple[str, str]] = set()
        found = Counter[str]()
        for place, part in enumerate(parts):
            studies = [one for one in self.several if place in self.owners[one][1:]]
            again = part.table.filter(
                pc.is_in(part.table["study_id"], pa.array(studies, pa.string()))
            )
            rows = again.select(["source_id", "status"]).to_pylist()
            unknown = part.table.filter(pc.equal(part.table["study_id"], UNASSIGNED))
            listed = unknown.select(["source_id", "instance_id", "status"]).to_pylist()
            rows += [row for row in listed if (row["source_id"], row["instance_id"]) in seen]
            seen |= {(row["source_id"], row["instance_id"]) for row in listed}
            found += count_files(rows)
            found["images"] += sum(row["status"] == KEPT for row in rows)
            found["studies"] += len(studies)
        files = sum(found[status] for status in (KEPT, REJECTED, FAILED))
        return {"files": files, **{name: found[name] for name in _COUNTED}}


def rows_of(part: Part, study_id: str) -> list[Row]:
    """The rows of a study, as they are to stand in OUT but for the number of the delivery, which
    may differ where a study came to two data sets."""
    return [{**row, "delivery": 1} for row in part.data_set.rows(study_id)]


def study_clashes(parts: Sequence[Part], shared: Shared) -> Iterator[str]:
    """Studies that several parts have with other rows."""
    found: dict[tuple[int, int, bool, bool], list[str]] = {}
    for study_id in shared.several:
        first, *others = shared.owners[study_id]
        rows = rows_of(parts[first], study_id)
        for other in others:
            theirs = rows_of(parts[other], study_id)
            if theirs != rows:
                said = _same_image(rows, theirs), _is_nobodys([*rows, *theirs])
                found.setdefault((first, other, *said), []).append(study_id)
    for (first, other, is_pixels, is_nobodys), ids in sorted(found.items()):
        one, two = parts[first], parts[other]
        if not one.shares_key(two):
            yield _by_chance("studies", ids, one, two)
            continue
        what = "the same image_id with other pixels" if is_pixels else "other rows"
        yield (
            f"{_number(ids, 'study stands', 'studies stand')} in {one} and in {two} with {what} "
            f"({some_of(ids)}). {_UNSURE if is_nobodys else _ONE}"
        )


def _is_nobodys(rows: Iterable[Row]) -> bool:
    """Whether nothing says whose a study is."""
    return all(row["patient_from"] in (None, MISSING, PLACEHOLDER) for row in rows)


def _same_image(rows: Iterable[Row], theirs: Iterable[Row]) -> bool:
    """Whether an image of both has other pixels."""
    pixels = {row["image_id"]: row["pixel_hash"] for row in rows if row["status"] == KEPT}
    return any(
        row["status"] == KEPT
        and pixels.get(row["image_id"], row["pixel_hash"]) != row["pixel_hash"]
        for row in theirs
    )


def unassigned_clashes(parts: Sequence[Part], shared: Shared) -> Iterator[str]:
    """Files whose study is unknown: they are one list in OUT, and the same file stands there
    once."""
    seen: dict[tuple[str, str], tuple[list[Row], Part]] = {}
    for place in shared.owners.get(UNASSIGNED, ()):
        by_file: dict[tuple[str, str], list[Row]] = {}
        for row in rows_of(parts[place], UNASSIGNED):
            by_file.setdefault((row["source_id"], row["instance_id"]), []).append(row)
        for file, rows in by_file.items():
            before, part = seen.setdefault(file, (rows, parts[place]))
            if before != rows:
                yield (
                    f"the file {file[0]}, whose study is unknown, has other rows in {part} and in "
                    f"{parts[place]}. Make both again with the same version and options"
                )


def id_clashes(parts: Sequence[Part], shared: Shared) -> Iterator[str]:
    """Ids that stand in several parts in different studies, and patients of different keys who have
    one id by chance."""
    named = pa.concat_tables(
        [
            part.table.select(["study_id", "image_id", "source_id", "patient_id"])
            .append_column("place", pa.array([place] * len(part.table), pa.int32()))
            .filter(_owned(part, place, shared))
            for place, part in enumerate(parts)
        ]
    )
    for column, called in (("image_id", "images"), ("source_id", "files")):
        for (first, other), ids in _in_several(named, column, "study_id").items():
            one, two = parts[first], parts[other]
            if one.shares_key(two):
                yield (
                    f"{len(ids)} {called} stand in {one} and in {two} in different studies "
                    f"({some_of(ids)}). Leave them out of one of both, such as by the dump that it "
                    "is converted from"
                )
            else:
                yield _by_chance(called, ids, one, two)
    for (first, other), ids in _in_several(named, "patient_id", "place").items():
        if not parts[first].shares_key(parts[other]):
            yield _by_chance("patients", ids, parts[first], parts[other])


def _owned(part: Part, place: int, shared: Shared) -> pa.Array:
    """Which rows of a part are not those of a study that an earlier part has, too."""
    others = [study_id for study_id in shared.several if shared.owners[study_id][0] < place]
    return pc.invert(pc.is_in(part.table["study_id"], pa.array(others, pa.string())))


def _in_several(table: pa.Table, column: str, by: str) -> dict[tuple[int, int], list[str]]:
    """Two places -> the values of a column that stand in both, in order, and beside several values
    of another column. What stands twice in one part alone is a matter of `radprep verify`."""
    known = table.append_column("at", table["place"]).filter(pc.is_valid(table[column]))
    pairs = known.group_by([column, by]).aggregate([("at", "min")])
    numbers = pairs.group_by(column).aggregate([(by, "count")])
    several = numbers.filter(pc.greater(numbers[f"{by}_count"], 1))[column].combine_chunks()
    places: dict[str, set[int]] = {}
    for row in pairs.filter(pc.is_in(pairs[column], several)).to_pylist():
        places.setdefault(row[column], set()).add(row["at_min"])
    found: dict[tuple[int, int], list[str]] = {}
    for value in sorted(places):
        if len(places[value]) > 1:
            first, other = sorted(places[value])[:2]
            found.setdefault((first, other), []).append(value)
    return dict(sorted(found.items()))


def _by_chance(what: str, ids: Sequence[str], one: Part, two: Part) -> str:
    return (
        f"{len(ids)} {what} of {one} have ids of others in {two} ({some_of(ids)}), though the two "
        "were made with different keys, or with keys that are not known. Somebody has altered one "
        "of them, or it is the rarest of chances: convert one of them again with a new key"
    )


def merged_corrections(parts: Sequence[Part]) -> tuple[Corrections, list[str]]:
    """What persons decided in all parts together, and the sentences on what contradicts itself: a
    line against another, or the rejection of one part against a film that another keeps."""
    found: Corrections = {}
    said_in: dict[tuple[str, str], Part] = {}
    clashes = []
    for part in parts:
        for image_id, fields in remembered(part.data_set).items():
            stands = found.setdefault(image_id, {})
            for field, decision in fields.items():
                before = stands.setdefault(field, decision)
                first = said_in.setdefault((image_id, field), part)
                if before.value != decision.value:
                    clashes.append(
                        f"a person decided otherwise on {field} of {image_id} in {first} than in "
                        f"{part}. Give the same line to both with --corrections"
                    )
                stands[field] = max(before, decision, key=_signature)
    return {image_id: found[image_id] for image_id in sorted(found)}, [
        *clashes,
        *_kept_though_rejected(parts, found),
    ]


def _signature(decision: Decision) -> tuple[str, str]:
    return decision.reviewer, decision.date


def _kept_though_rejected(parts: Sequence[Part], corrections: Corrections) -> Iterator[str]:
    films = whole_films(rejected_images(corrections))
    if not films:
        return
    for part in parts:
        kept = part.table.filter(pc.equal(part.table["status"], KEPT))["image_id"].to_pylist()
        back = [one for one in kept if whole_film(one) in films and is_rejected(one, corrections)]
        if back:
            yield (
                f"{part} keeps {_number(back, 'image', 'images')} that a person rejected in "
                f"another of them ({some_of(back)}). A rejection counts everywhere: give it to "
                f"{part}, too, with --corrections; then merge"
            )


def forgotten_clashes(
    parts: Sequence[Part], forgotten: Sequence[tuple[frozenset[str], frozenset[str]]]
) -> Iterator[str]:
    """Patients who were forgotten in one place and are still in a part. forgotten: (the keys of a
    private tree, the patients that it has forgotten); no keys: it is of every part."""
    for part in parts:
        table = part.table.filter(
            pc.fill_null(pc.not_equal(part.table["reason"], FORGOTTEN), fill_value=True)
        )
        here = set(pc.unique(table["patient_id"]).to_pylist())
        gone = {
            one
            for keys, patients in forgotten
            if not keys or not keys.isdisjoint(part.keys)
            for one in patients & here
        }
        if gone:
            ids = sorted(gone)
            yield (
                f"{part} still holds {_number(ids, 'patient', 'patients')} whose consent was "
                f"withdrawn ({some_of(ids)}). Run `radprep forget {part} --patient ID` for each; "
                "then merge"
            )


def _number(ids: Sequence[str], one: str, several: str) -> str:
    return f"{len(ids)} {one if len(ids) == 1 else several}"
