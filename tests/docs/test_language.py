"""Documents are written in plain sentences. The length of a sentence is the part of that which a
test can see."""

import re
from statistics import mean

import pytest
import typer

from radprep.cli import app
from tests.docs.pages import ROOT, WRITTEN, module, prose

DOCUMENTS = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *WRITTEN]
MOST_WORDS = 17
LONGEST = 45

RIDDLES = (
    "only word by word",
    "patients choose thresholds",
    "shows an elbow stays",
    "as the rarer has, each at most once",
    "the one that announced first sees",
    "it would blame the unlucky",
    "already joins strangers",
)
"""From sentences that strangers could not read."""


def text_of(path):
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_sentences_are_short(path):
    lengths = [len(sentence.split()) for sentence in prose(text_of(path))]
    if len(lengths) > 5:
        assert mean(lengths) < MOST_WORDS, f"{mean(lengths):.1f} words a sentence"
    long = [one for one in prose(text_of(path)) if len(one.split()) > LONGEST]
    assert not long, long


def test_no_riddle_is_left():
    helps = [command.help for command in module("make_reference").commands().values()]
    helps += [
        parameter.help or ""
        for command in module("make_reference").commands().values()
        for parameter in command.params
        if hasattr(parameter, "help")
    ]
    assert typer.main.get_command(app).help
    for text in [*map(text_of, DOCUMENTS), *helps]:
        joined = " ".join(re.sub(r"[`*]", "", text).split())
        assert not [riddle for riddle in RIDDLES if riddle in joined]


def test_the_first_documents_are_short():
    assert text_of(ROOT / "README.md").count("\n") <= 130
    assert text_of(ROOT / "ARCHITECTURE.md").count("\n") <= 150
