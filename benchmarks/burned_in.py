r"""How well text that is burnt into real films is found, read and painted over.

    python benchmarks/burned_in.py FILMS --half report
    python benchmarks/burned_in.py FILMS --half tune --fit

FILMS: a folder of radiographs as JPEG or PNG (FracAtlas, CC BY 4.0, is what the constants were
chosen on). Films whose names hash to an even number are the half `tune`: every constant and weight
of radprep/burned_in was chosen on them, with other fonts than the half `report` is measured with.

On each film lines with invented names, dates and numbers are drawn: capitals of 12 to 60 pixels (12
to 30 on films under 1,000 pixels), light, dark or in a box, on the limb and beside it, a third of
them turned by 90 degrees, a third of the films saved as JPEG afterwards. Small films are measured
as they are and once more enlarged to --side. The same films without drawn text tell what is marked
in vain. FILMS may hold films with text of their own; --with-text names a file that lists them, so
that they do not count as films without text.

Whether anything is left after redaction is asked of two readers that had no part in finding:
rapidocr with its own detector (the extra `ocr`), and Tesseract where it is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import matplotlib
import numpy as np
from intervals import wilson
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from radprep.burned_in import lines
from radprep.burned_in.finder import _lines_of, _with_faint
from radprep.burned_in.reader import Reader, can_read, reader
from radprep.burned_in.redaction import redact
from radprep.burned_in.screening import screen

Grey = NDArray[np.uint8]

HERSHEY = {
    "simplex": cv2.FONT_HERSHEY_SIMPLEX,
    "plain": cv2.FONT_HERSHEY_PLAIN,
    "duplex": cv2.FONT_HERSHEY_DUPLEX,
    "complex": cv2.FONT_HERSHEY_COMPLEX,
    "triplex": cv2.FONT_HERSHEY_TRIPLEX,
}
FONTS = {
    "tune": (
        *("DejaVuSans", "DejaVuSerif-Bold", "cmtt10", "STIXGeneral", "DejaVuSansMono-Bold"),
        *("simplex", "complex"),
    ),
    "report": (
        *("DejaVuSans-Bold", "DejaVuSerif", "DejaVuSansMono", "STIXGeneralBol", "cmss10"),
        *("cmr10", "DejaVuSans-Oblique", "duplex", "plain", "triplex"),
    ),
}
"""Fonts that come with matplotlib and OpenCV."""
SURNAMES = (
    *("GARCIA", "ROSSI", "DUBOIS", "Jansen", "Nowak", "Silva", "KIM", "Ivanova", "Haddad", "COHEN"),
    *("Berg", "Costa", "Weber", "Moreau", "RICCI", "LUND", "Diaz", "Smith", "Davidson", "O'Brien"),
)
GIVEN = (
    *("MARIA", "John", "Anna", "HANS", "Jean", "Piet", "EWA", "Rui", "Olga", "OMAR", "Ruth"),
    *("Petr", "LARS", "Uta", "Luc", "Eva", "Raul"),
)
MARKERS = ("L", "R", "PA", "AP", "LAT", "LEFT")
"""Markers that must stay. Those of three letters and more only where they can be read."""
LEGIBLE = 30
"""Least grey levels between nearly all of a line and what it stands on."""


@dataclass(frozen=True)
class Drawn:
    """A line drawn on a film. box: x, y, width, height, pixels."""

    text: str
    box: tuple[int, int, int, int]
    turned: bool


@dataclass
class Figures:
    """What was counted, name -> (right, of), and milliseconds."""

    counts: dict[str, list[int]] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)

    def count(self, name: str, is_right: bool) -> None:
        """Add one case."""
        both = self.counts.setdefault(name, [0, 0])
        both[0] += is_right
        both[1] += 1

    def add(self, other: Figures) -> None:
        """Add what another has counted."""
        for name, (right, of) in other.counts.items():
            both = self.counts.setdefault(name, [0, 0])
            both[0], both[1] = both[0] + right, both[1] + of
        for name, times in other.times.items():
            self.times.setdefault(name, []).extend(times)


def main() -> None:
    """Print a table of the figures, or the weights that fit the half best."""
    options = arguments()
    films = films_of(options)
    jobs = [(film, number, options) for number, film in enumerate(films)]
    with ProcessPoolExecutor(options.workers) as pool:
        if options.fit:
            fit([one for many in pool.map(_measured, jobs, chunksize=4) for one in many])
            return
        figures = Figures()
        for one in pool.map(_judged, jobs, chunksize=4):
            figures.add(one)
    print(f"{len(films)} films of the half {options.half}; read: {_reader(options) is not None}")
    for name, (right, of) in figures.counts.items():
        low, high = wilson(right, of)
        print(f"{name:58} {right:5} of {of:5}  {right / of:7.2%}  [{low:.2%}, {high:.2%}]")
    for name, times in figures.times.items():
        print(f"{name:58} {np.mean(times):.1f} ms a film (CPU), {len(times)} films")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("films", type=Path)
    parser.add_argument("--half", choices=tuple(FONTS), default="report")
    parser.add_argument("--side", type=int, default=2000)
    parser.add_argument("--limit", type=int, default=10**9)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--lines", type=int, default=3)
    parser.add_argument("--with-text", type=Path)
    parser.add_argument("--unread", action="store_true", help="as without the extra ocr")
    parser.add_argument("--fit", action="store_true")
    return parser.parse_args()


def films_of(options: argparse.Namespace) -> list[Path]:
    """The films of the half, in the order of their names."""
    wanted = tuple(FONTS).index(options.half)
    found = [
        path
        for path in sorted(options.films.iterdir())
        if path.suffix.lower() in (".jpg", ".jpeg", ".png")
        and int(hashlib.sha256(path.name.encode()).hexdigest(), 16) % 2 == wanted
    ]
    return found[: options.limit]


@cache
def films_with_text(path: Path | None) -> frozenset[str]:
    """Names of the films that have text of their own."""
    return frozenset(path.read_text().split()) if path else frozenset()


def load(path: Path, side: int | None) -> Grey | None:
    """A film, enlarged so that its longer side has this many pixels; None where it is as large
    already."""
    film = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if side is None or max(film.shape) >= side:
        return None if side else film
    scale = side / max(film.shape)
    return np.asarray(cv2.resize(film, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC))


def some_text(rng: np.random.Generator) -> str:
    """An invented line: a name, a date, a number, a hospital."""
    surname, given = (names[rng.integers(len(names))] for names in (SURNAMES, GIVEN))
    dot = "./-"[rng.integers(3)]
    day = f"{rng.integers(1, 29):02}{dot}{rng.integers(1, 13):02}{dot}{rng.integers(1930, 2015)}"
    number = str(rng.integers(100_000, 99_999_999))
    texts = (
        f"{surname}, {given}",
        f"{given} {surname}",
        f"DOB {day}",
        f"ID {number}",
        f"{day} {rng.integers(24):02}:{rng.integers(60):02}",
        f"Hospital Santa {given}",
        surname,
        f"{given} {surname[0]}.",
        number[:6],
    )
    return texts[rng.integers(len(texts))]


def drawn_text(text: str, font: str, capital: int, rng: np.random.Generator) -> Grey:
    """A text as coverage, 0 to 255, without a rim. capital: height of a capital, pixels."""
    if font in HERSHEY:
        (_, high), _ = cv2.getTextSize("H", HERSHEY[font], 1, 1)
        scale, stroke = capital / high, max(1, round(capital / rng.uniform(7, 12)))
        (width, height), below = cv2.getTextSize(text, HERSHEY[font], scale, stroke)
        shape = (height + 2 * (below + stroke) + 8, width + 2 * stroke + 12)
        kind = cv2.LINE_AA if rng.random() < 0.5 else cv2.LINE_8
        place = (stroke + 4, height + stroke + 4)
        mask = np.zeros(shape, np.uint8)
        cv2.putText(mask, text, place, HERSHEY[font], scale, 255, stroke, kind)
    else:
        folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
        _, top, _, bottom = ImageFont.truetype(folder / f"{font}.ttf", 100).getbbox("H")
        made = ImageFont.truetype(folder / f"{font}.ttf", round(100 * capital / (bottom - top)))
        left, top, right, bottom = map(int, made.getbbox(text))
        picture = Picture.new("L", (right - left + 8, bottom - top + 8), 0)
        pen = ImageDraw.Draw(picture)
        pen.fontmode = "1" if rng.random() < 0.3 else "L"
        pen.text((4 - left, 4 - top), text, font=made, fill=255)
        mask = np.asarray(picture)
    rows, columns = np.nonzero(mask > 60)
    return mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def draw(
    film: Grey, rng: np.random.Generator, fonts: Sequence[str], wanted: int, text: str = ""
) -> tuple[Grey, list[Drawn]]:
    """A copy of a film with lines of text on it. text: this one instead of invented ones."""
    film, found = film.copy(), list[Drawn]()
    taken = np.zeros(film.shape, bool)
    highest = 30 if max(film.shape) < 1000 else 60
    for _ in range(100 * wanted):
        if len(found) == wanted:
            break
        line = text or some_text(rng)
        capital = int(rng.integers(12, highest + 1))
        font = fonts[rng.integers(len(fonts))]
        turns = 0 if text else int(rng.choice([0, 0, 0, 0, 1, 3]))
        mask = np.rot90(drawn_text(line, font, capital, rng), turns)
        height, width = mask.shape
        if height + 12 > film.shape[0] or width + 12 > film.shape[1]:
            continue
        y, x = (int(rng.integers(4, film.shape[axis] - mask.shape[axis] - 4)) for axis in (0, 1))
        around = taken[max(0, y - capital) : y + height + capital]
        if around[:, max(0, x - capital) : x + width + capital].any():
            continue
        if _paint(film, mask, (x, y), capital, rng):
            taken[y : y + height, x : x + width] = True
            found.append(Drawn(line, (x, y, width, height), turns % 2 == 1))
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(85, 98))]
        film = cv2.imdecode(cv2.imencode(".jpg", film, quality)[1], cv2.IMREAD_GRAYSCALE)
    return film, found


def _paint(
    film: Grey, mask: Grey, place: tuple[int, int], capital: int, rng: np.random.Generator
) -> bool:
    """Paint a line onto a film, in place: light, dark, or in a box. False where it would be
    illegible."""
    (x, y), (height, width) = place, mask.shape
    under = film[y : y + height, x : x + width].astype(float)
    kind = ("light", "dark", "boxed")[rng.integers(3)]
    if kind == "boxed":
        ground, rim = int(rng.choice([0, 255])), max(3, capital // 4)
        film[max(0, y - rim) : y + height + rim, max(0, x - rim) : x + width + rim] = ground
        grey, under = 255.0 - ground, np.full(mask.shape, float(ground))
    elif kind == "light":
        grey = float(rng.choice([255, 255, rng.integers(180, 256)]))
    else:
        grey = float(rng.choice([0, 0, rng.integers(0, 60)]))
    if np.quantile(np.abs(under - grey), 0.03) < LEGIBLE:
        return False
    share = mask / 255
    film[y : y + height, x : x + width] = np.rint(under * (1 - share) + grey * share)
    return True


def _judged(job: tuple[Path, int, argparse.Namespace]) -> Figures:
    """The figures of one film."""
    path, number, options = job
    cv2.setNumThreads(1)
    figures = Figures()
    for name, side in (("as it is", None), (f"enlarged to {options.side}", options.side)):
        film = load(path, side)
        if film is None:
            continue
        rng = np.random.default_rng([number, side or 0])
        wanted = 1 if max(film.shape) < 1000 else options.lines
        shown, truth = draw(film, rng, FONTS[options.half], wanted)
        if truth:
            _judge_text(figures, name, shown, truth, _reader(options))
        if path.name not in films_with_text(options.with_text):
            _judge_clean(figures, name, film, _reader(options))
            shown, markers = draw(film, rng, FONTS[options.half], 1, _marker(options, rng))
            _judge_marker(figures, name, shown, markers, _reader(options))
    return figures


def _reader(options: argparse.Namespace) -> Reader | None:
    """What reads the lines, if anything does."""
    return None if options.unread else reader()


def _judge_text(
    figures: Figures, name: str, shown: Grey, truth: Sequence[Drawn], reads: Reader | None
) -> None:
    """A film with text on it: is it marked, are its lines found, and are they gone?"""
    found = screen(shown, reads)
    figures.count(f"{name}: films with text, marked", bool(found.personal))
    painted = redact(shown, found.personal)
    for line in truth:
        share = _covered(line, found.personal)
        figures.count(f"{name}: lines found (nine tenths of their length)", share >= 0.9)
        for reader_name, left in _left(painted, line).items() if reads else ():
            figures.count(f"{name}: lines gone, says {reader_name}", not left)


def _judge_clean(figures: Figures, name: str, film: Grey, reads: Reader | None) -> None:
    """A film without text: is it left alone, and what does looking cost?"""
    began = time.process_time()
    found = screen(film, None)
    took = 1000 * (time.process_time() - began)
    figures.count(f"{name}: films without text, not marked", not found.personal)
    if not found.personal:
        figures.times.setdefault(f"{name}: films without candidates", []).append(took)
    if reads:
        read = screen(film, reads)
        figures.count(f"{name}: films without text, not marked, read", not read.personal)


def _marker(options: argparse.Namespace, rng: np.random.Generator) -> str:
    return str(rng.choice(MARKERS[:4] if _reader(options) is None else MARKERS))


def _judge_marker(
    figures: Figures, name: str, shown: Grey, markers: Sequence[Drawn], reads: Reader | None
) -> None:
    """A marker on a film without text: is it left as it is?"""
    for line in markers:
        personal = screen(shown, reads).personal
        figures.count(f"{name}: markers kept", _covered(line, personal) == 0)


def _covered(line: Drawn, boxes: Sequence[tuple[int, int, int, int]]) -> float:
    """Share of a line's length that boxes cover."""
    x, y, width, height = line.box
    under = np.zeros((height, width), bool)
    for left, top, wide, high in boxes:
        rows = slice(max(0, top - y), max(0, top + high - y))
        under[rows, max(0, left - x) : max(0, left + wide - x)] = True
    return float(under.any(axis=1 if line.turned else 0).mean())


