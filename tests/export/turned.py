"""A data set of turned films with boxes, for the formats of detectors and for MURA."""

import numpy as np

from radprep.dataset.boxes import FROM_FILE, as_text, box_on_film, carried
from radprep.image.image import Image
from tests.export.sets import film_row, finish

DRAWN = ("fracture", (20.0, 12.0, 16.0, 8.0))
"""A box on the film, pixels: what it is drawn around, and x, y, width, height."""
HEIGHT, WIDTH = 60, 90


def turned_row(root, study, number, turn, drawn=(DRAWN,), **columns):
    """Write a film that was turned by so many degrees, with its boxes carried along. drawn: on the
    film; None where nobody has looked for boxes."""
    film = np.full((HEIGHT, WIDTH), 40, np.uint8)
    film[:, 30:60] = 150
    for _, (x, y, width, height) in drawn or ():
        film[int(y) : int(y + height), int(x) : int(x + width)] = 255
    image = Image(film).rotate(turn)
    on_film = [
        box_on_film(place, label, FROM_FILE, where, (WIDTH, HEIGHT))
        for place, (label, where) in enumerate(drawn or (), start=1)
    ]
    boxes = carried(on_film, image.source_matrix, image.width, image.height)
    label = columns.pop("label", "fracture" if drawn else "normal")
    given = {
        "boxes": None if drawn is None else as_text(boxes),
        "source_matrix": [float(value) for value in image.source_matrix[:2].ravel()],
        "split": "training",
        "body_part": "wrist",
    }
    return film_row(root, study, number, image.render(), label, **{**given, **columns})


def turned_set(root):
    """Write three studies: turned films with boxes, one without any, and one that nobody has looked
    at."""
    other = ("metal", (60.0, 30.0, 6.0, 10.0))
    finish(
        root,
        [
            turned_row(root, 1, 0, 0.0, (DRAWN, other)),
            turned_row(root, 1, 1, 30.0),
            turned_row(root, 2, 0, -17.5, (), split="validation"),
            turned_row(root, 3, 0, 90.0, None, split="test"),
        ],
    )
    return root
