"""A network in training, with everything that a step changes: optimizer, moving average, scale of the loss."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from hrnet import device as devices
from hrnet.training import optimizer as optimizers
from hrnet.training import parts
from hrnet.training.checkpoint import Checkpoint
from hrnet.training.distributed import Ranks
from hrnet.training.ema import Average
from hrnet.training.look import Look
from hrnet.training.memory import recomputing
from hrnet.training.settings import Settings

SMALLEST_SCALE = 1e-4  # of the loss in fp16; below it no step succeeds any more (fairseq, --min-loss-scale)
RECENT = 0.05  # how much one step weighs in the running mean of the loss

Batch = Any


class Task(Protocol):
    """What is learned: the examples, what a wrong answer costs, and how good the network is by now.

    A task may also have `skipped`, a mapping from files it leaves out to why.
    """

    batch_size: int  # of a step, all processes together

    def batch(self, step: int, rank: int = 0, ranks: int = 1) -> Batch:
        """The rows rank::ranks of one step's examples in numpy: a function of these numbers alone (what is drawn for a
        row depends on the step and its place in the whole batch), called from several threads."""

    def loss(self, network: nn.Module, batch: Batch, device: torch.device) -> Tensor:
        """A scalar, the mean over the examples."""

    def validate(self, network: nn.Module, device: torch.device) -> Look | Mapping[str, float]:
        """Figures; the first one decides which weights are the best so far (larger is better)."""


class Learner(AbstractContextManager):
    """Changes the network it is given, and leaves it trained.

    Raises:
        ValueError: the settings do not fit the network, or the batch cannot be taken in so many equal parts.
    """

    def __init__(self, network: nn.Module, task: Task, settings: Settings, device: torch.device, ranks: Ranks) -> None:
        pieces = ranks.ranks * settings.accumulate
        if task.batch_size % pieces:
            raise ValueError(
                f"a batch of {task.batch_size} cannot be shared by {ranks.ranks} processes in {settings.accumulate} "
                f"equal parts each; take a multiple of {pieces}"
            )
        self.task, self.settings, self.device, self.ranks = task, settings, device, ranks
        self.done, self.best = 0, -math.inf
        self.loss: Tensor | None = None  # running mean
        self.norm: Tensor | None = None  # of the last gradient, before it was clipped
        self.precision = devices.precision(settings.precision, device)
        layout = torch.channels_last if settings.channels_last else torch.contiguous_format
        self.network = network.to(device, memory_format=layout).train()
        if settings.freeze:
            parts.freeze(network, settings.freeze)
        if settings.freeze_statistics:
            parts.freeze_statistics(network)
        self.average = Average(network, settings.decay)
        self.optimizer = optimizers.build(
            network, settings.optimizer, settings.schedule.at(0), settings.weight_decay, settings.factors or None
        )
        self._undo = ExitStack()
        self.module = ranks.spread(network)
        if settings.recompute:
            self._undo.enter_context(recomputing(network))
        if settings.compile:
            self.module = torch.compile(self.module)
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.precision == torch.float16)

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def step(self, batches: Iterable[Batch]) -> None:
        """One step on the parts of one batch. The order is the usual one: forward, loss, backward, clip, step, average.

        What is measured stays on the device: asking for it at every step would wait for it at every step.
        """
        rate = self.settings.schedule.at(self.done)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group.get("factor", 1.0)
        self.optimizer.zero_grad(set_to_none=True)
        pieces, total = self.settings.accumulate, None
        for i, batch in enumerate(batches, start=1):
            with self.ranks.quiet(self.module) if i < pieces else nullcontext():
                with torch.autocast(self.device.type, self.precision, enabled=self.precision != torch.float32):
                    loss = self.task.loss(self.module, batch, self.device) / pieces
                self.scaler.scale(loss).backward()
            total = loss.detach() if total is None else total + loss.detach()
        self.scaler.unscale_(self.optimizer)
        learning = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        self.norm = nn.utils.clip_grad_norm_(learning, self.settings.clip or math.inf)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.average.update(self.network, self.done)
        self.loss = total if self.loss is None else self.loss.lerp(total, RECENT)
        self.done += 1

    def health(self) -> tuple[float, str]:
        """The running mean of the loss, and what is wrong with it or the gradient; waits for the device."""
        loss, norm, scaled = self.loss.item(), self.norm.item(), self.scaler.is_enabled()
        if not math.isfinite(loss) or not (scaled or math.isfinite(norm)):  # scaled steps that overflow are left out
            return loss, f"the loss is {loss}, the gradient {norm}"
        if scaled and self.scaler.get_scale() < SMALLEST_SCALE:
            return loss, f"the gradient overflows in fp16 at any scale of the loss (now {self.scaler.get_scale():.0e})"
        return loss, ""

    def validate(self) -> Look:
        return Look.of(self.task.validate(self.average.network, self.device))

    def checkpoint(self) -> Checkpoint:
        """To be asked for by all processes at once."""
        generators = self.ranks.share(_generators(self.device))
        return Checkpoint(
            self.done,
            self.network.state_dict(),
            self.average.network.state_dict(),
            self.optimizer.state_dict(),
            rng=generators[0]["cpu"],
            best=self.best,
            generators=generators,
            scaler=self.scaler.state_dict(),
            loss=None if self.loss is None else self.loss.item(),
        )

    def resume(self, checkpoint: Checkpoint) -> None:
        """With another number of processes than before, all but the first go on with the random numbers they have."""
        self.done, self.best = checkpoint.step, checkpoint.best
        self.network.load_state_dict(checkpoint.network)
        self.average.network.load_state_dict(checkpoint.average)
        self.optimizer.load_state_dict(checkpoint.optimizer)
        if checkpoint.scaler and self.scaler.is_enabled():
            self.scaler.load_state_dict(checkpoint.scaler)
        if checkpoint.loss is not None:
            self.loss = torch.tensor(checkpoint.loss, device=self.device)
        if len(checkpoint.generators) == self.ranks.ranks:
            mine = checkpoint.generators[self.ranks.rank]
            torch.set_rng_state(mine["cpu"])
            if "cuda" in mine and self.device.type == "cuda":
                torch.cuda.set_rng_state(mine["cuda"], self.device)
        elif self.ranks.first:
            torch.set_rng_state(checkpoint.rng)


def _generators(device: torch.device) -> dict[str, Tensor]:
    on_gpu = {"cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else {}
    return {"cpu": torch.get_rng_state(), **on_gpu}
