"""Cut a film that shows several limbs into one image a limb."""

from __future__ import annotations

from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radprep.steps._binary import otsu_mask
from radprep.steps.base import ImageStep
from radprep.study import Image

Box = tuple[int, int, int, int]


class PartSplitter(ImageStep):
    """Cut out every large connected region that is brighter than Otsu's threshold; a film with one region stays whole.

    Sets part (from 1), part_count and, where it cut, part_box: [x, y, width, height] in pixels before the cut.
    Parts come in the order of OpenCV's labels, which is that of their first pixels, row by row.
    Source: wrist thesis, 4.2.2.3, which does not print the share of the image below which regions are dropped.
    """

    name: ClassVar[str] = "part_splitter"

    min_area: float = Field(default=0.02, ge=0, le=1)
    """Regions of a smaller share of the image's area are letters, marks and noise."""

    def apply(self, image: Image) -> list[Image]:
        """Return the parts, or the image itself where there is one region or none."""
        threshold, mask = otsu_mask(image.view.pixels)
        found = large_components(mask, self.min_area)
        boxes = [_inside(image, image.view.box_in_image(*box)) for box, _ in found]
        shares = [round(share, 4) for _, share in found]
        review = None if found else "no_component"
        noted = image.note(self.name, review=review, threshold=threshold, areas=shares, boxes=[list(box) for box in boxes])
        if len(boxes) < 2:
            return [noted.with_columns(part=1, part_count=1)]
        return [noted.crop(*box).with_columns(part=number, part_count=len(boxes), part_box=list(box))
                for number, box in enumerate(boxes, start=1)]


def large_components(mask: NDArray[np.uint8], min_area: float) -> list[tuple[Box, float]]:
    """Bounding box (x, y, width, height) and share of the mask's area of each 8-connected region not smaller than min_area.

    The thesis erases the small regions and labels again. That finds the same regions, so once is enough.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    regions = [(int(x), int(y), int(w), int(h), int(area) / mask.size) for x, y, w, h, area in stats[1:]]
    return [((x, y, w, h), share) for x, y, w, h, share in regions if share >= min_area]


def _inside(image: Image, box: Box) -> Box:
    """The box without what rounding let stick out of the image."""
    x, y, width, height = box
    return x, y, min(width, image.width - x), min(height, image.height - y)
