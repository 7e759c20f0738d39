import csv

import pytest

from radprep.convert.label_join import LabelJoin
from radprep.convert.label_match import match_labels
from radprep.convert.label_texts import slug
from radprep.convert.labels import parse_mapping
from radprep.convert.named_labels import LabelsWanted, read_named_labels
from radprep.errors import UsageError

ROWS = [("accession", "diagnosis"), ("A1", "FRACTURA"), ("A2", "NO FRACTURA"), ("A3", "")]


def write(tmp_path, rows=ROWS, delimiter=",", encoding="utf-8"):
    path = tmp_path / "labels.csv"
    path.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    return path


def wanted(path, key="accession", column="diagnosis", mapping=()):
    """A file of labels with one label."""
    return LabelsWanted(path, (key,), (column,), mapping)


def read_one(options):
    """What a file says of its one label."""
    [labels] = read_named_labels(options).by_name.values()
    return labels


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_reads_what_hospitals_save(tmp_path, delimiter, encoding):
    path = write(
        tmp_path,
        [("Núm. accés", "Diagnòstic"), ("A1", "Fractura de muñeca"), ("A2", "Normal")],
        delimiter,
        encoding,
    )
    labels = read_named_labels(wanted(path, "Núm. accés=accession", "diagnòstic"))
    assert labels.by_name["diagnostic"].by_key == {"A1": {"fractura_de_muneca"}, "A2": {"normal"}}
    assert labels.keyword == "AccessionNumber"


def test_mapping_names_labels_and_counts_what_it_does_not_name(tmp_path):
    path = write(tmp_path, [*ROWS, ("A4", "YESO")])
    labels = read_one(
        wanted(path, mapping=parse_mapping(["FRACTURA=fracture", "NO FRACTURA=normal"]))
    )
    assert labels.by_key == {"A1": {"fracture"}, "A2": {"normal"}}
    assert labels.unmapped == 1
    assert labels.missing == 1


def test_join_counts_mismatches_both_ways_and_contradictions(tmp_path):
    path = write(tmp_path, [*ROWS, ("A1", "NO FRACTURA"), ("GHOST", "FRACTURA")])
    match = match_labels(
        read_one(wanted(path)),
        {"s1": {"A1"}, "s2": {"A2", None}, "s3": {"A3"}, "s4": {None}},
    )
    assert match.label == {"s2": "no_fractura"}
    assert match.contradictory_studies == ["s1"]
    assert match.studies_without_label == ["s3", "s4"]
    assert match.keys_without_study == ["GHOST"]
    assert match.counts()["label_keys_without_study"] == 1


def test_a_study_whose_files_name_two_labels_is_contradictory(tmp_path):
    match = match_labels(read_one(wanted(write(tmp_path))), {"s": {"A1", "A2"}})
    assert match.label == {}
    assert match.contradictory_studies == ["s"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"column": "result"}, "no column 'result'"),
        ({"key": "number=accession"}, "no column 'number'"),
        ({"key": "birthday"}, "joined on"),
        ({"mapping": (("X", "y"),)}, "gives no label"),
    ],
)
def test_wrong_options_are_refused_with_what_is_possible(tmp_path, options, said):
    with pytest.raises(UsageError, match=said):
        read_one(wanted(write(tmp_path), **options))


def test_free_text_is_not_taken_for_a_label(tmp_path):
    path = write(
        tmp_path,
        [("accession", "diagnosis"), *((f"A{number}", f"text {number}") for number in range(80))],
    )
    with pytest.raises(UsageError, match="at most 50"):
        read_one(wanted(path))


def test_texts_that_would_become_one_label_are_refused(tmp_path):
    with pytest.raises(UsageError, match="both become"):
        read_one(
            wanted(write(tmp_path, [("accession", "diagnosis"), ("A1", "pos+"), ("A2", "pos-")]))
        )


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_one(wanted(tmp_path / "none.csv"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NO FRACTURA", "no_fractura"),
        ("../../etc/passwd", "etc_passwd"),
        ("Muñeca / mà", "muneca_ma"),
        ("ß Ł", "ss_l"),
        ("+", ""),
    ],
)
def test_a_label_is_safe_as_a_folder(text, expected):
    assert slug(text) == expected


def test_a_mapping_without_equals_is_refused():
    with pytest.raises(UsageError, match="TEXT=LABEL"):
        parse_mapping(["FRACTURA"])


