"""The view by the rules of the walkthrough port, from which many learn HRNet; they are not the published ones.

Source: pytorch_keypoint/HRNet in WZMIAOMIAO/deep-learning-for-image-processing. It is GPL: facts from there, no code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hrnet.augment.step import Sample
from hrnet.geometry import PADDING, Box


@dataclass(frozen=True)
class WalkthroughHalfBody:
    """Half of the body by a fair coin, however many joints are labeled, and around the middle of their box.

    Unlike `HalfBody`, a half that is too small does not give way to the other: the box stays.
    """

    p: float = 0.3
    more_than: int = 2  # labeled joints the chosen half needs
    larger_than: float = 1.0  # photo pixels, both sides of their box
    padding: float = 1.5  # of the tight box; what `UniformScale` then draws multiplies it

    def draw(self, rng: np.random.Generator, sample: Sample) -> tuple[int, ...]:
        """The joints to look at; none: the box stays."""
        happens, prefers_upper = rng.random() < self.p, rng.random() < 0.5
        half = sample.skeleton.upper_body if prefers_upper else sample.skeleton.lower_body
        chosen = tuple(i for i in half if sample.keypoints[i, 2] > 0)
        if not happens or len(chosen) <= self.more_than:
            return ()
        size = np.ptp(sample.keypoints[list(chosen), :2], axis=0)
        return chosen if size.min() > self.larger_than else ()

    def apply(self, sample: Sample, choice: tuple[int, ...]) -> Sample:
        if not choice:
            return sample
        box = Box.around(sample.keypoints[list(choice)], margin=(self.padding - 1) / 2)
        return replace(sample, box=replace(box, score=sample.box.score))


@dataclass(frozen=True)
class UniformScale:
    """Nearer and farther, where the drawn factor replaces the padding of 1.25 instead of multiplying it. On average
    people fill the crop more than they do at prediction, where the padding is back."""

    low: float = 0.65
    high: float = 1.35

    def draw(self, rng: np.random.Generator, sample: Sample) -> float:
        """The side of the view over that of the box."""
        return float(rng.uniform(self.low, self.high))

    def apply(self, sample: Sample, choice: float) -> Sample:
        return replace(sample, scale=sample.scale * choice / PADDING)


@dataclass(frozen=True)
class WholeDegrees:
    """A tilt of whole degrees, every angle as likely as any other, in every sample."""

    most: int = 45

    def draw(self, rng: np.random.Generator, sample: Sample) -> int:
        return int(rng.integers(-self.most, self.most + 1))

    def apply(self, sample: Sample, choice: int) -> Sample:
        return replace(sample, rotation=sample.rotation + choice)
