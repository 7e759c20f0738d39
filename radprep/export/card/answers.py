"""What only a person knows of a data set: card.toml beside the card. It is made once, with an empty
place for every answer, and never written over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from radprep.errors import UsageError
from radprep.text.small_file import parse_toml, read_small, shown

_MOST_BYTES = 1_000_000
_MOST_SHOWN = 40


@dataclass(frozen=True)
class Question:
    """A question that no data set answers. name: of the answer in card.toml; heading: how it is
    asked in the card; hint: what belongs there."""

    name: str
    heading: str
    hint: str


QUESTIONS = (
    Question("title", "Name", "what the data set is called"),
    Question("purpose", "For what purpose was it created?", "the task, and the gap that it fills"),
    Question("creators", "Who created it?", "persons, teams and institutions"),
    Question("funding", "Who funded it?", "grants and sponsors, or that there were none"),
    Question(
        "population",
        "Which patients could have been in it?",
        "hospitals, years, who was included and who was left out, and whether it is a sample",
    ),
    Question(
        "labelling",
        "Who gave the labels, and how?",
        "who read the films or wrote the reports, with which experience, and how often they agreed",
    ),
    Question(
        "collection",
        "How and when were the films collected?",
        "from which archive, by whom, over which time, and whether anybody was paid",
    ),
    Question(
        "ethics_approval",
        "Was there an ethical review?",
        "committee, number and date of the approval, or why none was needed",
    ),
    Question(
        "consent",
        "Did the patients consent?",
        "to what, how it can be withdrawn, or by which law it was waived",
    ),
    Question("uses", "What may it be used for?", "tasks, and what has been done with it so far"),
    Question("misuses", "What must it not be used for?", "besides what stands above"),
    Question(
        "access",
        "Who gets it, and how?",
        "open, by request or by contract, where it lies, and from when",
    ),
    Question(
        "licence",
        "Under which licence or terms?",
        "an identifier such as cc-by-nc-4.0, or the name of the terms",
    ),
    Question("licence_link", "Where do these terms stand?", "a web address, or a file"),
    Question("contact", "Who answers questions?", "a name or an office, and an address"),
    Question(
        "maintenance",
        "Will it be updated, and how are errors told?",
        "who maintains it, and what becomes of older versions and of patients who withdraw",
    ),
    Question("citation", "How is it cited?", "the reference, best as BibTeX"),
    Question("version", "Which version is it?", "a number such as 1.0.0"),
    Question("address", "Where is it on the web?", "a web address"),
)
"""Every question, in the order of the card."""

_HEAD = """\
# What only a person knows of this data set. `radprep card` made this file once, with an empty place
# for every answer, and reads it from then on. It never writes to it again. Each answer is a text:
# paragraphs are parted by an empty line, and lines that begin with "- " are a list. Nothing here
# may name a patient. The answers stand in README.md and croissant.json.
"""


_ADDRESS = re.compile(r"(?:https?://[\w.-]+(?::\d+)?(?:[/?#]|$)|mailto:.)", re.IGNORECASE)
_NOT_IN_LINKS = re.compile(r"[\s\\<>\"'`{}|^\x00-\x1f\x7f]")
"""What no link holds: a page could read it as its own marks (RFC 3986, section 2)."""


@dataclass(frozen=True)
class Answers:
    """What a person has answered. given: name of a question -> answer, without empty ones."""

    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> list[Question]:
        """The questions that nobody has answered, in order."""
        return [one for one in QUESTIONS if one.name not in self.given]

    def get(self, name: str) -> str | None:
        """The answer to a question; None where there is none."""
        return self.given.get(name)


def read_answers(path: Path) -> Answers:
    """The answers in a card.toml; none where there is no such file. Raises UsageError where it is
    not one."""
    try:
        found = parse_toml(read_small(path, _MOST_BYTES))
    except FileNotFoundError:
        return Answers()
    except ValueError:
        raise UsageError(
            f'{path} is no TOML in UTF-8. Each answer is a line such as contact = "Name". One of '
            'several lines stands between """ and """.'
        ) from None
    names = [one.name for one in QUESTIONS]
    for name, value in found.items():
        if name not in names:
            raise UsageError(
                f"{path}: there is no question {shown(name)[:_MOST_SHOWN]!r}. The questions are: "
                f"{', '.join(names)}."
            )
        if not isinstance(value, str):
            raise UsageError(f"{path}: the answer to {name} is no text. Put it in quotes.")
    given = {name: value.strip() for name, value in found.items() if value.strip()}
    for name, allows in _LINKS.items():
        if name in given and not allows(given[name]):
            raise UsageError(f"{path}: {name} = ... is no link. {_LINK_IS[name]}")
    return Answers(given)


def _is_address(text: str) -> bool:
    """Whether a text is an address that a page may lead to: it runs nothing where it is
    clicked."""
    return _ADDRESS.match(text) is not None and _NOT_IN_LINKS.search(text) is None


def _is_terms(text: str) -> bool:
    """Whether a text is a web address, or the name of a file beside the card."""
    if _is_address(text):
        return not text.lower().startswith("mailto:")
    return not (
        ":" in text
        or text.startswith("/")
        or ".." in text.split("/")
        or _NOT_IN_LINKS.search(text.replace(" ", ""))
    )


_LINKS = {"licence_link": _is_terms, "address": _is_address}
_LINK_IS = {
    "licence_link": "Give an address that begins with https:// or http://, or the name of a file "
    "beside the card, such as LICENSE.",
    "address": "Give one that begins with https://, http:// or mailto:.",
}


def template() -> str:
    """A card.toml without an answer."""
    lines = [_HEAD]
    for one in QUESTIONS:
        lines += [f"# {one.heading} ({one.hint})", f'{one.name} = ""', ""]
    return "\n".join(lines)