def refused(tmp_path, content, **options):
    path = tmp_path / "labels.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError) as caught:
        read_one(wanted(path, **options))
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        'accession,diagnosis\nA0,x\nA1,"fracture\nA2,normal\nA3,normal"\nA4,x\n',
        'accession,diagnosis\nA0,x\n"A1\nA2",normal\n',
        'accession,diagnosis\nA0,x\nA1,"fracture\nA2,normal\n',
        'accession,diagnosis\nA0,x\nA1,"fracture\nA2,"normal"\n',
        'accession,diagnosis,note\nA0,x,\nA1,fracture,"fell\nA2,normal,"fell"\n',
    ],
)
def test_quotation_marks_that_swallow_rows_are_refused_with_the_line(tmp_path, content):
    said = refused(tmp_path, content)
    assert "line 3" in said
    assert "do not pair up" in said
    assert "A2" not in said


def test_a_note_over_several_lines_is_no_matter_and_does_not_shift_line_numbers(tmp_path):
    path = tmp_path / "labels.csv"
    content = 'accession,note,diagnosis\n\nA1,"fell\nhard",fracture\nA2,,normal,,\n,,\nA3\n'
    path.write_text(content)
    assert read_one(wanted(path)).by_key == {"A1": {"fracture"}, "A2": {"normal"}}
    assert "line 8" in refused(tmp_path, content + "A4,,x,y\n")


def test_a_row_with_more_cells_than_the_header_is_refused_with_the_line(tmp_path):
    said = refused(tmp_path, "accession,diagnosis\nA1,normal\nA2,fracture, left\n")
    assert "line 3: 3 cells, but the header has 2" in said


def test_the_key_column_is_no_label_column(tmp_path):
    assert "both name the column 'accession'" in refused(
        tmp_path, "accession,diagnosis\nA1,normal\n", column="Accession"
    )


def test_a_column_named_twice_is_refused(tmp_path):
    assert "2 columns 'diagnosis'" in refused(
        tmp_path, "accession,diagnosis,Diagnosis\nA1,normal,fracture\n"
    )


@pytest.mark.parametrize(
    ("key", "text"),
    [("A1", "normal a1"), ("2019-00017", "case 2019 00017"), ("1234567", "fracture1234567")],
)
def test_a_label_that_contains_its_key_is_refused(tmp_path, key, text):
    assert "line 2: the label contains the row's own key" in refused(
        tmp_path, f"accession,diagnosis\n{key},{text}\nA2,normal\n"
    )


def test_a_label_may_hold_a_small_number_that_is_a_key_too(tmp_path):
    path = write(tmp_path, [("accession", "diagnosis"), ("1", "grade 1"), ("12", "grade 2")])
    assert read_one(wanted(path)).by_key == {"1": {"grade_1"}, "12": {"grade_2"}}


def test_more_than_twenty_classes_need_a_map(tmp_path):
    rows = [("accession", "diagnosis"), *((f"A{n:03}", f"text {n % 21}") for n in range(63))]
    said = refused(tmp_path, write(tmp_path, rows).read_bytes())
    assert "has 21 different texts, and at most 20 look like classes" in said
    mapping = tuple((f"text {number}", f"class {number}") for number in range(21))
    assert len(read_one(wanted(write(tmp_path, rows), mapping=mapping)).by_key) == 63


def test_a_map_that_names_nothing_shows_only_texts_that_are_plainly_classes(tmp_path):
    rows = [("accession", "diagnosis"), ("A1", "Dr. Smith John"), ("A2", "FRACTURA")]
    said = refused(tmp_path, write(tmp_path, rows).read_bytes(), mapping=(("fractura", "y"),))
    assert "none of the 2 different texts of column 'diagnosis', among them 'FRACTURA'." in said
    assert "upper and lower case count" in said
    assert "Smith" not in said


SURNAMES = (
    "Garcia Lopez Maria",
    "Smith John",
    "Rossi Anna",
    "Muller Hans",
    "Dubois Jean",
    "Jansen Piet",
    "Nowak Ewa",
    "Silva Rui",
    "Kim Min",
    "Ivanova Olga",
    "Haddad Omar",
    "Cohen Ruth",
)


def column(tmp_path, texts, studies):
    """A labels file of so many studies that has these texts in turn."""
    rows = [(f"A{number}", texts[number % len(texts)]) for number in range(1, studies + 1)]
    return write(tmp_path, [("accession", "diagnosis"), *rows], ";")


