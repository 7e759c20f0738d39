import pytest
import yaml

from radprep.dataset.boxes import FROM_FILE, as_text, box_on_film
from radprep.dataset.card_files import is_ours
from radprep.dataset.info import read_info
from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from radprep.export.card.answers import Answers
from radprep.export.card.readme import head_of, readme, text_of
from tests.export.card.test_measured import measured, patients
from tests.report.report_rows import kept, lost, write_data_set

CONFIGS = {
    "configs": [
        {"config_name": "default", "data_files": [{"split": "train", "path": "data/train-*"}]}
    ]
}


def head_in(text):
    return yaml.safe_load(text.split("---\n")[1])


def test_an_export_gets_the_card_of_its_data_set(tmp_path):
    root = write_data_set(tmp_path / "set", [*patients(6, 0), lost(50)])
    (root / "card.toml").write_text('title = "Wrists"\n')
    data_set = DataSet(root)
    text = readme(data_set, read_info(data_set), CONFIGS, notes=["This is an <export>."])
    assert text == readme(data_set, read_info(data_set), CONFIGS, notes=["This is an <export>."])
    head = head_in(text)
    assert head["configs"] == CONFIGS["configs"]
    assert (head["pretty_name"], head["license"]) == ("Wrists", "unknown")
    assert "# Wrists\n\nThis is an \\<export\\>.\n" in text
    path = tmp_path / "README.md"
    path.write_text(text)
    assert is_ours(path)
    with pytest.raises(UsageError, match="no label named"):
        readme(data_set, read_info(data_set), CONFIGS, label="none")


def test_the_head_says_what_hugging_face_asks_for(tmp_path):
    drawn = as_text([box_on_film(1, "fracture", FROM_FILE, (1, 1, 5, 5), (90, 120))])
    head = head_of(measured(tmp_path / "one", [kept(1, boxes=drawn)]), Answers())
    assert head["task_categories"] == ["image-classification", "object-detection"]
    assert head["size_categories"] == ["n<1K"]
    plain = head_of(measured(tmp_path / "two", [kept(1, label=None, labels=None)]), Answers())
    assert plain["task_categories"] == ["other"]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, {"license": "unknown"}),
        ({"licence": "CC-BY-NC-4.0"}, {"license": "cc-by-nc-4.0"}),
        (
            {"licence": "Terms of\nuse: #1", "licence_link": "https://example.org/terms"},
            {
                "license": "other",
                "license_name": "terms-of-use-1",
                "license_link": "https://example.org/terms",
            },
        ),
    ],
)
def test_a_licence_is_named_as_hugging_face_names_it(tmp_path, answers, said):
    text = text_of(measured(tmp_path, [kept(1)]), Answers(answers), {})
    found = {name: one for name, one in head_in(text).items() if name.startswith("license")}
    assert found == said
