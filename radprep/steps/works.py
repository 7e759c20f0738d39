"""The works that the paper's paragraph cites, by number. Sentences name a work by its number, so a
number never changes: a new work comes last. The paragraph itself numbers anew, in the order in
which it cites (see `report/facts/references.py`)."""

from __future__ import annotations

WORKS: dict[int, str] = {
    1: "de Cid Rodr\u00edguez J. Fracture detection from X-rays with deep learning. Master thesis, "
    "Universitat Polit\u00e8cnica de Catalunya and Barcelona Supercomputing Center, 2021.",
    2: "Otsu N. A threshold selection method from gray-level histograms. IEEE Trans Syst Man "
    "Cybern 9(1):62-66, 1979.",
    3: "Pearson K. On lines and planes of closest fit to systems of points in space. Phil Mag "
    "2(11):559-572, 1901.",
    4: "Zuiderveld K. Contrast limited adaptive histogram equalization. Graphics Gems IV, 474-485, "
    "1994.",
    5: "National Electrical Manufacturers Association. DICOM PS3.15: Security and system "
    "management profiles, Annex E: Attribute confidentiality profiles.",
    6: "Davletshina D, Melnychuk V, Tran V, Singla H, Berrendorf M, Faerman E, Fromm M, Schubert "
    "M. Unsupervised anomaly detection for X-ray images. arXiv:2001.10883, 2020.",
}

DEIDENTIFICATION = 5
"""What the de-identification of headers follows."""
