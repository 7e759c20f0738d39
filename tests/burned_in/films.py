"""Films without anatomy in them, and text drawn on films."""

import cv2
import numpy as np


def plain_film(height=900, width=700):
    """uint8: a soft bright bar on a dark ground, as a limb is, with a little noise."""
    rng = np.random.default_rng(5)
    film = np.full((height, width), 40.0)
    film[:, width // 3 : 2 * width // 3] = 150
    film = cv2.GaussianBlur(film, (0, 0), 15) + rng.normal(0, 1.5, film.shape)
    return np.clip(film, 0, 255).astype(np.uint8)


def write(film, text, place, *, scale=1.0, grey=255, stroke=2, turns=0):
    """Draw a line in place; returns its box (x, y, width, height). place: its upper left corner."""
    (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, stroke)
    mask = np.zeros((height + below + 2 * stroke, width + 2 * stroke), np.uint8)
    origin = (stroke, height + stroke)
    cv2.putText(mask, text, origin, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, stroke, cv2.LINE_AA)
    rows, columns = np.nonzero(mask > 60)
    mask = mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    mask = np.rot90(mask, turns)
    x, y = place
    part = film[y : y + mask.shape[0], x : x + mask.shape[1]]
    share = mask / 255
    part[:] = np.rint(part * (1 - share) + grey * share)
    return x, y, mask.shape[1], mask.shape[0]


def covers(boxes, box):
    """Whether boxes cover all of another."""
    x, y, width, height = box
    under = np.zeros((height, width), bool)
    for left, top, wide, high in boxes:
        rows = slice(max(0, top - y), max(0, top + high - y))
        under[rows, max(0, left - x) : max(0, left + wide - x)] = True
    return bool(under.all())
