"""dicomsdl and OpenCV: stored values stretched to 8 bits. No window, no metadata; the least a
converter can do."""

import cv2
import dicomsdl
import numpy as np
from _steady import files, measure, png_path

cv2.setNumThreads(1)


def convert(file: str) -> None:
    """One film to PNG."""
    dicom = dicomsdl.open(file)
    info = dicom.getPixelDataInfo()
    stored = np.empty((info["Rows"], info["Cols"]), info["dtype"])
    dicom.copyFrameData(0, stored)
    low, high = float(stored.min()), float(stored.max())
    grey = (stored.astype(np.float32) - low) / (high - low)
    if info["PhotometricInterpretation"] == "MONOCHROME1":
        grey = 1 - grey
    cv2.imwrite(png_path(file), (255 * grey).astype(np.uint8))


def main() -> None:
    """All films, one after the other."""
    for file in files():
        convert(file)


if __name__ == "__main__":
    measure(main)
