"""What a person is told of a labels file, from what convert counted of it: numbers alone."""

from __future__ import annotations

from collections.abc import Mapping

from radprep.convert.label_keys import key_sentences


def label_sentences(counts: Mapping[str, object]) -> list[str]:
    """What to tell of texts that are no class, of lists of findings, and of keys that look changed.
    counts: those of a LabelMatch, under their names."""
    return [*_text_sentences(counts), *key_sentences(counts)]


def _text_sentences(counts: Mapping[str, object]) -> list[str]:
    said = []
    if rows := counts.get("missing_label_rows"):
        said.append(
            f"Rows whose text says nothing, such as NA, nan or an empty cell: {rows}. They give no "
            "label."
        )
    if rows := counts.get("uncertain_label_rows"):
        said.append(
            f"Rows whose text says that nobody was sure, such as uncertain or -1: {rows}. They "
            "give no label. To make a class of them, name every text with --label-map TEXT=LABEL."
        )
    if rows := counts.get("list_label_rows"):
        said.append(
            f"Rows whose text lists several findings, such as fracture|cast: {rows}. Each list is "
            "a class of its own, and no part of another. To count a list as a finding in it, name "
            "every text with --label-map TEXT=LABEL."
        )
    return said
