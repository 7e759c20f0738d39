r"""Spoil pictures at random, and set hostile ones beside them; read each as convert does, and see
that every file is read or refused with a code, within its memory, and without a word on the screen.

    python benchmarks/picture_mutants.py [--count 2000] [--seed 1]
"""

from __future__ import annotations

import argparse
import io
import json
import random
import struct
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image

MOST_PIXELS, MOST_FRAMES = 100_000_000, 1000
BATCH = 250
CODES = frozenset(
    {
        "unreadable_picture",
        "unsupported_picture",
        "too_many_pixels",
        "too_many_frames",
        "no_picture",
        "out_of_memory",
    }
)
MAY_TAKE_MB = 1000
"""What dicom/budget.py lets a small file take is 768 MB."""


def main() -> None:
    """Print one JSON object of figures; exit with 1 where a promise is broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="start", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.start is not None:
        read_batch(arguments.start, arguments.count, arguments.seed)
        return
    found = measure(arguments.count, arguments.seed)
    print(json.dumps(found, indent=2))
    sys.exit(bool(found["broken"]))


def measure(count: int, seed: int) -> dict[str, Any]:
    """Read so many files in processes of their own; what became of them, and what is broken."""
    began = time.monotonic()
    total = count + len(hostile())
    became: Counter[str] = Counter()
    broken: list[str] = []
    peak, slowest = 0, 0.0
    options = ("--count", str(count), "--seed", str(seed))
    for start in range(0, total, BATCH):
        done = subprocess.run(
            [sys.executable, __file__, *options, "--from", str(start)],
            capture_output=True,
            text=True,
            check=False,
        )
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
        if done.returncode or done.stderr:
            broken.append(f"batch {start}: {done.returncode}, {done.stderr[-500:]}")
        broken += [f"a line on the screen: {len(done.stdout.splitlines())}"] * (
            len(done.stdout.splitlines()) != len(lines)
        )
        if len(lines) != min(BATCH, total - start):
            broken.append(f"batch {start}: died behind {len(lines)} files")
        for number, code, seconds, megabytes in lines:
            became[code] += 1
            slowest = max(slowest, seconds)
            peak = max(peak, megabytes)
            if code not in CODES | {"read", "damaged"}:
                broken.append(f"{number}: {code}")
    if peak > MAY_TAKE_MB:
        broken.append(f"{peak} MB")
    return {
        "files": total,
        "became": dict(became.most_common()),
        "most_mb_for_a_file": peak,
        "slowest_s": slowest,
        "seconds": round(time.monotonic() - began, 1),
        "broken": broken,
    }


def read_batch(start: int, count: int, seed: int) -> None:
    """Read some of the files; a line for each: its number, what became of it, seconds, and the most
    memory that it took (MB)."""
    others = list(hostile().values())
    made = list(pictures().values())
    read_one(made[0])
    for number in range(start, min(start + BATCH, count + len(others))):
        rng = random.Random(f"{seed} {number}")
        data = mutated(rng, rng.choice(made)) if number < count else others[number - count]()
        before, began = forget_peak(), time.monotonic()
        code = read_one(data)
        taken = round(time.monotonic() - began, 2)
        print(json.dumps([number, code, taken, memory_mb("VmHWM") - before]), flush=True)


def read_one(data: bytes) -> str:
    """What becomes of a picture: read, damaged, or the code of its failure; another error by its
    name."""
    from radprep.dicom.budget import memory_for
    from radprep.dicom.decode import refuse_too_many
    from radprep.errors import Failure
    from radprep.pictures.kinds import is_picture
    from radprep.pictures.opened import Limits, open_picture
    from radprep.pictures.shown import shown

    check = partial(refuse_too_many, max_pixels=MOST_PIXELS, max_frames=MOST_FRAMES)
    try:
        with memory_for(len(data)):
            if not is_picture(data):
                return "no_picture"
            picture = open_picture(data, Limits(check, MOST_FRAMES, first_only=False))
            marks = set()
            for number in range(picture.frames):
                frame = picture.read(number)
                marks.update(frame.marks)
                shown(frame, 8, "auto")
            return "damaged" if "damaged_picture" in marks else "read"
    except Failure as failure:
        return failure.code
    except MemoryError:
        return "out_of_memory"
    except BaseException as error:  # a decoder that ends the process is what this looks for
        return type(error).__name__


def forget_peak() -> int:
    """Count the most memory from now on; what the process has now (MB)."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return memory_mb("VmRSS")


