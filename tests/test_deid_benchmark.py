"""The benchmark of de-identification, on a few studies; `make bench-deid` takes more. And the
benchmark itself: it must see what would leave."""

import copy
import datetime
import json
import shutil

import deid
import pytest
from planted import key
from planted.dump import make_dump, pixels_of
from planted.key import Answer, read_key
from planted.leaving import Leaving, names_of, numbers_of, texts_of
from planted.score import Result, Scorer

from radprep.image import png
from tests.made import tree_hash

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    out = tmp_path_factory.mktemp("bench") / "out"
    results, wrong = deid.run(out, studies=9, seed=20261128)
    answers = read_key(out / "dump" / "answers.jsonl")
    scorer = Scorer(out / "dump", answers, out / "raw", [out / "clean"], "")
    return out, results, wrong, scorer


def test_nothing_that_was_planted_leaves(bench):
    _, results, wrong, _ = bench
    assert wrong == []
    assert {one.category for one in results} == {*key.HEADERS, *key.PIXELS}


def changed(scorer, answer, **cells):
    """The scorer with other cells in the first row of an answer's film."""
    other = copy.copy(scorer)
    for name in ("_texts_found", "_ids_of_patients", "_ids_of_studies", "_shifts"):
        other.__dict__.pop(name, None)
    other.rows = copy.deepcopy(scorer.rows)
    other.rows[answer.film][0].update(cells)
    return other


def first(scorer, category, place=""):
    return next(
        one for one in scorer.answers if one.category == category and one.place.startswith(place)
    )


def is_seen(scorer, answer):
    return answer in scorer.wrong()


@pytest.mark.parametrize(
    "category",
    [*key.REMOVED, key.NUMBER],
)
def test_what_a_log_would_say_is_seen(bench, category):
    out, _, _, scorer = bench
    answer = next(
        one for one in scorer.answers if one.category == category and "[" not in one.value
    )
    log = out / "raw" / "logs" / "leak.jsonl"
    log.write_text(f'{{"event": "{answer.value}"}}\n', encoding="utf-8")
    try:
        spoilt = Scorer(scorer.dump, scorer.answers, out / "raw", [out / "clean"], "")
        assert is_seen(spoilt, answer)
        assert not is_seen(scorer, answer)
    finally:
        log.unlink()


@pytest.mark.parametrize(
    ("category", "cells"),
    [
        (key.SHIFTED, {"StudyDate": datetime.date(2001, 2, 3)}),
        (key.SHIFTED, {"StudyDate": None}),
        (key.PATIENT, {"patient_id": "0" * 16}),
        (key.STUDY, {"study_id": "0" * 16}),
        (key.KEPT, {"Modality": "MR"}),
        (key.KEPT, {"Modality": None}),
        (key.OLD, {"PatientAge": "093Y"}),
        (key.OLD, {"PatientAge": "89Y", "StudyDate": datetime.date(1950, 1, 1)}),
    ],
)
def test_a_wrong_cell_is_seen(bench, category, cells):
    scorer = bench[3]
    place = next(iter(cells)) if category in (key.SHIFTED, key.KEPT) else ""
    answer = first(scorer, category, place)
    if category == key.OLD and "StudyDate" in cells:
        other = next(one for one in scorer.answers if one.category == key.OLD and one != answer)
        scorer = changed(scorer, other, StudyDate=datetime.date(1955, 1, 1))
    assert is_seen(changed(scorer, answer, **cells), answer)


def test_planted_numbers_names_and_days_in_a_row_are_seen(bench):
    scorer = bench[3]
    number = next(
        one for one in scorer.answers if one.category == key.NUMBER and one.value.startswith("[")
    )
    shown = float(number.value.strip("[]").split(",")[0])
    if "," in number.value:
        letters = [float(code) for code in number.value.strip("[]").split(",")]
        assert is_seen(changed(scorer, number, WindowCenter=letters[:3]), number)
    else:
        assert is_seen(changed(scorer, number, ExposureIndex=shown), number)
    name = first(scorer, key.DESCRIPTOR)
    word = name.value.strip("[]").split(",")[0].strip(' "')
    word = word.encode().decode("unicode_escape")
    assert is_seen(changed(scorer, name, Manufacturer=f"Agfa {word.lower()}"), name)
    day = first(scorer, key.IMPOSSIBLE)
    assert is_seen(changed(scorer, day, **{day.place: datetime.date(1897, 3, 4)}), day)
    moved = first(scorer, key.SHIFTED)
    said = f"{moved.value[:4]}-{moved.value[4:6]}-{moved.value[6:]}"
    assert is_seen(changed(scorer, moved, detail=said), moved)


