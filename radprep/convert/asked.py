"""Whether a dump has what `--modality` asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from radprep.dataset.info import Info
from radprep.dicom.modality import FILMS, names_any_film
from radprep.errors import UsageError


def refuse_absent(asked: Collection[str], there: Mapping[str, int], info: Info | None) -> None:
    """Raise UsageError where no image of a dump has one of the modalities asked for: somebody who
    names it expects to get it.

    asked: ConvertOptions.modalities; there: modality -> images of the dump; info: dataset.json of
    OUT. The default asks for nothing in particular. What OUT was made with may be asked for again,
    because another delivery may have it. A dump without any image says by its rows what it is.
    """
    absent = sorted(set(asked) - there.keys())
    settled = info is not None and info["parameters"].get("modalities") == list(asked)
    if not absent or not there or settled or set(asked) == set(FILMS):
        return
    found = ", ".join(
        f"{name} {count}"
        for name, count in sorted(there.items(), key=lambda one: (-one[1], one[0]))
    )
    text = (
        f" {absent[0]} is a text that many machines write for an X-ray film, and such files count "
        f"as what their SOP class says: leave --modality out to convert {', '.join(FILMS)}."
        if names_any_film(absent[0])
        else ""
    )
    raise UsageError(
        f"--modality {', --modality '.join(map(repr, absent))}: no image of the dump has it."
        f"{text} The dump has (files): {found}. Ask for these only, by these names."
    )
