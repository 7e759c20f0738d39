"""The way of Niffler's PNG extraction: a pass over all headers that also decodes every film to see
whether it can, a table of every element, then a second pass that scales by the maximum in float64
and writes with pypng. Window and inversion are not applied."""

import hashlib

import numpy as np
import pandas as pd
import png
import pydicom
from _steady import OUT, files, measure
from pydicom.multival import MultiValue


def header(file: str) -> dict[str, object]:
    """The first pass over a film."""
    film = pydicom.dcmread(file, force=True)
    row: dict[str, object] = {"file": file}
    for element in film:
        if element.keyword and element.keyword != "PixelData":
            row[element.keyword] = (
                tuple(element.value)
                if isinstance(element.value, MultiValue)
                else str(element.value)
            )
    try:
        row["has_pixels"] = film.pixel_array is not None
    except Exception:
        row["has_pixels"] = False
    return row


def extract(file: str) -> None:
    """The second pass over a film."""
    stored = pydicom.dcmread(file, force=True).pixel_array.astype(float)
    grey = np.uint8(np.maximum(stored, 0) / stored.max() * 255.0)
    name = hashlib.sha224(file.encode()).hexdigest() + ".png"
    with (OUT / name).open("wb") as handle:
        png.Writer(grey.shape[1], grey.shape[0], greyscale=True, bitdepth=8).write(handle, grey)


def main() -> None:
    """All films, one after the other."""
    table = pd.DataFrame([header(file) for file in files()])
    table.to_csv(OUT / "metadata.csv", index=False)
    for file in table["file"]:
        extract(file)


if __name__ == "__main__":
    measure(main)
