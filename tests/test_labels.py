import pytest

from radprep.errors import UsageError
from radprep.labels import LabelOptions, match_labels, parse_mapping, read_labels, slug

ROWS = [("accession", "diagnosis"), ("A1", "FRACTURA"), ("A2", "NO FRACTURA"), ("A3", "")]


def write(tmp_path, rows=ROWS, delimiter=",", encoding="utf-8"):
    path = tmp_path / "labels.csv"
    path.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_reads_what_hospitals_save(tmp_path, delimiter, encoding):
    path = write(tmp_path, [("Núm. accés", "Diagnòstic"), ("A1", "Fractura de muñeca"), ("A2", "Normal")], delimiter, encoding)
    labels = read_labels(LabelOptions(path, "Núm. accés=accession", "diagnòstic"))
    assert labels.by_key == {"A1": {"fractura_de_muneca"}, "A2": {"normal"}}
    assert labels.keyword == "AccessionNumber"


def test_mapping_names_labels_and_counts_what_it_does_not_name(tmp_path):
    path = write(tmp_path, [*ROWS, ("A4", "DUDOSO")])
    labels = read_labels(LabelOptions(path, mapping=parse_mapping(["FRACTURA=fracture", "NO FRACTURA=normal"])))
    assert labels.by_key == {"A1": {"fracture"}, "A2": {"normal"}}
    assert labels.unmapped == 1


def test_join_counts_mismatches_both_ways_and_contradictions(tmp_path):
    path = write(tmp_path, [*ROWS, ("A1", "NO FRACTURA"), ("GHOST", "FRACTURA")])
    match = match_labels(read_labels(LabelOptions(path)), {"s1": {"A1"}, "s2": {"A2", None}, "s3": {"A3"}, "s4": {None}})
    assert match.label == {"s2": "no_fractura"}
    assert match.contradictory_studies == ["s1"]
    assert match.studies_without_label == ["s3", "s4"]
    assert match.keys_without_study == ["GHOST"]
    assert match.counts()["label_keys_without_study"] == 1


def test_a_study_whose_files_name_two_labels_is_contradictory(tmp_path):
    match = match_labels(read_labels(LabelOptions(write(tmp_path))), {"s": {"A1", "A2"}})
    assert match.label == {}
    assert match.contradictory_studies == ["s"]


@pytest.mark.parametrize(("options", "said"), [
    ({"column": "result"}, "no column 'result'"), ({"key": "number=accession"}, "no column 'number'"), ({"key": "birthday"}, "joined on"),
    ({"mapping": (("X", "y"),)}, "gives no label")])
def test_wrong_options_are_refused_with_what_is_possible(tmp_path, options, said):
    with pytest.raises(UsageError, match=said):
        read_labels(LabelOptions(write(tmp_path), **options))


def test_free_text_is_not_taken_for_a_label(tmp_path):
    path = write(tmp_path, [("accession", "diagnosis"), *((f"A{number}", f"text {number}") for number in range(80))])
    with pytest.raises(UsageError, match="at most 50"):
        read_labels(LabelOptions(path))


def test_texts_that_would_become_one_label_are_refused(tmp_path):
    with pytest.raises(UsageError, match="both become"):
        read_labels(LabelOptions(write(tmp_path, [("accession", "diagnosis"), ("A1", "pos+"), ("A2", "pos-")])))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_labels(LabelOptions(tmp_path / "none.csv"))


@pytest.mark.parametrize(("text", "expected"), [
    ("NO FRACTURA", "no_fractura"), ("../../etc/passwd", "etc_passwd"), ("Muñeca / mà", "muneca_ma"), ("ß Ł", "ss_l"), ("+", "")])
def test_a_label_is_safe_as_a_folder(text, expected):
    assert slug(text) == expected


def test_a_mapping_without_equals_is_refused():
    with pytest.raises(UsageError, match="TEXT=LABEL"):
        parse_mapping(["FRACTURA"])
