r"""How often the steps decide rightly on real films: the published method beside ours.

    python benchmarks/accuracy.py --films films.csv \
        --dump-tool make_hospital_dump.py --work /tmp/accuracy

--films: a CSV of real films (path, hand, shoulder, multiscan, eye_limbs, eye_fingers; FracAtlas, CC
BY 4.0, with what an eye saw). --dump-tool: a script that wraps films into a DICOM dump (--films,
--out, --studies, --seed) and writes truth.csv beside it; it has lists of texts, WRIST and
NOT_WRIST. It is run by --python, which needs encoders. --texts: more body-part texts, a CSV with
the columns synonym, dicom_body_part and lang_or_note, of which those count that are in the nine
languages of the vocabulary.

The constants of the steps were chosen on the films whose number // 20 is even (`--half tune`); the
figures are of the others (`--half report`). Only this script reads a truth.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from intervals import wilson

from radprep.image.image import Image
from radprep.preprocess.pipeline import Pipeline, load_pipeline
from radprep.text.bodypart import parts_in

PRESETS = ("wrist-thesis", "wrist")
LANGUAGES = {"CA", "ES", "EN", "FR", "DE", "IT", "PT", "NL", "PL"}
DOWN_BEYOND_DEGREES = 90
"""Fingers that point this far from up count as down."""


def main() -> None:
    """Print a table: measures by preset."""
    options = arguments()
    cv2.setNumThreads(1)
    films = films_of(options.films, options.half)
    table = {preset: film_figures(films, load_pipeline(preset)) for preset in PRESETS}
    dumps = [make_dump(options, films, seed) for seed in options.seeds]
    for preset in PRESETS:
        table[preset] |= dump_figures(
            pd.concat([decided(dump, preset, options.workers) for dump in dumps])
        )
    tool = load_tool(options.dump_tool)
    table["wrist"] |= text_figures(
        [(text, True) for text, _ in tool.WRIST]
        + [(text, False) for texts in tool.NOT_WRIST.values() for text in texts],
        "the dump's",
    )
    if options.texts:
        table["wrist"] |= text_figures(read_texts(options.texts), "listed")
    print(
        f"{len(films)} films of the half {options.half!r}; dumps of {options.studies} studies, "
        f"seeds {options.seeds}"
    )
    print(pd.DataFrame(table).fillna("-").to_string())


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--films", type=Path, required=True)
    parser.add_argument("--dump-tool", type=Path, required=True)
    parser.add_argument(
        "--work",
        type=Path,
        required=True,
        help="folder for dumps and data sets; those that are there are used again",
    )
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    parser.add_argument("--seeds", type=int, nargs="+", default=[21, 22, 23])
    parser.add_argument("--studies", type=int, default=300)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--python", default=sys.executable)
    return parser.parse_args()


def films_of(table: Path, half: str) -> list[dict[str, str]]:
    """The rows of one half of the films, with absolute paths."""
    rows = [
        row | {"path": str((table.parent / row["path"]).resolve())}
        for row in csv.DictReader(table.open(newline="", encoding="utf-8"))
    ]
    return [row for row in rows if (half_number(row["path"]) % 2 == 0) == (half == "tune")]


def half_number(path: str) -> int:
    """Neighbours may show one patient, so blocks of twenty numbers stay together."""
    return int("".join(filter(str.isdigit, Path(path).stem))) // 20


def film_figures(films: list[dict[str, str]], pipeline: Pipeline) -> dict[str, str]:
    """Measures on the films as they are, without a dump."""
    hands = [row for row in films if row["hand"] == "1" and row["shoulder"] != "1"]
    singles = [
        row["path"] for row in hands if row["multiscan"] == "0" and row["eye_limbs"] in ("", "1")
    ]
    doubles = [row["path"] for row in films if row["multiscan"] == "1" and row["eye_limbs"] == "2"]
    cut = pd.Series([len(through(pipeline, read(path))) for path in doubles])
    whole = pd.Series([len(through(pipeline, read(path))) for path in singles])
    apart = np.array([turned_twice(pipeline, path, seed) for seed, path in enumerate(singles)])
    times = np.array([decision_ms(pipeline, path) for path in singles[:40]])
    return {
        "real two-panel films cut in two": share(cut == 2),
        "real single films left whole": share(whole == 1),
        "turned by two angles, apart in degrees, median / p95": percentiles(apart),
        "CPU milliseconds to decide on a film of 7.5 Mpx, median / p95": percentiles(times),
    }


def read(path: str) -> Image:
    """A film as 8-bit grey."""
    return Image(cv2.imread(path, cv2.IMREAD_GRAYSCALE))


def through(pipeline: Pipeline, image: Image) -> list[Image]:
    """The parts of an image after every image step; nothing is rendered that no step asks for."""
    parts = [image]
    for step in pipeline.image_steps:
        parts = [after for part in parts for after in step.apply(part)]
    return parts


def turned_twice(pipeline: Pipeline, path: str, seed: int) -> float:
    """How far apart two copies of a film end that were turned by two random angles, in degrees."""
    film = read(path)
    level = int(np.percentile(film.pixels, 5))
    ends = []
    for angle in np.random.default_rng(seed).uniform(-180, 180, 2):
        turned = Image(film.rotate(float(angle), level).render())
        ends.append(
            angle
            + max(through(pipeline, turned), key=lambda part: part.width * part.height).rotation
        )
    return float(abs(wrapped(ends[0] - ends[1])))


def decision_ms(pipeline: Pipeline, path: str) -> float:
    """CPU time of all decisions on a film of 2500 x 3000 pixels."""
    image = Image(cv2.resize(read(path).pixels, (2500, 3000), interpolation=cv2.INTER_CUBIC))
    start = time.process_time()
    through(pipeline, image)
    return 1000 * (time.process_time() - start)


def make_dump(options: argparse.Namespace, films: list[dict[str, str]], seed: int) -> Path:
    """A dump of these films and the data sets made from it, in a folder of --work."""
    root: Path = options.work / f"{options.half}-{options.studies}-{seed}"
    if not (root / "dump" / "truth.csv").exists():
        root.mkdir(parents=True, exist_ok=True)
        with (root / "films.csv").open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, list(films[0]))
            writer.writeheader()
            writer.writerows(films)
        subprocess.run(
            [
                options.python,
                "-W",
                "ignore",
                options.dump_tool,
                "--films",
                root / "films.csv",
                "--out",
                root / "dump",
                "--studies",
                str(options.studies),
                "--seed",
                str(seed),
            ],
            check=True,
        )
    radprep(
        "convert",
        root / "dump" / "dicom",
        root / "raw",
        "--labels",
        root / "dump" / "labels.csv",
        "--workers",
        options.workers,
    )
    return root


def decided(root: Path, preset: str, workers: int) -> pd.DataFrame:
    """Rows of the kept wrist films of a dump after a preset, with their truth."""
    radprep("preprocess", root / "raw", root / preset, "--pipeline", preset, "--workers", workers)
    truth = pd.read_csv(root / "dump" / "truth.csv")
    files = pd.read_parquet(
        root / "raw.private" / "identifiers.parquet", columns=["source_id", "source_path"]
    )
    truth = truth.merge(files, left_on="file", right_on="source_path", validate="one_to_one")
    rows = pd.read_parquet(root / preset / "instances.parquet")
    films = rows[rows.status == "kept"].merge(truth, on="source_id", suffixes=("", "_true"))
    return films[films.region == "wrist"]


def radprep(*words: object) -> None:
    """Run a command of ours; its talk is shown only where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "radprep", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)