@pytest.mark.parametrize("studies", [6, 20, 300])
@pytest.mark.parametrize(
    "form",
    [
        "Dr. {0} {1}",
        "{0}, {1}",
        "{0}^{1}",
        "{0}",
        "{0} fracture",
        "fractura, Sra. {0} tel 600123456",
        "{0} {1} 1931-05-12",
        "{1}.{0}@hospital.example",
        "mrn 7000{2:02}",
        "7000{2:02}",
        "1931-05-{2:02}",
        "12 05 {2:02} fracture",
        "fracture 12.05.{2:02}",
        "{3}",
        "ｆｒａｃｔｕｒｅ {2}",
    ],
)
def test_a_column_that_names_people_is_refused_with_counts_alone(tmp_path, form, studies):
    texts = [
        form.format(*name.split()[:2], 10 + number, "".join(word[0] for word in name.split()))
        for number, name in enumerate(SURNAMES)
    ]
    said = refused(tmp_path, column(tmp_path, texts, studies).read_bytes())
    assert "column 'diagnosis' may name people" in said
    assert f" {min(len(texts), studies)} different texts" in said
    assert '--label-map "FRACTURA=fracture"' in said
    for word in (word for text in texts for word in text.split() if len(word) > 2):
        assert word not in said.replace("fracture", "")


def test_one_name_among_classes_refuses_the_column(tmp_path):
    path = column(tmp_path, ["fracture", "normal", "Colonna"], 300)
    said = refused(tmp_path, path.read_bytes())
    assert "1 of its 3 different texts (100 of 300 keys) hold a word" in said
    mapping = (("fracture", "fracture"), ("normal", "normal"))
    assert read_one(wanted(path, mapping=mapping)).unmapped == 100


@pytest.mark.parametrize("studies", [6, 300])
@pytest.mark.parametrize(
    "texts",
    [
        ("fracture", "normal"),
        ("FRACTURA", "NO FRACTURA"),
        ("fractured", "not fractured"),
        ("Fraktur", "keine Fraktur", "unauffällig"),
        ("frattura", "normale"),
        ("fractuur", "geen fractuur"),
        ("fratura", "sem fratura"),
        ("złamanie", "bez złamania"),
        ("0", "1"),
        ("positive", "negative"),
        ("yes", "no"),
        ("no fracture", "normal wrist", "fracture of the left radius"),
        ("grade 1", "grade 2", "grade 10"),
        ("class_0", "class_1"),
        ("Mild", "Moderate", "Severe"),
    ],
)
def test_a_column_of_classes_passes_without_a_map(tmp_path, texts, studies):
    labels = read_one(wanted(column(tmp_path, texts, studies)))
    assert len(labels.by_key) == studies
    assert set().union(*labels.by_key.values()) == {slug(text) for text in texts}


def test_a_class_of_one_study_needs_a_map_where_there_are_many(tmp_path):
    rows = [(f"A{number}", "normal") for number in range(40)] + [("B1", "tumour")]
    path = write(tmp_path, [("accession", "diagnosis"), *rows])
    assert "1 of its 2 different texts stand on fewer than 3 of 41 keys" in refused(
        tmp_path, path.read_bytes()
    )
    assert read_one(wanted(path, mapping=(("tumour", "tumour"),))).by_key


def test_classes_that_hardly_repeat_need_a_map(tmp_path):
    rows = [(f"A{number}", str(number)) for number in range(4)]
    path = write(tmp_path, [("accession", "diagnosis"), *rows])
    assert "4 different texts on 4 keys" in refused(tmp_path, path.read_bytes())


@pytest.mark.parametrize(
    "label", ["Garcia 12345678", "x" * 41, "m.garcia@hospital.example", "case 007", "٣٣٣"]
)
def test_a_map_names_classes(tmp_path, label):
    said = refused(tmp_path, write(tmp_path).read_bytes(), mapping=(("FRACTURA", label),))
    assert "--label-map number 1 is no name of a class" in said
    assert label not in said


def test_a_first_line_of_values_is_not_shown(tmp_path):
    said = refused(tmp_path, "A17,Garcia Lopez\nA18,Smith John\n")
    assert "its first line looks like a row of values" in said
    assert "Garcia" not in said


