"""How fast radprep converts and pre-processes, beside its peers, in one run.

    make bench    # on generated films; writes bench/speed.md and bench/speed.svg
    python benchmarks/speed.py --out bench --dump DUMP    # on the films of any dump
    python benchmarks/speed.py --out bench --sections parallel    # two workers against one, on
                                                    # 1,000 films (needs 10 GB of disk)

Each contestant gets the same files in a fresh process, one thread, page cache warm, and prints its
CPU seconds without imports. They take turns (A B C A B C); the table holds medians. Peers come from
PyPI (requirements.txt); the scripts are in peers/. Pre-processing has no peer: its section gives
core-seconds an image of 4 megapixels and where they went.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from itertools import cycle
from pathlib import Path

import cv2
import imagecodecs
import matplotlib as mpl
import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLosslessSV1, generate_uid

sys.path.insert(0, str(Path(__file__).parents[1] / "data_samples"))
from phantom import draw_forearm

PEERS = ("radprep", "dicomsdl_opencv", "dicom2jpg", "simpleitk", "niffler_like", "pydicom_pillow")
SYNTAXES = {
    "raw": (ExplicitVRLittleEndian, None),
    "JPEG Lossless": (
        JPEGLosslessSV1,
        lambda film: imagecodecs.jpeg_encode(film, lossless=True, predictor=1, bitspersample=16),
    ),
    "JPEG 2000": (
        JPEG2000Lossless,
        lambda film: imagecodecs.jpeg2k_encode(film, reversible=True, codecformat="j2k", level=0),
    ),
}
PUBLISHED_JOB = 21_372
"""Images of the wrist thesis' job; it took 8 core-seconds for each."""
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"
)


