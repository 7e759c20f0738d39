"""What a person decided of the films, in numbers and in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from radprep.dataset.person import ACCEPTED, PERSON, words_in
from radprep.dataset.schema import KEPT, REJECTED
from radprep.report.facts.material import Material, decisions_of

_CHANGES = {
    "inverted": "the grey values of {}",
    "rotation_degrees": "the rotation of {}",
    "parts": "the number of limbs on {}",
    "burned_in": "the place of text on {}",
}
"""What a person changes, in words, with the number of images."""


@dataclass(frozen=True)
class PersonsWork:
    """How much of a data set a person decided.

    images: of which something was decided; decided: accepted, rejected, kept (that a step would
    have rejected) or the field that was changed -> images; accepted: images that were accepted as
    they were; changed: those of which a field was changed. left: images that still carry a mark for
    review. reviewers: codes of those who said who they are; days: on which they said it, in order.
    """

    images: int
    decided: Mapping[str, int]
    accepted: int
    changed: int
    left: int
    reviewers: frozenset[str]
    days: tuple[str, ...]

    @property
    def told(self) -> str:
        """Who looked at how many images, when, and what became of them: a sentence without its
        full stop."""
        number = len(self.reviewers)
        who = f"{number:,} persons" if number > 1 else "A person"
        first, last = (self.days[0], self.days[-1]) if self.days else ("", "")
        when = f" on {first}" if first == last else f" from {first} to {last}"
        return f"{who} looked at {_images(self.images)}{when if first else ''} and {self.said}"

    @property
    def said(self) -> str:
        """What was decided, as a part of a sentence: "accepted 3, rejected 1 and corrected 2 (the
        rotation of 2)"."""
        counted = (
            (self.accepted, ACCEPTED),
            (self.decided.get(REJECTED, 0), REJECTED),
            (self.decided.get(KEPT, 0), "kept against a step"),
        )
        parts = [f"{word} {number:,}" for number, word in counted if number]
        if self.changed:
            fields = ", ".join(
                text.format(f"{self.decided[name]:,}")
                for name, text in _CHANGES.items()
                if name in self.decided
            )
            parts.append(f"corrected {self.changed:,} ({fields})")
        return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]])) if parts else ""


def work_of(material: Material) -> PersonsWork:
    """What a person decided of the images of a data set, in this stage and in those before it."""
    decided: dict[str, int] = {}
    reviewers: set[str] = set()
    days: set[str] = set()
    images = accepted = changed = 0
    for row in material.rows:
        words = words_in(row["history"]) if row["history"] else []
        if not words:
            continue
        images += 1
        is_changed = not _CHANGES.keys().isdisjoint(words)
        changed += is_changed
        accepted += ACCEPTED in words and not is_changed
        for word in words:
            decided[word] = decided.get(word, 0) + 1
        for one in decisions_of(row).get(PERSON, {}).values():
            reviewers.add(str(one.get("reviewer", "")))
            days.add(str(one.get("date", "")))
    left = sum(bool(row["review"]) for row in material.kept)
    return PersonsWork(
        images,
        dict(sorted(decided.items())),
        accepted,
        changed,
        left,
        frozenset(reviewers - {""}),
        tuple(sorted(days - {""})),
    )


def sentence(work: PersonsWork) -> str:
    """For the paragraph of a paper; "" where a person decided nothing."""
    if not work.images:
        return ""
    left = (
        f"{_images(work.left)} with a mark for review {'was' if work.left == 1 else 'were'} not "
        "looked at."
        if work.left
        else "No image with a mark for review was left unseen."
    )
    return f"{work.told}. {left}"


def limits(work: PersonsWork) -> str:
    """For the data card: how far decisions are automatic."""
    if not work.images:
        return "decisions are automatic: images with a review mark were not checked by a person"
    return (
        f"decisions are automatic but for {_images(work.images)}, of which a person {work.said}; "
        + (
            f"{_images(work.left)} with a review mark {'was' if work.left == 1 else 'were'} not "
            "checked by a person"
            if work.left
            else "no image is left with a review mark"
        )
    )


def _images(number: int) -> str:
    return f"{number:,} {'image' if number == 1 else 'images'}"
