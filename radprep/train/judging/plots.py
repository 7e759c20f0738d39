"""One figure of an evaluation: confusion matrix, ROC, precision and recall, calibration. The same
cases give the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_curve

from radprep.train.judging import metrics
from radprep.train.judging.metrics import Scored

_SAME_BYTES: Any = {"svg.hashsalt": "radprep", "svg.fonttype": "none", "font.size": 9}
_INK = "#1f4e79"


def draw(path: Path, cases: Scored, threshold: float) -> None:
    """Write the figure as SVG. Panels that need both classes stay empty with one."""
    with mpl.rc_context(_SAME_BYTES):
        figure = Figure(figsize=(9, 8), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots(2, 2)
        _confusion(axes[0, 0], cases, threshold)
        _calibration(axes[1, 1], cases)
        if len(set(cases.labels.tolist())) == 2:
            _roc(axes[0, 1], cases, threshold)
            _precision_recall(axes[1, 0], cases)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _confusion(axis: Any, cases: Scored, threshold: float) -> None:
    counts = metrics.confusion(cases, threshold)
    table = np.array([[counts["tn"], counts["fp"]], [counts["fn"], counts["tp"]]])
    axis.imshow(table, cmap="Blues", vmin=0, vmax=max(1.0, 1.6 * table.max()))
    for row in range(2):
        for column in range(2):
            axis.text(column, row, f"{table[row, column]:g}", ha="center", va="center", size=14)
    axis.set(
        title=f"Studies, decided at {threshold:.3f}",
        xlabel="decided",
        ylabel="labelled",
        xticks=[0, 1],
        yticks=[0, 1],
        xticklabels=["negative", "positive"],
        yticklabels=["negative", "positive"],
    )


def _roc(axis: Any, cases: Scored, threshold: float) -> None:
    fallout, sensitivity, _ = roc_curve(cases.labels, cases.scores)
    now = metrics.figures(cases, threshold)
    axis.plot([0, 1], [0, 1], ":", color="grey")
    axis.plot(fallout, sensitivity, color=_INK)
    axis.plot(1 - now["specificity"], now["sensitivity"], "o", color=_INK)
    axis.set(
        title=f"ROC, area {now['auroc']:.3f}",
        xlabel="1 - specificity",
        ylabel="sensitivity",
        aspect="equal",
    )


def _precision_recall(axis: Any, cases: Scored) -> None:
    precision, recall, _ = precision_recall_curve(cases.labels, cases.scores)
    axis.axhline(float(cases.labels.mean()), ls=":", color="grey")
    axis.plot(recall, precision, color=_INK, drawstyle="steps-pre")
    axis.set(
        title=f"Average precision {metrics.average_precision(cases):.3f}",
        xlabel="recall",
        ylabel="precision",
        ylim=(0, 1.02),
    )


def _calibration(axis: Any, cases: Scored) -> None:
    bins = metrics.calibration(cases)
    axis.plot([0, 1], [0, 1], ":", color="grey")
    axis.plot([one["score"] for one in bins], [one["positive"] for one in bins], "o-", color=_INK)
    axis.set(
        title=f"Calibration, error {metrics.calibration_error(cases):.3f}",
        xlabel="mean score",
        ylabel="share of positives",
        xlim=(0, 1),
        ylim=(0, 1),
        aspect="equal",
    )
