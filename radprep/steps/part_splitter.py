"""Cut a film that shows several limbs into one image a limb."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radprep.image.image import Image, View
from radprep.steps import _draw
from radprep.steps._binary import otsu_mask
from radprep.steps._dividing_line import SMALLEST, Line, dividing_line, find_limbs
from radprep.steps._field import field_of
from radprep.steps.base import Effect, ImageStep, Published

Box = tuple[int, int, int, int]

LIKE = 0.7
"""More than two parts are of like size: the smallest has this share of the area of the largest.
Chosen on one half of FracAtlas."""


class PartSplitter(ImageStep):
    """Cut a film of several limbs into one image a limb; a film with one limb stays whole.

    `line` looks for a straight line from side to side that crosses no limb and has bones on both
    sides, and does so again in the parts, so that a part is never cut once more. Parts lie side by
    side as far as boxes can and lose nothing of the film. They come from left to right, then from
    top to bottom. Noted: evidence (0 to 1) of the best line, confidence (0 to 1), how far the
    evidence lies from the threshold as a share of the room on that side, of the least certain of
    all decisions. `otsu` cuts out every large connected region that is brighter than Otsu's
    threshold, in the order of OpenCV's labels, which is that of their first pixels, row by row.
    Source: wrist thesis, 4.2.2.3, which does not print the share of the image below which regions
    are dropped.

    Sets part (from 1), part_count and, where it cut, part_box: [x, y, width, height] in pixels
    before the cut.
    """

    name: ClassVar[str] = "part_splitter"
    version: ClassVar[int] = 2
    summary: ClassVar[str] = (
        "Cuts a film of several limbs into one image each: along a line that crosses no limb, or, "
        "as published, by the components above Otsu's threshold."
    )
    for_paper: ClassVar[str] = "films of several limbs were cut into one image each (after [1])"
    published: ClassVar[Published | None] = Published("otsu", work=2)
    effect: ClassVar[Effect | None] = Effect("are parts", lambda row: (row["part_count"] or 1) > 1)
    corrects: ClassVar[str | None] = "parts"

    method: Literal["line", "otsu"] = "line"
    """`line`: ours; `otsu`: as published."""

    threshold: float = Field(default=0.5, gt=0, lt=1)
    """`line`: cut where the evidence reaches this. 0.5 of 1 means that the limb with fewer bones
    has 25 % of those of the other."""

    review_below: float = Field(default=0.2, ge=0, le=1)
    """`line`: mark the image for review where the confidence is lower."""

    min_area: float = Field(default=0.02, ge=0, le=1)
    """`otsu`: regions of a smaller share of the image's area are letters, marks and noise."""

    def apply(self, image: Image) -> list[Image]:
        """Return the parts, or the image itself where there is one limb or none."""
        return self._by_regions(image) if self.method == "otsu" else self._by_lines(image)

    def corrected(self, image: Image, value: int) -> list[Image]:
        """Return the image in exactly `value` parts; 1 leaves it whole. ValueError where it has too
        few pixels for that."""
        boxes = [
            _inside(image, image.view.box_in_image(*box)) for box in cut(image.view.pixels, value)
        ]
        return _parts(
            image.note(
                self.name, corrected=True, confidence=1.0, boxes=[list(box) for box in boxes]
            ),
            boxes,
        )

    def draw(self, image: Image) -> _draw.Picture:
        """The exposed field, the limbs, the parts' boxes and, with `line`, the best line."""
        pixels = image.view.pixels
        drawn = _draw.picture(pixels)
        if self.method == "otsu":
            mask = otsu_mask(pixels)[1]
            boxes = [box for box, _ in large_components(mask, self.min_area)]
            return _draw_boxes(_draw.outline(drawn, mask, _draw.LIMB), boxes)
        if min(pixels.shape) < SMALLEST:
            return drawn
        drawn = _draw.outline(drawn, field_of(image.view), _draw.FIELD)
        limbs = cv2.resize(
            find_limbs(image.view).mask, pixels.shape[::-1], interpolation=cv2.INTER_NEAREST
        )
        drawn = _draw.outline(drawn, np.asarray(limbs, dtype=np.uint8), _draw.LIMB)
        line = dividing_line(image.view)
        if line is None:
            return drawn
        drawn = _draw_boxes(drawn, line.boxes if line.evidence >= self.threshold else ())
        return _draw.line(drawn, *line.ends, _draw.AXIS)

    def _by_regions(self, image: Image) -> list[Image]:
        threshold, mask = otsu_mask(image.view.pixels)
        found = large_components(mask, self.min_area)
        boxes = [_inside(image, image.view.box_in_image(*box)) for box, _ in found]
        shares = [round(share, 4) for _, share in found]
        review = None if found else "no_component"
        return _parts(
            image.note(
                self.name,
                review=review,
                threshold=threshold,
                areas=shares,
                boxes=[list(box) for box in boxes],
            ),
            boxes,
        )

    def _by_lines(self, image: Image) -> list[Image]:
        line = dividing_line(image.view)
        boxes, confidence = self._limb_boxes(image, line)
        review = "unsure" if confidence < self.review_below else None
        return _parts(
            image.note(
                self.name,
                review=review,
                evidence=round(line.evidence, 3) if line else 0.0,
                threshold=self.threshold,
                confidence=round(confidence, 3),
                boxes=[list(box) for box in boxes],
            ),
            boxes,
        )

    def _limb_boxes(self, image: Image, line: Line | None) -> tuple[list[Box], float]:
        """The boxes of all limbs, given the best line, and the least confidence of all decisions.
        The parts are looked at as they will be once they are cut out, so that a second look finds
        nothing to do."""
        if line is None or line.evidence < self.threshold:
            evidence = line.evidence if line else 0.0
            return [(0, 0, image.width, image.height)], 1 - evidence / self.threshold
        sides = [_inside(image, image.view.box_in_image(*box)) for box in line.boxes]
        confidence = (line.evidence - self.threshold) / (1 - self.threshold)
        boxes: list[Box] = []
        for x, y, width, height in sides:
            part = image.crop(x, y, width, height)
            inner, sure = self._limb_boxes(part, dividing_line(part.view))
            boxes += [(x + left, y + top, wide, tall) for left, top, wide, tall in inner]
            confidence = min(confidence, sure)
        areas = [width * height for _, _, width, height in boxes]
        return (boxes if min(areas) >= LIKE * max(areas) else sides), confidence


