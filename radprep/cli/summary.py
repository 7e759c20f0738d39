"""The summary of a run as text for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from radprep.api.results import StageResult
from radprep.convert.box_told import box_lines
from radprep.convert.label_told import label_sentences
from radprep.dataset.box_counts import FATES
from radprep.dataset.counts import IMAGE_LABEL_COUNTS, label_counts_told
from radprep.dataset.patients import unknown_patients
from radprep.dataset.schema import BY_STUDY, MISSING, PLACEHOLDER
from radprep.reasons import NO_DICOM
from radprep.stage.plan import REASONS, Plan

_SHOWN = 3
"""Studies that a line names."""

_WITHOUT_ID = {
    BY_STUDY: "with films that have no PatientID, or one that names nobody, beside films that name "
    "one patient: they are taken for that patient's",
    MISSING: "without a PatientID: each is a patient of its own, so that one person may stand on "
    "both sides of a split",
    PLACEHOLDER: "with a PatientID that names nobody, such as ANONYMOUS or 0: each is a patient of "
    "its own, so that one person may stand on both sides of a split",
}
"""What is said of studies by what tells of their patient."""


def profile_text(result: StageResult) -> str:
    """A line for each stage of the work, the longest first: milliseconds an image written, and
    share of all."""
    total, images = sum(result.seconds.values()), max(1, result.images)
    longest = sorted(result.seconds.items(), key=lambda spent: -spent[1])
    lines = [
        f"  {stage:<20} {1000 * seconds / images:9.2f} {seconds / total:8.1%}"
        for stage, seconds in longest
    ]
    return "\n".join(
        [
            f"  {'stage':<20} {'ms/image':>9} {'share':>8}",
            *lines,
            f"  {'all stages':<20} {1000 * total / images:9.2f}",
        ]
    )


def shard_text(result: StageResult) -> str:
    """Two lines: what the shard did, and what comes after the last one."""
    did = {f"studies {name}": number for name, number in result.did.items() if number}
    return (
        f"{result.stage}, shard {result.shard}: {_listed(did) or 'no study is of this shard'}"
        + (f"; files: {_listed(result.files)}" if any(result.files.values()) else "")
        + f"\n  when all shards have ended: radprep collate {result.where}"
    )


def plan_text(plan: Plan) -> str:
    """A line for each reason, with the number of studies and the first of them."""
    lines = []
    for reason, meaning in REASONS.items():
        studies = [study_id for study_id, why in plan.why.items() if why == reason]
        lines += [_planned("do", meaning, studies)] if studies else []
    lines += (
        [_planned("relabel", "only the label has changed", list(plan.relabel))]
        if plan.relabel
        else []
    )
    lines += [_planned("remove", "no longer in the input", plan.remove)] if plan.remove else []
    lines += [f"{'unchanged':<10} {plan.done:>8} studies", *_absent(plan.absent)]
    return "\n".join([*lines, "Nothing was written: this was --dry-run."])


def _planned(what: str, why: str, studies: list[str]) -> str:
    shown = ", ".join(studies[:3]) + (", ..." if len(studies) > 3 else "")
    return f"{what:<10} {len(studies):>8} studies: {why} ({shown})"


def summary_text(result: StageResult) -> str:
    """A few lines: every file accounted for, the reasons, and where to look."""
    counts = result.counts
    lines = [
        f"{result.stage}: {counts['files']} files = {counts['kept']} kept + "
        f"{counts['rejected']} rejected + {counts['failed']} failed; {counts['images']} images of "
        f"{counts['studies_kept']} studies, {counts['patients']} patients"
    ]
    lines += _patients(counts)
    lines += _by_delivery(counts["deliveries"])
    for title, found in (
        ("rejected", counts["rejected_rows"]),
        ("failed", counts["failed_rows"]),
        ("review", counts["review"]),
        ("by person", counts["by_person"]),
    ):
        lines += [f"  {title:<10} {_listed(found)}"] if found else []
    lines += _not_dicom(result)
    lines += layout_lines(result.joined.get("layout", {}))
    labels = {name or "unlabelled": number for name, number in counts["labels"].items()}
    lines += [f"  {'labels':<10} {_listed(labels)} (images)"] if labels else []
    lines += _boxes(counts)
    lines += ["  nothing was kept: the reasons stand above"] if not counts["kept"] else []
    lines += _of_labels(result)
    lines += [f"  {'box files':<10} {line}" for line in box_lines(result.joined)]
    if counts["images_in_several_studies"]:
        lines.append(
            f"  {'repeated':<10} {counts['images_in_several_studies']} images stand in more than "
            "one study (same pixel_hash)"
        )
    lines += merged_lines(result.joined)
    lines += _input_and_page(result.joined)
    lines += _this_run(result)
    lines.append(f"  {'look at':<10} {result.where}/instances.parquet")
    return "\n".join(lines)


def _boxes(counts: Mapping[str, Any]) -> list[str]:
    """What became of the boxes that are drawn on films: the numbers add up."""
    found: Mapping[str, int] = counts["boxes"]
    if not found:
        return []
    told = " + ".join(f"{found[fate]} {said}" for fate, said in FATES.items() if fate in found)
    images = f"{counts['images_with_boxes']} images have boxes"
    return [f"  {'boxes':<10} {sum(found.values())} for films = {told}; {images}"]


def _of_labels(result: StageResult) -> list[str]:
    """What became of a labels file, and the labels of images, by name where there are several."""
    named: Mapping[str, Mapping[str, int]] = result.counts["named_labels"]
    lines = []
    for name, found in named.items() if len(named) > 1 else ():
        without = result.counts["images"] - sum(found.values())
        listed = _listed(found) + (f"; {without} without" if without else "")
        lines.append(f"  {'label':<10} {name}: {listed} (images)")
    joined: Mapping[str, Mapping[str, int]] = result.joined.get("label_join", {})
    for name, counts in joined.items():
        of_images = [one for one in IMAGE_LABEL_COUNTS if counts.get(one)]
        told = [*label_counts_told(counts), *of_images]
        said = {one.replace("_", " "): counts[one] for one in told}
        of = f"{name}: " if len(joined) > 1 else ""
        lines.append(f"  {'joined':<10} {of}{_listed(said)}")
        lines += [f"  {'labels':<10} {of}{sentence}" for sentence in label_sentences(counts)]
    return lines


def _this_run(result: StageResult) -> list[str]:
    """What this run did and why, and what it left."""
    did = result.did
    changed = {
        f"studies {name}": number for name, number in did.items() if number and name != "absent"
    }
    if changed.keys() - {"studies unchanged"}:
        lines = [f"  {'this run':<10} {_listed(changed)}"]
        because = {REASONS[reason]: number for reason, number in result.why.items()}
        lines += [f"  {'because':<10} {_listed(because)}"] if result.why.keys() - {"new"} else []
    else:
        lines = [f"  {'this run':<10} nothing to do: all {did['unchanged']} studies are up to date"]
    lines += [f"  {line}" for line in _absent(did.get("absent", 0))]
    if outdated := result.joined.get("outdated"):
        lines.append(
            f"  {'outdated':<10} {outdated} studies hold films that are not in this input and were "
            "made with other options or versions: convert their deliveries again"
        )
    if result.left:
        lines.append(
            f"  {'left':<10} {result.left} studies, because of --limit; run again without it to do "
            "them"
        )
    return lines


def _patients(counts: Mapping[str, Any]) -> list[str]:
    """What a person must know of who the patients are, before a split by patient means anything."""
    unknown = unknown_patients(counts)
    lines = [f"  {'BEWARE':<10} {unknown}"] if unknown else []
    if several := counts["studies_of_several_patients"]:
        named = counts["several_patients_in"][:_SHOWN]
        more = ", ..." if several > len(named) else ""
        lines.append(
            f"  {'patients':<10} {_studies(several)} with films of several PatientIDs "
            f"({', '.join(named)}{more}): patients who share a study are one group, in every split "
            "and count"
        )
    lines += [
        f"  {'patients':<10} {_studies(counts['without_patient_id'][why])} {_WITHOUT_ID[why]}"
        for why in _WITHOUT_ID
        if why in counts["without_patient_id"] and not unknown
    ]
    if issued := counts["ids_of_several_issuers"]:
        lines.append(
            f"  {'patients':<10} {issued} PatientIDs were given by several issuers: each is as "
            "many patients, and no label is joined on such a PatientID"
        )
    if both := counts["patients_of_both_sexes"]:
        lines.append(
            f"  {'patients':<10} {both} with films that say M and others that say F: one PatientID "
            "may stand for several people"
        )
    return lines


def _studies(number: int) -> str:
    return "1 study" if number == 1 else f"{number} studies"


def _by_delivery(deliveries: Sequence[Mapping[str, int]]) -> list[str]:
    """A line for each delivery, where there are several."""
    if len(deliveries) < 2:
        return []
    return [
        f"  {'delivery':<8} {one['delivery']}: {one['files']} files = {one['kept']} kept + "
        f"{one['rejected']} rejected + {one['failed']} failed; {one['images']} images of "
        f"{one['studies']} studies"
        for one in deliveries
    ]


def _not_dicom(result: StageResult) -> list[str]:
    """What somebody must know whose dump holds pictures, or nothing that is DICOM."""
    if result.stage != "convert":
        return []
    found = Counter(result.counts["rejected_rows"])
    pictures = found["convert:picture"]
    lines = []
    if 0 < found["convert:not_dicom"] + pictures == result.counts["files"]:
        lines.append(f"  {'hint':<10} {NO_DICOM}")
    if hint := result.joined.get("layout_hint"):
        lines.append(f"  {'hint':<10} {hint}")
    return lines


_OF_LAYOUT = {
    "rows_without_picture": "rows of the table name no picture",
    "rows_of_several_pictures": "rows of the table may mean several pictures, and were not used",
    "pictures_without_row": "pictures have no row in the table: kept, marked convert:no_table_row",
    "pictures_told_differently": "pictures have rows that contradict each other on whose they are, "
    "their study, part, view, side or split: what differs was not used",
    "splits_not_known": "rows have a split that is none of train, validation and test",
    "pictures_without_split": "pictures stand in no part of the split that the others stand in",
    "outside_layout": "pictures stand where the layout has none: rejected",
    "names_without_label": "names hold no text of --label-map: no label",
    "csv_contradicts_folder": "studies have another label in the csv files than in the names of "
    "their folders: they have none here",
    "csv_studies_absent": "studies of the csv files are not there",
    "studies_not_in_csv": "studies are not in the csv files",
    "csv_pictures_absent": "pictures of the csv files are not there",
    "pictures_not_in_csv": "pictures are not in the csv files",
}
"""What is said of each count of a layout."""


def layout_lines(counts: Mapping[str, Any]) -> list[str]:
    """What a layout could not tell of pictures, and where they are listed."""
    found = {name: counts[name] for name in _OF_LAYOUT if counts.get(name)}
    lines = [f"  {'layout':<10} {number} {_OF_LAYOUT[name]}" for name, number in found.items()]
    if found.keys() - {"splits_not_known"}:
        lines.append(f"  {'layout':<10} the private tree lists them in labels/")
    return lines


def _input_and_page(said: Mapping[str, int]) -> list[str]:
    """What a person who rejected films must know: where else they are, and which page has gone; and
    whether a page that stays is older than the data set."""
    lines = []
    if still := said.get("rejected_still_in_input"):
        lines.append(
            f"  {'input':<10} still holds films that a person rejected ({still}): put the same "
            "lines into the corrections of the command that made it, before it is given away"
        )
    if said.get("pages_removed"):
        lines.append(
            f"  {'page':<10} report/ showed films that are rejected now, so it was removed: make "
            "it again with `radprep report`"
        )
    if said.get("pages_older"):
        lines.append(
            f"  {'page':<10} report/ is older than the data set now, and says so: make it again "
            "with `radprep report`"
        )
    return lines


def merged_lines(said: Mapping[str, Any]) -> list[str]:
    """What was merged, and what a person must know of it; nothing where nothing was."""
    if "parts" not in said:
        return []
    lines = [
        f"  {'part':<10} {one['dataset']}: {one['files']} files = {one['kept']} kept + "
        f"{one['rejected']} rejected + {one['failed']} failed; its deliveries are "
        f"{one['first_delivery']} and following"
        for one in said["parts"]
    ]
    again = said["in_several"]
    if again["files"]:
        lines.append(
            f"  {'once':<10} {again['files']} files ({_studies(again['studies'])} as a whole) "
            "stand in several of them, with the same rows, and are counted once"
        )
    if said["look_alikes"]:
        lines.append(
            f"  {'alike':<10} {said['look_alikes']} pairs of images of different parts and "
            "patients show the same film: a patient may be in several parts (--pairs CSV lists "
            "them). `radprep train` finds them again; --on-leak group keeps such patients together"
        )
    lines += [f"  {'beware':<10} {sentence}" for sentence in said["told"]]
    return lines


def _absent(studies: int) -> list[str]:
    """What is counted although the input no longer has it."""
    return (
        [
            f"{'absent':<10} {studies} studies, or files of them, are no longer in the input; they "
            "stay until --prune"
        ]
        if studies
        else []
    )


def _listed(found: Mapping[str, int]) -> str:
    """`name 12, other 3`, the largest first."""
    return ", ".join(
        f"{name} {number}"
        for name, number in sorted(found.items(), key=lambda item: (-item[1], item[0]))
    )
