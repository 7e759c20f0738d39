"""Which modality a file is of: one of DICOM's terms, read from what its header says.

Archives, old machines and tools for anonymising write texts into Modality that are no term of
DICOM, such as DR, XR or X-RAY, and some write nothing. The SOP class says what kind of object a
file is, so it decides where the text does not.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import pydicom

from radprep.dicom import header


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FILMS = ("CR", "DX", "RG")
"""The modalities of plain X-ray films, which are converted unless others are asked for."""

UNKNOWN = "unknown"
"""Stands for the modality of a file that does not tell it, also where one is asked for."""

TERMS = _words(
    "AR ASMT AU BDUS BI BMD CFM CR CT DG DMS DOC DX ECG EEG EMG EOG EPS ES FID GM HC HD IO IOL "
    "IVOCT IVUS KER KO LEN LS M3D MG MR NM OAM OCT OP OPM OPT OPTBSV OPTENF OPV OSS OT PA PLAN "
    "POS PR PT PX REG RESP RF RG RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD RTRECORD RTSEGANN RTSTRUCT "
    "RWV SC SEG SM SMR SR SRF STAIN TEXTUREMAP TG US VA XA XAPROTOCOL CTPROTOCOL XC"
)
"""Defined terms of Modality (PS3.3 C.7.3.1.1.1) that may be shown; anything else is a text somebody
typed."""

_FILM = "film"
"""What a text says that names a plain X-ray film, and not of which kind."""

_VARIANTS = {
    key: term
    for term, texts in {
        # XR: RSNA Radiology Playbook and LOINC. DR: makers. RX and RTG: Romance and Slavic words.
        _FILM: "DR DRX XR RX XRAY XRAYS RAD RADIOGRAPH RADIOGRAPHS RADIOGRAPHY RADIOGRAPHIC "
        "PLAINFILM PLAINRADIOGRAPHY PLAINXRAY XRAYFILM DIGITALXRAY XRAYDIGITAL RXDIGITAL "
        "CONVENTIONALRADIOGRAPHY PROJECTIONRADIOGRAPHY RADIOGRAFIA RADIOGRAFIE RADIOGRAPHIE "
        "RADIOGRAFI ROENTGEN RONTGEN ROENTGENOGRAPHY RTG РЕНТГЕН РЕНТГЕНОГРАФИЯ РГ",
        # What PS3.3 C.7.3.1.1.1 says that its terms mean, in full.
        "CR": "COMPUTEDRADIOGRAPHY COMPUTERRADIOGRAPHY",
        "DX": "DIGITALRADIOGRAPHY",
        "MG": "MAMMO MAMMOGRAPHY MAMMOGRAFIA MAMMOGRAPHIE MAMOGRAFIA MMG",
        "CT": "CAT CTSCAN COMPUTEDTOMOGRAPHY",
        "MR": "MRI NMR IRM MRT MAGNETICRESONANCE",
        "US": "USG ULTRASOUND SONO SONOGRAPHY CD DD",
        "XA": "ANGIO ANGIOGRAPHY XRAYANGIOGRAPHY DS DSA",
        "RF": "FLUORO FLUOROSCOPY RADIOFLUOROSCOPY DF CF VF",
        "NM": "NUCLEARMEDICINE SPECT ST",
        "PT": "PET PETCT",
        "IO": "INTRAORAL INTRAORALRADIOGRAPHY",
        "PX": "OPG PANORAMIC PANORAMICXRAY ORTHOPANTOMOGRAM",
        "BMD": "DEXA DXA",
        "OT": "OTHER",
        "SC": "SECONDARYCAPTURE SCREENSHOT",
    }.items()
    for key in texts.split()
}
"""Text without spaces, hyphens and accents -> term. The Standard has retired CD, CF, DD, DF, DS, ST
and VF: they stand under the term that took their place."""

_CLASSES = {
    **dict.fromkeys(("1",), "CR"),
    **dict.fromkeys(("1.1", "1.1.1", "501.2.1", "501.2.2"), "DX"),
    **dict.fromkeys(("1.2", "1.2.1", "13.1.3", "13.1.4", "13.1.5"), "MG"),
    **dict.fromkeys(("1.3", "1.3.1"), "IO"),
    **dict.fromkeys(("2", "2.1", "2.2", "13.1.2", "501.1"), "CT"),
    **dict.fromkeys(("3", "3.1", "6", "6.1", "6.2"), "US"),
    **dict.fromkeys(("4", "4.1", "4.2", "4.3", "4.4"), "MR"),
    **dict.fromkeys(("5", "20"), "NM"),
    **dict.fromkeys(("12.1", "12.1.1", "12.3", "13.1.1"), "XA"),
    **dict.fromkeys(("12.2", "12.2.1"), "RF"),
    **dict.fromkeys(("14.1", "14.2"), "IVOCT"),
    **dict.fromkeys(("77.1.1", "77.1.1.1"), "ES"),
    **dict.fromkeys(("77.1.2", "77.1.2.1"), "GM"),
    **dict.fromkeys(("77.1.3", "77.1.6"), "SM"),
    **dict.fromkeys(("77.1.4", "77.1.4.1"), "XC"),
    **dict.fromkeys(("77.1.5.1", "77.1.5.2", "77.1.5.5", "77.1.5.6"), "OP"),
    **dict.fromkeys(("77.1.5.4",), "OPT"),
    **dict.fromkeys(("77.1.7",), "DMS"),
    **dict.fromkeys(("128", "128.1", "130"), "PT"),
    **dict.fromkeys(("481.1", "481.23", "481.24"), "RTIMAGE"),
    **dict.fromkeys(("481.2",), "RTDOSE"),
    **dict.fromkeys(("481.3",), "RTSTRUCT"),
    **dict.fromkeys(("481.5", "481.8"), "RTPLAN"),
    **dict.fromkeys(("481.4", "481.6", "481.7", "481.9"), "RTRECORD"),
    **dict.fromkeys(("66.4", "66.5"), "SEG"),
    **dict.fromkeys(("66.1", "66.3"), "REG"),
    **dict.fromkeys(("66.2",), "FID"),
    **dict.fromkeys(("67",), "RWV"),
    **dict.fromkeys(("88.59",), "KO"),
    **dict.fromkeys(("88.11", "88.22", "88.33", "88.34", "88.35", "88.50", "88.65", "88.67"), "SR"),
    **dict.fromkeys(tuple(f"11.{number}" for number in range(1, 13)), "PR"),
    **dict.fromkeys(("104.1", "104.2"), "DOC"),
}
"""End of the SOP class's UID -> the only modality that the Standard gives to its objects, or the
one that it is made for (PS3.3 table A.1-1). A secondary capture may be of any, so it is not here.
"""

_ROOT = "1.2.840.10008.5.1.4.1.1."
"""What the UIDs of storage SOP classes begin with (PS3.4 B.5)."""
_MOST_TEXTS = 8
"""Texts of one file that are read; the Standard knows one."""
_LONGEST = 64
_APART = re.compile(r"[\\/,;|+&\s]+")


@dataclass(frozen=True, slots=True)
class Modality:
    """What a file's modality is. term: one of TERMS, or None; read_from: the keyword of the
    attribute that decided, where that was not a term of DICOM in Modality; sure: whether one
    reading only was possible."""

    term: str | None
    read_from: str | None = None
    sure: bool = True

    @property
    def name(self) -> str:
        """As it is shown and asked for."""
        return self.term or UNKNOWN


def modality_of(dataset: pydicom.Dataset) -> Modality:
    """Read the modality of a file.

    A term of DICOM stands as it is, in capitals or not. Of several texts, and of those that say
    only that this is an X-ray film, the SOP class picks one. Without it a film is taken for DX,
    which is not sure.
    """
    texts = [text for text in header.codes(dataset, "Modality")[:_MOST_TEXTS] if text]
    if len(texts) == 1 and texts[0] in TERMS:
        return Modality(texts[0])
    of_class = _CLASSES.get(sop_class(dataset).removeprefix(_ROOT))
    read = [term for text in texts for term in _terms_in(text)]
    exact = [term for term in read if term != _FILM]
    if of_class and (of_class in exact or not exact):
        return Modality(of_class, "SOPClassUID")
    if exact:
        return Modality(exact[0], "Modality", sure=len(set(exact)) == 1)
    return Modality("DX", "Modality", sure=False) if read else Modality(None)


def typed_modality(dataset: pydicom.Dataset, modality: Modality) -> str | None:
    """The text of Modality as somebody typed it, for a person who looks at a dump; None where it
    is the term that it is read as, in capitals or not."""
    if modality.term and modality.read_from is None:
        return None
    texts = header.values(dataset, "Modality")[:_MOST_TEXTS]
    return "\\".join(str(text).strip(" \0") for text in texts)[:_LONGEST]


def sop_class(dataset: pydicom.Dataset) -> str:
    """The UID of the SOP class, by the data set or, where it has none, by the file meta
    information; empty where neither says it."""
    meta = getattr(dataset, "file_meta", None) or pydicom.Dataset()
    said = header.text(dataset, "SOPClassUID")
    return said or header.text(meta, "MediaStorageSOPClassUID") or ""


def asked_for(name: str) -> str:
    """The name under which files are found that a person asks for: a term in capitals, also for a
    text that always means it, or `unknown`. Any other text stays as it is, and no file has it."""
    wanted = name.strip()
    if wanted.lower() == UNKNOWN:
        return UNKNOWN
    exact = [term for term in _terms_in(wanted.upper()) if term != _FILM]
    return exact[0] if len(exact) == 1 else wanted


def names_any_film(name: str) -> bool:
    """Whether a text says only that something is an X-ray film, as DR and XR do."""
    return _FILM in _terms_in(name.upper())


def _terms_in(text: str) -> list[str]:
    """The terms that a text names, each piece of it; none where one piece is anything else."""
    if len(text) > _LONGEST:
        return []
    whole = _term(text)
    if whole:
        return [whole]
    pieces = [_term(piece) for piece in _APART.split(text) if piece]
    return [piece for piece in pieces if piece] if all(pieces) else []


def _term(text: str) -> str | None:
    if text in TERMS:
        return text
    plain = unicodedata.normalize("NFKD", text.upper())
    key = "".join(one for one in plain if one.isalnum())
    return key if key in TERMS else _VARIANTS.get(key)
