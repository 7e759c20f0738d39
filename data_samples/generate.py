"""Write the sample dump: a dozen tiny studies as a hospital's archive would export them, and their
labels.

    python data_samples/generate.py [OUT=data_samples]

Everything is invented and drawn (see phantom.py): no patient, no real film. STUDIES is the truth
that tests compare with. No clock, no random UID: every run writes the same bytes, with the same
codecs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from phantom import Floats, draw_forearm, draw_forearms, draw_knee
from pydicom import config
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID

ROOT = "1.2.826.0.1.3680043.10.999"
SYNTAXES = {
    "implicit": "1.2.840.10008.1.2",
    "explicit": "1.2.840.10008.1.2.1",
    "jpeg_lossless": "1.2.840.10008.1.2.4.70",
    "j2k_lossless": "1.2.840.10008.1.2.4.90",
    "rle": "1.2.840.10008.1.2.5",
}
SOP_CLASSES = {"CR": "1.2.840.10008.5.1.4.1.1.1", "DX": "1.2.840.10008.5.1.4.1.1.1.1"}
MACHINES = {"CR": ("DEMO IMAGING", "PLATE 30"), "DX": ("RADIOGRAFÍA FICTICIA", "PANEL 7")}
LOWEST, SPAN = 120, 3700  # stored values of a 12-bit film: LOWEST + SPAN * brightness
# side, place and angle of each of two limbs
PAIR = (("L", (-86.0, -66.0), 3.0), ("R", (88.0, -60.0), -4.0))
WINDOW = (1760, 3280)  # centre and width, in those values


@dataclass(frozen=True)
class Instance:
    """One file and what was drawn in it."""

    path: str  # below dicom/
    seed: int
    side: str = "R"
    # counter-clockwise on screen from up to where the fingers point; None: no fingers
    fingers_degrees: float | None = 0.0
    fracture: bool = False
    limbs: int = 1
    # bright background once displayed, the photometric interpretation included
    inverted: bool = False
    framed: bool = False  # bright border around the exposed field
    shape: tuple[int, int] = (416, 328)
    mm: float = 0.75  # of a pixel
    syntax: str = "explicit"
    photometric: str = "MONOCHROME2"
    bits: int = 12
    voi: str = "none"  # or "window", or "lut"
    truncated: bool = False
    copy_path: str = ""  # a second file with the same bytes
    outcome: str = "kept"  # by convert and a wrist pipeline: kept, rejected, failed


@dataclass(frozen=True)
class Study:
    """One study: its labels as the hospital wrote them, and its instances."""

    name: str
    patient: int
    accession: str
    date: str
    modality: str
    body_part: str | None  # BodyPartExamined; None: absent
    description: str
    diagnosis: str | None  # the row in labels.csv; None: no row
    instances: tuple[Instance, ...]
    limb: str = "forearm"  # or "knee"


PATIENTS: dict[int, tuple[str, str]] = {  # sex, birth date
    1: ("F", "19620517"),
    2: ("M", "19880903"),
    3: ("F", "20090211"),
    4: ("M", "19711130"),
    5: ("F", "19950624"),
    6: ("M", "20110108"),
    7: ("F", "19540419"),
    8: ("M", "19831222"),
    9: ("F", "19790730"),
    10: ("M", "19690315"),
    11: ("F", "20020826"),
    12: ("M", "19920112"),
    13: ("F", "19260601"),
}
CD, YEAR = "CD_0417/DICOM", "export/2021"
STUDIES: tuple[Study, ...] = (
    Study(
        "upright",
        1,
        "DEMO0001",
        "20210308",
        "CR",
        "MUÑECA",
        "RX MUÑECA IZQUIERDA",
        "FRACTURA",
        (
            Instance(f"{YEAR}/03/DEMO0001/IM0001.dcm", 11, "L", fracture=True, voi="window"),
            Instance(
                f"{YEAR}/03/DEMO0001/IM0002.dcm",
                12,
                "L",
                -5.0,
                fracture=True,
                voi="window",
                syntax="jpeg_lossless",
            ),
        ),
    ),
    Study(
        "follow_up",
        1,
        "DEMO0002",
        "20210426",
        "CR",
        "WRIST",
        "RX MUÑECA IZQ. CONTROL",
        "NO FRACTURA",
        (
            Instance(
                f"{YEAR}/04/DEMO0002/IM0001.dcm", 21, "L", 3.0, voi="window", syntax="j2k_lossless"
            ),
        ),
    ),
    Study(
        "tilted",
        2,
        "DEMO0003",
        "20210311",
        "DX",
        "CANELL",
        "RX CANELL DRET",
        "NO FRACTURA",
        (
            Instance(
                f"{YEAR}/03/DEMO0003/1.dcm", 31, "R", 25.0, shape=(416, 372), syntax="j2k_lossless"
            ),
        ),
    ),
    Study(
        "fingers_down",
        3,
        "DEMO0004",
        "20210312",
        "CR",
        "MUÑECA",
        "RX MUÑECA DERECHA",
        "FRACTURA",
        (
            Instance(
                f"{CD}/PA000003/ST000001/SE000001/IM000001",
                41,
                "R",
                180.0,
                fracture=True,
                syntax="rle",
            ),
            Instance(
                f"{CD}/PA000003/ST000001/SE000001/IM000002",
                42,
                "R",
                168.0,
                fracture=True,
                syntax="jpeg_lossless",
            ),
        ),
    ),
    Study(
        "inverted",
        4,
        "DEMO0005",
        "20210315",
        "CR",
        "WRIST",
        "XR WRIST LEFT",
        "NO FRACTURA",
        (
            Instance(
                f"{YEAR}/03/DEMO0005/IM0001.dcm", 51, "L", inverted=True, syntax="jpeg_lossless"
            ),
        ),
    ),
    Study(
        "monochrome1",
        5,
        "DEMO0006",
        "20210316",
        "DX",
        "CANELL",
        "RX CANELL ESQUERRE",
        "FRACTURA",
        (
            Instance(
                f"{YEAR}/03/DEMO0006/1.dcm",
                61,
                "L",
                8.0,
                True,
                photometric="MONOCHROME1",
                voi="window",
                syntax="jpeg_lossless",
            ),
        ),
    ),
    Study(
        "two_limbs",
        6,
        "DEMO0007",
        "20210317",
        "DX",
        "MUÑECAS",
        "RX MUÑECAS COMPARATIVAS",
        "NO FRACTURA",
        (
            Instance(
                f"{YEAR}/03/DEMO0007/1.dcm",
                71,
                limbs=2,
                shape=(368, 448),
                mm=0.8,
                syntax="j2k_lossless",
            ),
        ),
    ),
    Study(
        "framed",
        7,
        "DEMO0008",
        "20210318",
        "CR",
        "MUÑECA",
        "RX MUÑECA DERECHA",
        "FRACTURA",
        (
            Instance(
                f"{CD}/PA000007/ST000001/SE000001/IM000001",
                81,
                fracture=True,
                framed=True,
                mm=0.88,
                bits=8,
                syntax="jpeg_lossless",
            ),
        ),
    ),
    Study(
        "knee",
        8,
        "DEMO0009",
        "20210319",
        "DX",
        "RODILLA",
        "RX RODILLA",
        "NO FRACTURA",
        (
            Instance(
                f"{CD}/PA000008/ST000001/SE000001/IM000001",
                91,
                "R",
                None,
                mm=0.6,
                bits=8,
                syntax="rle",
                outcome="rejected",
            ),
            Instance(
                f"{CD}/PA000008/ST000001/SE000001/IM000002",
                92,
                "L",
                None,
                mm=0.6,
                bits=8,
                syntax="jpeg_lossless",
                outcome="rejected",
            ),
        ),
        "knee",
    ),
    Study(
        "misspelt",
        9,
        "DEMO0010",
        "20210322",
        "CR",
        "MUÑCEA",
        "RX",
        "NO FRACTURA",
        (Instance(f"{YEAR}/03/DEMO0010/IM0001.dcm", 101, "R", -4.0, syntax="jpeg_lossless"),),
    ),
    Study(
        "truncated",
        10,
        "DEMO0011",
        "20210323",
        "CR",
        "MUÑECA",
        "RX MUÑECA DERECHA",
        "FRACTURA",
        (
            Instance(
                f"{YEAR}/03/DEMO0011/IM0001.dcm",
                111,
                "R",
                2.0,
                fracture=True,
                bits=8,
                syntax="implicit",
            ),
            Instance(
                f"{YEAR}/03/DEMO0011/IM0002.dcm",
                112,
                "R",
                fracture=True,
                truncated=True,
                outcome="failed",
            ),
        ),
    ),
    Study(
        "no_body_part",
        11,
        "DEMO0012",
        "20210324",
        "DX",
        None,
        "RX MUÑECA DERECHA",
        None,
        (Instance(f"{YEAR}/03/DEMO0012/1", 121, "R", -8.0, syntax="j2k_lossless"),),
    ),
    Study(
        "duplicate",
        12,
        "DEMO0013",
        "20210325",
        "CR",
        "WRIST",
        "RX MUÑECA DERECHA",
        "NO FRACTURA",
        (
            Instance(
                f"{YEAR}/03/DEMO0013/IM0001.dcm",
                131,
                "R",
                4.0,
                bits=8,
                syntax="jpeg_lossless",
                copy_path="export/IM0001 (copia).dcm",
            ),
        ),
    ),
    Study(
        "windows",
        13,
        "DEMO0014",
        "20210326",
        "DX",
        "WRIST",
        "XR WRIST LEFT",
        "FRACTURA",
        (
            Instance(
                f"{YEAR}/03/DEMO0014/1.dcm",
                141,
                "L",
                fracture=True,
                voi="window",
                syntax="j2k_lossless",
            ),
            Instance(
                f"{YEAR}/03/DEMO0014/2.dcm",
                142,
                "L",
                10.0,
                fracture=True,
                voi="lut",
                syntax="jpeg_lossless",
            ),
            Instance(
                f"{YEAR}/03/DEMO0014/3.dcm", 143, "L", -10.0, fracture=True, syntax="j2k_lossless"
            ),
        ),
    ),
)
NOT_DICOM: dict[str, bytes] = {  # rejected: no header that can be parsed
    f"{CD}/DICOMDIR": bytes(128) + b"DICM",
    f"{YEAR}/03/Thumbs.db": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504),
    "export/notes.txt": b"Exported from the demo archive. Nothing in this folder is real.\n",
}
LABEL_WITHOUT_STUDY = ("DEMO9999", "FRACTURA")


def draw(study: Study, instance: Instance) -> Floats:
    """The film as a viewer should show it, 0..1, bones bright unless it is an inverted one."""
    shape, mm = instance.shape, instance.mm
    if study.limb == "knee":
        film = draw_knee(instance.side, 0.0, instance.seed, shape=shape, mm=mm)
    elif instance.limbs == 2:
        film = draw_forearms(
            PAIR,
            instance.seed,
            instance.fracture,
            shape=shape,
            mm=mm,
            markers=((0.06, 0.06), (0.9, 0.06)),
        )
    else:
        angle = instance.fingers_degrees or 0.0
        film = draw_forearm(
            instance.side,
            angle,
            instance.seed,
            instance.fracture,
            shape=shape,
            mm=mm,
            framed=instance.framed,
        )
    return 1 - film if instance.inverted else film


def stored_pixels(study: Study, instance: Instance) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """The values in the file: 8 bits, or 12 bits in 16."""
    film = draw(study, instance)
    top = 2**instance.bits - 1
    values = np.rint(film * 255 if instance.bits == 8 else LOWEST + SPAN * film)
    if instance.photometric == "MONOCHROME1":
        values = top - values
    return values.astype(np.uint8 if instance.bits == 8 else np.uint16)


def _age(birth: str, day: str) -> str:
    years = int(day[:4]) - int(birth[:4]) - (day[4:] < birth[4:])
    return f"{years:03d}Y"


def _add_patient(header: Dataset, study: Study) -> None:
    """What identifies: the patient, the place, the people, free text and a private block."""
    sex, birth = PATIENTS[study.patient]
    header.PatientName, header.PatientID = (
        f"PACIENTE^DEMO{study.patient:02d}",
        f"HC{700000 + 137 * study.patient}",
    )
    header.PatientBirthDate, header.PatientSex, header.PatientAge = (
        birth,
        sex,
        _age(birth, study.date),
    )
    header.PatientAddress = f"CALLE INVENTADA {study.patient}, DEMOPOLIS"
    header.PatientComments = "PACIENTE INVENTADO, TEL. 000 000 000"
    header.InstitutionName, header.InstitutionAddress = (
        "HOSPITAL DE DEMOSTRACIÓN",
        "PLAZA FICTICIA 1",
    )
    header.StationName, header.ReferringPhysicianName, header.OperatorsName = (
        "SALA3",
        "MÉDICO^DEMO",
        "TÉCNICO^DEMO",
    )
    request = Dataset()
    request.RequestedProcedureID, request.RequestedProcedureDescription = (
        study.accession,
        f"{study.description} PACIENTE DEMO",
    )
    header.RequestAttributesSequence = Items([request])
    block = header.private_block(0x0011, "DEMO RIS", create=True)
    block.add_new(0x01, "LO", f"PACIENTE DEMO {study.patient:02d}")
    block.add_new(0x02, "DA", birth)


def _add_study(header: Dataset, study: Study, instance: Instance, number: int) -> None:
    """Identifiers, dates, machine and the words for the body part."""
    index = STUDIES.index(study) + 1
    header.SpecificCharacterSet = "ISO_IR 100"
    header.SOPClassUID, header.SOPInstanceUID = (
        SOP_CLASSES[study.modality],
        f"{ROOT}.3.{index}.{number}",
    )
    header.StudyInstanceUID, header.SeriesInstanceUID = f"{ROOT}.1.{index}", f"{ROOT}.2.{index}"
    header.StudyID, header.SeriesNumber, header.InstanceNumber = str(index), 1, number
    header.AccessionNumber, header.Modality, header.StudyDescription = (
        study.accession,
        study.modality,
        study.description,
    )
    header.StudyDate = header.SeriesDate = header.AcquisitionDate = header.ContentDate = study.date
    header.StudyTime = header.SeriesTime = header.AcquisitionTime = header.ContentTime = (
        f"{8 + index % 12:02d}{3 * index:02d}{number:02d}"
    )
    header.Manufacturer, header.ManufacturerModelName = MACHINES[study.modality]
    header.DeviceSerialNumber, header.SoftwareVersions, header.KVP, header.ExposureInuAs = (
        "DEMO-0001",
        "1.0",
        "52",
        2500,
    )
    header.ViewPosition = "AP" if study.limb == "knee" else "PA"
    header.ImageType = ["ORIGINAL" if study.modality == "DX" else "DERIVED", "PRIMARY"]
    header.add_new(
        "ImageLaterality" if study.modality == "DX" else "Laterality",
        "CS",
        "B" if instance.limbs == 2 else instance.side,
    )
    if study.body_part is not None:  # CS forbids the Ñ that hospitals write all the same
        header.add(
            DataElement("BodyPartExamined", "CS", study.body_part, validation_mode=config.IGNORE)
        )
    if study.modality == "DX":
        header.PresentationIntentType, header.BurnedInAnnotation = "FOR PRESENTATION", "NO"
        header.PresentationLUTShape = (
            "INVERSE" if instance.photometric == "MONOCHROME1" else "IDENTITY"
        )


def _add_display(header: Dataset, instance: Instance) -> None:
    """Window, VOI LUT or neither; the rescale that means nothing."""
    header.RescaleIntercept, header.RescaleSlope, header.RescaleType = "0", "1", "US"
    if instance.voi == "window":
        centre, width = WINDOW
        header.WindowCenter, header.WindowWidth = (
            str(4095 - centre if instance.photometric == "MONOCHROME1" else centre),
            str(width),
        )
    elif instance.voi == "lut":
        value = (np.arange(4096) - LOWEST) / SPAN
        curve = np.clip(value, 0, 1) ** 0.85
        lut = Dataset()
        lut.add_new("LUTDescriptor", "US", [4096, 0, 12])
        lut.LUTExplanation = "DEMO BONE"
        lut.add_new("LUTData", "OW", np.rint(curve * 4095).astype("<u2").tobytes())
        header.VOILUTSequence = Items([lut])


def _add_pixels(
    header: Dataset, instance: Instance, pixels: NDArray[np.uint8] | NDArray[np.uint16]
) -> None:
    """The image module and the pixels, in the instance's transfer syntax."""
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, instance.photometric
    header.Rows, header.Columns = pixels.shape
    header.BitsAllocated, header.BitsStored, header.HighBit = (
        8 * pixels.itemsize,
        instance.bits,
        instance.bits - 1,
    )
    header.PixelRepresentation = 0
    header.ImagerPixelSpacing = [str(instance.mm)] * 2
    raw = pixels.tobytes()
    header.add_new(
        "PixelData", "OW" if instance.bits > 8 or instance.syntax == "implicit" else "OB", raw
    )
    if instance.syntax == "rle":
        header.compress(
            UID(SYNTAXES["rle"]), pixels, encoding_plugin="pydicom", generate_instance_uid=False
        )
    elif instance.syntax == "jpeg_lossless":
        frame = imagecodecs.jpeg_encode(
            pixels, lossless=True, predictor=1, bitspersample=instance.bits
        )
    elif instance.syntax == "j2k_lossless":
        frame = imagecodecs.jpeg2k_encode(
            pixels, level=0, reversible=True, codecformat="j2k", bitspersample=instance.bits
        )
    if instance.syntax in ("jpeg_lossless", "j2k_lossless"):
        header.add_new("PixelData", "OB", encapsulate([frame]))
        header["PixelData"].is_undefined_length = True


