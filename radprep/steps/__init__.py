"""The steps of a pipeline, one a module, and the table of what a pipeline file may name. They work
on pixels in memory (OpenCV, numpy): they may import text, image and dataset, and open no file.
To add one, write its module and its test module, and name its class below: add-a-step.md in docs.
"""

from __future__ import annotations

from radprep.steps.anatomic_filter import AnatomicFilter
from radprep.steps.base import Step
from radprep.steps.clahe import Clahe
from radprep.steps.colour_inversion import ColourInversion
from radprep.steps.crop_to_carrier import CropToCarrier
from radprep.steps.equalise import Equalise
from radprep.steps.foreground_mask import ForegroundMask
from radprep.steps.laterality_marker import LateralityMarker
from radprep.steps.limit_study_size import LimitStudySize
from radprep.steps.part_splitter import PartSplitter
from radprep.steps.quality import Quality
from radprep.steps.resize import Resize
from radprep.steps.rotation_alignment import RotationAlignment
from radprep.steps.unsharp import Unsharp

STEPS: dict[str, type[Step]] = {
    step.name: step
    for step in (
        LimitStudySize,
        AnatomicFilter,
        ColourInversion,
        CropToCarrier,
        PartSplitter,
        Quality,
        LateralityMarker,
        RotationAlignment,
        ForegroundMask,
        Resize,
        Equalise,
        Clahe,
        Unsharp,
    )
}
"""Every step by its name, in the order in which pipelines use them."""
