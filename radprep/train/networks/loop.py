"""The training loop: epochs, checkpoints, the best model, and when to stop.

Everything random follows from the seed and the number of the epoch (order, changes of images,
dropout), so that their state in a checkpoint is one number, and a training that goes on gives the
weights of one that was never stopped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, TypedDict, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from radprep.errors import InterruptedRunError, UsageError
from radprep.run.interrupt import Interrupt
from radprep.run.progress import Progress
from radprep.text.csv_file import write_file
from radprep.train.judging import metrics, voting
from radprep.train.networks.checkpoint import Tensors, read_tensors, write_tensors
from radprep.train.networks.events import Column, write_events
from radprep.train.networks.feed.batches import Batch, Units
from radprep.train.networks.feed.sampling import SAMPLINGS
from radprep.train.networks.models import answer, set_training
from radprep.train.networks.parameters import TorchParameters

BEST, LAST, HISTORY = "model.safetensors", "last.safetensors", "history.csv"

Floats = NDArray[np.float64]


class Notes(TypedDict):
    """What BEST keeps besides the weights: the model's name, and how its images are normalised."""

    model: str
    mean: float
    deviation: float


class Loop:
    """A network and how it learns. `run` writes BEST, LAST and HISTORY into the folder after each
    epoch."""

    def __init__(
        self,
        network: nn.Module,
        parameters: TorchParameters,
        seed: int,
        folder: Path,
        notes: Notes,
    ) -> None:
        self._network, self._parameters, self._seed, self._folder, self._notes = (
            network,
            parameters,
            seed,
            folder,
            notes,
        )
        self._device = next(network.parameters()).device
        self._half = parameters.amp == "auto" and has_bfloat16(self._device)
        self._optimiser = _optimiser(network, parameters)
        self._scheduler = _scheduler(self._optimiser, parameters)
        self._history: list[dict[Column, float]] = []

    def run(self, training: Units, validation: Units, *, resume: bool, quiet: bool) -> None:
        """Learn until the last epoch or until nothing gets better. Raises UsageError where the loss
        is no number any more, InterruptedRunError when asked to stop."""
        if resume and (self._folder / LAST).exists():
            self._restore()
        batches = self._parameters.epochs * len(self._sizes(training))
        with (
            Interrupt() as interrupt,
            Progress("training", batches, "batches", quiet=quiet) as progress,
        ):
            progress.done = len(self._history) * len(self._sizes(training))
            while len(self._history) < self._parameters.epochs and not self._is_stale():
                loss = self._learn(training, interrupt, progress)
                self._note(loss, validation)
                self._store()

    def _learn(self, units: Units, interrupt: Interrupt, progress: Progress) -> float:
        """One epoch; returns the mean loss."""
        seed = (self._seed, len(self._history))
        order = self._order(units)
        labels = torch.tensor(units.labels, dtype=torch.float32)
        total = 0.0
        set_training(self._network)
        with torch.random.fork_rng():
            torch.manual_seed(int(np.random.default_rng(seed).integers(2**62)))
            for batch in units.batches(order, self._parameters.batch, self._parameters, seed):
                if interrupt.asked:
                    raise InterruptedRunError(
                        "Stopped as asked. Go on with the same command and --resume."
                    )
                total += len(batch.units) * self._step(batch, labels[list(batch.units)])
                progress.step()
        return total / len(order)

    def _order(self, units: Units) -> Sequence[int]:
        """The units of this epoch. A last batch of one is left out: batch normalisation has nothing
        to average there."""
        rng = np.random.default_rng((self._seed, len(self._history), 1))
        order: list[int] = SAMPLINGS[self._parameters.sampling](units.labels, rng).tolist()
        return order[:-1] if len(order) > 1 and len(order) % self._parameters.batch == 1 else order

    def _sizes(self, units: Units) -> range:
        return range(0, len(self._order(units)), self._parameters.batch)

    def _step(self, batch: Batch, labels: torch.Tensor) -> float:
        self._optimiser.zero_grad(set_to_none=True)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._half):
            logits = answer(self._network, batch.images.to(self._device), batch.counts)
        loss = nn.functional.binary_cross_entropy_with_logits(
            logits.float(), labels.to(self._device)
        )
        value = float(loss.detach())
        if not math.isfinite(value):
            raise UsageError(
                f"The loss is no number any more in epoch {len(self._history) + 1}. Choose a "
                "smaller --set rate=NUMBER, or --set amp=off."
            )
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._network.parameters(), self._parameters.clip)
        self._optimiser.step()
        return value

    def _note(self, loss: float, validation: Units) -> None:
        """Add a line to the history, and move the learning rate."""
        line: dict[Column, float] = {
            "epoch": len(self._history) + 1,
            "rate": self._optimiser.param_groups[0]["lr"],
            "training_loss": loss,
            **_worth(self._network, validation, self._parameters.batch),
        }
        self._history.append(line)
        if isinstance(self._scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
            self._scheduler.step(line.get("validation_loss", loss))
        elif self._scheduler:
            self._scheduler.step()

    def _best(self) -> int:
        """The place of the best epoch: the highest AUROC of validation studies, then the lowest
        loss; without any, the last."""
        if "validation_loss" not in self._history[0]:
            return len(self._history) - 1
        return max(
            range(len(self._history)),
            key=lambda place: (
                self._history[place].get("validation_auroc", 0),
                -self._history[place]["validation_loss"],
            ),
        )

    def _is_stale(self) -> bool:
        return (
            bool(self._history)
            and len(self._history) - 1 - self._best() >= self._parameters.patience
        )

    def _store(self) -> None:
        """Write the best model before the checkpoint that counts on it."""
        if self._best() == len(self._history) - 1:
            write_tensors(self._folder / BEST, self._network.state_dict(), self._notes)
        state = self._optimiser.state_dict()
        tensors = {f"network.{name}": tensor for name, tensor in self._network.state_dict().items()}
        tensors |= {
            f"optimiser.{number}.{name}": tensor
            for number, one in state["state"].items()
            for name, tensor in one.items()
            if isinstance(tensor, torch.Tensor)
        }
        write_tensors(
            self._folder / LAST,
            tensors,
            {
                "seed": self._seed,
                "history": self._history,
                "groups": state["param_groups"],
                "scheduler": self._scheduler.state_dict() if self._scheduler else None,
            },
        )
        columns = list(self._history[0])
        lines = (
            [f"{line[name]:.6g}" if name in line else "" for name in columns]
            for line in self._history
        )
        write_file(self._folder / HISTORY, chain([columns], lines))
        if self._parameters.tensorboard:
            write_events(self._folder, self._history)

    def _restore(self) -> None:
        """Go on where LAST stopped. Raises UsageError where it is not of this training."""
        tensors, notes = read_tensors(self._folder / LAST)
        try:
            self._restore_from(tensors, notes)
        except (RuntimeError, KeyError, TypeError, ValueError, AttributeError, IndexError):
            raise UsageError(
                f"{self._folder / LAST} is not of this training. Train again in another RUN."
            ) from None

    def _restore_from(self, tensors: Tensors, notes: Mapping[str, Any]) -> None:
        states: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimiser."):
                _, number, short = name.split(".", 2)
                states.setdefault(int(number), {})[short] = tensor
        self._network.load_state_dict(
            {
                name.removeprefix("network."): tensor
                for name, tensor in tensors.items()
                if name.startswith("network.")
            }
        )
        self._optimiser.load_state_dict({"state": states, "param_groups": notes["groups"]})
        if self._scheduler:
            self._scheduler.load_state_dict(notes["scheduler"])
        history = notes["history"]
        if not isinstance(history, list) or not all(map(_is_line, history)):
            raise ValueError("no history")
        self._history = history


def _is_line(line: Any) -> bool:
    """Whether something is a line of the history."""
    return (
        isinstance(line, dict)
        and {"epoch", "rate", "training_loss"} <= line.keys() <= set(get_args(Column))
        and all(isinstance(value, (int, float)) for value in line.values())
    )


def logits_of(network: nn.Module, units: Units, size: int) -> Floats:
    """The logit of each unit, float64, shape (len(units.places),), in float32 whatever the network
    learnt in."""
    device = next(network.parameters()).device
    network.eval()
    with torch.inference_mode():
        found = [
            answer(network, batch.images.to(device), batch.counts).float().cpu()
            for batch in units.batches(range(len(units.places)), size)
        ]
    return np.asarray(torch.cat(found), dtype=np.float64)


def image_probabilities(network: nn.Module, units: Units, size: int) -> Floats:
    """The probability of each sample, float64, shape (len(units.samples),): that of its unit."""
    found = np.empty(len(units.samples))
    for places, logit in zip(units.places, logits_of(network, units, size), strict=True):
        found[list(places)] = 1 / (1 + math.exp(-max(logit, -700)))
    return found


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16; a processor that does not is slower with it than
    without."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


def _worth(network: nn.Module, units: Units, size: int) -> dict[Column, float]:
    """Loss and AUROC of the validation part; nothing where it is empty, no AUROC where it has one
    class."""
    if not units.samples:
        return {}
    scores = image_probabilities(network, units, size)
    labels = np.array([sample.label for sample in units.samples])
    clipped = np.clip(scores, 1e-12, 1 - 1e-12)
    loss = -float(np.mean(np.where(labels == 1, np.log(clipped), np.log(1 - clipped))))
    area = metrics.auroc(voting.studies(units.samples, scores, "mean"))
    found: dict[Column, float] = {"validation_loss": loss}
    if not math.isnan(area):
        found["validation_auroc"] = area
    return found


def _optimiser(network: nn.Module, parameters: TorchParameters) -> torch.optim.Optimizer:
    learnt = [one for one in network.parameters() if one.requires_grad]
    if parameters.optimiser == "sgd":
        return torch.optim.SGD(
            learnt, parameters.rate, momentum=parameters.momentum, weight_decay=parameters.decay
        )
    return torch.optim.Adam(learnt, parameters.rate, weight_decay=parameters.decay)


def _scheduler(
    optimiser: torch.optim.Optimizer, parameters: TorchParameters
) -> torch.optim.lr_scheduler.LRScheduler | None:
    schedulers = torch.optim.lr_scheduler
    if parameters.schedule == "cosine":
        return schedulers.CosineAnnealingWarmRestarts(optimiser, parameters.restart)
    if parameters.schedule == "plateau":
        return schedulers.ReduceLROnPlateau(optimiser, patience=parameters.restart)
    return None
