"""One label of a hospital's file, joined to studies. What does not match is counted, both ways."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from radprep.convert.label_keys import KeyCheck, check_keys, clean_key
from radprep.convert.labels import Labels
from radprep.dataset.counts import LABEL_COUNTS
from radprep.text.csv_file import LINE_BREAKS


@dataclass
class LabelMatch:
    """What the join gave. label: of each study that has exactly one; the rest are lists for the
    private tree. keys: how keys look changed, and those that may be several studies'; they are not
    joined. values: of each study without a label or with several, the header field's values
    and the labels found for each."""

    label: dict[str, str] = field(default_factory=dict)
    studies_without_label: list[str] = field(default_factory=list)
    contradictory_studies: list[str] = field(default_factory=list)
    keys_without_study: list[str] = field(default_factory=list)
    unmapped_rows: int = 0
    unmapped_texts: Mapping[str, int] = field(default_factory=dict)
    missing_rows: int = 0
    uncertain_rows: int = 0
    list_rows: int = 0
    quoted_keys: int = 0
    keys: KeyCheck = field(default_factory=KeyCheck)
    values: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)

    def lists(self, keyword: str) -> dict[str, list[tuple[str, ...]]]:
        """Tables for the private tree by name, each with its header; keyword: the header field. A
        value has a row of its own, so that `forget` finds the patient's."""
        found = {
            study_id: [
                (study_id, _listed(value), "; ".join(sorted(labels)))
                for value, labels in sorted(values.items())
            ]
            or [(study_id, "", "")]
            for study_id, values in self.values.items()
        }
        return {
            "studies_without_label": [
                ("study_id", keyword),
                *(
                    row[:2]
                    for study_id in sorted(self.studies_without_label)
                    for row in found[study_id]
                ),
            ],
            "contradictory_studies": [
                ("study_id", keyword, "labels"),
                *(
                    row
                    for study_id in sorted(self.contradictory_studies)
                    for row in found[study_id]
                ),
            ],
            "keys_without_study": [
                (keyword,),
                *((key,) for key in sorted(self.keys_without_study)),
            ],
            "unmapped_texts": [
                ("text", "rows"),
                *((text, str(count)) for text, count in sorted(self.unmapped_texts.items())),
            ],
            "changed_keys": [
                ("key", "looks", f"may be {keyword}"),
                *((key, looks, _listed(value)) for key, looks, value in self.keys.rows()),
            ],
        }

    def counts(self) -> dict[str, int]:
        """The lists as numbers, under LABEL_COUNTS, and how keys look changed (see KeyCheck)."""
        found = (
            len(self.label),
            len(self.studies_without_label),
            len(self.contradictory_studies),
            len(self.keys_without_study),
            self.unmapped_rows,
            self.missing_rows,
            self.uncertain_rows,
            self.list_rows,
        )
        quoted = {"label_keys_quoted": self.quoted_keys} if self.quoted_keys else {}
        return dict(zip(LABEL_COUNTS, found, strict=True)) | self.keys.counts() | quoted


def match_labels(
    labels: Labels,
    study_keys: Mapping[str, Collection[str | None]],
    left_out: Collection[str | None] = (),
    by_image: Collection[str] = (),
) -> LabelMatch:
    """Join a label to studies. study_keys: study id -> the values of the header field in its files;
    left_out: values whose files are left out on purpose, so that nobody looks for a study of
    theirs; by_image: studies of which an image has a label of its own."""
    clean = {
        key: clean_key(key) for keys in (*study_keys.values(), left_out) for key in keys if key
    }
    here = {clean[key] for keys in study_keys.values() for key in keys if key}
    used = {clean[key] for key in left_out if key}
    check = check_keys(labels.by_key.keys(), clean.values()).without(used - here)
    match = LabelMatch(
        unmapped_rows=labels.unmapped,
        unmapped_texts=labels.unmapped_texts,
        missing_rows=labels.missing,
        uncertain_rows=labels.uncertain,
        list_rows=labels.lists,
        quoted_keys=labels.quoted,
        keys=check,
    )
    joined = {key: labels.by_key[key] for key in labels.by_key.keys() - check.unclear.keys()}
    for study_id, keys in study_keys.items():
        given = {key: joined.get(clean[key], frozenset[str]()) for key in keys if key}
        used |= {clean[key] for key, found in given.items() if found}
        found = frozenset[str]().union(*given.values())
        if len(found) == 1:
            match.label[study_id] = next(iter(found))
            continue
        match.values[study_id] = given
        if found:
            match.contradictory_studies.append(study_id)
        elif study_id not in by_image:
            match.studies_without_label.append(study_id)
    match.keys_without_study = sorted(set(labels.by_key) - used)
    return match


def _listed(value: str) -> str:
    """A header's value as a cell of a list, which must stay on one line."""
    return value if LINE_BREAKS.isdisjoint(value) else "(goes over several lines)"
