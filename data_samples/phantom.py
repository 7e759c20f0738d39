"""Schematic X-ray films of limbs, drawn by code from an invented anatomy: no patient, no real film.

A limb is a set of tubes in millimetres: flesh gives the thickness of soft tissue, a bone gives the
path of the ray through its cortex and through its marrow. The film shows 1 - exp(-attenuation), as
an X-ray does. Everything is float64 and analytic (turning a limb resamples nothing), so that
another processor's last bits stay far below one grey level.

Limb coordinates: the wrist (or knee) joint is the origin, y grows towards the fingers (or the hip),
a right hand's thumb lies at negative x. Sizes are those of an adult, rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Point = tuple[float, float]
Knot = tuple[float, float, float]  # x, y, radius: one knot of a tube's axis

MERGE = 5  # exponent of the soft maximum by which overlapping flesh merges
# thumb to little finger: base of the metacarpal; lengths and clockwise directions of its bones;
# half-width of the shaft, of the flesh
FINGERS: tuple[tuple[Point, tuple[float, ...], tuple[float, ...], float, float], ...] = (
    ((-19.5, 20.0), (45, 31, 23), (-43, -33, -29), 4.3, 10.0),
    ((-10.5, 30.0), (65, 39, 24, 17), (-9, -8, -6, -5), 4.1, 9.0),
    ((-1.5, 32.0), (63, 44, 28, 18), (0, 0, 0, 1), 4.1, 9.2),
    ((7.0, 30.0), (56, 41, 27, 18), (8, 7, 6, 5), 3.7, 8.6),
    ((14.5, 27.0), (52, 32, 20, 16), (17, 17, 14, 12), 3.6, 7.8),
)
# x, y, half-axes, clockwise turn: scaphoid, lunate, triquetrum, pisiform, trapezium, trapezoid,
# capitate, hamate
CARPALS: tuple[tuple[float, float, Point, float], ...] = (
    (-11.5, 8.6, (5.8, 10.4), -38),
    (0.8, 5.6, (7.4, 6.2), 12),
    (12.6, 9.2, (6.0, 6.4), 30),
    (15.2, 8.0, (3.4, 4.2), 0),
    (-18.6, 16.4, (6.4, 6.8), -35),
    (-10.4, 22.6, (5.2, 6.0), -10),
    (-0.8, 19.4, (6.4, 11.2), 4),
    (9.4, 19.8, (6.8, 8.8), -14),
)
RADIUS: tuple[Knot, ...] = (
    (-6.2, -5.5, 13.2),
    (-7.6, -9, 14.0),
    (-9.2, -15, 12.6),
    (-10.2, -22, 10.0),
    (-11.0, -32, 8.0),
    (-11.6, -46, 7.2),
    (-12.4, -70, 7.0),
    (-12.2, -105, 7.2),
    (-10.0, -150, 7.6),
    (-8.0, -230, 8.0),
)
ULNA: tuple[Knot, ...] = (
    (15.8, -6, 6.6),
    (15.6, -9, 7.4),
    (15.0, -15, 6.8),
    (14.5, -24, 5.5),
    (14.2, -42, 5.2),
    (14.4, -75, 5.9),
    (13.4, -115, 6.8),
    (11.5, -160, 8.0),
    (10.0, -230, 9.0),
)
FOREARM_FLESH: tuple[Knot, ...] = (
    (0, 14, 28),
    (0, -4, 27),
    (0, -22, 27),
    (0, -50, 31),
    (0, -90, 37),
    (0, -140, 42),
    (0, -240, 46),
)
FEMUR: tuple[Knot, ...] = (
    (0, 27, 31),
    (0, 36, 32),
    (0, 46, 28),
    (0, 60, 20.5),
    (1, 80, 16.5),
    (4, 130, 15),
    (8, 200, 16),
)
TIBIA: tuple[Knot, ...] = (
    (0, -12, 35),
    (0, -20, 35),
    (1, -31, 28),
    (2, -46, 20),
    (2, -70, 15.5),
    (2, -110, 14),
    (2, -200, 13.5),
)
FIBULA: tuple[Knot, ...] = (
    (-33, -25, 8),
    (-33, -31, 7.5),
    (-31, -45, 5.2),
    (-28, -80, 4.8),
    (-27, -200, 5.2),
)
LEG_FLESH: tuple[Knot, ...] = (
    (3, 200, 76),
    (2, 110, 66),
    (0, 40, 58),
    (0, 0, 55),
    (0, -40, 52),
    (0, -90, 55),
    (0, -200, 56),
)
LETTERS: dict[str, tuple[tuple[Point, ...], ...]] = {  # strokes in a box 1 high, y down
    "R": (
        ((0, 0), (0, 1)),
        ((0, 0), (0.35, 0), (0.52, 0.1), (0.55, 0.27), (0.5, 0.42), (0.35, 0.5), (0, 0.5)),
        ((0.28, 0.5), (0.58, 1)),
    ),
    "L": (((0, 0), (0, 1), (0.52, 1)),),
}


def _smooth(knots: Sequence[Knot]) -> list[Knot]:
    """The same axis with its corners cut twice (Chaikin), so that no outline shows its knots."""
    points = np.array(knots, dtype=np.float64)
    for _ in range(2):
        near, far = 0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]
        points = np.concatenate(
            [points[:1], np.stack([near, far], axis=1).reshape(-1, 3), points[-1:]]
        )
    return [(float(x), float(y), float(r)) for x, y, r in points]


def _tube(
    x: Floats, y: Floats, knots: Sequence[Knot], ends: Point, bend: float
) -> tuple[Floats, Floats, Floats]:
    """Distance to the tube's axis, its half-width there and the place along it (0..1).

    `ends` and `bend` above 1 flatten the round cap at the first end, at the last end, and the ball
    at every knot between.
    """
    excess, distance, width, place = (np.full(x.shape, v) for v in (np.inf, np.inf, 1.0, 0.0))
    last = len(knots) - 2
    for i, ((ax, ay, ar), (bx, by, br)) in enumerate(pairwise(knots)):
        length = float(np.hypot(bx - ax, by - ay))
        ux, uy = (bx - ax) / length, (by - ay) / length
        along, across = (x - ax) * ux + (y - ay) * uy, (y - ay) * ux - (x - ax) * uy
        inside = np.clip(along, 0, length)
        over = along - inside
        over = over * np.where(
            over < 0, ends[0] if i == 0 else bend, ends[1] if i == last else bend
        )
        here = np.hypot(across, over)
        radius = ar + (br - ar) * inside / length
        better = here - radius < excess
        excess[better] = (here - radius)[better]
        distance[better], width[better] = here[better], radius[better]
        place[better] = ((i + inside / length) / (last + 1))[better]
    return distance, width, place


def _chord(radius: Floats, distance: Floats) -> Floats:
    """Length of the ray through a round bar of this radius that passes at this distance from its
    axis."""
    return 2 * np.sqrt(np.maximum(radius * np.abs(radius) - distance**2, 0))


class Limb:
    """Thicknesses in millimetres at every pixel of a film: `flesh` (merged), `cortex` and `marrow`
    (added up)."""

    def __init__(
        self, shape: tuple[int, int], mm: float, centre: Point, angle: float, side: str, size: float
    ) -> None:
        """`centre`: the origin, in mm right of and above the film's centre; `angle`: degrees
        counter-clockwise on screen."""
        rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
        right, up = (
            (columns - (shape[1] - 1) / 2) * mm - centre[0],
            ((shape[0] - 1) / 2 - rows) * mm - centre[1],
        )
        turn = np.deg2rad(angle)
        self.x = (right * np.cos(turn) + up * np.sin(turn)) / size * (-1 if side == "L" else 1)
        self.y = (up * np.cos(turn) - right * np.sin(turn)) / size
        self.power, self.cortex, self.marrow = np.zeros(shape), np.zeros(shape), np.zeros(shape)

    @property
    def flesh(self) -> Floats:
        """Thickness of the soft tissue."""
        return np.asarray(self.power ** (1 / MERGE), dtype=np.float64)

    def _near(self, knots: Sequence[Knot]) -> NDArray[np.bool_]:
        xs, ys, rs = np.array(knots, dtype=np.float64).T
        reach = rs.max() + 4
        return (
            (self.x > xs.min() - reach)
            & (self.x < xs.max() + reach)
            & (self.y > ys.min() - reach)
            & (self.y < ys.max() + reach)
        )

    def add_flesh(self, knots: Sequence[Knot], depth: float = 1.0) -> None:
        """Soft tissue along the axis; `depth` is its thickness against its width."""
        near = self._near(knots)
        distance, radius, _ = _tube(self.x[near], self.y[near], _smooth(knots), (1.0, 1.0), 4.0)
        self.power[near] += (depth * _chord(radius, distance)) ** MERGE

    def add_bone(
        self,
        knots: Sequence[Knot],
        cortex: float,
        ends: Point,
        depth: float = 1.0,
        break_at: float | None = None,
    ) -> None:
        """A bone: `cortex` is the wall at mid-shaft against the narrowest radius, thinner at both
        ends; broken at y = `break_at`."""
        near = self._near(knots)
        x, y = self.x[near], self.y[near]
        line = np.zeros_like(x)
        if break_at is not None:
            level = y - break_at - 0.7 * np.sin(x * 0.8) - 0.35 * np.sin(x * 2.1 + 1) - 0.25 * x
            x = x + 2.6 / (1 + np.exp(-np.clip(level * 4, -50, 50)))
            line = np.exp(-((level / 0.9) ** 2))
        distance, radius, place = _tube(x, y, knots, ends, 6.0)
        wall = (
            min(k[2] for k in knots)
            * cortex
            * (0.28 + 0.72 * np.sin(np.pi * np.clip(place, 0.02, 0.98)) ** 0.8)
        )
        outer, inner = _chord(radius, distance), _chord(radius - wall, distance)
        self.cortex[near] += depth * (outer - inner) * (1 - 0.75 * line)
        # spongy ends, a hollow shaft
        self.marrow[near] += (
            depth * inner * (1 - 0.6 * line) * (0.75 + 0.6 * np.abs(2 * place - 1) ** 2)
        )

    def add_pebble(
        self,
        x: float,
        y: float,
        half: Point,
        turn: float,
        wall: float = 0.14,
        depth: float = 1.0,
        merge: bool = False,
    ) -> None:
        """A short bone: an ellipsoid with a thin wall, a little squarer than an ellipse; `merge`
        makes it one with the bones it touches."""
        c, s = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
        a, b = (
            ((self.x - x) * c - (self.y - y) * s) / half[0],
            ((self.x - x) * s + (self.y - y) * c) / half[1],
        )
        far = (np.abs(a) ** 2.5 + np.abs(b) ** 2.5) ** 0.4
        thick = min(half) * depth
        whole, inner = (
            thick * _chord(np.ones_like(far), far),
            thick * _chord(np.full_like(far, 1 - wall), far),
        )
        if merge:
            whole, inner = (
                np.maximum(whole, self.cortex + self.marrow),
                np.maximum(inner, self.marrow),
            )
            self.cortex, self.marrow = whole - inner, inner
        else:
            self.cortex, self.marrow = self.cortex + whole - inner, self.marrow + inner


def _shaft(
    start: Point,
    direction: float,
    length: float,
    radius: float,
    flares: Point,
    waist: float,
    ends: Point,
) -> list[Knot]:
    """The axis of a small long bone with wider ends, `direction` clockwise from y; `flares` widen
    base and head."""
    base, head = radius * flares[0], radius * flares[1]
    place = np.linspace(0, 1, 13)
    slim = radius * waist
    width = (
        slim
        + (base - slim) * np.exp(-((place / 0.2) ** 2))
        + (head - slim) * np.exp(-(((1 - place) / 0.17) ** 2))
    )
    at = base / ends[0] + place * (length - base / ends[0] - head / ends[1])
    dx, dy = np.sin(np.deg2rad(direction)), np.cos(np.deg2rad(direction))
    return [
        (float(start[0] + dx * a), float(start[1] + dy * a), float(w))
        for a, w in zip(at, width, strict=True)
    ]


def _add_finger(limb: Limb, finger: int, spread: float, rng: np.random.Generator) -> None:
    """Metacarpal, phalanges and their flesh."""
    start, lengths, directions, radius, pad = FINGERS[finger]
    bend = rng.normal(0, 1.2)
    flesh: list[Knot] = [
        (start[0] * 0.9, start[1] - 16, 12.0),
        (start[0], start[1], 14.5 if finger == 0 else 11.5),
    ]
    for i, (length, direction) in enumerate(zip(lengths, directions, strict=True)):
        turned = direction * spread + bend * i
        distal = i == len(lengths) - 1
        flares = (1.75, 1.15) if distal else (1.6, 1.4) if i else (1.75, 1.6)
        ends = (2.4, 1.5 if i == 0 or distal else 2.0)
        axis = _shaft(
            start,
            turned,
            length - 1.0,
            radius * (1 - 0.1 * i),
            flares,
            0.8 if distal else 0.97,
            ends,
        )
        limb.add_bone(axis, 0.45, ends)
        start = (
            start[0] + length * np.sin(np.deg2rad(turned)),
            start[1] + length * np.cos(np.deg2rad(turned)),
        )
        flesh.append((start[0], start[1], pad * (1.14 if i == 0 else 1 - 0.07 * i)))
    limb.add_flesh(flesh)
    if finger == 0:
        joint = flesh[2]
        limb.add_pebble(joint[0] + 6.5, joint[1] - 1, (2.2, 2.8), 20, wall=0.4)


def add_forearm(limb: Limb, rng: np.random.Generator, fracture: bool = False) -> None:
    """Forearm, wrist and hand, palm on the film."""
    limb.add_flesh(FOREARM_FLESH, depth=0.72)
    spread = rng.uniform(0.85, 1.2)
    for finger in range(len(FINGERS)):
        _add_finger(limb, finger, spread, rng)
    for x, y, half, turn in CARPALS:
        dx, dy, dt = rng.normal(0, 0.25), rng.normal(0, 0.25), rng.normal(0, 4)
        limb.add_pebble(x + dx, y + dy, half, turn + dt)
    limb.add_bone(
        _smooth(RADIUS), 0.38, (2.6, 2.0), depth=0.8, break_at=-24.0 if fracture else None
    )
    limb.add_bone(_smooth(ULNA), 0.42, (2.0, 2.0), depth=0.95)
    limb.add_pebble(20.4, -2.2, (1.9, 4.2), 8, wall=0.3)  # the ulna's styloid


def add_knee(limb: Limb) -> None:
    """Femur with two condyles, patella before it, tibia with its spines, fibula on the outer side;
    hip up, seen from the front."""
    limb.add_flesh(LEG_FLESH, depth=0.6)
    limb.add_bone(_smooth(FEMUR), 0.4, (2.4, 2.0), depth=0.4)
    for side in (-1, 1):
        limb.add_pebble(side * 16.0, 17.0, (17.0, 15.5), side * 6, wall=0.07, depth=0.8, merge=True)
    limb.add_bone(_smooth(TIBIA), 0.4, (4.4, 2.0), depth=0.4)
    for side in (-1, 1):
        limb.add_pebble(side * 4.5, -6.0, (3.5, 7.5), side * 16, wall=0.15, depth=1.6, merge=True)
    limb.add_bone(_smooth(FIBULA), 0.45, (1.4, 2.0))
    limb.add_pebble(-1.0, 39.0, (19.5, 20.5), 0, wall=0.07, depth=0.22)


def _texture(rng: np.random.Generator, shape: tuple[int, int], sigma: float) -> Floats:
    """Smooth noise of unit variance."""
    noise = cv2.GaussianBlur(rng.standard_normal(shape), (0, 0), sigma)
    return np.asarray(noise / noise.std(), dtype=np.float64)


def _expose(limbs: Iterable[Limb], shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """The film of these limbs, bright where little passes: background with a gradient and faint
    streaks, edges enhanced as machines do."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    base = 0.075 + 0.03 * rows / shape[0] + 0.02 * columns / shape[1]
    base = base + 0.0022 * cv2.GaussianBlur(rng.standard_normal((1, shape[1])), (0, 0), 3.0)
    grain = 1 + 0.10 * _texture(rng, shape, 0.8) + 0.06 * _texture(rng, shape, 3.0)
    total = np.zeros(shape)
    for limb in limbs:
        flesh = cv2.GaussianBlur(limb.flesh, (0, 0), 1.0)
        bone = cv2.GaussianBlur(0.058 * limb.cortex + 0.0135 * limb.marrow * grain, (0, 0), 0.55)
        total += 0.37 * (flesh / 40) ** 0.55 * (1 + 0.02 * _texture(rng, shape, 4.0)) + bone
    film = base + (1 - np.exp(-total)) * (1.02 - base)
    return np.asarray(film + 0.35 * (film - cv2.GaussianBlur(film, (0, 0), 7.0)), dtype=np.float64)