def cut(pixels: NDArray[np.uint8], count: int) -> list[Box]:
    """The best cut of a view, uint8, shape (h, w), in exactly `count` parts: boxes (x, y, width,
    height) from left to right, then from top to bottom. Where no line is left it halves the longest
    side. ValueError where there are too few pixels."""
    boxes: list[Box] = [(0, 0, pixels.shape[1], pixels.shape[0])]
    while len(boxes) < count:
        lines = [
            dividing_line(View(pixels[y : y + height, x : x + width]))
            for x, y, width, height in boxes
        ]
        size = [
            (line.evidence if line else 0.0, max(box[2:]))
            for line, box in zip(lines, boxes, strict=True)
        ]
        chosen = size.index(max(size))
        x, y, width, height = boxes[chosen]
        line = lines[chosen]
        halves = line.boxes if line else _halves(width, height)
        boxes[chosen : chosen + 1] = [
            (x + left, y + top, wide, tall) for left, top, wide, tall in halves
        ]
    return boxes


def large_components(mask: NDArray[np.uint8], min_area: float) -> list[tuple[Box, float]]:
    """Bounding box (x, y, width, height) and share of the mask's area of each 8-connected region
    not smaller than min_area.

    The thesis erases the small regions and labels again. That finds the same regions, so once is
    enough.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    regions = [
        (int(x), int(y), int(w), int(h), int(area) / mask.size) for x, y, w, h, area in stats[1:]
    ]
    return [((x, y, w, h), share) for x, y, w, h, share in regions if share >= min_area]


def _halves(width: int, height: int) -> tuple[Box, Box]:
    if max(width, height) < 2:
        raise ValueError("one pixel cannot be cut")
    if width >= height:
        return (0, 0, width // 2, height), (width // 2, 0, width - width // 2, height)
    return (0, 0, width, height // 2), (0, height // 2, width, height - height // 2)


def _parts(image: Image, boxes: Sequence[Box]) -> list[Image]:
    """The image cut into boxes, or whole where there is but one, with the columns of parts."""
    if len(boxes) < 2:
        return [image.with_columns(part=1, part_count=1)]
    return [
        image.crop(*box).with_columns(part=number, part_count=len(boxes), part_box=list(box))
        for number, box in enumerate(boxes, start=1)
    ]


def _draw_boxes(on: _draw.Picture, boxes: Sequence[Box]) -> _draw.Picture:
    for box in boxes:
        on = _draw.box(on, *box, _draw.SAMPLE)
    return on


def _inside(image: Image, box: Box) -> Box:
    """The box without what rounding let stick out of the image."""
    x, y, width, height = box
    return x, y, min(width, image.width - x), min(height, image.height - y)