def test_a_message_about_texts_that_become_one_label_shows_none(tmp_path):
    assert "pos" not in refused(tmp_path, "accession,diagnosis\nA1,pos+\nA2,pos-\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("accession,diagnosis\n", "no row below its header"),
        ("accession,diagnosis\n,\n", "no row below its header"),
        ("", "no column"),
        ("accession,diagnosis\nA1,\n", "empty in every row"),
        ("accession,diagnosis\n,normal\n", "no row has both"),
    ],
)
def test_a_file_that_gives_no_label_says_why(tmp_path, content, said):
    assert said in refused(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 workbook", "is an Excel workbook, not a text file. Save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an Excel workbook, not a text file"),
        (b"\x89PNG\r\n\x1a\n", "is a PNG image, not a text file"),
        (b"%PDF-1.4\n", "is a PDF, not a text file"),
        (b"accession\0diagnosis", "is a binary file, not a text file"),
    ],
)
def test_what_is_no_text_file_is_named(tmp_path, content, said):
    assert said in refused(tmp_path, content)


def test_lists_name_the_values_that_were_compared(tmp_path):
    path = write(
        tmp_path,
        [*ROWS, ("A1", "NO FRACTURA"), ("A4", "YESO"), ("A5", "YESO"), ("GHOST", "FRACTURA")],
    )
    mapping = parse_mapping(["FRACTURA=fracture", "NO FRACTURA=normal"])
    match = match_labels(
        read_one(wanted(path, mapping=mapping)),
        {"s1": {"A1"}, "s2": {"A2"}, "s3": {"A9", "A3"}, "s4": {None}},
    )
    assert match.lists("AccessionNumber") == {
        "studies_without_label": [
            ("study_id", "AccessionNumber"),
            ("s3", "A3"),
            ("s3", "A9"),
            ("s4", ""),
        ],
        "contradictory_studies": [
            ("study_id", "AccessionNumber", "labels"),
            ("s1", "A1", "fracture; normal"),
        ],
        "keys_without_study": [("AccessionNumber",), ("GHOST",)],
        "unmapped_texts": [("text", "rows"), ("YESO", "2")],
        "changed_keys": [("key", "looks", "may be AccessionNumber")],
    }


def test_what_is_recorded_of_a_join_holds_no_key_and_no_text_that_may_be_a_name(tmp_path):
    rows = [*ROWS, ("A1", "NO FRACTURA"), ("GHOST", "GARCIA LOPEZ"), ("A8", "YESO")]
    pairs = ["FRACTURA=fracture", "NO FRACTURA=normal", "GARCIA LOPEZ=normal"]
    options = wanted(write(tmp_path, rows), mapping=parse_mapping(pairs))
    labels = read_named_labels(options)
    join = LabelJoin.of(labels, {"s1": {"A1"}, "s2": {"A2"}, "s4": {None}}, {})
    recorded = join.parameters
    of_label = {
        "label_map": ["*** = normal", "FRACTURA = fracture", "NO FRACTURA = normal"],
        **join.counts("diagnosis"),
    }
    assert recorded == {
        "label_key": ["AccessionNumber"],
        "label_main": "diagnosis",
        "label_join": {"diagnosis": of_label},
    }
    assert of_label["contradictory_studies"] == 1
    assert of_label["label_keys_without_study"] >= 1
    assert not {"GHOST", "GARCIA", "A1", "YESO"} & set(str(recorded).replace("'", " ").split())


def labels_of(tmp_path, texts, **options):
    """What a file says in which each of these texts stands on three keys."""
    rows = [
        (f"K{place}-{number}x", text) for place, text in enumerate(texts) for number in range(3)
    ]
    path = tmp_path / "labels.csv"
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows([("accession", "diagnosis"), *rows])
    return read_one(wanted(path, **options))


def found_in(labels):
    return set().union(*labels.by_key.values())


def test_equal_numbers_are_one_class_and_so_are_equal_words(tmp_path):
    labels = labels_of(tmp_path, ["1", "1.0", "01", "1,0", "1.", "0", "0.0", "-0", "1.00000"])
    assert found_in(labels) == {"0", "1"}
    assert len(labels.by_key) == 27
    assert "1.0 = 1" in labels.meanings
    assert found_in(labels_of(tmp_path, ["True", "TRUE", "true", "False"])) == {"true", "false"}


