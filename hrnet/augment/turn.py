"""Any way round: for subjects that are seen from above."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hrnet.augment.step import Sample


@dataclass(frozen=True)
class Turn:
    """Every direction as likely as any other, unlike `Rotation`, for which upright is the usual one.

    The box stays: give it a square input, or what is long and lying leaves the crop when it stands.
    """

    most: float = 180.0  # degrees to either side

    def draw(self, rng: np.random.Generator, sample: Sample) -> float:
        return float(rng.uniform(-self.most, self.most))

    def apply(self, sample: Sample, choice: float) -> Sample:
        return replace(sample, rotation=sample.rotation + choice)
