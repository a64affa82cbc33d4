"""A network and a task small enough that a whole training takes a moment, and a recorder of what happens."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from hrnet.spec import ModelSpec
from hrnet.training.run import RunFolder
from hrnet.training.schedule import Schedule
from hrnet.training.trainer import Settings, fit

# All stages, branches and kinds of edges in little, as in tests/engine.
TINY = ModelSpec("tiny", width=4, stem=16, bottleneck=8, stage1_blocks=1, modules=(1, 1, 2), blocks=1)
CPU = torch.device("cpu")


class Slope:
    """Learns y = 2 x. Can be told to go wrong."""

    batch_size = 4

    def __init__(self, spoil=lambda step, loss: loss) -> None:
        self.spoil, self.asked, self.step = spoil, [], 0

    def batch(self, step, rank=0, ranks=1):
        rows = np.random.default_rng(step).normal(size=(self.batch_size, 3)).astype(np.float32)
        return step, rows[rank::ranks]

    def loss(self, network, batch, device):
        step, x = batch
        self.asked.append(step)
        x = torch.from_numpy(x).to(device)
        return self.spoil(step, (network(x) - 2 * x).square().mean())

    def validate(self, network, device):
        with torch.no_grad():
            error = (network(torch.ones(1, 3)) - 2).abs().mean()
        return {"exactness": -float(error), "training": float(network.training)}


def slope_network():
    """Has a parameter with one axis, running statistics, and a layer that draws random numbers."""
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Linear(8, 3))


class Training:
    """One run in one folder; can be started again and again."""

    def __init__(self, folder, task=None, network=None, keep=None, steps=20, **settings) -> None:
        defaults = {"validate_every": 5, "save_every": 4, "report_every": 2, "decay": 0.9}
        self.settings = Settings(Schedule(0.01, steps, warmup=2), **defaults | settings)
        self.run = RunFolder(folder, {"steps": steps})
        self.task = task or Slope()
        self.network = slope_network() if network is None else network
        self.kept = []
        self.keep = keep or (lambda network, figures: self.kept.append(dict(figures)))

    def events(self):
        return fit(self.network, self.task, self.settings, self.run, self.keep, CPU)

    def until(self, step, kind):
        """Goes on to the event of that kind at that step, and then is left alone."""
        running = self.events()
        for event in running:
            if type(event).__name__ == kind and event.step == step:
                break
        running.close()


@pytest.fixture
def training(tmp_path):
    """Makes runs; those of one name share a folder."""
    return lambda name="run", **more: Training(tmp_path / name, **more)


@pytest.fixture
def slope():
    return Slope


@pytest.fixture(scope="session")
def tiny():
    return TINY


@pytest.fixture
def same_weights():
    def compare(one, other):
        one, other = one.state_dict(), other.state_dict()
        assert one.keys() == other.keys()
        for name, value in one.items():
            assert torch.equal(value, other[name]), name

    return compare