def _finish(
    film: Floats,
    markers: Sequence[tuple[str, Point]],
    rng: np.random.Generator,
    framed: bool = False,
) -> Floats:
    """Lead markers (letter, place as fractions of width and height), noise, border: a dark shutter
    or a bright frame (`framed`)."""
    height, width = film.shape
    tall = 0.038 * height
    rows, columns = np.mgrid[:height, :width].astype(np.float64)
    for at, stroke in ((at, stroke) for letter, at in markers for stroke in LETTERS[letter]):
        knots = [
            (at[0] * width + px * tall, at[1] * height + py * tall, 0.09 * tall)
            for px, py in stroke
        ]
        distance, radius, _ = _tube(columns, rows, knots, (1.0, 1.0), 1.0)
        film = np.maximum(film, np.clip(radius - distance + 0.5, 0, 1) * 0.97)
    film = film + rng.standard_normal(film.shape) * (0.0011 + 0.002 * np.clip(film, 0, 1))
    margin = 0.08 * height if framed else 0.016 * height
    depth = np.minimum.reduce([rows, columns, height - 1 - rows, width - 1 - columns])
    inside = 1 / (
        1
        + np.exp(
            -np.clip(
                (depth - margin - 1.5 * np.sin(rows / height * 2 + columns / width)) * 1.6, -50, 50
            )
        )
    )
    return np.clip(film * inside + (0.96 if framed else 0.02) * (1 - inside), 0, 1)


