"""Trains in a process of its own, so that it can be killed, or in several. Run by tests:

python train_process.py alone FOLDER                       the same numbers every time, with slow writing
python train_process.py together FOLDER SCENARIO[:PORT]...   one process of several, as RANK and WORLD_SIZE say
"""

from __future__ import annotations

import io
import json
import math
import os
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from conftest import CPU, TINY, Slope, slope_network
from torch import nn

from hrnet.network import HRNet, initialize
from hrnet.training.run import RunFolder
from hrnet.training.schedule import Schedule
from hrnet.training.trainer import Settings, fit

RANK = int(os.environ.get("RANK", "0"))


def alone(folder: Path) -> None:
    """Dropout, fp16 with its scale, an average, a rate that changes. Writing takes most of the time."""
    save = torch.save

    def slowly(values, file):
        content = io.BytesIO()
        save(values, content)
        for part in np.array_split(np.frombuffer(content.getvalue(), np.uint8), 10):
            file.write(part.tobytes())
            file.flush()
            time.sleep(0.002)

    torch.save = slowly
    rate = Schedule(0.01, 60, warmup=10)
    settings = Settings(rate, precision="fp16", decay=0.9, validate_every=7, save_every=2, report_every=1)
    run = RunFolder(folder, {})
    for event in fit(slope_network(), Slope(), settings, run, lambda network, figures: None, CPU):
        print(type(event).__name__, event.step, flush=True)


class Maps:
    """Random pictures whose heatmaps are to be some random ones, in double precision: rounding does not show."""

    batch_size = 4

    def batch(self, step, rank=0, ranks=1):
        rng = np.random.default_rng(step)
        return step, [rng.normal(size=(4, *shape))[rank::ranks] for shape in ((3, 32, 32), (3, 8, 8))]

    def loss(self, network, batch, device):
        _, arrays = batch
        pictures, maps = (torch.from_numpy(values) for values in arrays)
        return (network(pictures) - maps).square().mean()

    def validate(self, network, device):
        return {"seen": float(network.final_layer.weight.sum())}


class Spoiled(Slope):
    """On the second process something happens at step 5."""

    batch_size = 8

    def __init__(self, what: str) -> None:
        super().__init__(self.happens)
        self.what = what

    def happens(self, step, loss):
        if RANK == 1 and step == 5:
            match self.what:
                case "nan":
                    return loss * math.nan
                case "memory":
                    raise MemoryError("no room for a row")
                case "term":
                    os.kill(os.getpid(), signal.SIGTERM)
                case "error":
                    raise LookupError("photo 3")
                case "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
        return loss

    def validate(self, network, device):
        if self.what == "patience":
            time.sleep(3)
        return {**super().validate(network, device), "validated by": float(RANK)}


def together(folder: Path, scenarios: list[str]) -> None:
    told = {}
    for text in scenarios:
        name, _, port = text.partition(":")
        if port:  # torchrun has said where its own store is
            os.environ["MASTER_PORT"] = port
        told[name] = one(folder / name.removesuffix("2"), name)
    (folder / f"told{RANK}.json").write_text(json.dumps(told))


def one(folder: Path, name: str) -> list[object]:
    every = {"validate_every": 4, "save_every": 4, "report_every": 2, "decay": 0.9}
    if name in ("equal", "parts"):
        torch.manual_seed(3)
        network, task = initialize(HRNet(TINY, 3)).double(), Maps()
        every |= {"precision": "exact", "freeze_statistics": True, "accumulate": 2 if name == "parts" else 1}
    else:
        torch.manual_seed(RANK)  # the processes draw different noise, and the first one's weights count
        network, task = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.2), nn.Linear(8, 3)), Spoiled(name)
        torch.manual_seed(RANK)
    if name == "patience":  # gradients may take 1 second, the validation takes 3
        new_group = dist.new_group
        dist.new_group = lambda **more: new_group(timeout=timedelta(seconds=1), **more)
    kept, events = [], []
    run = RunFolder(folder, {})
    if name == "unreadable" and RANK == 0:
        run.last.write_bytes(b"garbage")
    try:
        settings = Settings(Schedule(0.01, 12, warmup=2), **every)
        for event in fit(network, task, settings, run, lambda network, figures: kept.append(dict(figures)), CPU):
            events.append(event.to_dict())
    except (LookupError, ValueError, ConnectionError) as error:
        events.append({"event": "raised", "reason": str(error)})
    if name == "patience":
        dist.new_group = new_group
    state = {key: value.flatten().tolist()[:50] for key, value in network.state_dict().items()}
    return [events, state, kept]


if __name__ == "__main__":
    torch.set_num_threads(1)
    what, folder, *scenarios = sys.argv[1:]
    if what == "alone":
        alone(Path(folder))
    else:
        together(Path(folder), scenarios)
