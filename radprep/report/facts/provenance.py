"""How a data set was made. Whatever the page, its data card and the paper's paragraph claim of the
making and of the de-identification is derived here, from dataset.json, and never constant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from radprep.dataset.info import Info, stage_of
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
    nobody here knows them. versions: of the packages that it ran with.
    """

    convert: Mapping[str, Any] | None
    versions: Mapping[str, str]

    @property
    def layout(self) -> str:
        """How the source was laid out, one of layouts.wanted.LAYOUTS."""
        return str((self.convert or {}).get("layout", DICOM))

    @property
    def retained(self) -> Sequence[str] | None:
        """What `--retain` let leave as it was; None where nobody here knows."""
        retained: Sequence[str] | None = (self.convert or {}).get("retain")
        return retained

    @property
    def grey_values(self) -> str:
        """How stored values became grey values, as a part of a sentence. Where nobody here knows
        what was shown, only what is done to every film."""
        if self.convert is None:
            return "their modality transformations applied"
        return _GREY_VALUES[self.convert.get("window", "auto")]

    @property
    def only(self) -> Sequence[str]:
        """The body parts that convert was told to keep; empty where it was told nothing."""
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
        return _BURNED_IN.get((self.convert or {}).get("burned_in", ""), _BURNED_IN[""])


def provenance_of(info: Info, source_info: Info | None = None) -> Provenance:
    """What a dataset.json says of the making. source_info: that of the data set it was made from,
    which is asked where the first does not know how convert was called."""
    convert = stage_of(info, "convert")
    if convert is None and source_info is not None:
        convert = stage_of(source_info, "convert")
    return Provenance(
        convert["parameters"] if convert else None,
        convert["versions"] if convert else info.get("versions", {}),
    )
