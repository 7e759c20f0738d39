"""Texts that stand where a PatientID belongs, and name nobody: ANONYMOUS, UNKNOWN, 0, XXXX.

A text is taken for one of these only where it can hardly be a patient's own. A number that is left
out here puts several people into one group, which costs patients and no honesty. A number that is
wrongly taken for a placeholder puts one person on two sides of a split.
"""

from __future__ import annotations

import re

from anyascii import anyascii

_WORDS = """
anonymous anonymized anonymised anonymization anonymisation anonymizer anon anonym deidentified
unidentified identified unknown unkn unk unspecified undefined unnamed unassigned unavailable
specified known assigned available applicable provided entered
no not none null nil nan na nn nul missing empty blank removed deleted redacted masked hidden
withheld patient patients patientid patientname pid pat id ids mrn name number noname noid nopid
nopatient
nopatientid test tests testing testpatient tester dummy default sample demo example temp temporary
tbd john jane doe johndoe janedoe emergency trauma phantom

anonymisiert anonymisierte anonymer anonyme pseudonym unbekannt unbekannter unbekannte kein keine
ohne leer angabe angaben nicht bekannt vorhanden notfall pruefung prüfung nummer

anónimo anónima anonimizado anonimizada desconocido desconocida paciente prueba sin nombre ninguno
ninguna vacío identificado

anonyme anonymisé anonymisée inconnu inconnue aucun aucune sans nom vide essai non renseigné
renseignée

sconosciuto sconosciuta ignoto ignota paziente prova senza nome nessuno vuoto anonimizzato
desconhecido desconhecida teste sem nenhum vazio anônimo
anoniem geanonimiseerd onbekend geen leeg naamloos
okänd ukjent ukendt anonymiserad anonymisert anonymiseret ingen saknas tuntematon anonyymi
anonim anonimowy anonimowa nieznany nieznana pacjent brak neznámy neznámý neznámá pacient
ismeretlen névtelen necunoscut bilinmeyen isimsiz hasta nepoznat nepoznato

аноним анонимный анонимно неизвестный неизвестная неизвестно неизвестен пациент тест нет
невідомий анонімний ανώνυμος άγνωστος
匿名 未知 无名 無名 无名氏 测试 患者 病人 不明 テスト 無記名
익명 미상 무명 환자 테스트 مجهول אנונימי
"""

_RUNS = re.compile(r"0+|9{5,}|x+")
"""Figures that stand for nothing at any length, and the nines and the X that fill a field."""
_PARTS = re.compile("[a-z0-9]+")


def _folded(text: str) -> str:
    return anyascii(text).lower()


_KNOWN = frozenset("".join(_PARTS.findall(_folded(word))) for word in _WORDS.split())


def named_patient(text: str | None) -> str | None:
    """The PatientID itself where it names somebody; None where it is missing or a text that stands
    for nobody, in any of the languages above and whatever stands between its words."""
    if not text:
        return None
    parts = _PARTS.findall(_folded(text))
    if not parts:
        return text if any(map(str.isalnum, text)) else None
    if "".join(parts) in _KNOWN or all(one in _KNOWN or _RUNS.fullmatch(one) for one in parts):
        return None
    return text
