"""The table of steps: what a pipeline may name, in the order pipelines use them."""

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
    "limit_study_size": LimitStudySize,
    "anatomic_filter": AnatomicFilter,
    "colour_inversion": ColourInversion,
    "crop_to_carrier": CropToCarrier,
    "part_splitter": PartSplitter,
    "quality": Quality,
    "laterality_marker": LateralityMarker,
    "rotation_alignment": RotationAlignment,
    "foreground_mask": ForegroundMask,
    "resize": Resize,
    "equalise": Equalise,
    "clahe": Clahe,
    "unsharp": Unsharp,
}
