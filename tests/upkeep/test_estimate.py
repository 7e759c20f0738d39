from pathlib import Path

from radprep.convert.trial import Trial
from radprep.dicom.facts import FileFacts
from radprep.dicom.files import FoundFile
from radprep.upkeep.estimate import FILMS_TRIED, Place, Workload, estimate_table


def film(name, syntax="1.2.840.10008.1.2.1", modality="DX", size=(1000, 1000)):
    return FileFacts(
        "dicom_image",
        Modality=modality,
        TransferSyntaxUID=syntax,
        sizes=(size,),
        file=FoundFile(name.encode(), 10, 1),
    )


def work_of(*films):
    work = Workload()
    for one in films:
        work.add(one)
    return work


def counts(table):
    return {name: values for name, *values in table.rows}


def test_films_that_convert_leaves_count_for_nothing():
    work = work_of(
        film("a"), film("b", modality="MR"), FileFacts("not_dicom"), FileFacts("picture")
    )
    assert (work.films, work.pixels.total()) == (1, 1_000_000)


def test_films_of_each_syntax_are_picked_whatever_the_order():
    films = [film(str(number), syntax=f"1.{number % 2}") for number in range(40)]
    picked = list(work_of(*films).to_try())
    assert len(picked) == 2 * FILMS_TRIED
    assert {syntax for syntax, _ in picked[:2]} == {"1.0", "1.1"}
    assert {file for _, file in work_of(*reversed(films)).to_try()} == {file for _, file in picked}


def test_time_and_room_follow_from_the_films_tried():
    work = work_of(*(film(str(number)) for number in range(1000)))
    tried = {"1.2.840.10008.1.2.1": [Trial(10**6, 0.1, 500_000), Trial(10**6, 0.3, 700_000)]}
    table = estimate_table(work, tried, Place(4))
    found = counts(table)
    assert found["films"] == [1000, 1000, 1000]
    assert found["core_seconds"] == [206, 86, 456]
    assert found["seconds_of_4_workers"] == [52, 22, 114]
    assert found["png_bytes"] == [600_000_000, 400_000_000, 1_050_000_000]
    assert "free_bytes" not in found
    assert "An estimate from 2 of its films" in table.note
    assert "0:00:52 with 4 workers (0:00:22 to 0:01:54)" in table.note
    assert "600 MB of PNG (400 MB to 1.05 GB)" in table.note


def test_a_syntax_without_a_trial_counts_as_the_others():
    work = work_of(film("a"), film("b", syntax="1.2.3"))
    found = counts(estimate_table(work, {"1.2.3": [Trial(10**6, 1.0, 7)]}, Place(1)))
    assert found["core_seconds"][0] == 2
    assert found["png_bytes"][0] == 14


def test_without_any_trial_nothing_is_said():
    assert estimate_table(work_of(film("a")), {}, Place(1)) is None


def test_room_on_the_disk_is_asked_for_where_out_will_stand(tmp_path):
    place = Place(1, tmp_path / "not" / "there")
    assert place.free() > 0
    work, tried = work_of(film("a")), {"1.2.3": [Trial(10**6, 1.0, 10**6)]}
    assert "will stand." in estimate_table(work, tried, place).note
    assert Place(1, Path("relative")).free() > 0
    huge = {"1.2.3": [Trial(1, 1.0, 10**15)]}
    assert "That may not be enough." in estimate_table(work, huge, place).note
