"""The history of a training for TensorBoard. Its own writer would put the machine's name into the
file's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from radprep.dataset.durable import replacing
from radprep.errors import UsageError

FOLDER = "tensorboard"

Column = Literal["epoch", "rate", "training_loss", "validation_loss", "validation_auroc"]
"""What the history holds of an epoch. The columns of the validation are missing where that part is
empty."""


def require_tensorboard() -> None:
    """Raise UsageError where TensorBoard is not installed."""
    if find_spec("tensorboard") is None:
        raise UsageError(
            "--set tensorboard=true needs TensorBoard. Install it with `pip install "
            "'radprep[tensorboard]'`."
        )


def write_events(folder: Path, history: Sequence[Mapping[Column, float]]) -> None:
    """Write one event file with a curve of each column of the history, over its `epoch`. An older
    one is replaced."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    (folder / FOLDER).mkdir(exist_ok=True)
    path = folder / FOLDER / "events.out.tfevents.0.radprep"
    with replacing(path) as temporary, temporary.open("wb") as handle:
        writer = RecordWriter(handle)
        writer.write(Event(file_version="brain.Event:2").SerializeToString())
        for line in history:
            values = [
                Summary.Value(tag=name, simple_value=value)
                for name, value in line.items()
                if name != "epoch"
            ]
            writer.write(
                Event(step=int(line["epoch"]), summary=Summary(value=values)).SerializeToString()
            )
        writer.flush()