def main() -> None:
    """Build the corpus, let the contestants take turns, and write the table and the plot."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("bench"))
    parser.add_argument(
        "--dump", type=Path, help="take the films of this dump; without it they are generated"
    )
    parser.add_argument("--films", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--sections",
        nargs="+",
        choices=("peers", "preprocess", "parallel"),
        default=("peers", "preprocess"),
    )
    parser.add_argument(
        "--parallel",
        type=int,
        default=1000,
        metavar="FILMS",
        help="so many in the section `parallel`",
    )
    options = parser.parse_args()
    films = (
        list(dump_films(options.dump, options.films))
        if options.dump
        else [generated_film(seed) for seed in range(options.films)]
    )
    megapixels = sum(film.Rows * film.Columns for film in films) / 1e6 / len(films)
    sections = [
        f"{len(films)} films, {megapixels:.1f} megapixels on average; medians of {options.rounds} "
        "rounds\n"
    ]
    if "peers" in options.sections:
        spent = {
            name: take_turns(
                corpus_of(films, name, options.out), options.rounds, options.out / "work"
            )
            for name in SYNTAXES
        }
        plot(spent, len(films), options.out / "speed.svg")
        sections.append(table(spent, len(films)))
    if "preprocess" in options.sections:
        corpus = corpus_of(films, "raw", options.out)
        sections += [
            preprocess_section(corpus, options.rounds, options.out / "work"),
            start_up(options.rounds),
        ]
    if "parallel" in options.sections:
        sections.append(two_workers(films, options.parallel, options.out / "parallel"))
    (options.out / "speed.md").write_text("\n".join(sections), encoding="utf-8")
    print("\n".join(sections))


def generated_film(seed: int) -> FileDataset:
    """A 12-bit film of 3 to 5 megapixels: a phantom drawn small, enlarged, with the noise of a
    detector."""
    rng = np.random.default_rng(seed)
    height, width = int(rng.integers(2000, 2700)), int(rng.integers(1500, 2100))
    small = draw_forearm(
        "R", float(rng.uniform(-40, 40)), seed, shape=(height // 5, width // 5), mm=0.75
    )
    film = cv2.resize(small.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    stored = np.clip(film * 3600 + 200 + rng.normal(0, 6, film.shape), 0, 4095).astype(np.uint16)
    return dataset(stored, seed)


def dataset(stored: np.ndarray, number: int) -> FileDataset:
    """A CR film as DICOM, two a study: a limb is shown from two sides."""
    study = str(number // 2)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    film = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    film.SOPClassUID = meta.MediaStorageSOPClassUID
    film.SOPInstanceUID = meta.MediaStorageSOPInstanceUID = generate_uid(
        entropy_srcs=["instance", str(number)]
    )
    film.StudyInstanceUID, film.SeriesInstanceUID = (
        generate_uid(entropy_srcs=[kind, study]) for kind in ("study", "series")
    )
    film.PatientID, film.PatientName, film.PatientSex = (
        f"P{study}",
        f"NAME^{study}",
        "MF"[number // 2 % 2],
    )
    film.StudyDate, film.AccessionNumber, film.Modality, film.BodyPartExamined = (
        "20190304",
        f"A{study}",
        "CR",
        "WRIST",
    )
    film.Rows, film.Columns = stored.shape
    film.SamplesPerPixel, film.PixelRepresentation, film.PhotometricInterpretation = (
        1,
        0,
        "MONOCHROME2",
    )
    film.BitsAllocated, film.BitsStored, film.HighBit = 16, 12, 11
    film.WindowCenter, film.WindowWidth = 2000, 3600
    film.PixelData = stored.tobytes()
    return film


def dump_films(dump: Path, count: int):
    """The first films of a dump that decode, uncompressed, with their own headers."""
    found = 0
    for path in sorted(path for path in dump.rglob("*") if path.is_file()):
        try:
            film = pydicom.dcmread(path)
            film.decompress()
        # a dump holds files of every kind; those that do not decode are not for a race
        except Exception:
            continue
        if (
            film.get("SamplesPerPixel") == 1
            and film.BitsAllocated == 16
            and int(film.get("NumberOfFrames") or 1) == 1
        ):
            found += 1
            yield film
        if found == count:
            return


def corpus_of(films: list[FileDataset], name: str, out: Path) -> Path:
    """The films in one transfer syntax, in a folder of their own."""
    return write_corpus(films, out / "corpus" / name.replace(" ", "-"), name)


def write_corpus(films: list[FileDataset], folder: Path, name: str) -> Path:
    """The films in one transfer syntax, NNNN.dcm in a folder."""
    syntax, encode = SYNTAXES[name]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, film in enumerate(films):
        raw = film.PixelData
        film.file_meta.TransferSyntaxUID = syntax
        if encode:
            stored = np.frombuffer(raw, np.uint16, film.Rows * film.Columns).reshape(
                film.Rows, film.Columns
            )
            film.PixelData = encapsulate([encode(stored)])
        film["PixelData"].VR = "OB" if encode else "OW"
        film["PixelData"].is_undefined_length = bool(encode)
        film.save_as(folder / f"{number:04d}.dcm", enforce_file_format=True)
        film.PixelData = raw
    return folder


def take_turns(corpus: Path, rounds: int, work: Path) -> dict[str, list[tuple[float, float]]]:
    """Contestant -> (CPU seconds, peak megabytes) of each round."""
    spent = defaultdict(list)
    for _ in range(rounds):
        for peer in PEERS:
            shutil.rmtree(work, ignore_errors=True)
            shutil.rmtree(work.with_name(work.name + ".private"), ignore_errors=True)
            spent[peer].append(run(peer, corpus, work))
    shutil.rmtree(work, ignore_errors=True)
    return spent


def run(peer: str, corpus: Path, work: Path) -> tuple[float, float]:
    """One contestant on one corpus: CPU seconds and peak megabytes."""
    words = said(peer, corpus, work)["STEADY"].split()
    return float(words[0]), int(words[2]) / 1024


def said(peer: str, corpus: Path, work: Path) -> dict[str, str]:
    """What a contestant says of one corpus, in a fresh process: the rest of each line by its first
    word."""
    script = Path(__file__).parent / "peers" / f"{peer}_peer.py"
    done = subprocess.run(
        [sys.executable, script, corpus, work],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | ONE_THREAD,
    )
    lines = {
        word: rest for word, _, rest in (line.partition(" ") for line in done.stdout.splitlines())
    }
    if "STEADY" not in lines:
        raise SystemExit(f"{peer} failed on {corpus.name}:\n{done.stderr[-2000:]}")
    return lines


def radprep(*words: object) -> float:
    """Wall seconds of a command, start and all."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "radprep", *map(str, words)],
        check=True,
        capture_output=True,
        env=os.environ | ONE_THREAD,
    )
    return time.perf_counter() - began