def _left(painted: Grey, line: Drawn) -> dict[str, bool]:
    """Whether a reader still finds characters of a line after redaction. Reader -> answer."""
    x, y, width, height = line.box
    rim = 20
    crop = painted[max(0, y - rim) : y + height + rim, max(0, x - rim) : x + width + rim]
    ways = [
        np.ascontiguousarray(np.rot90(crop, turns)) for turns in ((1, 3) if line.turned else (0,))
    ]
    found = {}
    if can_read():
        found["rapidocr"] = any(_shares(line.text, _rapidocr(way)) for way in ways)
    if shutil.which("tesseract"):
        found["Tesseract"] = any(_shares(line.text, _tesseract(way)) for way in ways)
    return found


def _shares(text: str, read: str) -> bool:
    """Whether two characters in a row of a line were read."""
    line, seen = (re.sub(r"[^a-z0-9]", "", one.lower()) for one in (text, read))
    return any(line[place : place + 2] in seen for place in range(len(line) - 1))


@cache
def _detector() -> Any:
    """The whole of rapidocr, which looks for text by itself."""
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "critical", "Global.text_score": 0.3})


def _rapidocr(crop: Grey) -> str:
    read = _detector()(cv2.cvtColor(crop, cv2.COLOR_GRAY2BGR))
    return " ".join(read.txts or ())


