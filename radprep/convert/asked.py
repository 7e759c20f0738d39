"""Whether a dump has what `--modality` asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from radprep.dataset.info import Info
from radprep.dicom.modality import FILMS, TERMS, UNKNOWN, names_any_film
from radprep.errors import UsageError


def check_asked(asked: Collection[str], there: Mapping[str, int], info: Info | None) -> str:
    """What a person is told of modalities that no image of a dump has; nothing where each asked for
    is there.

    asked: ConvertOptions.modalities; there: modality -> images of the dump; info: dataset.json of
    OUT. Somebody who names a modality expects to get it. So this raises UsageError for a text that
    is no modality, and where nothing asked for is there. If some of it is, the rest may come with
    another delivery. The default asks for nothing in particular, and a dump without any image says
    by its rows what it is.
    """
    absent = sorted(set(asked) - there.keys())
    if not absent or not there or set(asked) == set(FILMS):
        return ""
    told = _told(absent, there)
    nonsense = any(name not in TERMS and name != UNKNOWN for name in absent)
    made_with_it = info is not None and info["parameters"].get("modalities") == list(asked)
    if nonsense or (len(absent) == len(set(asked)) and not made_with_it):
        raise UsageError(f"{told} Ask for these, by these names.")
    return told


def _told(absent: list[str], there: Mapping[str, int]) -> str:
    names = ", ".join(f"--modality {name}" for name in absent)
    counted = sorted(there.items(), key=lambda one: (-one[1], one[0]))
    found = ", ".join(f"{name} {count}" for name, count in counted)
    film = next((name for name in absent if names_any_film(name)), None)
    why = (
        f" {film} is a text that many machines write for an X-ray film, and such files count as "
        f"what their SOP class says: leave --modality out to convert {', '.join(FILMS)}."
        if film
        else ""
    )
    return f"{names}: no image of the dump has it.{why} The dump has (files): {found}."
