"""Where something is planted, and what the places honestly hold."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ROOT = "1.2.826.0.1.3680043.8.498"
STORAGE = {"CR": "1.2.840.10008.5.1.4.1.1.1", "DX": "1.2.840.10008.5.1.4.1.1.1.1"}

ALWAYS = _words(
    """PatientName PatientID PatientBirthDate PatientBirthTime OtherPatientNames PatientBirthName
    OtherPatientIDs PatientAddress PatientTelephoneNumbers PatientMotherBirthName MilitaryRank
    EthnicGroup Occupation PatientReligiousPreference PatientComments AdditionalPatientHistory
    MedicalAlerts Allergies CountryOfResidence RegionOfResidence
    MedicalRecordLocator ResponsiblePerson ResponsibleOrganization InsurancePlanIdentification
    AccessionNumber StudyID ReferringPhysicianName ReferringPhysicianAddress
    ReferringPhysicianTelephoneNumbers ConsultingPhysicianName PhysiciansOfRecord
    PerformingPhysicianName NameOfPhysiciansReadingStudy OperatorsName RequestingPhysician
    RequestingService ScheduledPerformingPhysicianName InstitutionName InstitutionAddress
    InstitutionalDepartmentName StationName DeviceSerialNumber DetectorID PlateID GantryID
    CassetteID ProtocolName StudyDescription SeriesDescription RequestedProcedureDescription
    PerformedProcedureStepDescription AcquisitionDeviceProcessingDescription ImageComments
    StudyComments RequestedProcedureComments ReasonForStudy AdmittingDiagnosesDescription
    AdmissionID CurrentPatientLocation PatientInstitutionResidence
    FillerOrderNumberImagingServiceRequest PlacerOrderNumberImagingServiceRequest
    PerformedStationAETitle ScheduledStationName TextComments IdentifyingComments
    VerifyingObserverName PersonName ContentCreatorName
    DerivationDescription ContrastBolusAgent SoftwareVersions StudyTime SeriesTime AcquisitionTime
    ContentTime AcquisitionDateTime LastMenstrualDate PerformedProcedureStepStartDate
    ScheduledProcedureStepStartDate InstanceCreatorUID FrameOfReferenceUID DeviceUID
    SynchronizationFrameOfReferenceUID"""
)
"""What table E.1-1 of PS3.15 acts on and radiographs often hold: planted in every film."""

MAIN = _words(
    """PixelData FloatPixelData DoubleFloatPixelData PixelPaddingValue PixelPaddingRangeLimit
    PlanarConfiguration ModalityLUTSequence VOILUTSequence SpecificCharacterSet ExtendedOffsetTable
    ExtendedOffsetTableLengths EncapsulatedPixelDataValueTotalLength StudyInstanceUID
    SeriesInstanceUID SOPInstanceUID PatientID PatientName PatientBirthDate AccessionNumber
    PatientSexNeutered PresentationLUTSequence SmallestImagePixelValue LargestImagePixelValue
    DateOfSecondaryCapture TimeOfSecondaryCapture SecondaryCaptureDeviceID
    SecondaryCaptureDeviceManufacturer SecondaryCaptureDeviceManufacturerModelName
    SecondaryCaptureDeviceSoftwareVersions VideoImageFormatAcquired DigitalImageFormatAcquired
    HardcopyCreationDeviceID HardcopyDeviceManufacturer HardcopyDeviceSoftwareVersion
    HardcopyDeviceManufacturerModelName"""
)
"""Planted by hand or not at all: what decides how the pixels are read, and what says that the
image is a capture, which would be marked for that alone."""

SHORT, LONG = ("AE", "CS", "SH", "UR"), ("LO", "ST", "LT", "UC", "UT")
"""Value representations of texts: of at most 16 characters or ASCII alone, and of longer ones."""
BYTES = ("OB", "OW", "OD", "OF", "OL", "OV", "UN")
NUMBERS = ("IS", "DS", "UL", "SV", "UV", "FD")
TIMES = ("DA", "TM", "DT")
DATES = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")

PARTS = ("WRIST", "MUÑECA", "HANDGELENK", "POIGNET", "POLSO")
IN_ENGLISH = dict.fromkeys(PARTS, ("WRIST",))
"""What a body part may leave as, besides as it is written: a translation keeps it."""
VIEWS = ("PA", "AP", "LATERAL")
MODELS = (("Agfa", "CR 85"), ("Siemens", "Ysio"), ("Philips", "DigitalDiagnost"))
NAMES_OF_WORDS = {
    "BodyPartExamined": ("LUNG^MEI", "DR LEWY COLONNA", "KOWALCZUK LUNG", "WRIST OKONKWO LEWY"),
    "ViewPosition": ("DR LEWY", "ZUBIRIA WATERS", "PA DR PALMAR"),
    "Manufacturer": ("ZUBIRIA PICKER", "Hospital Ficticia, GE", "MARCONI OKONKWO"),
    "ManufacturerModelName": ("DR. MAX PICKER", "OKONKWO VITA", "SALA 3 ZUBIRIA MAX"),
}
"""Names of people that are made of words of a vocabulary, or stand beside them."""
NUMBER_COLUMNS = (
    "SeriesNumber",
    "AcquisitionNumber",
    "InstanceNumber",
    "ExposureIndex",
    "TargetExposureIndex",
    "Sensitivity",
    "ExposureTime",
    "Exposure",
    "KVP",
    "DistanceSourceToDetector",
)
PLACEHOLDERS = (
    "19000101",
    "19700101",
    "18581117",
    "20000101",
    "99991231",
    "29990101",
    "99910304",
    "19891231",
)
"""What stands in a date that nobody knew, or that a machine got wrong."""