def draw_forearms(
    places: Sequence[tuple[str, Point, float]],
    seed: int = 0,
    fracture: bool = False,
    *,
    shape: tuple[int, int] = (416, 328),
    mm: float = 0.75,
    framed: bool = False,
    markers: Sequence[Point] = ((0.86, 0.07),),
) -> Floats:
    """One film of several forearms, each (side, mm of the wrist right of and above the centre,
    angle); the first may be broken."""
    rng = np.random.default_rng(seed)
    limbs = []
    for i, (side, centre, angle) in enumerate(places):
        limb = Limb(shape, mm, centre, angle, side, float(rng.uniform(0.95, 1.04)))
        add_forearm(limb, rng, fracture and i == 0)
        limbs.append(limb)
    return _finish(
        _expose(limbs, shape, rng),
        [(place[0], at) for place, at in zip(places, markers, strict=True)],
        rng,
        framed,
    )


def draw_forearm(
    side: str = "R",
    angle: float = 0.0,
    seed: int = 0,
    fracture: bool = False,
    *,
    shape: tuple[int, int] = (416, 328),
    mm: float = 0.75,
    framed: bool = False,
) -> Floats:
    """One forearm with its hand, values 0..1, bones bright.

    `angle`: degrees counter-clockwise on screen from up to where the fingers point. `shape`: rows,
    columns. `mm`: size of a pixel.
    """
    turn = np.deg2rad(angle)
    centre = (52 * float(np.sin(turn)), -52 * float(np.cos(turn)))
    marker = (0.78, 0.13) if framed else (0.86, 0.07)
    return draw_forearms(
        [(side, centre, angle)], seed, fracture, shape=shape, mm=mm, framed=framed, markers=[marker]
    )


def draw_knee(
    side: str = "R",
    angle: float = 0.0,
    seed: int = 0,
    *,
    shape: tuple[int, int] = (416, 328),
    mm: float = 0.6,
) -> Floats:
    """One knee from the front, values 0..1, bones bright; `angle` turns it counter-clockwise on
    screen (0: hip up)."""
    rng = np.random.default_rng(seed)
    limb = Limb(shape, mm, (0.0, 0.0), angle, side, float(rng.uniform(0.95, 1.04)))
    add_knee(limb)
    return _finish(_expose([limb], shape, rng), [(side, (0.88, 0.07))], rng)
