"""dicom2jpg, as its README uses it, in one process."""

import dicom2jpg
from _steady import OUT, SOURCE, measure

if __name__ == "__main__":
    measure(lambda: dicom2jpg.dicom2png(str(SOURCE), str(OUT), multiprocessing=False))
