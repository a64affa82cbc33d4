"""The training loop: a generator of events. To stop it, stop asking."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from hrnet import device as devices
from hrnet.data.loader import ahead
from hrnet.training.checkpoint import Checkpoint
from hrnet.training.ema import Average
from hrnet.training.events import Event, Finished, Saved, Started, Stepped, Stopped, Validated
from hrnet.training.run import RunFolder
from hrnet.training.schedule import Schedule

Batch = Any


class Task(Protocol):
    """What is learned: the examples, what a wrong answer costs, and how good the network is by now."""

    batch_size: int

    def batch(self, step: int) -> Batch:
        """The examples of one step in numpy: a function of the step alone, called from several threads."""

    def loss(self, network: nn.Module, batch: Batch, device: torch.device) -> Tensor:
        """A scalar."""

    def validate(self, network: nn.Module, device: torch.device) -> Mapping[str, float]:
        """Figures; the first one decides which weights are the best so far (larger is better)."""


@dataclass(frozen=True)
class Settings:
    """How to learn, whatever is learned.

    Raises:
        ValueError: something would happen every 0 steps, or be done by no thread.
    """

    schedule: Schedule
    weight_decay: float = 0.01
    decay: float = 0.998  # of the moving average of the weights
    clip: float = 5.0  # largest gradient norm
    validate_every: int = 1000  # steps
    save_every: int = 200
    report_every: int = 20
    threads: int = 2  # that make batches

    def __post_init__(self) -> None:
        for name in ("validate_every", "save_every", "report_every", "threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is a number from 1, got {getattr(self, name)}")


def fit(
    network: nn.Module,
    task: Task,
    settings: Settings,
    run: RunFolder,
    keep: Callable[[nn.Module, Mapping[str, float]], None],
    device: torch.device | None = None,
) -> Iterator[Event]:
    """Train, and say what happens. Goes on where the run folder's checkpoint stands.

    Args:
        keep: called with the averaged network and its figures whenever they are the best so far; writes run.best.

    A loss or gradient that is not finite ends the run with `Stopped`; the last good checkpoint is kept. The order of
    one step is the usual one: forward, loss, backward, clip, step, average.
    """
    device = device or devices.choose()
    precision = devices.fast_precision(device)
    network = network.to(device, memory_format=torch.channels_last).train()
    optimizer = adamw(network, settings)
    average = Average(network, settings.decay)
    done, best = _resume(run, network, average, optimizer)
    steps = settings.schedule.steps

    def record(event: Event) -> Event:
        run.record(event)
        return event

    def save(step: int) -> Saved:
        states = (network.state_dict(), average.network.state_dict(), optimizer.state_dict())
        Checkpoint(step, *states, rng=torch.get_rng_state(), best=best).write(run.last)
        return Saved(step, str(run.last))

    yield record(Started(done, steps, str(device), str(precision).removeprefix("torch.")))
    figures: Mapping[str, float] = {}
    running: Tensor | None = None
    before, clock, clock_step = "", time.perf_counter(), done
    with closing(ahead(task.batch, done, steps, settings.threads)) as batches:
        for step, batch in enumerate(batches, start=done):
            rate = settings.schedule.at(step)
            for group in optimizer.param_groups:
                group["lr"] = rate
            with torch.autocast(device.type, precision) if precision != torch.float32 else nullcontext():
                loss = task.loss(network, batch, device)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            norm = nn.utils.clip_grad_norm_(network.parameters(), settings.clip)
            optimizer.step()
            average.update(network, step)
            running = loss.detach() if running is None else running.lerp(loss.detach(), 0.05)
            done = step + 1
            reporting, validating, saving = (
                done % every == 0 or done == steps
                for every in (settings.report_every, settings.validate_every, settings.save_every)
            )
            if reporting or validating or saving:  # .item() waits for the device, so not at every step
                value, size = running.item(), norm.item()
                if not (math.isfinite(value) and math.isfinite(size)):
                    reason = f"at step {done} the loss is {value}{before}, the gradient {size}, the rate {rate:.2g}"
                    yield record(Stopped(done, f"{reason}. Start again from the last checkpoint with a smaller rate"))
                    return
                before = f" (it was {value:.4g})"
            if reporting:
                now = time.perf_counter()
                speed = task.batch_size * (done - clock_step) / (now - clock)
                clock, clock_step = now, done
                yield record(Stepped(done, value, rate, speed, devices.memory_mb(device)))
            if validating:
                figures = dict(task.validate(average.network, device))
                figure = next(iter(figures.values()))
                if better := figure > best:
                    best = figure
                    keep(average.network, figures)
                yield record(Validated(done, figures, better))
                clock, clock_step = time.perf_counter(), done
            if saving:
                yield record(save(done))
    yield record(Finished(done, figures))


def adamw(network: nn.Module, settings: Settings) -> torch.optim.AdamW:
    """AdamW (arXiv 1711.05101) whose weight decay spares biases and batch norms."""
    matrices = [p for p in network.parameters() if p.ndim > 1 and p.requires_grad]
    vectors = [p for p in network.parameters() if p.ndim <= 1 and p.requires_grad]
    groups = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=settings.schedule.peak, fused=True)


def _resume(
    run: RunFolder, network: nn.Module, average: Average, optimizer: torch.optim.Optimizer
) -> tuple[int, float]:
    """Steps done and the best figure so far."""
    checkpoint = run.checkpoint()
    if checkpoint is None:
        return 0, -math.inf
    network.load_state_dict(checkpoint.network)
    average.network.load_state_dict(checkpoint.average)
    optimizer.load_state_dict(checkpoint.optimizer)
    torch.set_rng_state(checkpoint.rng)
    return checkpoint.step, checkpoint.best
