"""How fast to learn at step i: a pure function of the step, so a resumed run needs nothing but its step.

    Schedule(2e-3, steps)                                                   # warm-up, plateau, cosine
    StepSchedule.published(samples=149_813, batch=128)                      # the official code's
    WarmUp(Schedule(3e-4, steps, warmup=0), first_epoch(samples, batch))    # the walkthrough's warm-up, cosine to 1e-6

Whatever has `steps`, `peak` and `at(step)` is a schedule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol


class LearningRates(Protocol):
    """What a training needs of a schedule: how long it lasts, its highest rate, and the rate of every step."""

    @property
    def steps(self) -> int: ...

    @property
    def peak(self) -> float: ...

    def at(self, step: int) -> float:
        """The learning rate of step `step`, counted from 0."""


@dataclass(frozen=True)
class Schedule:
    """A linear warm-up to the peak, a plateau, and a cosine down to the floor.

    With `decay_from` 0 there is no plateau: the usual cosine. With a plateau a run can be lengthened afterward from a
    checkpoint before the descent (arXiv 2404.06395, section 4).

    Raises:
        ValueError: the numbers do not make a schedule.
    """

    peak: float
    steps: int
    warmup: int = 200  # steps
    decay_from: float = 0.0  # fraction of the steps at which the descent begins
    floor: float = 1e-6

    def __post_init__(self) -> None:
        if self.steps < 1 or self.peak <= 0 or not 0 <= self.decay_from < 1 or self.warmup < 0:
            raise ValueError(f"a schedule needs steps, a peak above 0 and a descent that begins before 1, got {self}")

    def at(self, step: int) -> float:
        """The learning rate of step `step`, counted from 0."""
        begin = self.decay_from * self.steps
        progress = min(1.0, max(0.0, (step - begin) / (self.steps - begin)))
        down = self.floor + (self.peak - self.floor) * (1 + math.cos(math.pi * progress)) / 2
        return down * min(1.0, (step + 1) / (self.warmup + 1))


@dataclass(frozen=True)
class StepSchedule:
    """The peak, times `factor` from each of the `drops` on: torch's MultiStepLR, asked once a step.

    Raises:
        ValueError: the numbers do not make a schedule.
    """

    peak: float
    steps: int
    drops: tuple[int, ...]  # steps, counted from 0: the first ones of the lower rate
    factor: float = 0.1

    def __post_init__(self) -> None:
        rising = all(one < other for one, other in zip(self.drops, self.drops[1:], strict=False))
        if self.steps < 1 or self.peak <= 0 or not 0 < self.factor <= 1 or not rising or min(self.drops, default=1) < 1:
            raise ValueError(f"a schedule needs steps, a peak above 0 and rising drops from step 1, got {self}")

    def at(self, step: int) -> float:
        """The learning rate of step `step`, counted from 0."""
        return self.peak * self.factor ** sum(step >= drop for drop in self.drops)

    @classmethod
    def published(cls, samples: int, batch: int, peak: float = 1e-3, *, early: bool = False) -> StepSchedule:
        """Times .1 at epochs 170 and 200 of 210: every HRNet config of leoxiaobin/deep-high-resolution-net.pytorch.

        Args:
            samples: instances of the training set (149,813 in COCO train2017).
            batch: the global one; published: 4 GPUs with 32 each, 24 for W48 at 384x288.
            early: drop at 169 and 199. A quirk: tools/train.py steps its scheduler before the epoch, which from PyTorch
                1.1 on lowers the rate one epoch early, so that is what the code does today.
        """
        drops = (169, 199) if early else (170, 200)
        return cls(peak, epochs(210, samples, batch), tuple(epochs(drop, samples, batch) for drop in drops))


@dataclass(frozen=True)
class WarmUp:
    """Another schedule whose first rates are multiplied by a line from `start` up to 1: torch's LinearLR.

    mmpose: 500 steps. The walkthrough: min(1000, n - 1) steps, n those of the first epoch, see `first_epoch`.

    Raises:
        ValueError: the numbers do not make a warm-up.
    """

    schedule: LearningRates
    warmup: int  # the step that has the full rate; 0 is no warm-up
    start: float = 1e-3  # of the full rate, at step 0

    def __post_init__(self) -> None:
        if self.warmup < 0 or not 0 < self.start <= 1:
            raise ValueError(f"a warm-up needs steps from 0 and a start above 0 and up to 1, got {self}")

    @property
    def steps(self) -> int:
        return self.schedule.steps

    @property
    def peak(self) -> float:
        return self.schedule.peak

    def at(self, step: int) -> float:
        """The learning rate of step `step`, counted from 0."""
        passed = min(1.0, step / self.warmup) if self.warmup else 1.0
        return self.schedule.at(step) * (self.start + (1 - self.start) * passed)


def epochs(count: int, samples: int, batch: int) -> int:
    """The steps of so many epochs, the last and smaller batch of each counted as the published loaders count it.

    Raises:
        ValueError: there are no epochs, samples or batch.
    """
    if min(count, samples, batch) < 1:
        raise ValueError(f"epochs, samples and batch are numbers from 1, got {count}, {samples} and {batch}")
    return count * math.ceil(samples / batch)


def first_epoch(samples: int, batch: int, most: int = 1000) -> int:
    """The walkthrough's steps of warm-up: the first epoch less one, but at most 1000."""
    return min(most, epochs(1, samples, batch) - 1)
