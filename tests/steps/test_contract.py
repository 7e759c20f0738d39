"""What every step of the table promises, tried with its default parameters on every kind of
image."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

import radprep.steps
from radprep.dataset.schema import new_row
from radprep.image.image import Image, Rejected
from radprep.steps import STEPS
from radprep.steps.base import ImageStep, StudyStep
from radprep.steps.works import WORKS

IMAGE_STEPS = [step for step in STEPS.values() if issubclass(step, ImageStep)]
STUDY_STEPS = [step for step in STEPS.values() if issubclass(step, StudyStep)]
ROW = {
    "instance_id": "0123456789abcdef",
    "body_part": "wrist",
    "body_part_score": 1.0,
    "body_part_source": "BodyPartExamined",
}

ROW_OF_AN_IMAGE = new_row(part=1, part_count=1, inverted=False, rotation_degrees=0.0)


def limbs(*columns):
    """A dark film with one bright limb around each of these columns."""
    pixels = np.random.default_rng(0).integers(5, 25, (300, 260))
    for column in columns:
        pixels[40:260, column - 25 : column + 25] += 150
    return pixels


FILMS = {
    "one limb": limbs(130),
    "two limbs": limbs(60, 200),
    "negative": 255 - limbs(130),
    "noise": np.random.default_rng(1).integers(0, 256, (97, 61)),
    "large": np.kron(limbs(130), np.ones((3, 3), int)),
    "black": np.zeros((40, 30), int),
    "grey": np.full((40, 30), 90),
    "white": np.full((40, 30), 255),
    "one pixel": np.full((1, 1), 77),
    "flat": np.arange(600).reshape(3, 200) % 256,
    "thin": np.arange(600).reshape(200, 3) % 256,
    "two pixels": np.array([[0, 255]]),
    "column": np.arange(60).reshape(60, 1),
}


@pytest.fixture(params=FILMS)
def film(request):
    return FILMS[request.param]


@pytest.fixture(params=[np.uint8, np.uint16])
def image(request, film):
    scale = 257 if request.param is np.uint16 else 1
    pixels = (film * scale).astype(request.param)
    pixels.setflags(write=False)
    return Image(pixels)


def outcome(step, image):
    """All that a step decided and made, so that two outcomes can be compared."""
    try:
        parts = step().apply(image)
    except Rejected as rejected:
        return rejected.reason, rejected.value
    return [
        (
            part.render().tobytes(),
            part.render().shape,
            part.source_matrix.tobytes(),
            part.inverted,
            part.rotation,
            json.dumps(dict(part.columns), allow_nan=False),
            json.dumps(dict(part.decisions), allow_nan=False),
            part.review,
        )
        for part in parts
    ]


@pytest.mark.parametrize("name", STEPS)
def test_step_is_named_after_its_module_and_documented(name):
    step = STEPS[name]
    assert step.name == name == step.__module__.rpartition(".")[2]
    assert step.__doc__
    assert step.model_config["frozen"]
    for field, info in step.model_fields.items():
        assert info.description, f"{name}.{field} has no docstring"


def test_no_module_of_a_step_is_missing_in_the_table():
    modules = {path.stem for path in Path(radprep.steps.__file__).parent.glob("[a-z]*.py")}
    assert modules - {"base", "works"} == set(STEPS)


@pytest.mark.parametrize("name", STEPS)
def test_step_says_in_a_sentence_what_it_does(name):
    assert re.fullmatch(r"[A-Z][^.]*\.", STEPS[name].summary)


@pytest.mark.parametrize("name", STEPS)
def test_step_says_for_a_paper_what_it_did(name):
    step = STEPS[name]
    assert step.for_paper[0].islower(), "it stands inside a sentence"
    assert not {";", "."} & {*step.for_paper}, "it stands between semicolons"
    said = step.for_paper.format(**step().model_dump())
    assert {int(number) for number in re.findall(r"\[(\d+)\]", said)} <= set(WORKS)


@pytest.mark.parametrize("step", IMAGE_STEPS, ids=lambda step: step.name)
def test_step_names_the_column_of_its_confidence(step):
    for part in step().apply(Image(limbs(60, 200).astype(np.uint8))):
        found = {column for column in part.columns if column.endswith("_confidence")}
        assert found == {step.confidence_column} - {None}


@pytest.mark.parametrize("name", STEPS)
def test_the_column_of_its_confidence_exists(name):
    column = STEPS[name].confidence_column
    assert column is None or column in ROW_OF_AN_IMAGE


@pytest.mark.parametrize("name", STEPS)
def test_step_names_a_published_method_that_it_has(name):
    published = STEPS[name].published
    if published:
        assert published.work in WORKS
        assert STEPS[name](method=published.method)


@pytest.mark.parametrize("name", STEPS)
def test_the_effect_of_a_step_can_be_counted(name):
    effect = STEPS[name].effect
    if effect:
        assert effect.did
        assert effect.of(ROW_OF_AN_IMAGE) is False


@pytest.mark.parametrize("name", STEPS)
def test_texts_for_readers_are_no_parameters(name):
    readers = {"summary", "for_paper", "published", "confidence_column", "effect"}
    assert not readers & set(STEPS[name]().model_dump())


@pytest.mark.parametrize("name", STEPS)
def test_step_has_a_test_module(name):
    assert Path(__file__).with_name(f"test_{name}.py").exists()


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_parameters_round_trip(step):
    through_json = json.loads(json.dumps(step().model_dump(mode="json")))
    assert step(**through_json) == step()
    assert step(**through_json).entry == step().entry


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_unknown_parameter_is_refused(step):
    with pytest.raises(ValidationError, match="no_such_parameter"):
        step(no_such_parameter=1)


@pytest.mark.parametrize("step", IMAGE_STEPS, ids=lambda step: step.name)
def test_image_step_is_deterministic_and_leaves_its_input_alone(step, image):
    before, matrix, width = image.pixels.copy(), image.matrix.copy(), image.width
    first = outcome(step, image)
    np.testing.assert_array_equal(image.pixels, before)
    np.testing.assert_array_equal(image.matrix, matrix)
    assert (image.width, image.columns, image.decisions, image.review) == (width, {}, {}, ())
    assert outcome(step, Image(before)) == first


@pytest.mark.parametrize("step", IMAGE_STEPS, ids=lambda step: step.name)
def test_image_step_keeps_the_depth_and_says_what_it_saw(step, image):
    for part in step().apply(image):
        assert part.render().dtype == image.pixels.dtype
        assert part.render().shape == (part.height, part.width)
        assert step.name in part.decisions
        assert all(mark.startswith(f"{step.name}:") for mark in part.review)


@pytest.mark.parametrize("step", STUDY_STEPS, ids=lambda step: step.name)
@pytest.mark.parametrize("count", [0, 1, 60])
def test_study_step_gives_one_verdict_a_row_and_leaves_rows_alone(step, count):
    rows = [{**ROW, "instance_id": f"{number:016x}"} for number in range(count)]
    verdicts = step().judge(rows)
    assert len(verdicts) == count
    assert rows == [{**ROW, "instance_id": f"{number:016x}"} for number in range(count)]
    assert verdicts == step().judge(rows)
    assert all(json.dumps(dict(verdict.seen), allow_nan=False) for verdict in verdicts)