def preprocess_section(corpus: Path, rounds: int, work: Path) -> str:
    """Core-seconds an image for the preset `wrist`, and the stages of its median round, as
    Markdown."""
    raw = work.with_name("raw")
    for folder in (raw, raw.with_name("raw.private")):
        shutil.rmtree(folder, ignore_errors=True)
    radprep("convert", corpus, raw)
    done = []
    for _ in range(rounds):
        shutil.rmtree(work, ignore_errors=True)
        done.append(said("preprocess", raw, work))
    written, taken = megapixels_of(work), megapixels_of(raw)
    shutil.rmtree(work)
    middle = sorted(done, key=lambda lines: float(lines["STEADY"].split()[0]))[rounds // 2]
    profile, seconds = json.loads(middle["PROFILE"]), float(middle["STEADY"].split()[0])
    total = sum(profile["seconds"].values())
    each = profile["images"]
    lines = [
        f"preprocess, preset wrist: {seconds / each:.4f} core-seconds an image of "
        f"{written / each:.1f} megapixels (a turned film has a larger canvas), "
        f"{4 * seconds / written:.4f} for 4 megapixels written, "
        f"{4 * seconds / taken:.4f} for 4 megapixels read\n",
        "| stage (wall) | ms an image | share |",
        "|---|---|---|",
    ]
    lines += [
        f"| {stage} | {1000 * spent / each:.1f} | {spent / total:.0%} |"
        for stage, spent in sorted(profile["seconds"].items(), key=lambda one: -one[1])
    ]
    return "\n".join(lines) + "\n"


def megapixels_of(dataset: Path) -> float:
    """Of all images of a data set together."""
    return (
        sum(
            cv2.imread(path, cv2.IMREAD_UNCHANGED).size for path in map(str, dataset.rglob("*.png"))
        )
        / 1e6
    )


def start_up(rounds: int) -> str:
    """Seconds until --help has answered, and until what a run of preprocess begins with has been
    imported."""
    imports = [sys.executable, "-c", "import radprep.cli, radprep.preprocess, radprep.run.runner"]
    waits: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        waits["--help"].append(radprep("--help"))
        began = time.perf_counter()
        subprocess.run(imports, check=True)
        waits["imports of preprocess"].append(time.perf_counter() - began)
    return (
        "start-up: "
        + ", ".join(f"{name} {statistics.median(seconds):.2f} s" for name, seconds in waits.items())
        + "\n"
    )


def two_workers(films: list[FileDataset], count: int, folder: Path) -> str:
    """Wall seconds of one worker over those of two, for both stages, on so many films (the same
    ones again, under other UIDs)."""
    shutil.rmtree(folder, ignore_errors=True)
    stored = [
        np.frombuffer(film.PixelData, np.uint16, film.Rows * film.Columns).reshape(
            film.Rows, film.Columns
        )
        for film in films
    ]
    again = [
        dataset(pixels, number) for number, pixels in zip(range(count), cycle(stored), strict=False)
    ]
    write_corpus(again, folder / "dump", "JPEG Lossless")  # as most hospitals' archives have them
    lines = []
    for stage, source, more in (
        ("convert", folder / "dump", ()),
        ("preprocess", folder / "convert-1", ("--pipeline", "wrist")),
    ):
        one, two = (
            radprep(stage, source, folder / f"{stage}-{workers}", "--workers", workers, *more)
            for workers in (1, 2)
        )
        lines.append(
            f"{stage} of {count} films: {one:.1f} s with one worker, {two:.1f} s with two, "
            f"{one / two:.2f} times as fast; the published job of {PUBLISHED_JOB:,} films would "
            "take two "
            f"{two / count * PUBLISHED_JOB / 60:.1f} minutes\n"
        )
    shutil.rmtree(folder)
    return "".join(lines)


def table(spent: dict[str, dict[str, list[tuple[float, float]]]], films: int) -> str:
    """CPU seconds an image, how many times those of radprep, and peak memory, as Markdown."""
    names = list(spent)
    lines = [
        "| CPU seconds an image (times radprep's) | " + " | ".join(names) + " | peak MB |",
        "|---|" + "---|" * (len(names) + 1),
    ]
    for peer in PEERS:
        seconds = [median(spent[name][peer]) / films for name in names]
        ratios = [
            mine / median(spent[name]["radprep"]) * films
            for mine, name in zip(seconds, names, strict=True)
        ]
        cells = [f"{mine:.4f} ({ratio:.1f})" for mine, ratio in zip(seconds, ratios, strict=True)]
        peak = max(one[1] for name in names for one in spent[name][peer])
        lines.append(f"| {peer} | " + " | ".join(cells) + f" | {peak:.0f} |")
    return "\n".join(lines) + "\n"


def median(rounds: list[tuple[float, float]]) -> float:
    """Median CPU seconds."""
    return statistics.median(seconds for seconds, _ in rounds)


def plot(spent: dict[str, dict[str, list[tuple[float, float]]]], films: int, path: Path) -> None:
    """Bars of CPU seconds an image, on a logarithmic scale, one colour a transfer syntax."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "radprep"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
    places = np.arange(len(PEERS))
    for offset, (name, contestants) in enumerate(spent.items()):
        axes.barh(
            places + 0.27 * (offset - 1),
            [median(contestants[peer]) / films for peer in PEERS],
            height=0.25,
            label=name,
        )
    axes.set_yticks(places, PEERS)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("CPU seconds an image (log scale)")
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
