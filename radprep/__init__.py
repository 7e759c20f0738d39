"""From a hospital's raw X-ray DICOM dump to a de-identified, ML-ready data set.

    import radprep

    radprep.convert("DUMP", "raw", labels="labels.csv")
    radprep.preprocess("raw", "clean", pipeline="wrist")
    clean = radprep.open("clean")

Every function does what the command of the same name does. It prints nothing, shows its progress on
stderr with `quiet=False`, and raises a RadprepError whose text is a sentence.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from radprep.needs_python import what_is_wrong
from radprep.version import __version__

_wrong = what_is_wrong()
if _wrong:
    # `python -m radprep` in a checkout gets the sentence alone, without a traceback
    raise SystemExit(_wrong) if sys.argv[:1] == ["-m"] else ImportError(_wrong)

if TYPE_CHECKING:
    from radprep.api.cards import card
    from radprep.api.checks import report, verify
    from radprep.api.exports import export
    from radprep.api.opened import OpenDataSet, open  # noqa: A004 - radprep.open, as gzip.open
    from radprep.api.results import (
        EvaluateResult,
        PredictResult,
        ReportResult,
        StageResult,
        TrainResult,
        VerifyResult,
    )
    from radprep.api.stages import convert, preprocess
    from radprep.api.training import evaluate, predict, train
    from radprep.errors import (
        InterruptedRunError,
        NotVerifiedError,
        RadprepError,
        TooManyFailedError,
        UsageError,
    )

__all__ = [
    "EvaluateResult",
    "InterruptedRunError",
    "NotVerifiedError",
    "OpenDataSet",
    "PredictResult",
    "RadprepError",
    "ReportResult",
    "StageResult",
    "TooManyFailedError",
    "TrainResult",
    "UsageError",
    "VerifyResult",
    "__version__",
    "card",
    "convert",
    "evaluate",
    "export",
    "open",
    "predict",
    "preprocess",
    "report",
    "train",
    "verify",
]

_HOMES = {
    "api.opened": ("open", "OpenDataSet"),
    "api.stages": ("convert", "preprocess"),
    "api.checks": ("report", "verify"),
    "api.cards": ("card",),
    "api.exports": ("export",),
    "api.training": ("train", "evaluate", "predict"),
    "api.results": tuple(name for name in __all__ if name.endswith("Result")),
    "errors": tuple(name for name in __all__ if name.endswith("Error")),
}
_HOME_OF = {name: f"radprep.{home}" for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `import radprep` loads nothing."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'radprep' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOME_OF[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """A package whose functions keep their names. Python gives a package each room of it as an
    attribute, so that importing the room `convert` would put it in the place of the function."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME_OF and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
