"""The last step: what the network should answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hrnet import heatmap
from hrnet.augment.step import Sample


@dataclass(frozen=True)
class Target:
    """One heatmap per joint with a Gaussian where the joint is, and how much each one counts."""

    sigma: float = 2.0  # heatmap pixels; 3 at 384x288
    kind: str = "rounded"

    def draw(self, rng: np.random.Generator, sample: Sample) -> None:
        return None

    def apply(self, sample: Sample, choice: None) -> Sample:
        target, weights = heatmap.encode(sample.crop_keypoints, sample.input_size, self.sigma, self.kind)
        return replace(sample, target=target, weights=weights * sample.crop_confidence)
