"""Films of invented patients, with something planted wherever a file has room, and the key to it.

The pixels are drawn by data_samples/phantom.py: no patient, no real film.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from io import BytesIO

import cv2
import imagecodecs
import numpy as np
import pydicom
from phantom import draw_forearm
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGLosslessSV1

from planted import key, places
from planted.key import Answer
from planted.people import Inventor, Patient
from radprep.dataset.schema import DICOM_COLUMNS


@dataclass(frozen=True)
class Visit:
    """A study of a patient. number: of the study in the dump; old: the patient is over 89 at some
    visit."""

    patient: Patient
    number: int
    day: datetime.date
    accession: str
    uid: str
    old: bool


class Planter:
    """One film while it is made: what is planted goes into the header and into the key."""

    def __init__(self, inventor: Inventor, visit: Visit, path: str, others: list[str]) -> None:
        self.inventor, self.visit, self.path, self.others = inventor, visit, path, others
        self.answers: list[Answer] = []
        self.header = FileDataset(None, {}, file_meta=FileMetaDataset(), preamble=b"\0" * 128)

    def answer(self, place: str, category: str, value: object) -> None:
        """Note what stands where."""
        text = value if isinstance(value, str) else json.dumps(value)
        self.answers.append(Answer(self.path, self.visit.patient.number, place, category, text))

    def sometimes(self, share: float) -> bool:
        """True in about this share of calls."""
        return bool(self.inventor.rng.random() < share)

    def build(self, text_in_pixels: bool) -> bytes:
        """The file."""
        self._add_ids()
        self._add_dates()
        self._add_descriptors()
        self._add_numbers()
        for keyword in (*places.ALWAYS, *self.others):
            if keyword not in self.header and keyword not in DICOM_COLUMNS:
                self._plant(keyword)
        for keyword in ("ProtocolName", "StudyDescription", "SeriesDescription"):
            self._plant(keyword)
        self._add_private()
        self._add_outside()
        self._add_pixels(text_in_pixels)
        buffer = BytesIO()
        syntax = self.header.file_meta.TransferSyntaxUID
        pydicom.dcmwrite(
            buffer,
            self.header,
            implicit_vr=syntax == ImplicitVRLittleEndian,
            little_endian=True,
            enforce_file_format=True,
        )
        return buffer.getvalue()

    def _add_ids(self) -> None:
        header, visit, inventor = self.header, self.visit, self.inventor
        header.SpecificCharacterSet = "ISO_IR 192"
        header.PatientID, header.PatientName = visit.patient.number, visit.patient.name
        # of one patient it is the same everywhere: another issuer is another patient
        header.IssuerOfPatientID = f"Archive {visit.patient.number}"
        header.PatientBirthDate = visit.patient.born.strftime("%Y%m%d")
        header.AccessionNumber, header.StudyInstanceUID = visit.accession, visit.uid
        header.SeriesInstanceUID = f"{places.ROOT}.{inventor.digits(18)}"
        header.SOPInstanceUID = f"{places.ROOT}.{inventor.digits(18)}"
        header.Modality = inventor.one_of(("CR", "DX"))
        header.SOPClassUID = places.STORAGE[header.Modality]
        header.file_meta.MediaStorageSOPClassUID = header.SOPClassUID
        header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
        header.file_meta.TransferSyntaxUID = inventor.one_of(
            (ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGLosslessSV1)
        )
        for keyword in ("PatientID", "PatientName", "AccessionNumber", "IssuerOfPatientID"):
            self.answer(keyword, key.ATTRIBUTE, str(header[keyword].value))
        self.answer("PatientBirthDate", key.TIME, header.PatientBirthDate)
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
            self.answer(keyword, key.UID, str(header[keyword].value))
        self.answer("PatientID", key.PATIENT, visit.patient.number)
        self.answer("StudyInstanceUID", key.STUDY, visit.uid)
        self.answer("PNG", key.BARE, "")
        self._keep("Modality", header.Modality)

    def _keep(self, keyword: str, value: object, *others: object) -> None:
        """others: what the value may leave as, besides itself."""
        setattr(self.header, keyword, value)
        self.answer(keyword, key.KEPT, [value, *others])

    def _add_dates(self) -> None:
        """Four dates of a study, one of them impossible at times, and the age they tell."""
        born, day = self.visit.patient.born, self.visit.day
        years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        self._add_age(years)
        bad = self.inventor.one_of(places.DATES) if self.sometimes(0.4) else ""
        others = (born, day - datetime.timedelta(45), day + datetime.timedelta(400))
        wrong = (*places.PLACEHOLDERS, *(f"{other:%Y%m%d}" for other in others))
        for keyword in places.DATES:
            value = self.inventor.one_of(wrong) if keyword == bad else f"{day:%Y%m%d}"
            setattr(self.header, keyword, value)
            if keyword == bad and (keyword != "StudyDate" or value in places.PLACEHOLDERS):
                self.answer(keyword, key.IMPOSSIBLE, value)
            elif years <= 89 and bad != "StudyDate":
                self.answer(keyword, key.SHIFTED, value)

    def _add_age(self, years: int) -> None:
        """The age, of people over 89 also as AS does not allow it, or in the birth date alone."""
        plain = f"{years:03d}Y"
        if not self.visit.old:
            self._keep("PatientAge", plain)
            return
        typed = plain if years <= 89 else self.inventor.one_of((plain, f"{years}Y", f"{years}", ""))
        if typed:
            self.header.PatientAge = typed
        self.answer("PatientAge", key.OLD, plain)

    def _add_descriptors(self) -> None:
        """Coded values and texts that a data set keeps, some of them with a name in them."""
        inventor, (maker, model) = (
            self.inventor,
            places.MODELS[self.inventor.rng.integers(len(places.MODELS))],
        )
        honest = {
            "BodyPartExamined": inventor.one_of(places.PARTS),
            "ViewPosition": inventor.one_of(places.VIEWS),
            "Manufacturer": maker,
            "ManufacturerModelName": model,
        }
        for keyword, value in honest.items():
            if not self.sometimes(0.4):
                self._keep(keyword, value, *places.IN_ENGLISH.get(value, ()))
                continue
            names = (
                inventor.one_of(places.NAMES_OF_WORDS[keyword]),
                inventor.typed_name(),
                f"{value} {inventor.surname().upper()}",
                f"{value} NHC {inventor.digits(8)}",
            )
            planted = inventor.one_of(names)
            if keyword in (
                "BodyPartExamined",
                "ViewPosition",
            ):  # CS is written in one byte a letter
                planted = planted.encode("latin-1", "ignore").decode("latin-1")
            setattr(self.header, keyword, planted)
            words = set(planted.upper().replace("^", " ").replace(",", " ").split())
            known = {*value.upper().split(), "DR", "DR.", "SRA.", "NHC", "PA", "3", "GE", "WRIST"}
            self.answer(keyword, key.DESCRIPTOR, sorted(words - known))
        self._keep("PatientSex", self.visit.patient.sex)
        self._keep("Laterality", inventor.one_of(("L", "R")))
        self.header.ImageType = ["ORIGINAL", "PRIMARY", f"NHC{inventor.digits(9)}"]
        self.answer("ImageType", key.ATTRIBUTE, self.header.ImageType[2])
        self.header.BurnedInAnnotation = "NO"

    def _add_numbers(self) -> None:
        """Numbers that a data set keeps, one of them a record number, and letters as numbers."""
        inventor = self.inventor
        trap = inventor.one_of(places.NUMBER_COLUMNS)
        self._plant_number(trap, inventor.digits(int(inventor.rng.integers(5, 10))))
        for keyword, value in (("SeriesNumber", 1), ("InstanceNumber", 2), ("KVP", 52.0)):
            if keyword != trap:
                self._keep(keyword, value)
        self._keep("ImagerPixelSpacing", [0.15, 0.15])
        self.header.WindowCenter, self.header.WindowWidth = "128", "256"
        if self.sometimes(0.3):
            codes = [ord(letter) for letter in inventor.typed_name() if ord(letter) < 128]
            self.header.WindowCenter = [str(code) for code in codes]
            self.header.WindowWidth = ["256"] * len(codes)
            self.answer("WindowCenter", key.NUMBER, codes)

    def _plant_number(self, keyword: str, digits: str) -> None:
        setattr(self.header, keyword, digits)
        self.answer(keyword, key.NUMBER, [int(digits)])

    def _plant(self, keyword: str) -> None:
        """Put something that identifies into an attribute, as its VR allows."""
        vr = pydicom.datadict.dictionary_VR(keyword).split(" or ")[0]
        if vr == "SQ":
            self._plant_nested(keyword)
            return
        value, planted, category = _value(self.inventor, vr, self.visit.patient)
        if value is not None:
            self.header.add_new(pydicom.datadict.tag_for_keyword(keyword), vr, value)
            self.answer(keyword, category, planted)

    def _plant_nested(self, keyword: str) -> None:
        """An item in an item, with a name in each."""
        outer, inner = Dataset(), Dataset()
        outer.RequestedProcedureDescription = self.inventor.identifying()
        outer.PatientName = self.inventor.name()
        inner.ImageComments = self.inventor.identifying()
        inner.ReferencedSOPInstanceUID = f"{places.ROOT}.{self.inventor.digits(18)}"
        outer.RequestAttributesSequence = Sequence([inner])
        setattr(self.header, keyword, Sequence([outer]))
        self.answer(keyword, key.NESTED, outer.RequestedProcedureDescription)
        self.answer(keyword, key.NESTED, str(outer.PatientName))
        self.answer(keyword, key.NESTED, inner.ImageComments)
        self.answer(keyword, key.UID, inner.ReferencedSOPInstanceUID)

    def _add_private(self) -> None:
        inventor = self.inventor
        self._plant_nested("RequestAttributesSequence")
        for group in (0x0011, 0x0019, 0x7FE1):
            creator = f"RIS {inventor.surname()} {inventor.digits(8)}"
            block = self.header.private_block(group, creator, create=True)
            texts = [inventor.identifying() for _ in range(3)]
            block.add_new(0x01, "LO", texts[0])
            block.add_new(0x02, "UN", texts[1].encode())
            item = Dataset()
            item.PatientComments = texts[2]
            block.add_new(0x03, "SQ", Sequence([item]))
            for text in (creator, *texts):
                self.answer(f"({group:04x},xxxx)", key.PRIVATE, text)

    def _add_outside(self) -> None:
        """The preamble, the file meta information, overlays and curves, and the padding."""
        inventor, header = self.inventor, self.header
        spots = ("preamble", "PrivateInformation", "(6000,3000)", "(5000,3000)", "padding")
        texts = {place: inventor.identifying() for place in spots}
        header.preamble = texts["preamble"].encode()[:128].ljust(128, b"\0")
        header.file_meta.PrivateInformationCreatorUID = f"{places.ROOT}.{inventor.digits(18)}"
        header.file_meta.PrivateInformation = _even(texts["PrivateInformation"])
        title = f"AE{inventor.digits(9)}"
        header.file_meta.SourceApplicationEntityTitle = title
        header.add_new(0x60003000, "OW", _even(texts["(6000,3000)"]))
        header.add_new(0x60000022, "LO", title)
        header.add_new(0x50003000, "OW", _even(texts["(5000,3000)"]))
        header.add_new(0xFFFCFFFC, "OB", _even(texts["padding"]))
        for place, text in (*texts.items(), ("SourceApplicationEntityTitle", title)):
            self.answer(place, key.OUTSIDE, text)
        self.answer(
            "PrivateInformationCreatorUID",
            key.UID,
            str(header.file_meta.PrivateInformationCreatorUID),
        )

    def _add_pixels(self, with_text: bool) -> None:
        rng, header = self.inventor.rng, self.header
        film = draw_forearm("R", float(rng.uniform(-20, 20)), int(rng.integers(2**31)))
        pixels = np.rint(film * 255).astype(np.uint8)
        pixels[0, :2] = 0, 255
        if with_text:
            grey, height = int(self.inventor.one_of(("255", "0"))), pixels.shape[0]
            line = f"{self.visit.patient.number} {self.inventor.digits(8)}"
            font = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_PLAIN)[int(rng.integers(2))]
            y = 24 if self.sometimes(0.5) else height - 12
            (width, tall), below = cv2.getTextSize(line, font, 0.7, 1)
            cv2.putText(pixels, line, (8, y), font, 0.7, grey, 1)
            box = [8, y - tall, width, tall + below]
            self.answer("pixels", key.PIXELS_HIDDEN, {"box": box, "grey": grey})
        else:
            self.answer("pixels", key.PIXELS_KEPT, "")
        header.Rows, header.Columns = pixels.shape
        header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
        header.BitsAllocated, header.BitsStored, header.HighBit = 8, 8, 7
        header.PixelRepresentation = 0
        syntax = header.file_meta.TransferSyntaxUID
        if syntax == JPEGLosslessSV1:
            text = self.inventor.identifying()
            self.answer("JPEG comment", key.OUTSIDE, text)
            header.add_new("PixelData", "OB", encapsulate([_jpeg(pixels, text)]))
            header["PixelData"].is_undefined_length = True
            return
        data = pixels.tobytes()
        vr = "OW" if syntax == ImplicitVRLittleEndian else "OB"
        header.add_new("PixelData", vr, data + b"\0" * (len(data) % 2))


def _even(text: str) -> bytes:
    data = text.encode()
    return data + b" " * (len(data) % 2)


def _jpeg(pixels: np.ndarray, comment: str) -> bytes:
    """A lossless JPEG with a comment behind its start marker."""
    coded = imagecodecs.jpeg_encode(pixels, lossless=True, predictor=1, bitspersample=8)
    text = comment.encode()
    return coded[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + coded[2:]


def _value(inventor: Inventor, vr: str, patient: Patient) -> tuple[object, str, str]:
    """A value of a VR that identifies somebody, the same as a text for the key, and its category;
    (None, "", "") where no value of the VR can."""
    if vr == "PN":
        name = inventor.name() if inventor.rng.random() < 0.7 else patient.name
        return name, name, key.ATTRIBUTE
    if vr in places.SHORT + places.LONG:
        text = inventor.identifying() if vr in places.LONG else f"NHC{inventor.digits(9)}"
        return text, text, key.ATTRIBUTE
    if vr in places.BYTES:
        text = f"{patient.number} {inventor.identifying()}"
        data = text.encode()
        return data.ljust(len(data) + -len(data) % 8), text, key.ATTRIBUTE
    if vr in places.NUMBERS:
        digits = inventor.digits(9)
        number = digits if vr in ("IS", "DS") else float(digits) if vr == "FD" else int(digits)
        return number, digits, key.NUMBER
    if vr in places.TIMES:
        hour, minute, second = (int(inventor.rng.integers(10, top)) for top in (24, 60, 60))
        clock = f"{hour}{minute}{second}.{inventor.digits(6)}"
        day = f"{inventor.day_long_ago():%Y%m%d}"
        text = {"DA": day, "TM": clock, "DT": day + clock}[vr]
        return text, text, key.TIME
    if vr == "UI":
        uid = f"{places.ROOT}.{inventor.digits(18)}"
        return uid, uid, key.UID
    return None, "", ""
