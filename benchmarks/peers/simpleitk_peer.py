"""SimpleITK: stored values stretched to 8 bits."""

import SimpleITK as sitk  # noqa: N813 - as its own manual writes it
from _steady import files, measure, png_path

sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)


def main() -> None:
    """All films, one after the other."""
    for file in files():
        film = sitk.ReadImage(file)
        film = film[:, :, 0] if film.GetDimension() == 3 else film
        sitk.WriteImage(
            sitk.Cast(sitk.RescaleIntensity(film, 0, 255), sitk.sitkUInt8), png_path(file)
        )


if __name__ == "__main__":
    measure(main)
