"""How to learn, whatever is learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hrnet.device import PRECISIONS
from hrnet.training.schedule import Schedule


class Rates(Protocol):
    """A schedule: see `hrnet.training.schedule`."""

    steps: int

    def at(self, step: int) -> float:
        """The learning rate of step `step`, counted from 0."""


@dataclass(frozen=True)
class Settings:
    """Everything but the task and the network.

    precision: of `hrnet.device.precision`. With fp16 the loss is scaled, and the scale is part of the checkpoint.
    accumulate: parts in which each process takes its share of a batch, one after another; their gradients add up to
        those of the whole (arXiv 1706.02677, section 3). Less memory, the same batch; only batch norms see less of it.
    recompute: keep no activations inside of exchange units and blocks for the backward pass, but compute them again
        (arXiv 1604.06174): less memory, one more forward pass in every step, the same numbers.
    freeze, factors: parts of the network by name, see `hrnet.training.parts`.

    Raises:
        ValueError: something would happen every 0 steps, be done by no thread, or make no sense.
    """

    schedule: Rates | Schedule
    optimizer: str = "adamw"  # see hrnet.training.optimizer
    weight_decay: float | None = 0.01  # None: the usual one of the optimizer
    factors: Mapping[str, float] = field(default_factory=dict)  # of the learning rate, by part
    freeze: tuple[str, ...] = ()
    freeze_statistics: bool = False  # of all batch norms
    decay: float = 0.998  # of the moving average of the weights; 0 for none
    clip: float | None = 5.0  # largest gradient norm
    precision: str = "auto"
    accumulate: int = 1
    recompute: bool = False
    channels_last: bool = True  # 1.3 times as fast in float32 on a CPU, needed for the speed of bf16
    compile: bool = False  # minutes before the first step; worth it in long runs on a GPU
    validate_every: int = 1000  # steps
    save_every: int = 200
    report_every: int = 20
    threads: int = 2  # that make batches

    def __post_init__(self) -> None:
        for name in ("validate_every", "save_every", "report_every", "threads", "accumulate"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is a number from 1, got {getattr(self, name)}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"there is no precision {self.precision!r}; choose one of {', '.join(PRECISIONS)}")
        if not 0 <= self.decay < 1:
            raise ValueError(f"the average's decay is a number from 0 to below 1, got {self.decay}")
        if self.clip is not None and self.clip <= 0:
            raise ValueError(f"the largest gradient norm is above 0, or None for any, got {self.clip}")