def encode(study: Study, instance: Instance) -> bytes:
    """The whole DICOM file."""
    header = Dataset()
    meta = header.file_meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(SYNTAXES[instance.syntax])
    meta.ImplementationClassUID, meta.ImplementationVersionName = UID(f"{ROOT}.9"), "RADPREP_DEMO"
    _add_study(header, study, instance, study.instances.index(instance) + 1)
    _add_patient(header, study)
    _add_display(header, instance)
    _add_pixels(header, instance, stored_pixels(study, instance))
    buffer = BytesIO()
    header.save_as(buffer, enforce_file_format=True)
    data = buffer.getvalue()
    return data[: len(data) // 2] if instance.truncated else data


def labels() -> str:
    """labels.csv: one study has no row, one row has no study."""
    rows = [(s.accession, s.diagnosis) for s in STUDIES if s.diagnosis is not None] + [
        LABEL_WITHOUT_STUDY
    ]
    return "accession,diagnosis\n" + "".join(
        f"{accession},{diagnosis}\n" for accession, diagnosis in rows
    )


def build() -> dict[str, bytes]:
    """Every file of the sample, by its path below OUT."""
    files = {"labels.csv": labels().encode()}
    files |= {f"dicom/{path}": data for path, data in NOT_DICOM.items()}
    for study in STUDIES:
        for instance in study.instances:
            data = encode(study, instance)
            files |= {f"dicom/{path}": data for path in (instance.path, instance.copy_path) if path}
    return files


def main(arguments: Sequence[str]) -> None:
    """Write the sample below OUT (by default beside this file)."""
    out = Path(arguments[0]) if arguments else Path(__file__).parent
    files = build()
    for name, data in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    print(f"{len(files)} files, {sum(map(len, files.values())) / 1e6:.2f} MB in {out}")


if __name__ == "__main__":
    if len(sys.argv) > 2 or sys.argv[1:2] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    main(sys.argv[1:])
