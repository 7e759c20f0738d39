from radprep.convert.box_told import box_lines

COUNTS = {
    "boxes_joined": 3,
    "boxes_without_film": 2,
    "boxes_of_unnamed_classes": 4,
    "box_entries_at_fault": 5,
    "fault_number": 3,
    "fault_class": 2,
    "files_with_boxes": 2,
    "files_without_a_box": 1,
    "files_not_named": 7,
    "film_names": 6,
    "film_names_not_found": 1,
    "film_names_unclear": 2,
}


def test_everything_that_was_not_joined_is_told():
    lines = box_lines({"box_join": COUNTS, "box_notes": ["Pixels count from 1."]})
    assert lines[0] == (
        "14 boxes stand in the files = 3 for films of the dump + 2 for films that were not found + "
        "4 of classes that --box-map leaves out + 5 that could not be used"
    )
    assert lines[1].startswith("2 files of the dump have boxes, of 1 it is said")
    assert "1 of 6 names of films were not found" in lines[2]
    assert "2 of 6 names of films may mean several" in lines[3]
    assert "(3: a number is missing" in lines[4]
    assert "2: its class is none" in lines[4]
    assert lines[5:] == ["Pixels count from 1"]


def test_a_run_without_boxes_tells_nothing_and_one_without_fault_two_lines():
    assert box_lines({}) == []
    assert box_lines({"labelled_studies": 3}) == []
    assert len(box_lines({"box_join": {**dict.fromkeys(COUNTS, 0), "boxes_joined": 3}})) == 2


def test_files_of_which_nobody_knows_what_they_show_are_not_said_to_have_no_box():
    joined = {"boxes_of_unclear_classes": 2, "files_with_unusable_boxes": 2}
    lines = box_lines({"box_join": joined})
    assert lines[0] == "2 boxes stand in the files = 2 of whose class nobody was sure"
    assert "of 0 it is said that they have none" in lines[1]
    assert lines[2].startswith("2 files of the dump have boxes of which none can be used")
