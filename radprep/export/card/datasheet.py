"""The card as Markdown, in the order of Datasheets for Datasets: what was measured, and what a
person has said or is still to say.

Source: Gebru et al., Datasheets for Datasets, Commun ACM 64(12), 2021.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from radprep.dataset.card_files import ANSWERS
from radprep.export.card.answers import QUESTIONS, Answers, Question
from radprep.export.card.making import making
from radprep.export.card.markdown import plain, prose, table
from radprep.export.card.measured import FEW, HIDDEN, Measured, Told
from radprep.report.facts.patients import Distribution
from radprep.upkeep.uniqueness import BAND, SMALL

BLANK = "to be filled in"
_QUESTIONS = {one.name: one for one in QUESTIONS}


def datasheet(found: Measured, answers: Answers, notes: Sequence[str] = ()) -> list[str]:
    """The lines of the card. notes: sentences that stand before everything else, such as that the
    folder is an export."""
    return [
        f"# {plain(answers.get('title') or unnamed(found))}",
        "",
        *([] if answers.get("title") else [_blank(_QUESTIONS["title"]), ""]),
        *(line for note in notes for line in (plain(note), "")),
        *_first(found, answers),
        *_motivation(answers),
        *_composition(found),
        *_risk(found),
        *_collection(found, answers),
        *making(found, _asked(answers, "labelling")),
        *_uses(found, answers),
        *_distribution(answers),
        *_maintenance(answers),
        *_figures(found),
    ]


def unnamed(found: Measured) -> str:
    """What a data set is called that has no name yet."""
    return f"{found.counts['images']:,} radiographs"


def _asked(answers: Answers, *names: str) -> list[str]:
    """Questions with their answers, or with a blank that nobody overlooks."""
    lines = []
    for one in (_QUESTIONS[name] for name in names):
        said = answers.get(one.name)
        lines += [f"### {one.heading}", "", *(prose(said) if said else [_blank(one)]), ""]
    return lines


def _blank(question: Question) -> str:
    return f"**\\[{BLANK}: {plain(question.hint)}\\]**"


def _first(found: Measured, answers: Answers) -> Iterator[str]:
    counts = found.counts
    yield (
        f"{counts['images']:,} grey images of {counts['studies_kept']:,} studies of "
        f"{counts['patients']:,} patients, made from {counts['files']:,} files by radprep. "
        f"Fingerprint `{plain(found.fingerprint)}`."
    )
    yield ""
    if found.nameless_studies:
        yield from _nobody(found)
    if answers.missing:
        yield (
            f"> **This card is not complete.** {len(answers.missing)} of {len(QUESTIONS)} "
            f"questions that only a person can answer are open, each marked \\[{BLANK}\\]. The "
            f"answers belong into {ANSWERS}, which `radprep card` reads."
        )
        yield ""
    alone = found.uniqueness[0]
    yield "## Before you use it"
    yield ""
    yield from (f"- {plain(text)}." for text in found.beware)
    if alone.alone:
        yield (
            f"- {alone.alone:,} of {alone.patients:,} patients stand alone by what others may know "
            "of them: the data set is not anonymous."
        )
    yield f"- Known limits: {plain(found.limits)}."
    yield ""


def _nobody(found: Measured) -> Iterator[str]:
    """Patients that nobody knows, said where nobody can overlook it."""
    studies, nameless = found.counts["studies_kept"], found.nameless_studies
    share = "all" if nameless >= studies else f"{nameless:,} of {studies:,}"
    yield (
        f"> **Whose films these are is not known for {share} studies.** Each of them counts as a "
        "patient of its own. One person may stand in it several times. A split by patient then "
        "protects from nothing, figures of a model may be too good, and the number of patients "
        "above is only an upper bound."
    )
    yield ""


def _motivation(answers: Answers) -> list[str]:
    return ["## Motivation", "", *_asked(answers, "purpose", "creators", "funding")]


def _composition(found: Measured) -> list[str]:
    counts = found.counts
    return [
        "## Composition",
        "",
        "### What is in it?",
        "",
        f"{counts['kept']:,} of {counts['files']:,} files were kept, which gave "
        f"{counts['images']:,} images. {counts['rejected']:,} were rejected, which is a decision, "
        f"and {counts['failed']:,} failed, which is a fault. Every file has a row in the table, "
        "with the reason.",
        "",
        f"Images are grey PNG of {_listed(found.depths) or 'no'} bits. Their sides measure "
        f"{found.sizes['least']:,} to {found.sizes['most']:,} pixels. Grey values: "
        f"{plain(found.grey_values)}.",
        "",
        *_people(found),
        *_labels(found),
        *_boxes(found),
        *_copies(found),
        *_split(found),
    ]


def _people(found: Measured) -> list[str]:
    lines = [
        "### Who is in it?",
        "",
        "Of the studies with a kept image. A patient with several studies counts with each value "
        f"that they have. Values of fewer than {SMALL} patients stand together. Ages are in bands "
        f"of ten years and stop at 90. {plain(found.dates)}",
        "",
    ]
    minors = (
        "Persons under 18 are in it."
        if found.has_minors
        else "No image is known to be of a person under 18."
    )
    return [*lines, *(line for one in found.people for line in _spread(one)), minors, ""]


def _spread(one: Distribution) -> list[str]:
    """A distribution as a table; nothing where there is no image."""
    if not one.shares:
        return []
    last = len(one.shares) - 1
    rows = [
        (
            f"{share.value} ({one.pooled} values together)"
            if one.pooled and place == last
            else share.value,
            share.patients,
            share.studies,
        )
        for place, share in enumerate(one.shares)
    ]
    return table((one.title, "patients", "studies"), rows)


def _labels(found: Measured) -> list[str]:
    lines = ["### Which labels does it have?", ""]
    if not found.label_names:
        return [*lines, "None: the data set was made without labels.", ""]
    names = ", ".join(found.label_names)
    called = (
        f"The label is called {plain(names)}"
        if len(found.label_names) == 1
        else f"The labels are called {plain(names)}; the table shows {plain(found.label)}"
    )
    lines += [
        f"{called}. Labels were given for {plain(found.given_for)}. {found.unlabelled:,} images "
        "have no label, or contradictory ones.",
        "",
    ]
    return [*lines, *_spread(found.labels)]


def _boxes(found: Measured) -> list[str]:
    one = found.boxes
    if not one.known and not one.fates:
        return []
    every = sum(number for _, number in one.fates)
    fates = _listed([f"{number:,} {words}" for words, number in one.fates])
    return [
        "### Are places marked on the images?",
        "",
        f"{every:,} boxes are drawn on films"
        + (f": {fates}. " if fates else ". ")
        + f"{one.images:,} images have boxes. Boxes were looked for on {one.known:,} images; "
        "on the others nobody has looked. They are drawn around: "
        f"{plain(_listed(one.labels) or '-')}.",
        "",
    ]


def _copies(found: Measured) -> list[str]:
    same, near = found.identical, found.near_identical
    lines = ["### Are there copies?", ""]
    if not same["groups"] and not near["groups"]:
        return [*lines, "No two images have the same pixels or look the same.", ""]
    return [
        *lines,
        f"{same['images']:,} images have the same pixels as another one ({same['groups']:,} "
        f"groups), {same['images_across_patients']:,} of them as one of another patient. "
        f"{near['images']:,} look the same without being equal, "
        f"{near['images_across_patients']:,} of them over patients. Copies over patients "
        "can stand on both sides of a split by patient.",
        "",
    ]


def _split(found: Measured) -> list[str]:
    lines = ["### Are there recommended splits?", ""]
    if found.published_split:
        said = _counted(found.published_split)
        lines += [
            f"The source says to which part of its split an image belongs: {plain(said)}.",
            "",
        ]
    if not found.split:
        text = "" if found.published_split else "None is part of the data set. "
        return [*lines, f"{text}Split by patient, never by image.", ""]
    if not found.split_same:
        lines += [
            "**The run was trained on another state of this data set.** What is counted are the "
            "images that are still here.",
            "",
        ]
    lines += table(
        ("part", "label", "patients", "studies", "images"),
        [(one.part, one.label, one.patients, one.studies, one.images) for one in found.split],
    )
    hidden = {FEW, HIDDEN} & {str(one.patients) for one in found.split}
    note = (
        f"Labels of fewer than {SMALL} patients in a part are not counted out, and neither is one "
        "from which they would follow. "
    )
    left = f"{found.split_gone:,} images of the run are no longer in the data set. "
    return [
        *lines,
        (note if hidden else "")
        + (left if found.split_gone else "")
        + "No patient is in two parts.",
        "",
    ]


def _risk(found: Measured) -> list[str]:
    first = found.uniqueness[0]
    telling = (
        f" Without the {plain(found.telling)} the fewest would stand alone."
        if found.telling
        else ""
    )
    return [
        "### Could a person be found again?",
        "",
        f"What was done about identifiers: {plain(found.deidentification)}. That does not make the "
        "data set anonymous. Who knows enough of a patient can find the rows of that "
        f"patient, if nobody else shares what they know. Compared by {plain(first.compared_by)}, "
        f"**{first.alone:,} of {first.patients:,} patients stand alone**, and {first.small:,} "
        f"are in groups of fewer than {SMALL}.{telling} Patients of rejected and "
        "failed films count, too, since their rows are in the table.",
        "",
        *table(
            ("patients compared by", "alone", f"in groups below {SMALL}", "groups", "smallest"),
            [
                (one.compared_by, one.alone, one.small, one.groups, one.smallest)
                for one in found.uniqueness
            ],
        ),
        f"Ages are compared in bands of {BAND} years; the month is that of the date in the table. "
        "A film itself may give a person away, by metal or by a rare finding. Nobody has counted "
        "that.",
        "",
        f"Text in the pixels: {plain(found.burned_in)}. No search finds all of it. Images by "
        f"risk: {plain(_counted(found.risks) or 'none')}.",
        "",
        *(f"- {plain(title)}: {plain(how)}" for title, how in found.treatments),
        "",
    ]


def _collection(found: Measured, answers: Answers) -> list[str]:
    came = " and ".join(
        "DICOM files" if one == "dicom" else f"pictures laid out as {plain(one)}"
        for one in found.layouts
    )
    lines = [
        "## Collection process",
        "",
        "### What was it made from?",
        "",
        f"{came or 'files of a kind that is not known here'}; {found.counts['files']:,} in all.",
        "",
        *(line for one in found.sources for line in _spread(one)),
    ]
    if found.merged:
        lines += [f"It was merged from {plain(found.merged)}.", ""]
    if found.deliveries:
        lines += table(
            ("delivery", "files", "kept", "rejected", "failed", "images", "studies"),
            [(one.name, *one.counts) for one in found.deliveries],
        )
    names = ("population", "collection", "ethics_approval", "consent")
    return [*lines, *_asked(answers, *names)]


def _uses(found: Measured, answers: Answers) -> list[str]:
    return [
        "## Uses",
        "",
        *_asked(answers, "uses"),
        "### What could a model learn instead of the finding?",
        "",
        "Where a machine goes with a label, a classifier may learn the machine. Cramer's V is 0 "
        "where the label depends on the attribute no more than by chance, and 1 where it follows "
        "from it. Where the interval reaches 0, chance alone may be behind it. Casts, metal and "
        "letters on the films are not in this table.",
        "",
        *table(
            ("attribute", "values", "V", "95 % interval", "studies", "patients"),
            [(one.attribute, one.values, *_association(one)) for one in found.told],
        ),
        *_asked(answers, "misuses"),
        "In any case: not for diagnosis, not to find out who a person is, and not for training "
        "before somebody has looked at the table above and at the copies.",
        "",
    ]


def _distribution(answers: Answers) -> list[str]:
    names = ("access", "licence", "licence_link", "address", "citation")
    return ["## Distribution", "", *_asked(answers, *names)]


def _maintenance(answers: Answers) -> list[str]:
    return ["## Maintenance", "", *_asked(answers, "contact", "maintenance", "version")]


def _figures(found: Measured) -> list[str]:
    return [
        "## How this card was made",
        "",
        "`radprep card` measured every figure from the table of the data set. What a person has "
        f"answered stands in {ANSWERS}. {plain(found.versions)}.",
        "",
    ]


def _association(one: Told) -> tuple[str, str, int, int]:
    """V, its interval, and of how many studies and patients."""
    if one.v is None:
        return "cannot be said", "-", 0, 0
    return f"{one.v:.2f}", f"{one.low:.2f} to {one.high:.2f}", one.studies, one.patients


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _listed(values: Sequence[object]) -> str:
    """Several values with commas and an `and` between."""
    texts = [str(value) for value in values]
    return " and ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:])))
