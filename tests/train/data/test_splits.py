"""Who is where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radprep.errors import UsageError
from radprep.train.data.samples import Sample
from radprep.train.data.splits import (
    HOLDOUT,
    SPLITS,
    TRAINING,
    VALIDATION,
    Splits,
    balance,
    check_splits,
    folds,
    parted_patients,
    read_split_file,
    read_splits,
    split_by_column,
    split_by_hash,
    split_of_run,
    write_splits,
)


def samples(patients, label=lambda patient: patient % 3 == 0):
    """Two images in two studies for each patient."""
    return [
        Sample(f"i{p}-{n}", f"s{p}-{n}", f"p{p}", int(label(p)), None)
        for p in patients
        for n in range(2)
    ]


@given(
    st.sets(st.integers(0, 10_000), min_size=1, max_size=30),
    st.sets(st.integers(0, 10_000), max_size=30),
    st.integers(0, 5),
)
def test_adding_patients_moves_nobody(before, added, seed):
    few, more = (
        split_by_hash(samples(patients), seed, 0.2, 0.3) for patients in (before, before | added)
    )
    assert few.items() <= more.items()


def test_shares_are_kept_patients_are_whole_and_the_seed_counts():
    everyone = samples(range(4000))
    split = split_by_hash(everyone, 0, 0.15, 0.25)
    for name, share in ((HOLDOUT, 0.25), (VALIDATION, 0.15), (TRAINING, 0.6)):
        assert sum(found == name for found in split.values()) / len(everyone) == pytest.approx(
            share, abs=0.03
        )
    assert parted_patients(everyone, split) == []
    assert split_by_hash(everyone, 1, 0.15, 0.25) != split


def test_another_share_of_validation_leaves_the_holdout_as_it_is():
    everyone = samples(range(500))
    held = [
        {image for image, name in split_by_hash(everyone, 0, share, 0.2).items() if name == HOLDOUT}
        for share in (0.1, 0.5)
    ]
    assert held[0] == held[1]


def test_no_share_of_holdout_means_no_holdout():
    assert HOLDOUT not in split_by_hash(samples(range(500)), 0, 0.2, 0.0).values()


def test_a_column_names_splits_in_the_usual_words():
    few = samples(range(2))
    values = {"i0-0": "train", "i0-1": "Test ", "i1-0": "val", "i1-1": ""}
    assert split_by_column(few, values, "split") == {
        "i0-0": TRAINING,
        "i0-1": HOLDOUT,
        "i1-0": VALIDATION,
    }
    other_words = {"i0-0": "tst", "i0-1": "hold_out", "i1-0": "development"}
    assert [*split_by_column(few, other_words, "split").values()] == [HOLDOUT, HOLDOUT, VALIDATION]
    with pytest.raises(UsageError, match="'Agfa'"):
        split_by_column(few, {"i0-0": "Agfa"}, "Manufacturer")


@pytest.mark.parametrize("key", ["image_id", "study_id", "patient_id"])
def test_a_split_file_is_joined_on_the_id_it_has(tmp_path, key):
    few = samples(range(2))
    (tmp_path / "mine.csv").write_text(f"{key},fold\n{getattr(few[0], key)},train\n")
    found = read_split_file(tmp_path / "mine.csv", "fold", few)
    assert found == {
        sample.image_id: "train" for sample in few if getattr(sample, key) == getattr(few[0], key)
    }


def test_a_split_file_without_the_columns_is_refused(tmp_path):
    (tmp_path / "mine.csv").write_text("name,fold\na,train\n")
    with pytest.raises(UsageError, match="one of image_id"):
        read_split_file(tmp_path / "mine.csv", "fold", samples(range(2)))
    with pytest.raises(UsageError, match="cannot be read"):
        read_split_file(tmp_path / "none.csv", "fold", samples(range(2)))


def test_splits_are_written_and_read_back_and_work_as_a_split_file(tmp_path):
    everyone = samples(range(30))
    splits = Splits(split_by_hash(everyone[:-1], 0, 0.2, 0.2), {})
    write_splits(tmp_path / "splits.csv", everyone, splits)
    assert (
        (tmp_path / "splits.csv")
        .read_text()
        .startswith("patient_id,study_id,image_id,label,split,patient_group\n")
    )
    table = read_splits(tmp_path / "splits.csv")
    assert dict(zip(table["image_id"], table["split"], strict=True)) == splits.split
    assert dict(zip(table["image_id"], table["label"], strict=True)) == {
        sample.image_id: sample.label for sample in everyone[:-1]
    }
    assert (
        split_by_column(
            everyone, read_split_file(tmp_path / "splits.csv", "split", everyone), "split"
        )
        == splits.split
    )
    (tmp_path / "splits.csv").write_text("patient_id\np\n")
    with pytest.raises(UsageError, match="damaged"):
        read_splits(tmp_path / "splits.csv")


def test_folds_ask_everyone_once_part_no_group_and_keep_the_balance():
    everyone = samples(range(90))
    group = {f"p{p}": f"p{p - p % 2}" for p in range(90)}  # neighbours are tied
    found = folds(everyone, Splits({}, group), 5, seed=3)
    assert sorted(sample.image_id for _, asked in found for sample in asked) == sorted(
        sample.image_id for sample in everyone
    )
    for learnt, asked in found:
        assert not {group[sample.patient_id] for sample in learnt} & {
            group[sample.patient_id] for sample in asked
        }
        assert len(learnt) + len(asked) == len(everyone)
        assert sum(sample.label for sample in asked) / len(asked) == pytest.approx(1 / 3, abs=0.12)
    assert found == folds(everyone, Splits({}, group), 5, seed=3)


@pytest.mark.parametrize("count", [1, 31])
def test_impossible_folds_are_refused_with_what_is_possible(count):
    with pytest.raises(UsageError, match="give 2 to 30"):
        folds(samples(range(90)), Splits({}, {}), count, seed=0)


def test_a_part_with_one_class_is_refused():
    everyone = samples(range(4), label=lambda patient: patient == 0)
    with pytest.raises(UsageError, match="validation part has images of one class"):
        check_splits(
            everyone,
            Splits(
                {s.image_id: VALIDATION if s.patient_id == "p1" else TRAINING for s in everyone}, {}
            ),
        )
    with pytest.raises(UsageError, match="validation part has no images"):
        check_splits(everyone, Splits({s.image_id: TRAINING for s in everyone}, {}))


def test_the_balance_is_reported():
    everyone = samples(range(3))
    split = {sample.image_id: SPLITS[int(sample.patient_id[1:])] for sample in everyone}
    found = balance(everyone, Splits(split, {}))
    assert found[TRAINING] == {
        "patients": 1,
        "studies": 2,
        "positive_studies": 2,
        "images": 2,
        "positive_images": 2,
    }
    assert found[HOLDOUT] == {
        "patients": 1,
        "studies": 2,
        "positive_studies": 0,
        "images": 2,
        "positive_images": 0,
    }


def test_the_split_of_a_run_is_read_and_a_damaged_one_refused(tmp_path):
    header = "patient_id,study_id,image_id,label,split,patient_group\n"
    path = tmp_path / "splits.csv"
    path.write_text(f"{header}p,s,i1,1,training\np,s,i2,0,holdout\n", encoding="utf-8")
    assert split_of_run(path) == {"i1": "training", "i2": "holdout"}
    path.write_text(f"{header}p,s,i1,1,<script>\n", encoding="utf-8")
    with pytest.raises(UsageError, match="1 images stand in no split"):
        split_of_run(path)


def test_patients_who_share_a_study_stand_on_one_side_and_count_as_one(tmp_path):
    """Two films in each study, of two patients, who are one group."""
    everyone = [
        Sample(f"i{s}-{n}", f"s{s}", f"p{s}-{n}", int(s % 3 == 0), None, f"p{s}-0")
        for s in range(200)
        for n in range(2)
    ]
    splits = Splits(
        split_by_hash(everyone, 0, 0.2, 0.2), {one.patient_id: one.person for one in everyone}
    )
    sides = {(one.study_id, splits.split[one.image_id]) for one in everyone}
    assert len(sides) == sum(part["studies"] for part in balance(everyone, splits).values()) == 200
    assert sum(part["patients"] for part in balance(everyone, splits).values()) == 200
    for learnt, asked in folds(everyone, splits, 5, 0):
        assert {one.study_id for one in learnt}.isdisjoint(one.study_id for one in asked)
    write_splits(tmp_path / "splits.csv", everyone, splits)
    assert read_splits(tmp_path / "splits.csv").patient_group.nunique() == 200
    apart = {one.image_id: SPLITS[int(one.image_id[-1])] for one in everyone[:2]}
    assert parted_patients(everyone, apart) == ["p0-0"]