def memory_mb(name: str) -> int:
    """A figure of /proc/self/status, MB."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition(f"{name}:")[2].split()[0]) // 1024


def film(bits: int = 8) -> np.ndarray:
    """A made limb: a bright bar with some noise."""
    rng = np.random.default_rng(5)
    values = rng.normal(0.15, 0.02, (96, 80))
    values[:, 30:52] += 0.6
    return (np.clip(values, 0, 1) * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)


def pictures() -> dict[str, bytes]:
    """A picture of each kind that archives send."""
    grey, deep = Image.fromarray(film()), film(16)
    found = {
        f"{form} {mode}{' ' if options else ''}{' '.join(map(str, options.values()))}": saved(
            grey.convert(mode), form, **options
        )
        for form, mode, options in (
            *(("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")),
            ("PNG", "P", {"bits": 4}),
            ("PNG", "L", {"transparency": 40}),
            *(("JPEG", mode, {"quality": 90}) for mode in ("L", "RGB", "CMYK")),
            ("JPEG", "L", {"progressive": True}),
            ("JPEG", "RGB", {"exif": exif(6)}),
            *(("TIFF", mode, {}) for mode in ("1", "L", "P", "RGB", "CMYK")),
            *(("TIFF", "L", {"compression": one}) for one in ("tiff_lzw", "jpeg", "packbits")),
            ("TIFF", "1", {"compression": "group4"}),
            ("WEBP", "RGB", {}),
            ("WEBP", "RGBA", {"lossless": True}),
            ("GIF", "L", {}),
            ("BMP", "L", {}),
            ("JPEG2000", "L", {}),
            ("AVIF", "RGB", {}),
        )
    }
    found["PNG interlaced"] = interlaced(film())
    found["PNG 16"] = saved(Image.fromarray(deep), "PNG")
    found["GIF frames"] = saved(grey, "GIF", save_all=True, append_images=[grey.rotate(9)] * 3)
    found["WEBP frames"] = saved(grey, "WEBP", save_all=True, append_images=[grey.rotate(9)] * 3)
    for name, options in {
        "16": {},
        "big": {"bigtiff": True},
        "tiles": {"tile": (32, 32), "compression": "zlib"},
        "predicted": {"compression": "zlib", "predictor": True, "rowsperstrip": 16},
        "white": {"photometric": "miniswhite", "byteorder": ">"},
    }.items():
        found[f"TIFF {name}"] = tiff(deep, **options)
    found["TIFF pages"] = tiff(np.stack([deep] * 3))
    found["TIFF real"] = tiff(film().astype(np.float32))
    return found


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    """A picture as the bytes of a file."""
    held = io.BytesIO()
    image.save(held, form, **options)
    return held.getvalue()


def tiff(pixels: np.ndarray, **options: Any) -> bytes:
    """A TIFF as the bytes of a file."""
    held = io.BytesIO()
    tifffile.imwrite(held, pixels, **({"photometric": "minisblack"} | options))
    return held.getvalue()


def exif(orientation: int) -> bytes:
    """An EXIF block that says which way up."""
    return b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 274, 3, 1, orientation, 0, 0)


def mutated(rng: random.Random, data: bytes) -> bytes:
    """The bytes with some changed, cut off, cut out, doubled or put in; half of the changes near
    the beginning. The first bytes, which say what it is, mostly stay."""
    spoilt = bytearray(data)
    first = 0 if rng.random() < 0.05 else min(12, len(spoilt) - 1)
    reach = min(len(spoilt), 400) if rng.random() < 0.5 else len(spoilt)
    start = rng.randrange(first, max(first + 1, reach))
    size = rng.randrange(1, 64)
    kind = rng.choice(["flip", "flip", "flip", "cut off", "cut out", "double", "put in", "lengths"])
    if kind == "flip":
        for _ in range(rng.randrange(1, 20)):
            spoilt[rng.randrange(first, max(first + 1, reach))] = rng.randrange(256)
    elif kind == "cut off":
        del spoilt[start:]
    elif kind == "cut out":
        del spoilt[start : start + size]
    elif kind == "double":
        spoilt[start:start] = spoilt[start : start + size]
    elif kind == "put in":
        spoilt[start:start] = rng.randbytes(size)
    else:
        spoilt[start : start + 4] = rng.choice(
            [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0"]
        )
    return bytes(spoilt)


def hostile() -> dict[str, Callable[[], bytes]]:
    """Files that are made to do harm, each made when it is asked for."""
    return {
        "png bomb": lambda: png(60_000, 60_000, bytes(1 << 20)),
        "png bomb within bounds": lambda: png(9_999, 9_999, bytes(9_999 * 10_000)),
        "png that unpacks to more": lambda: png(8, 8, bytes(1 << 27)),
        "png with a long text": lambda: with_chunk(
            b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 26))
        ),
        "png with a long profile": lambda: with_chunk(
            b"iCCP", b"a\0\0" + zlib.compress(bytes(1 << 26))
        ),
        "png with a long international text": lambda: with_chunk(
            b"iTXt", b"a\0\1\0\0\0" + zlib.compress(bytes(1 << 26))
        ),
        "png of many chunks": lambda: png(8, 8, bytes(72), chunk(b"tEXt", b"") * 500_000),
        "png of a size of nothing": lambda: png(0, 8, b""),
        "png of 2**31": lambda: png(2**31 - 1, 1, bytes(1 << 20)),
        "jpeg of 65500 x 65500": lambda: pictures()["JPEG L 90"].replace(
            struct.pack(">HH", 96, 80), struct.pack(">HH", 65_500, 65_500), 1
        ),
        "jpeg of 9999 x 9999 that ends": lambda: pictures()["JPEG L 90"].replace(
            struct.pack(">HH", 96, 80), struct.pack(">HH", 9_999, 9_999), 1
        ),
        "jpeg of many scans": many_scans,
        "jpeg of nothing but its start": lambda: b"\xff\xd8\xff" * 1000,
        "tiff whose pages lead in a circle": lambda: tiff_with(8, next_page=8),
        "tiff of many pages": lambda: tiff_of_pages(150_000),
        "tiff whose page is outside": lambda: b"II*\0" + struct.pack("<I", 1 << 30) + bytes(64),
        "tiff of a million strips": lambda: tiff_with(8, height=1_000_000, strips=1_000_000),
        "tiff of 2**32 values": lambda: tiff_with(8, strips=2**32 - 1),
        "tiff of large tiles": lambda: tiff_with(8, tile=(2**31 - 1, 2**31 - 1)),
        "tiff that unpacks to more": lambda: tiff_with(
            8, compression=8, body=zlib.compress(bytes(1 << 26))
        ),
        "tiff whose strips are elsewhere": lambda: tiff_with(8, place=1 << 31),
        "gif of many frames": lambda: gif_of_frames(2_000),
        "gif of 65535 x 65535": lambda: (
            pictures()["GIF L"][:6] + struct.pack("<HH", 65_535, 65_535) + pictures()["GIF L"][10:]
        ),
        "webp of 16383 x 16383": lambda: saved(Image.new("L", (16_383, 16_383)), "WEBP", quality=1),
        "bmp of 2**31": lambda: (
            pictures()["BMP L"][:18]
            + struct.pack("<ii", 2**31 - 1, 2**31 - 1)
            + pictures()["BMP L"][26:]
        ),
        "jpeg 2000 of many tiles": lambda: j2k_of_tiles(pictures()["JPEG2000 L"]),
        "png that is a zip, too": lambda: pictures()["PNG L"] + b"PK\x05\x06" + bytes(18),
        "jpeg that is a page, too": lambda: pictures()["JPEG L 90"] + b"<html><script>" * 99,
        **{f"the start of {name}": partial(beginning, name) for name in pictures()},
    }


def beginning(name: str) -> bytes:
    """The first bytes of a picture and no more."""
    return pictures()[name][:24]


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, raw: bytes, before: bytes = b"") -> bytes:
    """A grey PNG of any size with any data."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    body = before + chunk(b"IDAT", zlib.compress(raw, 1)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + body


