"""One image in memory, which remembers what was asked of it and touches its pixels once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.image.polygon import Polygon, moved, rectangle, shared

Pixels = NDArray[Any]
"""Grey values, uint8 or uint16, shape (h, w). (A union of the two would need a cast at every call
of OpenCV.)"""
Matrix = NDArray[np.float64]
Seen = TypeVar("Seen")

VIEW_SIDE = 512
"""Longest side in pixels of the small copy that steps decide on."""
_SUBPIXEL_BITS = 8


class Rejected(Exception):  # noqa: N818 - a decision, not a fault
    """A decision of a step to drop an image: the reason, and the value that decided."""

    def __init__(self, reason: str, value: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.value = value


@dataclass(frozen=True, eq=False)
class View:
    """A small 8-bit copy of an image, and how to come back from it.

    pixels: uint8, shape (h, w), at most VIEW_SIDE a side, never written to.
    scale_x, scale_y: image pixels for one view pixel.
    seen: what functions that are `once_a_view` have found on it.
    """

    pixels: NDArray[np.uint8]
    scale_x: float = 1.0
    scale_y: float = 1.0
    seen: dict[Callable[..., Any], Any] = field(default_factory=dict, repr=False)

    def box_in_image(self, x: int, y: int, width: int, height: int) -> tuple[int, int, int, int]:
        """Turn a box of the view into the smallest whole-pixel box of the image that holds it: (x,
        y, width, height)."""
        left, top = int(np.floor(x * self.scale_x)), int(np.floor(y * self.scale_y))
        right = int(np.ceil((x + width) * self.scale_x - 1e-9))
        bottom = int(np.ceil((y + height) * self.scale_y - 1e-9))
        return left, top, right - left, bottom - top


def once_a_view(look: Callable[[View], Seen]) -> Callable[[View], Seen]:
    """Work out once what several steps ask of the same view. What it gives is shared: nobody may
    write to it."""

    @wraps(look)
    def remembered(view: View) -> Seen:
        """What `look` gives, worked out at the first call."""
        if look not in view.seen:
            view.seen[look] = look(view)
        found: Seen = view.seen[look]
        return found

    return remembered


@dataclass(frozen=True, eq=False)
class LimbMask:
    """Where the limb is, in a raster of its own that no later step resamples.

    pixels: uint8, shape (h, w), 255 on the limb and 0 elsewhere.
    matrix: 3x3, from the converted image's pixel centres to those of `pixels`.
    """

    pixels: NDArray[np.uint8]
    matrix: Matrix

    def within(self, corners: Matrix) -> LimbMask:
        """Without what lies outside a convex polygon and a rim of one pixel, which interpolation at
        its sides needs.

        corners: 3 x n, in pixel centres (x, y, 1) of the converted image.
        """
        kept = np.zeros_like(self.pixels)
        polygon = np.rint((self.matrix @ corners)[:2].T * 2**_SUBPIXEL_BITS).astype(np.int32)
        cv2.fillConvexPoly(kept, polygon, 255, shift=_SUBPIXEL_BITS)
        return replace(
            self,
            pixels=np.where(
                cv2.dilate(kept, np.ones((3, 3), np.uint8)) > 0, self.pixels, np.uint8(0)
            ),
        )

    def render(self, source_matrix: Matrix, width: int, height: int) -> NDArray[np.uint8]:
        """The mask of an image of this size: uint8, shape (height, width), 0 or 255. Its outline is
        interpolated linearly."""
        matrix = self.matrix @ source_matrix
        grey = cv2.warpAffine(
            self.pixels, matrix[:2], (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        return np.asarray(cv2.threshold(grey, 127, 255, cv2.THRESH_BINARY)[1], dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class Image:
    """One image on its way through the steps.

    Geometry and inversion are remembered in `matrix`, `width`, `height` and `negative`; `render`
    carries them out in one touch of the pixels. Every method returns a new image and leaves this
    one as it was.

    pixels: uint8 or uint16, shape (h, w), never written to: what was last rendered. matrix: 3x3,
    from this image's pixel centres (x, y, 1) to those of `pixels`. base: 3x3, from the pixel
    centres of `pixels` to those of the converted image. negative: grey values are still to be
    turned over. fill: grey value given to what lies outside `pixels`. inverted, rotation: parity of
    inversions and total turn (degrees, counter-clockwise on screen) since convert. mask: where the
    limb is, once a step has said so; it follows every turn, crop and change of size. shown: what of
    the converted image can be seen here, in its pixel corners, where that is not all that `pixels`
    reach: what was cut away stays so, however large the image becomes again. columns:
    values for columns of the row; decisions: what each step saw; review: marks for a person,
    `step:reason`.
    """

    pixels: Pixels
    matrix: Matrix = field(default_factory=lambda: np.eye(3))
    base: Matrix = field(default_factory=lambda: np.eye(3))
    width: int = 0
    height: int = 0
    negative: bool = False
    fill: int = 0
    inverted: bool = False
    rotation: float = 0.0
    mask: LimbMask | None = None
    shown: Polygon | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    decisions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    review: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.width:
            object.__setattr__(self, "height", self.pixels.shape[0])
            object.__setattr__(self, "width", self.pixels.shape[1])

    @property
    def white(self) -> int:
        """The largest grey value: 255 or 65535."""
        return int(np.iinfo(self.pixels.dtype).max)

    @property
    def source_matrix(self) -> Matrix:
        """3x3, from this image's pixel centres to the converted image's."""
        return self.base @ self.matrix

    @property
    def reach(self) -> Polygon:
        """What of the converted image can be seen on this one, on its pixel corners; the rest of
        this image is fill."""
        if self.shown is not None:
            return self.shown
        return moved(rectangle(0, 0, self.pixels.shape[1], self.pixels.shape[0]), self.base)

    @cached_property
    def view(self) -> View:
        """The small copy that decisions are taken on: this image as it would be rendered, 8
        bits."""
        longest = max(self.width, self.height)
        if longest <= VIEW_SIDE:
            return View(to_8_bits(self.render()), 1.0, 1.0)
        width, height = (
            max(1, round(side * VIEW_SIDE / longest)) for side in (self.width, self.height)
        )
        if _is_whole_shift(self.matrix):
            small = _averaged(self.render(), width, height)
        else:
            small = self._shrunk(VIEW_SIDE / longest)._stretched(width, height).render()
        return View(to_8_bits(small), self.width / width, self.height / height)

    def invert(self) -> Image:
        """Turn the grey values over: v becomes white - v."""
        return replace(
            self,
            negative=not self.negative,
            inverted=not self.inverted,
            fill=self.white - self.fill,
        )

    def crop(self, x: int, y: int, width: int, height: int) -> Image:
        """Keep a box of whole pixels. ValueError where the box is empty or leaves the image."""
        if (
            min(x, y) < 0
            or min(width, height) < 1
            or x + width > self.width
            or y + height > self.height
        ):
            raise ValueError(
                f"box {x, y, width, height} is not inside {self.width} x {self.height}"
            )
        box = replace(self, matrix=self.matrix @ _shift(x, y), width=width, height=height)
        # What lies outside the box is gone: a later turn must show `fill` there, not the other limb
        # of the film.
        mask = self.mask.within(box.source_matrix @ _corners(width, height)) if self.mask else None
        shown = shared(moved(rectangle(0, 0, width, height), box.source_matrix), self.reach)
        return replace(
            box,
            pixels=box._moved(),
            matrix=np.eye(3),
            base=box.source_matrix,
            mask=mask,
            shown=shown,
        )

    def rotate(self, degrees: float, fill: int = 0) -> Image:
        """Turn counter-clockwise on screen about the centre, on a canvas that loses nothing; exact
        at 0, 90, 180 and 270.

        fill: grey value of the corners that come to light.
        """
        angle = np.deg2rad(degrees)
        cos, sin = round(float(np.cos(angle)), 12), round(float(np.sin(angle)), 12)
        width = int(np.ceil(round(self.width * abs(cos) + self.height * abs(sin), 6)))
        height = int(np.ceil(round(self.width * abs(sin) + self.height * abs(cos), 6)))
        turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
        back = (
            _shift((self.width - 1) / 2, (self.height - 1) / 2)
            @ turn
            @ _shift(-(width - 1) / 2, -(height - 1) / 2)
        )
        return replace(
            self,
            matrix=self.matrix @ back,
            width=width,
            height=height,
            fill=fill,
            rotation=wrap_degrees(self.rotation + degrees),
        )

    def with_pixels(self, pixels: Pixels, placed: Matrix | None = None) -> Image:
        """Go on from these pixels, made from `render()`.

        placed: 3x3, from the new pixel centres to those of the rendered image; None where nothing
        moved.
        """
        base = self.source_matrix if placed is None else self.source_matrix @ placed
        return replace(
            self,
            pixels=pixels,
            matrix=np.eye(3),
            base=base,
            shown=self.reach,
            negative=False,
            height=pixels.shape[0],
            width=pixels.shape[1],
        )

    def with_columns(self, **columns: Any) -> Image:
        """Set columns of the row, by name."""
        return self._saying(columns={**self.columns, **columns})

    def note(self, step: str, *, review: str | None = None, **seen: Any) -> Image:
        """Say what a step saw and decided (JSON values only), and mark the image for review where
        it is unsure."""
        marks = (*self.review, f"{step}:{review}") if review else self.review
        return self._saying(decisions={**self.decisions, step: seen}, review=marks)

    def without_notes(self) -> Image:
        """The same image with nothing said of it."""
        return self._saying(columns={}, decisions={}, review=())

    def with_mask(self, view_mask: NDArray[np.uint8]) -> Image:
        """Say where the limb is. view_mask: uint8, the shape of `view`'s pixels, not 0 on the
        limb."""
        height, width = view_mask.shape
        to_view = inverse(self.source_matrix @ scaling(self.width / width, self.height / height))
        return self._saying(mask=LimbMask(np.where(view_mask, np.uint8(255), np.uint8(0)), to_view))

    def render_mask(self) -> NDArray[np.uint8] | None:
        """The limb of this image: uint8, shape (height, width), 0 or 255; None where no step has
        said where it is."""
        return self.mask.render(self.source_matrix, self.width, self.height) if self.mask else None

    def render(self) -> Pixels:
        """The pixels of this image: (height, width), dtype of `pixels`. Whole shifts and turns by
        90 degrees copy pixels as they are; everything else is one linear interpolation."""
        pixels = self._moved()
        return (self.white - pixels).astype(pixels.dtype, copy=False) if self.negative else pixels

    def _saying(self, **changes: Any) -> Image:
        """The same pixels with other things said of them: the view, which is dear, stays good."""
        other = replace(self, **changes)
        if "view" in self.__dict__:
            other.__dict__["view"] = self.view
        return other

    def _moved(self) -> Pixels:
        if _is_whole_shift(self.matrix):
            x, y = (round(v) for v in self.matrix[:2, 2])
            if (
                x >= 0
                and y >= 0
                and x + self.width <= self.pixels.shape[1]
                and y + self.height <= self.pixels.shape[0]
            ):
                return self.pixels[y : y + self.height, x : x + self.width]
        whole = bool(np.allclose(self.matrix, np.rint(self.matrix), rtol=0, atol=1e-7))
        matrix = np.rint(self.matrix) if whole else self.matrix
        method = cv2.INTER_NEAREST if whole else cv2.INTER_LINEAR
        fill = self.white - self.fill if self.negative else self.fill
        moved: Pixels = cv2.warpAffine(
            self.pixels,
            matrix[:2],
            (self.width, self.height),
            flags=method | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=float(fill),
        )
        return moved

    def _shrunk(self, scale: float) -> Image:
        """The same image over a smaller copy of its pixels, so that a warp to a small size does not
        alias."""
        height, width = self.pixels.shape
        small_w, small_h = max(1, round(width * scale)), max(1, round(height * scale))
        small = _averaged(self.pixels, small_w, small_h)
        return replace(
            self,
            pixels=small,
            matrix=np.linalg.inv(scaling(width / small_w, height / small_h)) @ self.matrix,
        )

    def _stretched(self, width: int, height: int) -> Image:
        placed = scaling(self.width / width, self.height / height)
        return replace(self, matrix=self.matrix @ placed, width=width, height=height)


def scaling(scale_x: float, scale_y: float) -> Matrix:
    """3x3 matrix that maps pixel centres of an image to those of one `scale` times larger (the
    corners stay corners)."""
    return np.array([[scale_x, 0, (scale_x - 1) / 2], [0, scale_y, (scale_y - 1) / 2], [0, 0, 1.0]])


def inverse(matrix: Matrix) -> Matrix:
    """The way back."""
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def wrap_degrees(degrees: float) -> float:
    """The same angle in (-180, 180]."""
    wrapped = 180.0 - (180.0 - degrees) % 360.0
    return wrapped + 0.0  # -0.0 becomes 0.0


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def _corners(width: int, height: int) -> Matrix:
    """Centres of the four corner pixels, in order around the image: 3 x 4."""
    return np.array([[0, width - 1, width - 1, 0], [0, 0, height - 1, height - 1], [1, 1, 1, 1.0]])


def _is_whole_shift(matrix: Matrix) -> bool:
    return bool(
        np.array_equal(matrix[:2, :2], np.eye(2))
        and np.allclose(matrix[:2, 2], np.rint(matrix[:2, 2]), rtol=0, atol=1e-7)
    )


def _averaged(pixels: Pixels, width: int, height: int) -> Pixels:
    """A smaller copy (INTER_AREA), by halves first: OpenCV averages 2 x 2 pixels six times as fast
    as boxes of a broken size. An odd last row or column does not count."""
    while pixels.shape[0] >= 3 * height and pixels.shape[1] >= 3 * width:
        tall, wide = (side // 2 for side in pixels.shape)
        pixels = cv2.resize(
            pixels[: 2 * tall, : 2 * wide], (wide, tall), interpolation=cv2.INTER_AREA
        )
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def to_8_bits(pixels: Pixels) -> NDArray[np.uint8]:
    """Grey values of 16 bits without their lower half; those of 8 bits as they are."""
    return np.asarray(pixels >> 8 if pixels.dtype == np.uint16 else pixels, dtype=np.uint8)