def _tesseract(crop: Grey) -> str:
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(cv2.imencode(".png", crop)[1].tobytes())
        file.flush()
        command = ["tesseract", file.name, "-", "--psm", "6"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _measured(job: tuple[Path, int, argparse.Namespace]) -> list[tuple[bool, dict[str, float]]]:
    """What is measured of each line of a film with text and without, and whether it is text."""
    path, number, options = job
    found: list[tuple[bool, dict[str, float]]] = []
    seen: list[dict[str, float]] = []

    def remember(measured: dict[str, float]) -> float:
        seen.append(measured)
        return 0.0

    lines.score = remember
    for side in (None, options.side):
        film = load(path, side)
        if film is None or path.name in films_with_text(options.with_text):
            continue
        rng = np.random.default_rng([number, side or 0, 7])
        shown, truth = draw(film, rng, FONTS[options.half], options.lines)
        for picture, drawn in ((shown, truth), (film, [])):
            for line in chain(_lines_of(picture), _lines_of(_with_faint(picture))):
                is_text = any(
                    one.turned == line.turned and _shared(one.box, line.box) > 0.5 for one in drawn
                )
                if is_text or not drawn:
                    found.append((is_text, seen[-1]))
    return found


def _shared(line: tuple[int, int, int, int], piece: tuple[int, int, int, int]) -> float:
    """Share of a piece that lies on a line."""
    wide, high = (
        min(line[axis] + line[axis + 2], piece[axis] + piece[axis + 2])
        - max(line[axis], piece[axis])
        for axis in (0, 1)
    )
    return max(0, wide) * max(0, high) / (piece[2] * piece[3])


def fit(measured: Sequence[tuple[bool, dict[str, float]]]) -> None:
    """Print WEIGHTS and INTERCEPT of lines.py."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    names = list(measured[0][1])
    values = np.array([[one[name] for name in names] for _, one in measured])
    scaler = StandardScaler().fit(values)
    model = LogisticRegression(max_iter=5000)
    model.fit(scaler.transform(values), [is_text for is_text, _ in measured])
    weights = model.coef_[0] / scaler.scale_
    print(
        json.dumps({name: round(float(one), 2) for name, one in zip(names, weights, strict=True)})
    )
    print(round(float(model.intercept_[0] - weights @ scaler.mean_), 2))


if __name__ == "__main__":
    main()