def test_a_picture_with_other_pixels_or_a_text_is_seen(bench, tmp_path):
    out, _, _, scorer = bench
    answer = first(scorer, key.PIXELS_KEPT)
    row = scorer.rows[answer.film][0]
    bare = next(
        one for one in scorer.answers if one.category == key.BARE and one.film == answer.film
    )
    path = tmp_path / row["file_name"]
    path.parent.mkdir(parents=True)
    shutil.copy(out / "raw" / row["file_name"], path)
    other = copy.copy(scorer)
    other.raw = tmp_path
    data = path.read_bytes()
    path.write_bytes(data[:33] + b"\0\0\0\4tEXtname\0\0\0\0" + data[33:])
    assert not other._is_bare(bare)
    pixels = pixels_of(scorer.dump, answer.film).copy()
    pixels[100, 100] ^= 1
    path.write_bytes(png.encode(pixels))
    assert not other._are_pixels_kept(answer)
    hidden = first(scorer, key.PIXELS_HIDDEN)
    name = scorer.rows[hidden.film][0]["file_name"]
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(png.encode(pixels_of(scorer.dump, hidden.film)))
    assert not other._is_text_hidden(hidden)
    assert scorer._is_text_hidden(hidden)
    assert scorer._is_bare(bare)
    assert scorer._are_pixels_kept(answer)


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("Etxeberria^Iñaki", "seen iñaki ETXEBERRIA"),
        ("Etxeberria^Iñaki", "inaki_etxeberria"),
        ("Etxeberria^Iñaki", "<td>Etxeberria</td>"),
        ("Müller-Lüdenscheidt^Bjørg", "mullerludenscheidtbjorg"),
        ("Yamadarou^Tarokichi=山田郎^太郎吉", "患者 山田郎太郎吉"),
        ("Ивановская^Ольга", "ivanovskaya"),
        ("NHC 123456789", "nhc-123456789"),
        ("Tel. +34 612345678", "34612345678 "),
        ("Calle Inventada 12, Ficticiópolis", "in Ficticiopolis"),
    ],
)
def test_a_text_is_found_however_it_is_written(value, left):
    leaving = Leaving()
    leaving.add_text(f"before {left} after")
    answer = Answer("", "", "PatientName", key.ATTRIBUTE, value)
    assert (
        leaving.found(texts_of(answer))
        or names_of(answer) & leaving.words
        or numbers_of(answer) & leaving.numbers
    )


@pytest.mark.parametrize("left", ["19560312", "1956-03-12", "12.03.1956", "12/03/1956"])
def test_a_day_is_found_however_it_is_written(left):
    leaving = Leaving()
    leaving.add_text(f"x {left} y")
    assert numbers_of(Answer("", "", "PatientBirthDate", key.TIME, "19560312")) & leaving.numbers


def test_pseudonyms_and_pictures_in_a_page_are_no_text():
    leaving = Leaving()
    leaving.add_text("0123456789abcdef src=data:image/webp;base64,MTIzNDU2Nzg5")
    assert leaving.numbers == set()


def test_the_same_seed_plants_the_same(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_dump(tmp_path / name, 2, seed, attributes=20)
    hashes = [tree_hash(tmp_path / name) for name in "abc"]
    assert hashes[0] == hashes[1] != hashes[2]


def test_times_of_our_own_files_hold_no_planted_number(tmp_path):
    (tmp_path / "image").write_text("")
    time, other = (tmp_path / "image").stat().st_mtime_ns, "9876543210987654321"
    (tmp_path / "list.tsv").write_text(f"image {time} 12\n{other}\n")
    leaving = Leaving()
    leaving.add_folder(tmp_path)
    found = leaving.found({str(time)[3:12], other[3:12]})
    assert found == {other[3:12]}


def test_the_table_has_sums_and_intervals():
    lines = deid.table([Result(key.UID, 200, 198), Result(key.PIXELS_KEPT, 10, 10)]).splitlines()
    assert lines[2] == f"| {key.UID} | 200 | 198 | 99.00 | 96.43 to 99.73 |"
    assert lines[-2].startswith("| **headers** | 200 | 198 | 99.00 |")
    assert lines[-1] == "| **pixels** | 10 | 10 | 100.00 | 72.25 to 100.00 |"


def test_text_is_hidden_where_its_strokes_are_gone_or_its_row_says_so(bench, tmp_path):
    scorer = bench[3]
    answer = first(scorer, key.PIXELS_HIDDEN)
    plain = changed(scorer, answer, burned_in_risk="low", review=[])
    name = plain.rows[answer.film][0]["file_name"]
    plain.raw = tmp_path
    (tmp_path / name).parent.mkdir(parents=True)
    pixels = pixels_of(scorer.dump, answer.film)
    (tmp_path / name).write_bytes(png.encode(pixels))
    assert not plain._is_text_hidden(answer)
    x, y, width, height = json.loads(answer.value)["box"]
    redacted = pixels.copy()
    redacted[y : y + height, x : x + width] = 90
    (tmp_path / name).write_bytes(png.encode(redacted))
    assert plain._is_text_hidden(answer)
    (tmp_path / name).unlink()
    assert plain._is_text_hidden(answer)
    for row in plain.rows[answer.film]:
        row["review"] = ["convert:burned_in_text"]
    (tmp_path / name).write_bytes(png.encode(pixels))
    assert plain._is_text_hidden(answer)