def test_texts_that_say_nothing_or_that_nobody_is_sure_give_no_label_and_are_counted(tmp_path):
    texts = ["fracture", "normal", "NA", "nan", "#N/A", "", "-", "k.A.", "uncertain", "-1", "?"]
    labels = labels_of(tmp_path, texts)
    assert found_in(labels) == {"fracture", "normal"}
    assert (labels.missing, labels.uncertain, labels.unmapped) == (21, 6, 0)
    assert {
        "NA = no label (missing)",
        "#N/A = no label (missing)",
        "uncertain = no label (uncertain)",
        "fracture = fracture",
    } <= set(labels.meanings)


def test_a_map_that_names_such_a_text_wins(tmp_path):
    pairs = ["1=fracture", "0=normal", "-1=unsure", "None=nothing", "true=fracture"]
    texts = ["1.0", "0", "-1.0", "None", "TRUE", "NA"]
    labels = labels_of(tmp_path, texts, mapping=parse_mapping(pairs))
    assert found_in(labels) == {"fracture", "normal", "unsure", "nothing"}
    assert (labels.missing, labels.uncertain, labels.unmapped) == (3, 0, 0)
    exact = labels_of(tmp_path, ["1", "1.0"], mapping=parse_mapping(["1=a", "1.0=b"]))
    assert found_in(exact) == {"a", "b"}


@pytest.mark.parametrize("texts", [("1", "-1"), ("fracture", "none"), ("Fracture", "None")])
def test_what_may_mean_two_things_is_refused_with_the_way_out(tmp_path, texts):
    with pytest.raises(UsageError, match=r"may .*--label-map TEXT=LABEL"):
        labels_of(tmp_path, texts)


def test_none_as_python_writes_it_is_missing(tmp_path):
    assert labels_of(tmp_path, ["fracture", "normal", "None"]).missing == 3
    assert labels_of(tmp_path, ["1", "0", "-1"]).uncertain == 3


def test_lists_of_findings_are_classes_of_their_own_and_counted(tmp_path):
    labels = labels_of(tmp_path, ["fracture", "normal", "fracture|cast", "fracture; normal"])
    assert labels.lists == 6
    assert "fracture_cast" in found_in(labels)
    mapping = (("fracture|cast", "fracture"), ("normal", "normal"))
    assert labels_of(tmp_path, ["fracture|cast", "normal"], mapping=mapping).lists == 0


def test_a_file_of_nothing_but_missing_texts_says_so(tmp_path):
    with pytest.raises(UsageError, match="says nothing, or that nobody is sure"):
        labels_of(tmp_path, ["NA", "unclear"])


def test_a_number_below_minus_one_is_not_shown(tmp_path):
    labels = labels_of(tmp_path, ["1", "0", "-70001234"])
    assert labels.missing == 3
    assert "70001234" not in str(labels.meanings)


ACCESSIONS = ("0012345", "0012346", "20230000000123456", "77", "0077", "AB12")
CHANGED = (
    "accession,diagnosis\n12345,fracture\n0012346,normal\n2.0230000000E+16,fracture\n77,fracture\n"
    'ab12,normal\n="0012345",fracture\n77.0,fracture\n'
)


def test_keys_that_a_spreadsheet_changed_are_told_and_no_guess_is_joined(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(CHANGED)
    match = match_labels(read_one(wanted(path)), {key: {key} for key in ACCESSIONS})
    assert match.label == {"0012345": "fracture", "0012346": "normal"}
    counts = match.counts()
    for kind in ("zeros", "decimals", "exponent", "case", "unclear", "quoted"):
        assert counts[f"label_keys_{kind}"] == 1, kind
    assert counts["label_keys_without_study"] == 5
    assert ("77", "unclear", "0077") in match.lists("AccessionNumber")["changed_keys"]
    assert not {"77", "ab12", "0012345"} & set(map(str, counts))


def test_a_line_that_names_the_separator_is_read(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("sep=;\naccession;diagnosis\n0012345;fracture\n0012346;normal\n")
    assert read_one(wanted(path)).by_key == {
        "0012345": {"fracture"},
        "0012346": {"normal"},
    }


def test_a_map_may_not_give_one_text_two_labels():
    assert parse_mapping(["1=yes", "1=yes"]) == (("1", "yes"),)
    with pytest.raises(UsageError, match="two labels"):
        parse_mapping(["1=yes", "1=no"])
