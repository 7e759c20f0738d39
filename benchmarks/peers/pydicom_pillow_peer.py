"""What most tutorials do: pydicom with its LUT functions, Pillow, and a table of the header."""

import numpy as np
import pandas as pd
import pydicom
from _steady import OUT, files, measure, png_path
from PIL import Image
from pydicom.pixels import apply_modality_lut, apply_voi_lut


def convert(file: str) -> dict[str, str]:
    """One film to PNG; its header as texts."""
    film = pydicom.dcmread(file)
    grey = apply_voi_lut(apply_modality_lut(film.pixel_array, film), film)
    if film.PhotometricInterpretation == "MONOCHROME1":
        grey = grey.max() - grey
    grey = grey - grey.min()
    Image.fromarray((grey / grey.max() * 255).astype(np.uint8)).save(png_path(file))
    return {
        element.keyword: str(element.value) for element in film if element.keyword != "PixelData"
    }


def main() -> None:
    """All films, one after the other."""
    pd.DataFrame([convert(file) for file in files()]).to_csv(OUT / "metadata.csv", index=False)


if __name__ == "__main__":
    measure(main)
