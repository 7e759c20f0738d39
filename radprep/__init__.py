"""From raw X-ray DICOM to a de-identified, ML-ready data set."""

__version__ = "0.1.0"
