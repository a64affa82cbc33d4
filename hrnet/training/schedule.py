"""How fast to learn at step i: a pure function of the step, so a resumed run needs nothing but its step."""

from __future__ import annotations

import math
from dataclasses import dataclass


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
