"""The One-Euro filter: calm where a joint rests, prompt where it moves.

Source: Casiez, Roussel and Vogel, "1 Euro Filter", CHI 2012 (doi 10.1145/2207676.2208639), section 3. With T seconds
between two samples and the cutoff frequency c in hertz, alpha(c) = 1 / (1 + tau / T), tau = 1 / (2 pi c):

    speed = low-pass of (x - last x filtered) / T, with the cutoff SPEED_CUTOFF
    x filtered = low-pass of x, with the cutoff MIN_CUTOFF + BETA |speed|

where a low-pass is alpha * new + (1 - alpha) * last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hrnet.metrics.similarity import COUNTED_SCORE
from hrnet.person import Person

MIN_CUTOFF = 1.0  # Hz, of a joint at rest: the paper's own start, section 4
SPEED_CUTOFF = 1.0  # Hz: the paper's fixed value, section 3
# Hz per (person's size per second), tuned as section 4 says: raised until motion no longer lagged. With a jitter of .01
# of the size, rest trembles .53 as much, and who walks half a size per second is no farther off than unfiltered.
BETA = 20.0


@dataclass(frozen=True)
class OneEuro:
    """One filter for many numbers at once; each may begin anew.

    beta: Hz per unit of `x` per second.
    """

    min_cutoff: float = MIN_CUTOFF
    beta: float = BETA
    speed_cutoff: float = SPEED_CUTOFF

    def __call__(
        self, x: np.ndarray, last: np.ndarray, last_speed: np.ndarray, seconds: float, scale: float = 1.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """One step.

        Args:
            x: (..., 2) new places. last, last_speed: what the step before gave, of the same shape.
            seconds: since then, above 0.
            scale: the length that counts as 1 in a speed.
        Returns:
            the filtered places, and the filtered speed in units of `scale` per second, along each axis.
        """
        speed = _low_pass((x - last) / (seconds * scale), last_speed, self.speed_cutoff, seconds)
        along = np.linalg.norm(speed, axis=-1, keepdims=True)  # one cutoff for both axes: a diagonal is not bent
        return _low_pass(x, last, self.min_cutoff + self.beta * along, seconds), speed


def _low_pass(new: np.ndarray, last: np.ndarray, cutoff: float | np.ndarray, seconds: float) -> np.ndarray:
    alpha = 1 / (1 + 1 / (2 * np.pi * cutoff * seconds))
    return alpha * new + (1 - alpha) * last


@dataclass(frozen=True, eq=False)
class _State:
    time: float
    places: np.ndarray  # (K, 2)
    speed: np.ndarray  # (K, 2), person's sizes per second
    seen: np.ndarray  # (K,) bool


class Smoother:
    """Smooths the joints of people with ids, by the times of the frames.

    A joint begins anew, exactly where the network saw it, after a frame in which it or its person was not there: its
    score was not above `threshold`. Scores and boxes stay as they are.
    """

    def __init__(self, one_euro: OneEuro | None = None, threshold: float = COUNTED_SCORE) -> None:
        self.one_euro, self.threshold = one_euro or OneEuro(), threshold
        self._states: dict[int, _State] = {}

    def __call__(self, people: list[Person], time: float) -> list[Person]:
        """The same people with smoothed keypoints.

        Args:
            people: those of one frame, each with its id.
            time: of the frame in seconds, later than that of the call before.
        """
        before, self._states = self._states, {}
        smoothed = []
        for person in people:
            state = self._step(person, time, before.get(person.id))
            self._states[person.id] = state
            keypoints = np.column_stack([state.places, person.keypoints[:, 2]]).astype(np.float32)
            smoothed.append(replace(person, keypoints=keypoints))
        return smoothed

    def _step(self, person: Person, time: float, last: _State | None) -> _State:
        places = person.keypoints[:, :2].astype(np.float64)
        seen = person.keypoints[:, 2] > self.threshold
        if last is None:
            return _State(time, places, np.zeros_like(places), seen)
        size = float(np.sqrt(person.box.area))
        filtered, speed = self.one_euro(places, last.places, last.speed, time - last.time, size)
        goes_on = (seen & last.seen)[:, None]
        return _State(time, np.where(goes_on, filtered, places), np.where(goes_on, speed, 0.0), seen)
