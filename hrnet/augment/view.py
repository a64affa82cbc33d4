"""The steps that move the view: rule, half body, scale, rotation, shift, flip. They change numbers, never pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hrnet.augment.step import Sample
from hrnet.geometry import PADDING, Box, CropRule


@dataclass(frozen=True)
class Under:
    """From here on the sample is cropped by this rule."""

    rule: CropRule

    def draw(self, rng: np.random.Generator, sample: Sample) -> None:
        return None

    def apply(self, sample: Sample, choice: None) -> Sample:
        return replace(sample, rule=self.rule)


@dataclass(frozen=True)
class HalfBody:
    """Look at the upper or the lower half of the body only, so that cut-off people are no surprise.

    Source: half_body_transform in lib/dataset/JointsDataset.py of leoxiaobin/deep-high-resolution-net.pytorch.
    """

    p: float = 0.3
    more_than: int = 8  # labeled joints a person needs
    upper: float = 0.6914625  # a quirk: a normal draw is compared with .5 there, which prefers the upper half
    at_least: int = 3  # joints that make a half worth choosing
    fewest: int = 2
    padding: float = 1.5  # of the tight box of the joints
    extra: float = 0.0  # photo pixels added to that box before; 1 in ilovepose/DarkPose

    def draw(self, rng: np.random.Generator, sample: Sample) -> tuple[int, ...]:
        """The joints to look at; none: the box stays."""
        seen = sample.keypoints[:, 2] > 0
        happens, prefers_upper = rng.random() < self.p, rng.random() < self.upper
        if not happens or seen.sum() <= self.more_than:
            return ()
        upper = [i for i in sample.skeleton.upper_body if seen[i]]
        lower = [i for i in sample.skeleton.lower_body if seen[i]]
        if prefers_upper and len(upper) >= self.at_least:
            chosen = upper
        else:
            chosen = lower if len(lower) >= self.at_least else upper
        return tuple(chosen) if len(chosen) >= self.fewest else ()

    def apply(self, sample: Sample, choice: tuple[int, ...]) -> Sample:
        if not choice:
            return sample
        joints = sample.keypoints[list(choice), :2]
        x, y = joints.mean(axis=0)  # the mean of the joints, not the middle of their box
        # Crop rules pad every box by PADDING; half body wants its own padding instead.
        w, h = np.maximum(np.ptp(joints, axis=0) + self.extra, 1.0) * self.padding / PADDING
        return replace(sample, box=Box(float(x - w / 2), float(y - h / 2), float(w), float(h), sample.box.score))


@dataclass(frozen=True)
class Scale:
    """Nearer and farther: a clipped normal factor on the padded box."""

    spread: float = 0.35  # SCALE_FACTOR for COCO; 0.25 for MPII

    def draw(self, rng: np.random.Generator, sample: Sample) -> float:
        return float(np.clip(rng.normal() * self.spread + 1, 1 - self.spread, 1 + self.spread))

    def apply(self, sample: Sample, choice: float) -> Sample:
        return replace(sample, scale=sample.scale * choice)


@dataclass(frozen=True)
class Rotation:
    """Tilted people and tilted cameras: a clipped normal angle, or none."""

    spread: float = 45.0  # degrees, ROT_FACTOR for COCO; 30 for MPII. Angles reach twice as far.
    p: float = 0.6

    def draw(self, rng: np.random.Generator, sample: Sample) -> float:
        happens, angle = rng.random() < self.p, rng.normal() * self.spread
        return float(np.clip(angle, -2 * self.spread, 2 * self.spread)) if happens else 0.0

    def apply(self, sample: Sample, choice: float) -> Sample:
        return replace(sample, rotation=sample.rotation + choice)


@dataclass(frozen=True)
class Shift:
    """Boxes of a person finder are never perfect: move the view by a part of itself.

    Source: RandomBBoxTransform of open-mmlab/mmpose (0.16 with probability 0.3).
    """

    spread: float = 0.08  # standard deviation, fraction of the padded box
    p: float = 0.3

    def draw(self, rng: np.random.Generator, sample: Sample) -> tuple[float, float]:
        happens = rng.random() < self.p
        x, y = np.clip(rng.normal(size=2), -2, 2) * self.spread
        return (float(x), float(y)) if happens else (0.0, 0.0)

    def apply(self, sample: Sample, choice: tuple[float, float]) -> Sample:
        return replace(sample, shift=(sample.shift[0] + choice[0], sample.shift[1] + choice[1]))


@dataclass(frozen=True)
class HorizontalFlip:
    """Mirror the picture. A left wrist becomes a right wrist, so the rows of paired joints trade places too."""

    p: float = 0.5  # deep-high-resolution-net.pytorch, lib/dataset/JointsDataset.py, line 161

    def draw(self, rng: np.random.Generator, sample: Sample) -> bool:
        return bool(rng.random() < self.p)

    def apply(self, sample: Sample, choice: bool) -> Sample:
        return replace(sample, mirrored=sample.mirrored != choice)
