import json
import re

import pytest

from radprep.errors import UsageError
from radprep.preprocess.pipeline import (
    load_pipeline,
    pipeline_json_schema,
    pipeline_of,
    preset_names,
    preset_path,
)
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
        around = re.search(
            rf"((?:^#.*\n)*)\[steps\.{step.name}\](.*?)(?=\n\[|\Z)", text, re.MULTILINE | re.DOTALL
        )
        assert "#" in around.group(), f"{name}: [steps.{step.name}] says nowhere why"


def test_the_presets_are_those_that_are_promised():
    assert {"wrist", "wrist-thesis", "elbow", "mura"} <= set(preset_names())


def test_wrist_decides_otherwise_than_the_published_one_and_adds_steps_that_change_no_pixel():
    ours, published = (
        {step.name: step for step in load_pipeline(name).steps}
        for name in ("wrist", "wrist-thesis")
    )
    assert ours.keys() - published.keys() == {"quality", "laterality_marker"}
    for name in ("colour_inversion", "part_splitter", "rotation_alignment"):
        assert ours[name].method != published[name].method


def test_an_override_changes_one_value_and_the_digest():
    plain = load_pipeline("wrist")
    changed = load_pipeline(
        "wrist", ["colour_inversion.threshold=90", 'anatomic_filter.keep=["wrist", "hand"]']
    )
    steps = {step.name: step for step in changed.steps}
    assert steps["colour_inversion"].threshold == 90
    assert steps["anatomic_filter"].keep == ("wrist", "hand")
    assert plain.digest != changed.digest
    assert load_pipeline("wrist", ["colour_inversion.threshold=100"]).digest == plain.digest


def test_a_bare_word_is_a_string(tmp_path):
    path = write(tmp_path, 'name = "mine"\n[steps.resize]\nwidth = 10\nheight = 10\n')
    assert load_pipeline(path, ["resize.mode=stretch"]).steps[0].mode == "stretch"


BAD = {
    "an unknown step": (
        'name = "x"\n[steps.colour_invertion]\n',
        "unknown step 'colour_invertion'. Steps are: .*colour_inversion",
    ),
    "an unknown parameter": (
        'name = "x"\n[steps.colour_inversion]\ntreshold = 90\n',
        "no parameter 'treshold'. Its parameters are: .*threshold",
    ),
    "a value out of bounds": (
        'name = "x"\n[steps.colour_inversion]\nthreshold = 900\n',
        r"colour_inversion.threshold must be a number greater than 0 and less than 255 "
        r"\(it is 900\)",
    ),
    "an unknown entry": ('name = "x"\nsteeps = 1\n[steps.clahe]\n', "unknown entry 'steeps'"),
    "no steps": ('name = "x"\n', "has no steps"),
    "broken TOML": ("name = [\n", "not valid TOML"),
    "a filter after an image step": (
        'name = "x"\n[steps.clahe]\n[steps.anatomic_filter]\n',
        "anatomic_filter .* before the image steps",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_names_what_is_known(tmp_path, case):
    text, said = BAD[case]
    with pytest.raises(UsageError, match=said):
        load_pipeline(write(tmp_path, text))


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("threshold=90", "STEP.PARAMETER=VALUE"),
        ("clahe.clip_limit=3", "no step 'clahe'"),
        ("colour_inversion.nonsense=1", "no parameter 'nonsense'"),
    ],
)
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


REFUSED = {
    'colour_inversion.threshold = "dark"': "a number greater than 0 and less than 255 (it is the "
    'text "dark").',
    "clahe.clip_limit = 0": "a number greater than 0 (it is 0).",
    "clahe.clip_limit = inf": "a number greater than 0 (it is Infinity).",
    "clahe.clip_limit = true": "a number greater than 0 (it is true).",
    "resize.width = 10.5": "a whole number greater than 0 and at most 32766 (it is 10.5).",
    "resize.width = 10.0": "a whole number greater than 0 and at most 32766 (it is 10.0).",
    'resize.width = "10"': 'a whole number greater than 0 and at most 32766 (it is the text "10").',
    "resize.width = 2020-01-01": "a whole number greater than 0 and at most 32766 (it is "
    '"2020-01-01").',
    "resize.width = true": "a whole number greater than 0 and at most 32766 (it is true).",
    "resize.width.x = 1": "a whole number greater than 0 and at most 32766 (it is a table).",
    'rotation_alignment.signed = "yes"': 'true or false (without quotes) (it is the text "yes").',
    "rotation_alignment.signed = 1": "true or false (without quotes) (it is 1).",
    'resize.mode = "zoom"': 'one of: "pad", "stretch" (it is the text "zoom").',
    'anatomic_filter.keep = "wrist"': 'a list of texts, such as ["wrist", "hand"] (it is the text '
    '"wrist").',
    'anatomic_filter.keep = ["wrist", 5]': 'a list of texts, such as ["wrist", "hand"] (it is '
    '["wrist", 5]).',
    "anatomic_filter.keep = []": 'a list of texts, such as ["wrist", "hand"] (it is empty).',
}


@pytest.mark.parametrize("line", REFUSED)
def test_a_wrong_value_is_told_in_plain_words_where_it_stands(tmp_path, line):
    target, value = line.split(" = ")
    path = write(tmp_path, f"[steps.{target.split('.')[0]}]\n{line.partition('.')[2]}\n")
    with pytest.raises(UsageError) as told:
        load_pipeline(path)
    name = ".".join(target.split(".")[:2])
    assert str(told.value) == f"{path}: {name} must be {REFUSED[line]}"
    if target == name:
        path = write(tmp_path, f"[steps.{target.split('.')[0]}]\n")
        with pytest.raises(UsageError) as told:
            load_pipeline(path, [f"{target}={value}"])
        assert str(told.value).startswith(f"--set {target}={value}: {name} must be {REFUSED[line]}")


