"""The works that the paper's paragraph cites, by number. Sentences name a work by its number, so a
number never changes: a new work comes last."""

from __future__ import annotations

WORKS: dict[int, str] = {
    1: "Fracture detection from X-rays with deep learning. Thesis, Universitat Politecnica de "
    "Catalunya and Barcelona Supercomputing Center, 2021.",
    2: "Otsu N. A threshold selection method from gray-level histograms. IEEE Trans Syst Man "
    "Cybern 9(1):62-66, 1979.",
    3: "Pearson K. On lines and planes of closest fit to systems of points in space. Phil Mag "
    "2(11):559-572, 1901.",
    4: "Zuiderveld K. Contrast limited adaptive histogram equalization. Graphics Gems IV, 474-485, "
    "1994.",
    5: "NEMA PS3.15, Annex E: Attribute Confidentiality Profiles. DICOM Standard.",
    6: "Identification of bone fractures from hand X-rays. Project report, University of Bolton, "
    "2023; after Davletshina et al., Unsupervised anomaly detection for X-ray images, 2020.",
}

DEIDENTIFICATION = 5
"""What the de-identification of headers follows."""
