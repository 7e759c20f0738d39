"""Invented people, places and numbers, in several languages and scripts. Nobody of them exists."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np

_SURNAMES = (
    "Quirós Belmonte",
    "Etxeberria",
    "Puigdevall",
    "Vandenbroucke",
    "Müller-Lüdenscheidt",
    "Schwarzenbacher",
    "Øvergård",
    "Wojciechowska",
    "Brzęczyszczykiewicz",
    "Papadimitriou",
    "Fernandes Magalhães",
    "Castiglioni",
    "Szentgyörgyi",
    "Okonkwo",
    "Balasubramanian",
    "Nguyễn Thị",
    "O'Shaughnessy",
    "Çelikkol",
    "Haddad-Khoury",
    "Raharimanana",
)
_GIVEN = (
    "Iñaki",
    "Montserrat",
    "Friedhelm",
    "Bjørg",
    "Zdzisława",
    "Aristotelis",
    "Conceição",
    "Gianfranco",
    "Zsófia",
    "Chukwuemeka",
    "Lakshmipriya",
    "Siobhán",
    "Gülşen",
    "Mireille",
    "Wilhelmina",
)
_OTHER_SCRIPTS = (
    "Yamadarou^Tarokichi=山田郎^太郎吉=やまだろう^たろきち",
    "Hongjeonghwa^Gildongi=홍정화^길동이",
    "Ивановская^Ольга Сергеевна",
    "Παπαδοπούλου^Ελευθερία",
    "حدادين^عمرالدين",
)
_STREETS = (
    "Calle Inventada",
    "Erfundene Gasse",
    "Rue Imaginaire",
    "Via Inesistente",
    "Ulica Zmyślona",
)
_TOWNS = ("Ficticiópolis", "Nirgendsheim", "Villeinventée", "Cittàfinta", "Nieistniejewo")
_HOSPITALS = (
    "Hospital Santa Ficticia",
    "Klinikum Nirgendsheim",
    "Hôpital Saint-Imaginaire",
    "Ospedale Inesistente",
    "Szpital Zmyślony",
)
_DEPARTMENTS = ("Traumatologieabteilung", "Servei de Diagnòstic", "Radiodiagnóstico Norte")


NAMES = (*_SURNAMES, *_GIVEN, *_OTHER_SCRIPTS, *_TOWNS)
"""Every name of a person or a town that an Inventor gives."""


@dataclass(frozen=True)
class Patient:
    """One invented patient. name: a PN value; born: the day of birth; sex: a PatientSex."""

    number: str
    name: str
    born: datetime.date
    sex: str


class Inventor:
    """What a header holds about people, drawn from a random generator: the same for a seed."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self._used: set[str] = set()

    def one_of(self, values: tuple[str, ...]) -> str:
        """One of some values."""
        return values[int(self.rng.integers(len(values)))]

    def digits(self, count: int) -> str:
        """A number of so many digits that was not given before; the first is not zero."""
        while True:
            number = str(self.rng.integers(10 ** (count - 1), 10**count))
            if number not in self._used:
                self._used.add(number)
                return number

    def surname(self) -> str:
        """A family name in Latin letters, of one word or more."""
        return self.one_of(_SURNAMES)

    def name(self) -> str:
        """A PN value (PS3.5 section 6.2.1): family and given name, sometimes a title, sometimes in
        groups of several scripts."""
        if self.rng.random() < 0.2:
            return self.one_of(_OTHER_SCRIPTS)
        title = self.one_of(("", "", "^^Dra."))
        return f"{self.surname()}^{self.one_of(_GIVEN)}{title}"

    def typed_name(self) -> str:
        """A name as people type it into a text."""
        surname, given = self.surname(), self.one_of(_GIVEN)
        form = self.one_of(("{1} {0}", "{0}, {1}", "Sra. {0} {1}", "DR {0}"))
        return form.format(surname, given).upper()

    def identifying(self) -> str:
        """A text that names somebody, at most 64 characters as LO allows."""
        kind = int(self.rng.integers(7))
        street = f"{self.one_of(_STREETS)} {self.rng.integers(1, 400)}, {self.one_of(_TOWNS)}"
        return (
            self.typed_name(),
            f"Tel. +34 6{self.digits(8)}",
            f"paciente{self.digits(8)}@correo.example",
            street,
            f"{self.one_of(_HOSPITALS)} {self.one_of(_DEPARTMENTS)}",
            f"NHC {self.digits(9)}",
            f"Control de {self.typed_name()}, NHC {self.digits(8)}",
        )[kind][:64]

    def day_long_ago(self) -> datetime.date:
        """A day of 1931 to 2001: a birth date, which no moved date of a study can be."""
        return datetime.date(1931, 1, 1) + datetime.timedelta(int(self.rng.integers(25_700)))

    def patient(self, age: int, today: datetime.date) -> Patient:
        """A patient of an age on a day."""
        born = today - datetime.timedelta(int(age * 365.25 + self.rng.integers(20, 340)))
        return Patient(f"HC{self.digits(8)}", self.name(), born, self.one_of(("F", "M")))
