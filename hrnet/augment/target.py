"""What the network should answer, how much each label counts, and the pixels as numbers to learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hrnet import heatmap
from hrnet.augment.step import Sample
from hrnet.weights.checkpoint import IMAGENET_MEAN, IMAGENET_STD


@dataclass(frozen=True)
class LabelWeights:
    """Some labels count more than others. It changes `confidence`, which every way to a target multiplies in.

    Source, joint: USE_DIFFERENT_JOINTS_WEIGHT of leoxiaobin/deep-high-resolution-net.pytorch, off in all its published
    settings; its loss multiplies both maps by the weight, which therefore acts squared. visibility: a quirk of the
    walkthrough port, where an occluded joint counts 1 and a visible one 2.
    """

    joint: bool = True  # by Skeleton.weights: elbows and knees 1.2, wrists and ankles 1.5
    visibility: bool = False  # by the third column of the labels

    def draw(self, rng: np.random.Generator, sample: Sample) -> None:
        return None

    def apply(self, sample: Sample, choice: None) -> Sample:
        factors = np.ones(len(sample.skeleton), np.float32)
        if self.joint:
            factors *= np.array(sample.skeleton.weights, np.float32)
        if self.visibility:
            factors *= sample.keypoints[:, 2]
        return replace(sample, confidence=(sample.confidence * factors).astype(np.float32))


@dataclass(frozen=True)
class Target:
    """One heatmap per joint with a Gaussian where the joint is, and how much each one counts."""

    sigma: float = 2.0  # heatmap pixels; 3 at 384x288
    kind: str = "rounded"
    empty: bool = True  # keep the weight of an empty map where `heatmap.encode` does; the walkthrough port does not

    def draw(self, rng: np.random.Generator, sample: Sample) -> None:
        return None

    def apply(self, sample: Sample, choice: None) -> Sample:
        target, weights = heatmap.encode(sample.crop_keypoints, sample.input_size, self.sigma, self.kind)
        if not self.empty:
            weights = weights * target.any(axis=(1, 2))
        return replace(sample, target=target, weights=(weights * sample.crop_confidence).astype(np.float32))


@dataclass(frozen=True)
class ToTensor:
    """Gray levels become numbers from 0 to 1, and the channels come first."""

    def draw(self, rng: np.random.Generator, sample: Sample) -> None:
        return None

    def apply(self, sample: Sample, choice: None) -> Sample:
        return replace(sample, tensor=sample.crop.transpose(2, 0, 1) / np.float32(255))


@dataclass(frozen=True)
class Normalize:
    """Every channel around 0 with a spread of about 1, as the pretrained layers expect it.

    `hrnet.augment.batch.normalize` does both in one pass for a whole batch on the device.
    """

    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD

    def draw(self, rng: np.random.Generator, sample: Sample) -> None:
        return None

    def apply(self, sample: Sample, choice: None) -> Sample:
        mean, std = (np.array(values, np.float32)[:, None, None] for values in (self.mean, self.std))
        return replace(sample, tensor=(sample.tensor - mean) / std)
