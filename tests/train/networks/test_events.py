"""The history for TensorBoard."""

import pytest

from radprep.errors import UsageError
from radprep.train.networks import events
from radprep.train.networks.events import FOLDER, require_tensorboard, write_events


def test_tensorboard_reads_the_curves(tmp_path):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    history = [{"epoch": 1, "training_loss": 0.5}, {"epoch": 2, "training_loss": 0.25}]
    write_events(tmp_path, history[:1])
    write_events(tmp_path, history)
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [
        "events.out.tfevents.0.radprep"
    ]
    read = reader.EventAccumulator(str(tmp_path / FOLDER))
    read.Reload()
    assert read.Tags()["scalars"] == ["training_loss"]
    assert [(one.step, one.value) for one in read.Scalars("training_loss")] == [(1, 0.5), (2, 0.25)]


def test_without_it_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(events, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"radprep\[tensorboard\]"):
        require_tensorboard()
