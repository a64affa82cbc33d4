"""From a photo and a labeled person to a training example, step by step."""

from hrnet.augment.pixels import CoarseDropout, Light, LowResolution, Warp
from hrnet.augment.step import Compose, Sample, Step, Traced
from hrnet.augment.target import Target
from hrnet.augment.view import HalfBody, HorizontalFlip, Rotation, Scale, Shift

__all__ = [
    "CoarseDropout",
    "Compose",
    "HalfBody",
    "HorizontalFlip",
    "Light",
    "LowResolution",
    "Rotation",
    "Sample",
    "Scale",
    "Shift",
    "Step",
    "Target",
    "Traced",
    "Warp",
]
