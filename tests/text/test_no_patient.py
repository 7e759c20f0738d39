"""Texts that name nobody are told from identifiers."""

import pytest

from radprep.text.no_patient import named_patient

NOBODY = """
ANONYMOUS|anonymous|Anonymous^|ANON|ANONYMIZED|anonymised patient|Anonymous ID|REMOVED
UNKNOWN|unknown^unknown|UNK|Not known|N/A|NA|n.a.|NaN|NONE|NULL|No ID|NO PATIENT ID|PatientID
PATIENT|DE-IDENTIFIED|PATIENT ID|ID|TEST|TEST PATIENT|Test^Test|DUMMY|John Doe|DOE^JANE|PATIENT_0
MRN|0|00|0000000000|0-0|99999|9999999|X|XX|XXXX|xxx-xx|-|---|?|***|.|_|\\|^^
ANONYM|unbekannt|Unbekannter Patient|ohne Angabe|Keine Angabe|ANÓNIMO|anonimo|DESCONOCIDO|Paciente
sin nombre|ANONYME|Inconnu|patient inconnu|non renseigné|sconosciuto|Paziente anonimo|desconhecido
Onbekend|anoniem|okänd|ukjent|tuntematon|nieznany|Pacjent nieznany|neznámý|ismeretlen|necunoscut
bilinmeyen hasta|АНОНИМ|неизвестно|Неизвестный пациент|ανώνυμος|匿名|未知|不明|익명|مجهول
"""
SOMEBODY = """
P1|12345678|007|100|00100|1|11|9|999|9999|ANON001|ANON-17|TEST1|Patient 12|PAT0001|UNKNOWN-4711
AB\\12|X1|XX-7|000001|0000A|Müller|H12/345|患者12|ÄÖ|1.2.840.99|NA12878|ID 5|E0|unknownov
"""


def each(texts):
    return [one for line in texts.strip().splitlines() for one in line.split("|")]


@pytest.mark.parametrize("text", [*each(NOBODY), "", " ", None])
def test_a_placeholder_names_nobody(text):
    assert named_patient(text) is None


@pytest.mark.parametrize("text", each(SOMEBODY))
def test_an_identifier_is_left_as_it_stands(text):
    assert named_patient(text) == text
