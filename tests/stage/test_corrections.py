import pytest

from radprep.dataset.boxes import unknown_label
from radprep.errors import UsageError
from radprep.stage.corrections import Decision, as_csv, merged, parameters, read_corrections

A = "0123456789abcdef"


def read(path, *lines, header="image_id,field,value,reviewer,date"):
    path.write_text("\n".join([header, *lines]))
    return read_corrections(path)


def test_who_and_when_are_read_and_a_name_is_not_kept(tmp_path):
    path = tmp_path / "given.csv"
    given = read(path, f"{A},inverted,true,Dr. Meier,2026-11-28", f"{A},parts,2,r-0123abcd,")
    decided = given[A]["inverted"]
    assert (decided.value, decided.date) == (True, "2026-11-28")
    assert decided.reviewer.startswith("r-")
    assert "eier" not in as_csv(given)
    assert given[A]["parts"] == Decision(2, "r-0123abcd", "")
    assert read(path, f"{A},inverted,true, dr. meier ,2026-11-28")[A]["inverted"] == decided


def test_what_is_written_is_read_again_and_unsigned_files_are_as_they_were(tmp_path):
    path = tmp_path / "given.csv"
    given = read(path, f"{A},inverted,true,r-0123abcd,2026-11-28", f"{A},parts,2,,")
    path.write_text(as_csv(given))
    assert read_corrections(path) == given
    plain = {A: {"inverted": Decision(True)}}
    assert as_csv(plain) == f"image_id,field,value\n{A},inverted,true\n"
    assert parameters(given) != parameters(plain)


@pytest.mark.parametrize("date", ["28/11/2026", "2026-13-01", "20261128", "yesterday"])
def test_a_date_that_is_no_day_is_a_sentence(tmp_path, date):
    with pytest.raises(UsageError, match="line 2: the date must be a day such as 2026-11-28"):
        read(tmp_path / "given.csv", f"{A},inverted,true,,{date}")


def test_the_same_value_without_a_name_leaves_who_said_it_first():
    before = {A: {"inverted": Decision(True, "r-0123abcd", "2026-11-28")}}
    assert merged(before, {A: {"inverted": Decision(True)}}) == before
    other = {A: {"inverted": Decision(False)}}
    assert merged(before, other) == other
    later = {A: {"inverted": Decision(True, "r-0123abcd", "2026-11-29")}}
    assert merged(before, later) == later


def test_an_acceptance_is_read_in_one_form(tmp_path):
    line = f"{A},review,accepted rotation_alignment:unsure_axis colour_inversion:unsure"
    [decision] = read(tmp_path / "given.csv", line, header="image_id,field,value")[A].values()
    assert decision.value == "accepted colour_inversion:unsure rotation_alignment:unsure_axis"
    with pytest.raises(UsageError, match="review must be accepted, or what the page"):
        read(tmp_path / "given.csv", f"{A},review,looks fine", header="image_id,field,value")


def test_a_label_of_boxes_that_is_no_class_is_named():
    assert unknown_label("fracture 1 2 30 40 + zorblax 1 2 30 40") == "zorblax"
    assert unknown_label("fracture 1 2 30") == ""
    assert unknown_label("fracture 1 2 30 40") == ""
