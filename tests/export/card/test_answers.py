import tomllib

import pytest

from radprep.errors import UsageError
from radprep.export.card.answers import QUESTIONS, read_answers, template


def test_the_template_has_an_empty_place_for_every_question(tmp_path):
    path = tmp_path / "card.toml"
    path.write_text(template())
    assert list(tomllib.loads(template())) == [one.name for one in QUESTIONS]
    assert read_answers(path).missing == list(QUESTIONS)
    assert read_answers(tmp_path / "none.toml").missing == list(QUESTIONS)


def test_an_answer_is_read_and_an_empty_one_is_none(tmp_path):
    path = tmp_path / "card.toml"
    path.write_text(
        'licence = "cc-by-4.0"\nfunding = "  "\nconsent = """\nWaived.\n\n- by law\n"""\n'
    )
    found = read_answers(path)
    assert found.given == {"licence": "cc-by-4.0", "consent": "Waived.\n\n- by law"}
    assert found.get("funding") is None
    assert "licence" not in {one.name for one in found.missing}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('license = "x"', "there is no question 'license'. The questions are: title"),
        ("licence = 4", "the answer to licence is no text"),
        ("licence: x", "is no TOML"),
        ('licence = "\x1b[2J', "is no TOML"),
        ("a." * 60 + "b = 1", "is no TOML"),
    ],
)
def test_what_is_no_answer_is_said_in_a_sentence(tmp_path, text, said):
    path = tmp_path / "card.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=said):
        read_answers(path)


def test_a_folder_in_the_place_of_answers_is_a_sentence(tmp_path):
    with pytest.raises(UsageError, match="is a folder"):
        read_answers(tmp_path)


@pytest.mark.parametrize(
    ("name", "link", "is_allowed"),
    [
        ("licence_link", "https://example.org/terms", True),
        ("licence_link", "LICENSE.txt", True),
        ("licence_link", "terms/LICENSE", True),
        ("licence_link", "javascript:alert(1)", False),
        ("licence_link", "JavaScript:alert(1)", False),
        ("licence_link", "data:text/html,x", False),
        ("licence_link", "../secret", False),
        ("licence_link", "/etc/passwd", False),
        ("licence_link", "//example.org", False),
        ("address", "https://example.org/set?a=1#b", True),
        ("address", "mailto:data@example.org", True),
        ("address", "javascript:alert(1)", False),
        ("address", "https://example.org/ onclick=x", False),
        ("address", "https://[::1", False),
        ("address", "set", False),
    ],
)
def test_a_link_leads_to_the_web_or_to_a_file_beside_the_card(tmp_path, name, link, is_allowed):
    path = tmp_path / "card.toml"
    path.write_text(f'{name} = "{link}"\n')
    if is_allowed:
        assert read_answers(path).get(name) == link
        return
    with pytest.raises(UsageError) as error:
        read_answers(path)
    assert name in str(error.value)
    assert link not in str(error.value)
