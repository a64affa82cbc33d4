"""Batches whose crops are made on the device: the host only draws, and gathers the pixels to sample from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hrnet.augment import Compose, Fixed, Light, Sample, Step, Warp
from hrnet.data.crops import PersonCrops
from hrnet.data.source import Source

NO_LIGHT = (1.0, 0.0, 1.0, 1.0, 1.0, 0.0)  # see hrnet.augment.batch.light


def has_warp(steps: Compose) -> bool:
    return any(isinstance(_meant(step), Warp) for step in steps.steps)


def must_suit(photos: Source, steps: Compose) -> None:
    """Raises ValueError where the device cannot do what comes after the Warp, or would have to be sent whole photos."""
    if not isinstance(photos, PersonCrops):
        raise ValueError(
            f"the device warps out of crops with a margin, got {type(photos).__name__}; keep PersonCrops, "
            "or warp on the host"
        )
    kinds = [type(_meant(step)) for step in steps.steps]
    after = kinds[kinds.index(Warp) + 1 :]
    if after not in ([], [Light]):
        names = ", ".join(kind.__name__ for kind in after)
        raise ValueError(f"after the Warp the device can do one Light and nothing else, got {names}; warp on the host")


def viewed(steps: Compose, sample: Sample, rng: np.random.Generator) -> tuple[Sample, tuple[float, ...]]:
    """The sample before its Warp, and its light; drawn as `steps(sample, rng)` draws."""
    lit = NO_LIGHT
    for step in steps.steps:
        choice = step.draw(rng, sample)
        if isinstance(_meant(step), Light):
            contrast, brightness, channels, gray = choice
            lit = (contrast, brightness, *channels, float(gray))
        elif not isinstance(_meant(step), Warp):
            sample = step.apply(sample, choice)
    return sample, lit


def padded(pictures: Sequence[np.ndarray], fill: int) -> np.ndarray:
    """uint8 (N, H, W, 3): pictures of any sizes in the upper left corners of the largest sides."""
    height, width = (max(picture.shape[side] for picture in pictures) for side in (0, 1))
    made = np.empty((len(pictures), height, width, 3), np.uint8)
    for place, picture in zip(made, pictures, strict=True):
        h, w = picture.shape[:2]
        place[:h, :w] = picture
        place[h:] = fill
        place[:h, w:] = fill
    return made


def _meant(step: Step) -> Step:
    return step.step if isinstance(step, Fixed) else step