def test_a_list_that_the_shell_took_apart_is_told_how_to_quote():
    with pytest.raises(UsageError) as told:
        load_pipeline("wrist", ["anatomic_filter.keep=[wrist,hand]"])
    assert str(told.value).endswith("""--set 'anatomic_filter.keep=["wrist", "hand"]'.""")


def test_what_a_step_itself_refuses_is_told_as_it_says_it(tmp_path):
    path = write(tmp_path, '[steps.anatomic_filter]\nkeep = ["wirst"]\n')
    with pytest.raises(UsageError) as told:
        load_pipeline(path)
    assert str(told.value).startswith(
        f"{path}: anatomic_filter.keep: unknown body part 'wirst'; known are: "
    )
    with pytest.raises(
        UsageError, match=r"^--set unsharp.kernel=8: unsharp.kernel: .*8 is even, take 7 or 9\.$"
    ):
        load_pipeline(write(tmp_path, "[steps.unsharp]\n"), ["unsharp.kernel=8"])


def test_each_mistake_names_its_own_place(tmp_path):
    path = write(tmp_path, "[steps.resize]\nwidth = 0\n")
    with pytest.raises(UsageError, match=f"^{re.escape(path)}: resize.width"):
        load_pipeline(path, ["resize.height=10"])
    assert load_pipeline(path, ["resize.width=10"]).steps[0].width == 10
    with pytest.raises(
        UsageError, match=r"^--set resize.nonsense=1: resize has no parameter 'nonsense'"
    ):
        load_pipeline(path, ["resize.width=10", "resize.nonsense=1"])


@pytest.mark.parametrize("step", STEPS)
def test_every_parameter_can_say_what_it_must_be(tmp_path, step):
    for parameter in STEPS[step].model_fields:
        with pytest.raises(UsageError) as told:
            load_pipeline(write(tmp_path, f"[steps.{step}.{parameter}]\n"))
        assert "must be" in str(told.value)
        assert "another value" not in str(told.value)


def test_an_integer_will_do_for_a_float_and_a_list_for_a_tuple(tmp_path):
    assert (
        load_pipeline(write(tmp_path, "[steps.clahe]\nclip_limit = 3\n")).steps[0].clip_limit == 3.0
    )
    assert STEPS["anatomic_filter"](keep=["hand"]) == STEPS["anatomic_filter"](keep=("hand",))


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    path = tmp_path / "windows.toml"
    path.write_bytes(
        preset_path("wrist").read_bytes().replace(b"\n", b"\r\n").join([b"\xef\xbb\xbf", b""])
    )
    assert load_pipeline(str(path)).digest == load_pipeline("wrist").digest


@pytest.mark.parametrize(
    "data",
    [
        'name = "x"\n'.encode("utf-16"),
        'name = "x"\n'.encode("utf-16-le"),
        b"\x00\x01\x02",
        'name = "Hände"\n'.encode("latin-1"),
    ],
)
def test_what_is_not_utf8_is_told_to_become_it(tmp_path, data):
    path = tmp_path / "x.toml"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=r"not UTF-8 text.*save it as UTF-8"):
        load_pipeline(str(path))


def test_a_folder_is_told_to_be_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "mine.toml", "wrist"):
        (tmp_path / name).mkdir()
    for given in ("mine", "mine.toml", str(tmp_path), "."):
        with pytest.raises(UsageError, match=r"is a folder. Give the path of a .toml file"):
            load_pipeline(given)
    assert load_pipeline("wrist").name == "wrist"
    with pytest.raises(UsageError, match="no pipeline ''"):
        load_pipeline("")


@pytest.mark.parametrize("text", ["", "\n# later\n"])
def test_an_empty_file_is_told_what_a_pipeline_needs(tmp_path, text):
    with pytest.raises(
        UsageError,
        match=r"is empty. A pipeline needs a name and one \[steps.NAME\] table "
        r".*resize.*pipeline show wrist",
    ):
        load_pipeline(write(tmp_path, text))


def test_a_name_is_a_text(tmp_path):
    with pytest.raises(UsageError, match=r"name must be a text \(it is 5\)"):
        load_pipeline(write(tmp_path, "name = 5\n[steps.clahe]\n"))


@pytest.mark.parametrize("name", preset_names())
def test_a_resolved_pipeline_becomes_the_same_pipeline(name):
    pipeline = load_pipeline(name)
    assert pipeline_of(json.loads(json.dumps(pipeline.resolved()))).steps == pipeline.steps


@pytest.mark.parametrize(
    "change",
    [{"name": "sharpen"}, {"parameters": {"strength": 1}}, {"parameters": {"corner": 0.1}}],
)
def test_a_resolved_pipeline_of_other_steps_is_refused(change):
    resolved = load_pipeline("wrist").resolved()
    resolved["steps"][2] |= change
    with pytest.raises(UsageError, match="another version of radprep"):
        pipeline_of(resolved)


def test_a_resolved_pipeline_of_older_steps_is_refused():
    with pytest.raises(UsageError, match="another version of radprep"):
        pipeline_of(load_pipeline("wrist").resolved() | {"digest": "of older versions"})
