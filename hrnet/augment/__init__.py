"""From a photo and a labeled person to a training example, step by step."""

from hrnet.augment import presets
from hrnet.augment.camera import Color, Jpeg, MotionBlur, Noise
from hrnet.augment.occlusion import LimbOcclusion
from hrnet.augment.pixels import CoarseDropout, Light, LowResolution, Warp
from hrnet.augment.presets import PRESETS, Preset
from hrnet.augment.step import Compose, Fixed, Sample, Step, Traced
from hrnet.augment.target import LabelWeights, Normalize, Target, ToTensor
from hrnet.augment.view import HalfBody, HorizontalFlip, Rotation, Scale, Shift, Under
from hrnet.augment.walkthrough import UniformScale, WalkthroughHalfBody, WholeDegrees

__all__ = [
    "PRESETS",
    "CoarseDropout",
    "Color",
    "Compose",
    "Fixed",
    "HalfBody",
    "HorizontalFlip",
    "Jpeg",
    "LabelWeights",
    "Light",
    "LimbOcclusion",
    "LowResolution",
    "MotionBlur",
    "Noise",
    "Normalize",
    "Preset",
    "Rotation",
    "Sample",
    "Scale",
    "Shift",
    "Step",
    "Target",
    "ToTensor",
    "Traced",
    "Under",
    "UniformScale",
    "WalkthroughHalfBody",
    "Warp",
    "WholeDegrees",
    "presets",
]
