"""The parts of a split, however folders, tables and training programs call them."""

from __future__ import annotations

import re
from typing import Final, Literal

Part = Literal["training", "validation", "test"]
TRAINING: Final = "training"
VALIDATION: Final = "validation"
TEST: Final = "test"

SPLITS: tuple[Part, ...] = (TRAINING, VALIDATION, TEST)
"""The names that the column `split` has. What a training of ours keeps aside is the test part for
everybody else."""

_WORDS: dict[str, Part] = {
    **dict.fromkeys(("train", "training", "trn"), TRAINING),
    **dict.fromkeys(("val", "valid", "validation", "dev", "development"), VALIDATION),
    **dict.fromkeys(("test", "testing", "tst", "holdout"), TEST),
}


def split_in(text: str) -> Part | None:
    """The part of a split that a folder or a cell names, in any case and with `-`, `_` or spaces
    between its words; None where it names none."""
    return _WORDS.get(re.sub(r"[-_\s]+", "", text).casefold())
