"""How the arguments of the API are checked. Messages name an option as the command line spells it:
`--label-map` is `label_map`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radprep.errors import UsageError

if TYPE_CHECKING:
    from radprep.convert.box_join import BoxesWanted
    from radprep.convert.named_labels import LabelsWanted

StrPath = str | os.PathLike[str]
"""A path as a person gives it."""

Settings = Mapping[str, Any] | Sequence[str]
"""Values by name, as {"part_splitter.threshold": 0.6}, or texts as `--set` takes them."""


def path_or_none(value: StrPath | None) -> Path | None:
    """The path, where one was given."""
    return None if value is None else Path(value)


def at_least(least: float, **options: float | None) -> None:
    """Raise UsageError where the value of an option is smaller than `least`."""
    for name, value in options.items():
        if value is not None and value < least:
            raise UsageError(
                f"--{name.replace('_', '-')} {value} is not possible: give {least} or more."
            )


def one_of(possible: Sequence[str], **options: str) -> None:
    """Raise UsageError where the value of an option is none of those possible."""
    for name, value in options.items():
        if value not in possible:
            option = name.replace("_", "-")
            raise UsageError(
                f"--{option} {value!r} is not possible: give {', '.join(possible[:-1])} or "
                f"{possible[-1]}."
            )


def as_texts(settings: Settings | None) -> list[str]:
    """Settings as `NAME=VALUE`, the value written as in TOML (which writes what a setting may be as
    JSON does). One that is None is left out, so that its default holds."""
    if isinstance(settings, Mapping):
        return [
            f"{name}={json.dumps(value, ensure_ascii=False)}"
            for name, value in settings.items()
            if value is not None
        ]
    return list(settings or ())


Texts = str | Sequence[str]
"""A text, or several."""

USUAL_KEYS, USUAL_COLUMNS = ("accession",), ("diagnosis",)
"""What a labels file is joined on, and which column holds the label, unless somebody says so."""


def several(given: Texts) -> tuple[str, ...]:
    """Texts that were given as one or as several."""
    return (given,) if isinstance(given, str) else tuple(given)


def label_options(
    labels: StrPath | None,
    keys: Texts,
    columns: Texts,
    mapping: Mapping[str, str] | None,
    main: str | None,
) -> LabelsWanted | None:
    """How labels are read; None without a file of labels. Raises UsageError."""
    from radprep.convert.named_labels import LabelsWanted

    if labels is None:
        if mapping:
            raise UsageError("--label-map needs --labels FILE.")
        if main:
            raise UsageError("--label-main needs --labels FILE.")
        if (several(keys), several(columns)) != (USUAL_KEYS, USUAL_COLUMNS):
            raise UsageError("--label-key and --label-column need --labels FILE.")
        return None
    pairs = tuple((mapping or {}).items())
    return LabelsWanted(Path(labels), several(keys), several(columns), pairs, main or "")


def box_options(
    boxes: StrPath | Sequence[StrPath] | None,
    kind: str | None,
    unit: str | None,
    mapping: Mapping[str, str] | None,
    label: str | None,
) -> BoxesWanted | None:
    """How boxes are read; None without a file of boxes. Raises UsageError."""
    from radprep.convert.box_join import BoxesWanted
    from radprep.convert.box_labels import USUAL_LABEL

    if not boxes:
        if kind or unit or mapping or label:
            raise UsageError(
                "--boxes-format, --boxes-unit, --box-map and --box-label need --boxes FILE."
            )
        return None
    given = [boxes] if isinstance(boxes, (str, os.PathLike)) else boxes
    pairs = tuple((mapping or {}).items())
    return BoxesWanted(tuple(map(Path, given)), kind, unit, pairs, label or USUAL_LABEL)


def checked_retry(text: str | None) -> str | None:
    """The code of `failed:CODE`, empty for any; None where nothing is to be tried again. Raises
    UsageError."""
    what, _, code = (text or "").partition(":")
    if text is not None and what != "failed":
        raise UsageError(
            f"--retry {text!r} is not possible: give failed, or failed:CODE such as "
            "failed:worker_died."
        )
    return code if text is not None else None