def dump_figures(films: pd.DataFrame) -> dict[str, str]:
    """Measures on the rows of pre-processed dumps."""
    first = films.drop_duplicates("source_id")
    wrong, unsure = first.inverted != (first.inverted_true == 1), marked(first, "colour_inversion")
    single, double = first[first.double == "no"], first[first.double != "no"]
    turned = single[single.fingers_degrees.notna() & (single.part_count == 1)]
    miscounted = (first.part_count == 1) != (first.double == "no")
    off = np.abs(wrapped(turned.fingers_degrees + turned.rotation_degrees))
    down, unsure_turn = off > DOWN_BEYOND_DEGREES, marked(turned, "rotation_alignment")
    return {
        "wrist films of the dumps": f"{len(first)}",
        "polarity errors": share(wrong),
        "polarity errors without a mark": share(wrong & ~unsure),
        "marked for polarity": share(unsure),
        "double films cut in two": share(double.part_count == 2),
        "single films left whole": share(single.part_count == 1),
        "wrong number of parts without a mark": share(miscounted & ~marked(first, "part_splitter")),
        "marked for parts": share(marked(first, "part_splitter")),
        "fingers up": share(~down),
        "fingers down without a mark": share(down & ~unsure_turn),
        "marked for rotation": share(unsure_turn),
        "degrees from fingers up, median / p95": percentiles(off.to_numpy()),
        "degrees from upright, either way up, median / p95": percentiles(
            np.minimum(off, 180 - off).to_numpy()
        ),
        "films with any mark": share(first.review.map(len) > 0),
    }


def marked(films: pd.DataFrame, step: str) -> pd.Series:
    """Which films a step marked for review."""
    return films.review.map(lambda marks: any(mark.startswith(f"{step}:") for mark in marks))


def wrapped(degrees: Any) -> Any:
    """The same angles in [-180, 180)."""
    return (degrees + 180) % 360 - 180


def share(found: pd.Series) -> str:
    """`per cent (n of N, 95 % Wilson interval)`."""
    n, count = len(found), int(found.sum())
    if not n:
        return "-"
    low, high = wilson(count, n)
    return f"{100 * count / n:.1f} % ({count} of {n}, {100 * low:.1f}-{100 * high:.1f})"


def percentiles(values: np.ndarray) -> str:
    """`median / p95`."""
    return (
        " / ".join(f"{value:.1f}" for value in np.percentile(values, (50, 95)))
        if len(values)
        else "-"
    )


def load_tool(path: Path) -> Any:
    """The dump tool as a module, for its lists of texts."""
    spec = importlib.util.spec_from_file_location("dump_tool", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_texts(path: Path) -> list[tuple[str, bool]]:
    """Texts and whether they name a wrist. Those without a language are English or
    abbreviations."""
    rows = csv.DictReader(path.open(newline="", encoding="utf-8"))
    return [
        (row["synonym"], row["dicom_body_part"] == "WRIST")
        for row in rows
        if not row["lang_or_note"] or LANGUAGES & set(row["lang_or_note"].replace(",", " ").split())
    ]


def text_figures(texts: list[tuple[str, bool]], which: str) -> dict[str, str]:
    """Precision and recall of reading a wrist from texts."""
    found = pd.Series([any(part == "wrist" for part, _ in parts_in(text)) for text, _ in texts])
    true = pd.Series([is_wrist for _, is_wrist in texts])
    return {
        f"wrist texts ({which}), precision": share(true[found]),
        f"wrist texts ({which}), recall": share(found[true]),
    }


if __name__ == "__main__":
    main()
