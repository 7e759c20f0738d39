"""A page of overlays: each image beside what a finished run made of it."""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from radprep.dataset.image_id import ImageId
from radprep.dataset.withheld import HIGH
from radprep.errors import UsageError
from radprep.train.data.samples import Sample, read_samples, read_texts
from radprep.train.data.splits import FILE_NAME, HOLDOUT, read_splits
from radprep.train.experiment import Experiment
from radprep.train.explain.gradcam import grad_cam
from radprep.train.explain.lrp import relevance
from radprep.train.judging.evaluation import IMAGES
from radprep.train.networks.feed.batches import Batch, Units
from radprep.train.networks.learner import TorchLearner
from radprep.train.training import trained

Method = Literal["gradcam", "lrp"]

_NOTES = {
    "gradcam": "Grad-CAM: red is what raised the probability. It is as coarse as the network's "
    "last feature maps.",
    "lrp": "Layer-wise relevance propagation: red speaks for the positive class, blue against it.",
}

_STYLE = """body{font:15px system-ui,sans-serif;margin:2em;background:#111;color:#ddd}
main{display:flex;flex-wrap:wrap;gap:1.5em}figure{margin:0}figcaption{margin-top:.4em;font-size:13px}img{height:24em}"""

_RED, _BLUE = np.array((40, 40, 255), np.float32), np.array((255, 80, 40), np.float32)

_BRIGHTEST = 99.5  # percentile that gets the full colour, so that one pixel does not take it all


@dataclass(frozen=True)
class Wanted:
    """What to draw: maps of `method` over at most `limit` images of a part of the run (or studies,
    where the model takes studies)."""

    method: Method
    part: str
    limit: int


class Shown(TypedDict):
    """What the page says of an image. score: the probability of the positive class."""

    image_id: str
    study_id: str
    positive: bool
    score: float


def explain_run(
    root: Path, run: Path, out: Path, wanted: Wanted, cache: Path | None
) -> list[Shown]:
    """Write OUT/index.html and an overlay for each image that is wanted: first those that the run
    is most wrong about, then those that it is surest of and right. Films whose pixels may hold text
    are left out, as they are on the page of a data set. Returns what the page says of each. Raises
    UsageError."""
    experiment, learner, _ = trained(root, run, cache)
    if not isinstance(learner, TorchLearner):
        raise UsageError(
            f"The model {experiment.model} learns from numbers, not from pixels: it has no map. "
            "Train a torch model."
        )
    units = learner.units(_part(root, run, wanted.part, experiment))
    risks = read_texts(root, "burned_in_risk")
    scores = learner.predict(units.samples)
    chosen = _chosen(units, scores, wanted.limit)
    out.mkdir(parents=True, exist_ok=True)
    shown: list[Shown] = []
    for unit in chosen:
        batch = next(units.batches([unit], 1))
        maps = _maps(learner, batch, wanted.method)
        for place, one in zip(units.places[unit], maps, strict=True):
            sample = units.samples[place]
            if risks.get(sample.image_id) == HIGH:
                continue  # text may stand in its pixels, and the page may go anywhere
            picture = cv2.imencode(".png", overlay(units.cache[[place]][0], one))[1]
            (out / f"{sample.image_id}.png").write_bytes(picture.tobytes())
            shown.append(
                {
                    "image_id": sample.image_id,
                    "study_id": sample.study_id,
                    "positive": bool(sample.label),
                    "score": round(float(scores[place]), 4),
                }
            )
    _remove_others(out, {one["image_id"] for one in shown})
    (out / "index.html").write_text(
        _page(experiment.model, experiment.positive, wanted, shown), encoding="utf-8"
    )
    return shown


def _remove_others(out: Path, shown: Collection[str]) -> None:
    """Remove the overlays of an earlier page that this one does not show: a person may have
    rejected their films since."""
    for path in out.glob("*.png"):
        if ImageId.parse(path.stem).is_ours and path.stem not in shown:
            path.unlink()


def overlay(pixels: NDArray[np.uint8], relevances: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The image, and beside it the image under the map; uint8, shape (h, 2 w, 3), blue first as
    OpenCV has it.

    relevances: shape (h, w); above 0 red, below 0 blue, the stronger the less transparent.
    """
    grey = np.repeat(pixels[:, :, None], 3, axis=2).astype(np.float32)
    full = np.percentile(np.abs(relevances), _BRIGHTEST) or np.abs(relevances).max() or 1
    strength = np.clip(np.abs(relevances) / full, 0, 1)[:, :, None]
    colour = np.where(relevances[:, :, None] > 0, _RED, _BLUE)
    return (
        np.hstack([grey, grey * (1 - 0.7 * strength) + colour * 0.7 * strength])
        .round()
        .astype(np.uint8)
    )


def _part(root: Path, run: Path, part: str, experiment: Experiment) -> list[Sample]:
    """The samples of a part. The hold-out must have been opened by an evaluation before."""
    if part == HOLDOUT and not (run / HOLDOUT / IMAGES).exists():
        raise UsageError(
            "The hold-out is opened by `radprep evaluate` alone. Run that first, or choose another "
            "--part."
        )
    table = read_splits(run / FILE_NAME)
    wanted = set(table.loc[table["split"] == part, "image_id"])
    labelled = read_samples(root, experiment.positive, experiment.negative, experiment.label)
    found = [sample for sample in labelled if sample.image_id in wanted]
    if not found:
        raise UsageError(f"{root} has no image of the part {part!r} of {run}.")
    return found


def _chosen(units: Units, scores: NDArray[np.float64], limit: int) -> list[int]:
    """Half of them the most wrong, half the least, each half from the most telling on."""
    wrong = [
        abs(label - scores[places[0]])
        for label, places in zip(units.labels, units.places, strict=True)
    ]
    order = [int(unit) for unit in np.argsort(wrong, kind="stable")[::-1]]
    most = order[: (limit + 1) // 2]
    return most + [unit for unit in order[::-1][: limit // 2] if unit not in most]


def _maps(learner: TorchLearner, batch: Batch, method: Method) -> Sequence[NDArray[np.float32]]:
    if method == "gradcam":
        device = next(learner.network.parameters()).device
        return list(grad_cam(learner.network, batch.images.to(device), batch.counts))
    return [
        relevance(learner.network, image[None], learner.normalisation).pixels
        for image in torch.unbind(batch.images)
    ]


def _page(model: str, positive: str, wanted: Wanted, shown: Sequence[Shown]) -> str:
    figures = "\n".join(
        f'<figure><img src="{one["image_id"]}.png" alt="image and map" '
        f'loading="lazy"><figcaption>study {one["study_id"]}, image '
        f"{one['image_id']}<br>{'' if one['positive'] else 'not '}{html.escape(positive)}, "
        f"probability {one['score']:.3f}</figcaption></figure>"
        for one in shown
    )
    note = _NOTES[wanted.method]
    policy = "default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>radprep explain</title><style>{_STYLE}</style></head><body>
<h1>Where {html.escape(model)} looked ({html.escape(wanted.part)})</h1>
<p>{note} A map shows what the network used, not what is broken. First the images it is
most wrong about, then those it is surest of and right.</p>
<main>
{figures}
</main></body></html>
"""