def interlaced(pixels: np.ndarray) -> bytes:
    """A grey PNG of seven passes (ISO/IEC 15948, 8.2)."""
    raw = b"".join(
        b"\0" + row.tobytes()
        for left, top, across, down in (
            *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
            *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
        )
        for row in pixels[top::down, left::across]
    )
    height, width = pixels.shape
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 1))
    body = chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + body


def with_chunk(name: bytes, body: bytes) -> bytes:
    """A good PNG with one chunk more."""
    return png(8, 8, bytes(72), chunk(name, body))


def many_scans() -> bytes:
    """A progressive JPEG whose last scan stands there a thousand times."""
    data = pictures()["JPEG L True"]
    last = data.rfind(b"\xff\xda")
    return data[:last] + data[last:-2] * 1000 + b"\xff\xd9"


def tiff_with(
    start: int,
    *,
    next_page: int = 0,
    height: int = 8,
    strips: int = 1,
    tile: tuple[int, int] | None = None,
    compression: int = 1,
    body: bytes = bytes(64),
    place: int | None = None,
) -> bytes:
    """A small TIFF of 8 columns with any values in its tags."""
    inside = {256: 8, 257: height, 258: 8, 259: compression, 262: 1, 277: 1, 278: height}
    if tile:
        inside |= {322: tile[0], 323: tile[1]}
    entries = len(inside) + 2
    at = start + 2 + 12 * entries + 4 if place is None else place
    tags = [(tag, 4, 1, value) for tag, value in inside.items()]
    offsets, sizes = (324, 325) if tile else (273, 279)
    tags += [(offsets, 4, strips, at), (sizes, 4, strips, len(body) if strips == 1 else at)]
    directory = b"".join(struct.pack("<HHII", *one) for one in sorted(tags))
    head = b"II*\0" + struct.pack("<I", start) + struct.pack("<H", entries)
    return head + directory + struct.pack("<I", next_page) + body


def tiff_of_pages(count: int) -> bytes:
    """A chain of directories of one entry each."""
    pieces = [b"II*\0" + struct.pack("<I", 8)]
    for number in range(count):
        following = 8 + 18 * (number + 1) if number + 1 < count else 0
        pieces.append(struct.pack("<HHHIII", 1, 256, 4, 1, 8, following))
    return b"".join(pieces)


def gif_of_frames(count: int) -> bytes:
    """A GIF whose first frame stands there many times."""
    data = saved(Image.fromarray(film()), "GIF")
    start = data.rfind(b",", 0, 13 + 768 + 30)
    return data[:start] + data[start:-1] * count + b";"


def j2k_of_tiles(data: bytes) -> bytes:
    """A JPEG 2000 picture that says it has a tile for each pixel of a large one."""
    at = data.find(b"\xff\x51") + 4
    size = struct.pack(">8I", 9_000, 9_000, 0, 0, 1, 1, 0, 0)
    return data[: at + 2] + size + data[at + 34 :]


if __name__ == "__main__":
    main()
