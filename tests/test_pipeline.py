import json
import re

import pytest

from radprep.errors import UsageError
from radprep.pipeline import load_pipeline, pipeline_json_schema, preset_names, preset_path
from radprep.steps import STEPS
from radprep.steps.base import StudyStep


def write(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_loads_is_named_and_explained(name):
    pipeline = load_pipeline(name)
    assert pipeline.name == name
    assert len(pipeline.summary) > 20
    text = preset_path(name).read_text()
    for step in pipeline.steps:
        around = re.search(rf"((?:^#.*\n)*)\[steps\.{step.name}\](.*?)(?=\n\[|\Z)", text, re.MULTILINE | re.DOTALL)
        assert "#" in around.group(), f"{name}: [steps.{step.name}] says nowhere why"


def test_the_presets_are_those_that_are_promised():
    assert {"wrist", "wrist-thesis", "elbow", "mura"} <= set(preset_names())


def test_wrist_differs_from_the_published_one_in_the_turn_only():
    ours, published = load_pipeline("wrist"), load_pipeline("wrist-thesis")
    differing = [one.name for one, other in zip(ours.steps, published.steps, strict=True) if one != other]
    assert differing == ["rotation_alignment"]


def test_an_override_changes_one_value_and_the_digest():
    plain = load_pipeline("wrist")
    changed = load_pipeline("wrist", ["colour_inversion.threshold=90", 'anatomic_filter.keep=["wrist", "hand"]'])
    steps = {step.name: step for step in changed.steps}
    assert steps["colour_inversion"].threshold == 90
    assert steps["anatomic_filter"].keep == ("wrist", "hand")
    assert plain.digest != changed.digest
    assert load_pipeline("wrist", ["colour_inversion.threshold=100"]).digest == plain.digest


def test_a_bare_word_is_a_string(tmp_path):
    path = write(tmp_path, 'name = "mine"\n[steps.resize]\nwidth = 10\nheight = 10\n')
    assert load_pipeline(path, ["resize.mode=stretch"]).steps[0].mode == "stretch"


BAD = {
    "an unknown step": ('name = "x"\n[steps.colour_invertion]\n', "unknown step 'colour_invertion'. Steps are: .*colour_inversion"),
    "an unknown parameter": ('name = "x"\n[steps.colour_inversion]\ntreshold = 90\n',
                             "no parameter 'treshold'. Its parameters are: .*threshold"),
    "a value out of bounds": ('name = "x"\n[steps.colour_inversion]\nthreshold = 900\n', "colour_inversion.threshold: "),
    "an unknown entry": ('name = "x"\nsteeps = 1\n[steps.clahe]\n', "unknown entry 'steeps'"),
    "no steps": ('name = "x"\n', "has no steps"),
    "broken TOML": ("name = [\n", "not valid TOML"),
    "a filter after an image step": ('name = "x"\n[steps.clahe]\n[steps.anatomic_filter]\n', "anatomic_filter .* before the image steps"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_names_what_is_known(tmp_path, case):
    text, said = BAD[case]
    with pytest.raises(UsageError, match=said):
        load_pipeline(write(tmp_path, text))


@pytest.mark.parametrize(("override", "said"), [
    ("threshold=90", "STEP.PARAMETER=VALUE"), ("clahe.clip_limit=3", "no step 'clahe'"),
    ("colour_inversion.nonsense=1", "no parameter 'nonsense'")])
def test_a_wrong_override_is_refused(override, said):
    with pytest.raises(UsageError, match=said):
        load_pipeline("wrist", [override])


def test_an_unknown_preset_or_file_is_refused():
    with pytest.raises(UsageError, match=r"no pipeline 'wirst'. Presets: .*wrist"):
        load_pipeline("wirst")
    with pytest.raises(UsageError, match="cannot be read"):
        load_pipeline("none.toml")


def test_the_schema_knows_every_step_and_parameter():
    schema = pipeline_json_schema()
    json.dumps(schema)
    properties = schema["properties"]["steps"]["properties"]
    assert set(properties) == set(STEPS)
    for name, step in STEPS.items():
        assert set(properties[name].get("properties", {})) == set(step.model_fields)


def test_study_steps_come_first_in_the_table():
    kinds = [issubclass(step, StudyStep) for step in STEPS.values()]
    assert kinds == sorted(kinds, reverse=True)
    assert all(name == step.name for name, step in STEPS.items())
