"""How quickly a training goes, and how long it will take."""

from __future__ import annotations

import time

from hrnet import device as devices
from hrnet.training.events import Stepped
from hrnet.training.learner import Learner


class Pace:
    """Started when the training starts, or goes on."""

    def __init__(self, learner: Learner) -> None:
        self._learner, self._start, self._began = learner, learner.done, time.perf_counter()
        self.pause()

    def pause(self) -> None:
        """Samples per second count from here: what went before was no training."""
        self._clock, self._step = time.perf_counter(), self._learner.done

    def report(self, loss: float) -> Stepped:
        learner, now = self._learner, time.perf_counter()
        done, schedule = learner.done, learner.settings.schedule
        speed = learner.task.batch_size * (done - self._step) / (now - self._clock)
        each = (now - self._began) / (done - self._start)  # seconds; validations and saving included
        self.pause()
        rate, memory = schedule.at(done - 1), devices.memory_mb(learner.device)
        return Stepped(done, loss, rate, speed, memory, each * (schedule.steps - done))
