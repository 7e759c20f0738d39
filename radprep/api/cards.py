"""`radprep.card`: a data set described for whoever is to decide on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from radprep.api.arguments import StrPath, path_or_none

if TYPE_CHECKING:
    from radprep.export.card.card import Card


def card(
    dataset: StrPath,
    *,
    out: StrPath | None = None,
    answers: StrPath | None = None,
    run: StrPath | None = None,
    label: str | None = None,
    replace: bool = False,
) -> Card:
    """Write the data card of a data set: README.md in the order of Datasheets for Datasets with the
    head that Hugging Face reads, the figures as card.json, and croissant.json.

    Every figure is measured from the data set, and small numbers of patients are hidden. What only
    a person knows, such as licence and consent, stands in card.toml, which is made with an empty
    place for each answer and never written over.

    Args:
        dataset: a data set made by `radprep.convert` or `radprep.preprocess`.
        out: folder for the card; that of the data set if it is None. Elsewhere there is no
            croissant.json, because it stands beside the files that it names.
        answers: a card.toml elsewhere, such as that of the data set that this one was made from: it
            is copied beside the card, where later cards and exports find it.
        run: folder of a training on the data set: shows its split.
        label: name of the label to show, where the data set has several; that of `run`, or else
            the main one, if it is None.
        replace: also take the place of a README.md that a person has written or changed.

    Returns:
        Where it is, and which questions nobody has answered yet.

    Raises:
        UsageError: a folder is not what it must be, card.toml cannot be read or other answers
            stand beside the card already, or a person has changed README.md.

    Example:
        >>> radprep.card("clean").missing[:3]
        ('title', 'purpose', 'creators')
    """
    from radprep.api.checks import split_of
    from radprep.export.card.card import write_card

    split, learnt = split_of(Path(dataset), path_or_none(run))
    return write_card(
        Path(dataset),
        path_or_none(out),
        answers=path_or_none(answers),
        split=split,
        label=label or learnt,
        replace=replace,
    )
