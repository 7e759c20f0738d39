"""Reading a body part from free text, and the mask that lets only words of the vocabulary leave."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radprep.text import bodypart
from radprep.text.bodypart import (
    BodyPart,
    find_body_part,
    known_parts,
    mask_text,
    parts_in,
    vocabulary_digest,
)
from radprep.text.repair import normalise

SECTIONS = ("parts", "sides", "views", "fillers")

# Written by hand: what technicians type, what wrong character sets make of it, nine languages.
WRIST = [
    "MUÑECA",
    "muñeca",
    "Muneca",
    "MUÑECAS",
    "MUÑECA DCHA.",
    "MUÑECA IZQ",
    "R WRIST",
    "WRIST LT",
    "WRIST PA/LAT",
    "wrist_ap",
    "RWRIST",
    "WRISTLT",
    "Left wrist, 3 views",
    "RX MUÑECA F-P",
    "RX DE MUÑECA DERECHA AP Y LAT",
    "X-ray of the wrist",
    "CARPO",
    "CANELL",
    "Canell esquerre",
    "CANELLS",
    "POIGNET",
    "Poignet gauche face profil",
    "HANDGELENK",
    "Handgelenk rechts",
    "HANDWURZEL",
    "POLSO",
    "Polso dx",
    "PUNHO",
    "Punho esquerdo",
    "PULSO",
    "POLS",
    "Pols links",
    "NADGARSTEK",
    "Nadgarstka lewego",
    "Scaphoid",
    "MU?ECA",
    "MU??ECA",
    "MU\ufffdECA",
    "MUÃ\x91ECA",
    "MUÃ‘ECA",
    "muÃ±eca",
    "MUÃƒâ€˜ECA",
    "MUÃ?ECA",
    "MU¥ECA",
    "MUÒECA",
    "MU&Ntilde;ECA",
    "MU&#209;ECA",
    "MUN\u0303ECA",
    "MUECA",
    "MUÑEC",
    "MUÑEKA",
    "MUÑCEA",
    "MUÑECAA",
    "MUNYECA",
    "WRST",
    "WIRST",
    "HANDGELNK",
    "POIGNE",
    "CANNELL",
    "M U Ñ E C A",
    "M.U.Ñ.E.C.A",
    "W-R-I-S-T",
    "WRISTHAND",
    "wrist^right",
    "MUÑECA\\MANO",
    "mun\u00adeca",
    "\u202eMUÑECA\u202c",
    "\x00WRIST\x1b[0m",
    "MUÑ DCHA",
]
NOT_WRIST = [
    "RODILLA",
    "KNEE",
    "TIBIA",
    "TOBILLO",
    "ANKLE",
    "PIERNA",
    "PEU",
    "GENOLL",
    "FEMUR",
    "MUSLO",
    "PIE",
    "PELVIS",
    "CADERA",
    "MALUC",
    "SACRO",
    "HOMBRO",
    "SHOULDER",
    "TORAX",
    "CHEST",
    "ESPATLLA",
    "CLAVICULA",
    "TORSO",
    "MANO",
    "HAND",
    "ANTEBRAZO",
    "FOREARM",
    "CODO",
    "ELBOW",
    "DEDO",
    "PULGAR",
    "METACARPO",
    "waist",
    "WAISTS",
    "canela",
    "CANELLA",
    "canilla",
    "pulmo",
    "PULMON",
    "PULSE",
    "POLEN",
    "PILSEN",
    "CABELL",
    "poignee",
    "carnal",
    "twist",
    "writs",
    "MU?O",
    "M?CA",
    "MUNICIPAL",
    "MUN. DE SEVILLA",
    "CARPETA",
    "OTROS",
    "EXTREMITY",
    "UPPER EXTREMITY",
    "XR",
    "",
    "   ",
    "???",
    "12345",
    "UNKNOWN",
    "CONTROL",
    "Dr. Carlos Campos",
    "HANDHELD",
    "pollo",
    "toast",
    "wristwatcher",
    "BUÑECA",
    "PUL?O",
]


@pytest.mark.parametrize("text", WRIST)
def test_wrist_is_read(text: str) -> None:
    assert find_body_part([("BodyPartExamined", text)]).part in ("wrist", "wrist,hand")


@pytest.mark.parametrize("text", NOT_WRIST)
def test_no_wrist_is_read(text: str) -> None:
    assert "wrist" not in [part for part, _ in parts_in(text)]


@pytest.mark.parametrize(
    ("part", "texts"),
    [
        (
            "hand",
            [
                "MANO",
                "Hand",
                "MÃO",
                "Hände",
                "MAIN DROITE",
                "RĘKA",
                "MÀ",
                "METACARPAL",
                "RX MANO F-P",
            ],
        ),
        (
            "finger",
            ["DEDO", "DEDOS DE LA MANO", "THUMB", "DOIGT", "Daumen", "VINGER", "kciuk", "FINGERS"],
        ),
        (
            "forearm",
            [
                "ANTEBRAZO",
                "ANTEBRAÇO",
                "AVANT-BRAS",
                "avantbraç",
                "UNTERARM",
                "AVAMBRACCIO",
                "ONDERARM",
                "PRZEDRAMIĘ",
                "RADIUS ULNA",
                "RADIUSULNA",
            ],
        ),
        (
            "elbow",
            [
                "CODO",
                "COLZE",
                "COUDE",
                "ELLBOGEN",
                "GOMITO",
                "COTOVELO",
                "ELLEBOOG",
                "ŁOKIEĆ",
                "ELBWO ELBOW",
            ],
        ),
        (
            "shoulder",
            [
                "HOMBRO",
                "ESPATLLA",
                "ÉPAULE",
                "EPAULE",
                "?PAULE",
                "SCHULTER",
                "SPALLA",
                "OMBRO",
                "SCHOUDER",
                "SHUOLDER",
                "SCAPULA",
                "ACJOINT",
            ],
        ),
        ("clavicle", ["CLAVICLE", "CLAVÍCULA", "SCHLÜSSELBEIN", "SCHLUESSELBEIN", "OBOJCZYK"]),
        (
            "humerus",
            ["HUMERUS", "HÚMERO", "BRAZO", "UPPER ARM", "BRAS", "OBERARM", "BOVENARM", "BRAÇO"],
        ),
        (
            "hip",
            [
                "HIP",
                "CADERA",
                "MALUC",
                "HANCHE",
                "HÜFTE",
                "Huefte",
                "ANCA",
                "QUADRIL",
                "HEUP",
                "BIODRO",
                "RHIP",
            ],
        ),
        ("pelvis", ["PELVIS", "BASSIN", "BECKEN", "BACINO", "BACIA", "BEKKEN", "MIEDNICA"]),
        ("femur", ["FEMUR", "F?MUR", "MUSLO", "CUIXA", "THIGH", "OBERSCHENKEL", "COSCIA"]),
        (
            "knee",
            [
                "KNEE",
                "LKNEE",
                "RODILLA",
                "RODILAL",
                "GENOLL",
                "GENOU",
                "KNIE",
                "GINOCCHIO",
                "JOELHO",
                "KOLANO",
                "PATELLA",
            ],
        ),
        (
            "leg",
            [
                "LEG",
                "TIBIA",
                "PIERNA",
                "JAMBE",
                "UNTERSCHENKEL",
                "GAMBA",
                "PERNA",
                "ONDERBEEN",
                "PODUDZIE",
                "TIB FIB",
                "TIBIAFIBULA",
            ],
        ),
        (
            "ankle",
            [
                "ANKLE",
                "TOBILLO",
                "TURMELL",
                "CHEVILLE",
                "SPRUNGGELENK",
                "CAVIGLIA",
                "TORNOZELO",
                "ENKEL",
                "KOSTKA",
                "CUELLO DEL PIE",
            ],
        ),
        (
            "foot",
            [
                "FOOT",
                "PIE IZQ",
                "PEU",
                "PIED",
                "FUSS",
                "FUß",
                "PIEDE",
                "PÉ",
                "VOET",
                "STOPA",
                "TOE",
                "DEDO DEL PIE",
                "CALCANEUS",
            ],
        ),
        (
            "chest",
            [
                "CHEST",
                "TORAX",
                "T?RAX",
                "THORAX",
                "POITRINE",
                "TORACE",
                "KLATKA PIERSIOWA",
                "RIBS",
                "STERNUM",
                "RX TORAX EN CAMA",
            ],
        ),
        (
            "spine",
            [
                "CSPINE",
                "T SPINE",
                "L-SPINE",
                "TLSPINE",
                "COLUMNA LUMBAR",
                "RACHIS",
                "WIRBELSÄULE",
                "COLUNA",
                "SACRO",
                "LWS",
            ],
        ),
        (
            "skull",
            [
                "SKULL",
                "CRÁNEO",
                "CRANI",
                "CRÂNE",
                "SCHÄDEL",
                "SCHAEDEL",
                "CRANIO",
                "SCHEDEL",
                "CZASZKA",
                "MANDIBLE",
            ],
        ),
        ("abdomen", ["ABDOMEN", "ABD", "KUB", "BUIK"]),
    ],
)
def test_other_parts_are_read(part: str, texts: list[str]) -> None:
    assert {
        text: find_body_part([("BodyPartExamined", text)]).part for text in texts
    } == dict.fromkeys(texts, part)


@pytest.mark.parametrize(
    "texts",
    [
        "canell mà avantbraç colze espatlla húmer dit genoll turmell peu cama maluc pelvis tòrax "
        "columna crani",
        "muñeca mano antebrazo codo hombro húmero dedo rodilla tobillo pie pierna cadera pelvis "
        "tórax columna cráneo",
        "wrist hand forearm elbow shoulder humerus finger knee ankle foot leg hip pelvis chest "
        "spine skull",
        "poignet main avant-bras coude épaule humérus doigt genou cheville pied jambe hanche "
        "bassin thorax rachis crâne",
        "Handgelenk Hand Unterarm Ellenbogen Schulter Oberarm Finger Knie Sprunggelenk Fuß "
        "Unterschenkel Hüfte Becken Thorax Wirbelsäule Schädel",
        "polso mano avambraccio gomito spalla omero dito ginocchio caviglia piede gamba anca "
        "bacino torace colonna cranio",
        "punho mão antebraço cotovelo ombro úmero dedo joelho tornozelo pé perna quadril bacia "
        "tórax coluna crânio",
        "pols hand onderarm elleboog schouder bovenarm vinger knie enkel voet onderbeen heup "
        "bekken borstkas wervelkolom schedel",
        "nadgarstek ręka przedramię łokieć bark kość_ramienna palec kolano kostka stopa podudzie "
        "biodro miednica klatka_piersiowa kręgosłup czaszka",
    ],
    ids=["ca", "es", "en", "fr", "de", "it", "pt", "nl", "pl"],
)
def test_sixteen_parts_are_read_in_nine_languages_however_they_are_typed(texts: str) -> None:
    sixteen = [
        "wrist",
        "hand",
        "forearm",
        "elbow",
        "shoulder",
        "humerus",
        "finger",
        "knee",
        "ankle",
        "foot",
        "leg",
        "hip",
        "pelvis",
        "chest",
        "spine",
        "skull",
    ]
    for part, text in zip(sixteen, texts.replace("-", "_").split(), strict=True):
        for typed in (
            text,
            text.upper(),
            f"RX {text} AP",
            f"{text.replace('_', ' ')} L",
            f"{text} dcha",
            f"Rtg {text.capitalize()}",
        ):
            assert find_body_part([("BodyPartExamined", typed)]).part == part, typed


@pytest.mark.parametrize(
    "text",
    [
        "MAIN HOSPITAL",
        "PIE CHART",
        "UN PEU FLOU",
        "COLD ARM WARMER",
        "DR. BECKER",
        "ROTURA",
        "CAMERA",
        "HOMBRE 45",
        "ROMERO",
    ],
)
def test_ordinary_words_are_no_parts(text: str) -> None:
    assert parts_in(text) == []


@pytest.mark.parametrize("text", ["SCALLE", "S?ALLE", "MA?O", "?ECHO", "?ULSO", "??????"])
def test_doubtful_words_are_no_parts(text: str) -> None:
    assert parts_in(text) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("MUÑECA Y MANO", ["wrist", "hand"]),
        ("MANO Y MUÑECA", ["hand", "wrist"]),
        ("HANDWRIST", ["hand", "wrist"]),
        ("MUÑECA-MUÑECA", ["wrist"]),
        ("hand/wrist", ["hand", "wrist"]),
        ("RODILLA-TOBILLO", ["knee", "ankle"]),
        ("CADERAS Y PELVIS", ["hip", "pelvis"]),
        ("TIB FIB ANKLE", ["leg", "ankle"]),
        ("MAIN POIGNET", ["wrist"]),
    ],
)
def test_parts_come_in_the_order_of_the_text(text: str, parts: list[str]) -> None:
    assert [part for part, _ in parts_in(text)] == parts
    assert find_body_part([("StudyDescription", text)]).part == ",".join(parts)


def test_of_several_parts_the_lowest_score_counts() -> None:
    assert find_body_part([("BodyPartExamined", "MANO Y MUÑEKA")]) == BodyPart(
        "hand,wrist", "BodyPartExamined", 1 - 1 / 6
    )


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("SKYLINE", "knee"),
        ("MORTISE L", "ankle"),
        ("AP FROGLEG", "hip"),
        ("FROG LEG", "hip"),
        ("SWIMMERS", "spine"),
        ("CARPAL TUNNEL", "wrist"),
        ("DENS", None),
        ("SKYLINE HOTEL", None),
        ("SUNRISE CLINIC", None),
        ("WATERS", None),
        ("TOWNE", None),
        ("AP", None),
        ("PIE SKYLINE", "foot"),
    ],
)
def test_views_of_one_part_name_it_where_nothing_else_does(text: str, part: str | None) -> None:
    assert find_body_part([("ViewPosition", text)]).part == part


def test_first_text_that_names_a_part_decides() -> None:
    texts = [
        ("BodyPartExamined", None),
        ("SeriesDescription", "OTROS"),
        ("StudyDescription", "RX MUÑECA F-P"),
        ("ProtocolName", "MANO"),
    ]
    assert find_body_part(texts) == BodyPart("wrist", "StudyDescription", 1.0)


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [("BodyPartExamined", None)],
        [("BodyPartExamined", "EXTREMITY"), ("StudyDescription", "")],
    ],
)
def test_unknown_has_neither_part_nor_source(texts: list[tuple[str, str | None]]) -> None:
    assert find_body_part(texts) == BodyPart(None, None, 0.0)


def test_score_is_one_for_exact_words_and_less_for_guesses() -> None:
    assert [parts_in(text)[0][1] for text in ("MUÑECA", "muneca", "MUÃ\x91ECA", "WRST")] == [
        1.0
    ] * 4
    assert all(
        0.5 < parts_in(text)[0][1] < 1
        for text in ("MUÑEKA", "MU?ECA", "MU??ECA", "RODILAL", "SHUOLDER")
    )


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (None, None),
        ("", None),
        ("   ", None),
        ("\x00\u200b", None),
        ("-.. --- -.  .--- ..- .- -.", None),
        ("RX", None),
        ("MUÑECA", "WRIST"),
        ("muñeca", "WRIST"),
        ("MUÃ\x91ECA", "WRIST"),
        ("M U Ñ E C A", "WRIST"),
        ("H\u200bAND", "HAND"),
        ("MU\u202eÑECA\x07\n", "WRIST"),
        ("RX MUÑECA F-P", "WRIST F P"),
        ("wrist wrist WRIST Wrist", "WRIST"),
        ("AP HAND", "HAND AP"),
        ("PIE", "FOOT"),
        ("HAND", "HAND"),
        ("PA", "PA"),
        ("Muñeca derecha AP/L", "WRIST R L AP"),
        ("L_SPINE", "SPINE"),
        ("LSPINE", "LSPINE"),
        ("PATELLA R", "KNEE R"),
        ("HANDWRIST", "WRIST HAND"),
        ("EXTREMITY", "EXTREMITY"),
        ("X-RAY CHEST 2 VIEWS", "CHEST 2 VIEWS"),
        ("KLATKA PIERSIOWA", "CHEST"),
        ("MUÑEKA", "***"),
        ("MU?ECA", "***"),
        ("MUÑECA?", "***"),
        ("MUÑECAGARCIA", "***"),
        ("WRIST2", "***"),
        ("WRIST 007", "WRIST ***"),
        ("CANELA", "***"),
        ("KLATKA", "***"),
        ("GARCIA LOPEZ^MARIA", "***"),
        ("MUÑECA GARCIA", "WRIST ***"),
        ("CHEST 12345678", "CHEST ***"),
        ("1975-03-02 WRIST", "WRIST ***"),
        ("HOMBRO IZQUIERDO", "SHOULDER L"),
        ("GARCIA IZQUIERDO", "***"),
        ("IZQUIERDO", "***"),
        ("DE LA MANO", "HAND"),
        ("DE LA CRUZ", "***"),
        ("JOHN HAND", "***"),
        ("MUÑECA GARCIA R", "WRIST ***"),
        ("GARCIA J. A.", "***"),
        ("F I D E L", "***"),
        ("S.M.I.T.H HAND", "***"),
        ("A:O:DE:A", None),
        ("F.I.D.E.L WRIST", "WRIST ***"),
        ("F\u200bI D\u200bE L", "***"),
        ("德", "***"),
        ("手首", "***"),
        ("ГАРСИЯ", "***"),
        ("HАND", "***"),
        ("ＨＡＮＤ", "***"),
        ("WRIST 李", "WRIST ***"),
        ("WRIST 德", "WRIST ***"),
        ("&Ntilde;U&Ntilde;EZ", "***"),
        ("WRIST ***", "WRIST ***"),
        ("WRIST" + " " * 300, "***"),
        ("WRIST " * 2000, "***"),
        ("<x>WRIST</x>", "WRIST ***"),
        ("HAND WRIST ELBOW KNEE ANKLE HIP FOOT", "***"),
    ],
)
def test_mask(text: str | None, masked: str | None) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("LUNG^MEI", "***"),
        ("LUNG^LAO", "***"),
        ("LEWY^COLONNA", "***"),
        ("WRIST^RIGHT", "WRIST ***"),
        ("DR LEWY COLONNA", "***"),
        ("DR. LEWY", "***"),
        ("WRIST DR LEWY", "WRIST ***"),
        ("COLONNA LEWY", "SPINE L"),
        ("LUNG LAO", "CHEST ***"),
        ("Lung Pa Lao", "CHEST PA ***"),
        ("CHEST LAO", "CHEST LAO"),
        ("PALMAR COLONNA WRIST", "SPINE WRIST ***"),
        ("MR HEAD", "***"),
        ("ANTONIO LUNG", "***"),
        ("JOHN PA", "***"),
        ("LEFT GARCIA", "***"),
    ],
)
def test_a_text_that_may_be_a_name_shows_none_of_it(text: str, masked: str) -> None:
    assert mask_text(text) == masked


SURNAMES = [
    "hand",
    "foot",
    "leg",
    "head",
    "neck",
    "bone",
    "right",
    "both",
    "waters",
    "towne",
    "caldwell",
    "lung",
    "lewy",
    "colonna",
    "palmar",
    "lao",
    "rao",
    "pa",
    "lat",
    "left",
    "view",
    "standing",
    "upright",
    "spine",
    "shoulder",
    "knee",
    "nose",
    "rad",
    "study",
    "other",
    "limb",
    "schulter",
    "nase",
    "becken",
    "omero",
    "picker",
    "sterling",
    "marconi",
    "angell",
    "max",
    "vita",
    "prima",
    "siemens",
    "philips",
    "canon",
    "barco",
    "varian",
    "ziehm",
    "dupont",
    "america",
    "italia",
    "france",
    "general",
    "villa",
    "mira",
    "eastman",
    "holland",
    "dragon",
    "duet",
    "apollo",
]
"""Words of the vocabulary that are names of people, written by hand."""


@pytest.mark.parametrize("sections", [SECTIONS, SECTIONS[1:], ("makers",), ("models", "makers")])
@pytest.mark.parametrize(
    "pattern", ["{} xqzxq", "xqzxq {}", "xqzxq-{}", "{}^MEI", "DR {}", "dr. {}"]
)
def test_beside_a_strange_word_or_a_title_no_surname_leaves(
    sections: tuple[str, ...], pattern: str
) -> None:
    for entry in {*SURNAMES, *(entry for name in sections for entry in _entries_of(name))}:
        left = (mask_text(pattern.format(entry), sections) or "").lower().split()
        assert not set(left) & set(SURNAMES), entry


def _entries_of(section: str) -> list[str]:
    return list(bodypart._vocabulary().sections[section])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Carestream Health", "Carestream Health"),
        ("CARESTREAM HEALTH", "Carestream Health"),
        ("Philips Medical Systems", "Philips Medical Systems"),
        ("Philips Medical Systems (Netherlands)", "Philips Medical Systems Netherlands"),
        ("FUJIFILM Corporation", "FUJIFILM Corporation"),
        ("FUJI PHOTO FILM CO. LTD.", "Fuji Photo Film Co Ltd"),
        ("SIEMENS", "Siemens"),
        ("Siemens Healthineers", "Siemens Healthineers"),
        ("Agfa", "Agfa"),
        ("Canon Inc.", "Canon Inc"),
        ("GE Healthcare", "GE Healthcare"),
        ("GE MEDICAL SYSTEMS", "GE Medical Systems"),
        ("KONICA MINOLTA", "Konica Minolta"),
        ("Samsung Electronics", "Samsung Electronics"),
        ("SHIMADZU", "Shimadzu"),
        ("Dürr Dental", "Dürr Dental"),
        ("AGFA-GEVAERT N.V.", "Agfa Gevaert N V"),
        ("Picker International", "Picker International"),
        ("HOSPITAL DEL MAR", "***"),
        ("Siemens SN 4711", "***"),
        ("Agfa SN 4711", "Agfa ***"),
        ("Hospital Santa Ana, GE", "GE ***"),
        ("GENERAL HOSPITAL AMERICA", "***"),
        ("PICKER", "***"),
        ("ANGELL", "***"),
        ("DR. MAX PICKER", "***"),
        ("MUÑECA", "***"),
        ("5000", "***"),
    ],
)
def test_makers(text: str, shown: str) -> None:
    assert mask_text(text, ("makers",)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        *(
            (text, text)
            for text in ("DRX-1", "DigitalDiagnost", "5000", "CR 85", "CXDI", "ADC_51xx")
        ),
        *((text, text) for text in ("Fluorospot Compact FD", "DRX-Evolution", "Definium 8000")),
        *((text, text) for text in ("DX-D 300", "AXIOM Aristos FX", "FCR Capsula", "REGIUS 170")),
        *((text, text) for text in ("AeroDR", "Philips DigitalDiagnost", "Essenta DR")),
        ("YSIO MAX", "YSIO Max"),
        ("CR 85 4711", "CR 85 ***"),
        ("CR 12345", "CR ***"),
        ("85", "***"),
        ("170", "***"),
        ("STERLING 5000", "5000 ***"),
        ("GARCIA 5000", "***"),
        ("DRX-1 SALA 2 DR. PONS", "DRX-1 DR ***"),
        ("DR. MAX PICKER", "DR ***"),
        ("MAX STERLING", "***"),
        ("ANGELL MAX", "***"),
        ("VITA MARCONI", "***"),
        ("DR 3000 5000 9000", "***"),
        ("CR 85 CR 75 CR 25 5000", "***"),
    ],
)
def test_models(text: str, shown: str) -> None:
    assert mask_text(text, ("models", "makers")) == shown


def test_known_parts_hold_what_pipelines_filter_on() -> None:
    wanted = {
        "wrist",
        "hand",
        "forearm",
        "elbow",
        "shoulder",
        "humerus",
        "finger",
        "knee",
        "ankle",
        "foot",
        "leg",
        "hip",
        "pelvis",
        "chest",
        "spine",
        "skull",
    }
    assert wanted <= set(known_parts())
    assert len(set(known_parts())) == len(known_parts())
    for part in known_parts():
        assert find_body_part([("BodyPartExamined", part.upper())]) == BodyPart(
            part, "BodyPartExamined", 1.0
        )


def test_digest_is_a_sha256_of_the_vocabulary() -> None:
    assert re.fullmatch("[0-9a-f]{64}", vocabulary_digest())


# Hostile texts.

ANY_TEXT = st.text(st.characters(), max_size=300)
SOME_WORDS = [
    "MUÑECA",
    "WRIST",
    "HAND",
    "AP",
    "R",
    "L",
    "F",
    "P",
    "DE",
    "LA",
    "X-RAY",
    "IZQUIERDO",
    "***",
    "?",
    "Ñ",
    "Ã\x91",
    "&Ntilde;",
    "\u200b",
    "\ufffd",
    "德",
]
MIXED_TEXT = st.lists(st.sampled_from(SOME_WORDS) | st.text(max_size=8), max_size=20).flatmap(
    lambda pieces: st.sampled_from(["", " ", "-", "^", "_", "?", "\x00"]).map(
        lambda between: between.join(pieces)
    )
)
LATIN_NAME = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZÑÁÉÍÓÚÜÇŁß", min_size=2, max_size=12)


@given(ANY_TEXT | MIXED_TEXT)
def test_reading_never_raises_and_scores_stay_in_range(text: str) -> None:
    assert all(part in known_parts() and 0 < score <= 1 for part, score in parts_in(text))
    assert set((find_body_part([("BodyPartExamined", text)]).part or "wrist").split(",")) <= {
        *known_parts()
    }
    assert normalise(text).isascii()


@given(
    ANY_TEXT | MIXED_TEXT | st.lists(st.sampled_from(SURNAMES + SOME_WORDS)).map(" ".join),
    st.sampled_from([SECTIONS, ("makers",), ("models", "makers"), ("views", "sides", "fillers")]),
)
def test_nothing_but_words_of_the_vocabulary_leaves_each_once(
    text: str, sections: tuple[str, ...]
) -> None:
    """In its spelling and in its order: what a person typed is no channel."""
    leaving = {
        word
        for name in sections
        for shown in bodypart._vocabulary().sections[name].values()
        for word in shown
    }
    left = mask_text(text, sections)
    pieces = (left or "***").removesuffix("***").strip()
    found = []
    while pieces:
        word = max((word for word in leaving if f"{pieces} ".startswith(f"{word} ")), key=len)
        found.append(word)
        pieces = pieces[len(word) :].strip()
    assert len(set(found)) == len(found) <= 6
    assert left is None or left == mask_text(text.swapcase(), sections) or not text.isascii()


@given(
    st.lists(LATIN_NAME, min_size=1, max_size=3),
    st.sampled_from(["WRIST", "MUÑECA DCHA", "RX TORAX", "PIE"]),
    st.sampled_from([" ", "^", "-", ", ", "_", "/"]),
)
def test_no_name_leaves(names: list[str], text: str, between: str) -> None:
    words = bodypart._vocabulary().readable
    strange = {normalise(name) for name in names} - words - {"wrist", "chest", "foot"}
    left = (mask_text(between.join([*names, text])) or "").lower().split()
    assert not strange & set(left)


@pytest.mark.parametrize(
    "text",
    [
        "\ud800\udfff WRIST",
        "&#99999999999999999999;",
        "&#x110000; WRIST",
        "&" * 256,
        "?" * 256,
        "a " * 128,
        "Ã" * 256,
        "Ã\x83" * 128,
        "\u0301" * 256,
        "m" * 10_000,
        "🦴" * 256,
        "\udc80",
        "İ" * 256,
    ],
)
def test_strange_texts_are_survived(text: str) -> None:
    assert isinstance(parts_in(text), list)
    assert re.findall(r"[^\W_]{2,}", mask_text(text) or "") in ([], ["WRIST"])
