"""How a data set was made. Whatever the page, its data card and the paper's paragraph claim of the
making and of the de-identification is derived here, from dataset.json, and never constant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from radprep.dataset.info import Info, stages_of
from radprep.dataset.ways import agreed
from radprep.layouts.wanted import DICOM

_GREY_VALUES = {
    "auto": "their modality transformations applied, then the VOI LUT or window of the file, or, "
    "where it has none that leaves a quarter of the grey range, the middle 99 % of the grey values "
    "of each frame shown",
    "dicom": "their modality transformations applied, then the VOI LUT or window of the file, or, "
    "where it has none, all values shown that the stored bits can hold",
    "percentile": "their modality transformations applied, the middle 99 % of the grey values of "
    "each frame shown",
    "full": "their modality transformations applied, all values that the stored bits can hold "
    "shown",
}
"""What each choice of `--window` makes of a film, for a reader who knows the field."""

_OF_PICTURES = {
    "auto": "values of up to 8 bits kept as they are in the picture, and of more bits the middle "
    "99 % shown",
    "percentile": "the middle 99 % of the grey values of each picture shown",
}
_OF_PICTURES |= dict.fromkeys(
    ("full", "dicom"),
    "values of up to 8 bits kept as they are in the picture, and of more bits all values that the "
    "bits used can hold shown",
)
"""The same of a picture, which has no modality transformation and no window."""

_RETAINED = {
    "dates": "dates as they were",
    "descriptions": "descriptions as they were typed",
    "uids": "original UIDs",
}
"""What a choice of `--retain` lets leave, in words."""

_BURNED_IN = {
    "mark": "text found in the pixels is marked and not removed",
    "redact": "text found in the pixels was painted over",
    "reject": "films with text in their pixels were rejected",
    "": "text burned into pixels is not known to have been removed",
}
"""What convert did about text in the pixels, in words; "" where that is not known."""


@dataclass(frozen=True)
class Provenance:
    """What is known of how a data set was made.

    convert: the parameters of `radprep convert`, of whichever stage the data set is; None where
    nobody here knows them. versions: of the packages that it ran with. ways: the parameters of each
    convert, where data sets were merged that were converted otherwise; `convert` then holds what
    they agree on.
    """

    convert: Mapping[str, Any] | None
    versions: Mapping[str, str]
    ways: Sequence[Mapping[str, Any]] = ()

    @property
    def layouts(self) -> list[str]:
        """How the source was laid out, or each of several: of layouts.wanted.LAYOUTS, in order."""
        return sorted({str(one.get("layout") or DICOM) for one in self._all})

    @property
    def retained(self) -> Sequence[str] | None:
        """What `--retain` let leave as it was, of all films or of some; None where nobody here
        knows."""
        if self.ways:
            return sorted({name for one in self.ways for name in one.get("retain", ())})
        retained: Sequence[str] | None = (self.convert or {}).get("retain")
        return retained

    @property
    def grey_values(self) -> str:
        """How stored values became grey values, as a part of a sentence. Where nobody here knows
        what was shown, only what is done to every film."""
        if self.convert is None:
            return "their modality transformations applied"
        said = [_grey_values_of(one) for one in self._all]
        return "; or, in other parts, ".join(dict.fromkeys(said))

    @property
    def only(self) -> Sequence[str]:
        """The body parts that convert was told to keep; empty where it was told nothing, or not
        the same of all films."""
        only: Sequence[str] = (self.convert or {}).get("only", ())
        return only

    @property
    def exceptions(self) -> str:
        """What left as it was, as a part of a sentence; empty where nothing did."""
        if self.retained is None:
            return "whether dates, descriptions or UIDs were left as they were is not known here"
        return ", ".join(_RETAINED[name] for name in self.retained)

    @property
    def deidentification(self) -> str:
        """What was done to identifiers, in a line for the data card."""
        retained = self.retained
        done = ["allow-list of attributes", "keyed pseudonyms"]
        if retained is not None and "dates" not in retained:
            done.append("moved dates")
        line = ", ".join(done)
        if retained is None:
            line += f"; {self.exceptions} (--source RAW tells)"
        elif retained:
            line += f"; {self.exceptions} (--retain {', '.join(retained)})"
        return f"{line}; {self.burned_in}"

    @property
    def burned_in(self) -> str:
        """What was done about text in the pixels, as a part of a sentence."""
        ways = (one.get("burned_in", "") for one in self._all)
        said = (_BURNED_IN.get(one, _BURNED_IN[""]) for one in ways)
        return "; in other parts ".join(dict.fromkeys(said))

    @property
    def _all(self) -> Sequence[Mapping[str, Any]]:
        """The parameters of each convert, at least one."""
        return self.ways or [self.convert or {}]


def _grey_values_of(way: Mapping[str, Any]) -> str:
    """What one convert made of stored values. way: its parameters."""
    window = way.get("window", "auto")
    if (way.get("layout") or DICOM) == DICOM:
        return _GREY_VALUES[window]
    return f"colours of pictures turned into luminance, {_OF_PICTURES[window]}"


def provenance_of(info: Info, source_info: Info | None = None) -> Provenance:
    """What a dataset.json says of the making. source_info: that of the data set it was made from,
    which is asked where the first does not know how convert was called."""
    ways = stages_of(info, "convert")
    if not ways and source_info is not None:
        ways = stages_of(source_info, "convert")
    if not ways:
        return Provenance(None, info.get("versions", {}))
    parameters = [one["parameters"] for one in ways]
    return Provenance(
        agreed(parameters),
        _versions([one["versions"] for one in ways]),
        parameters if len(parameters) > 1 else (),
    )


def _versions(found: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The versions of each package, joined where they are several."""
    names = dict.fromkeys(name for versions in found for name in versions)
    return {
        name: " or ".join(dict.fromkeys(one[name] for one in found if name in one))
        for name in names
    }
