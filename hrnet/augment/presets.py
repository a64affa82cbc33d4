"""Whole pipelines: everything that decides a training input, by the name of where it comes from.

    presets.official.trace(sample, seed=0)                   # every state from a labeled person to tensor and target
    presets.official(sample, rng)                            # the last of them
    PoseTask(..., steps=presets.official.augment, ...)       # the device does what follows the crop

The published pipelines mirror the photo before they crop it, here the crop is mirrored, which is the same map: exactly
under UDP and WALKTHROUGH, and one pixel to the side, labels included, under OFFICIAL. Draws have the published
distributions; the random numbers behind them are numpy's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hrnet.augment.pixels import CoarseDropout, Light, LowResolution, Warp
from hrnet.augment.step import Compose, Sample, Traced
from hrnet.augment.target import LabelWeights, Normalize, Target, ToTensor
from hrnet.augment.view import HalfBody, HorizontalFlip, Rotation, Scale, Shift, Under
from hrnet.augment.walkthrough import UniformScale, WalkthroughHalfBody, WholeDegrees
from hrnet.geometry import OFFICIAL, UDP, WALKTHROUGH, CropRule, Size

ROWS = 256  # of the input that `Preset.sigma` is stated for


@dataclass(frozen=True)
class Preset:
    """One way from a labeled person to a training example.

    sigma: of the targets, in heatmap pixels, for an input of 256 rows; other inputs have it in proportion. So the
        published 2 (256x192 and 256x256) and 3 (384x288) are one value, and so is DarkPose's 1 at 128x96.
    """

    name: str
    rule: CropRule
    augment: Compose  # from the photo to the uint8 crop
    kind: str  # of the targets, see hrnet.heatmap.encode
    sigma: float
    source: str
    empty: bool = True  # see Target

    def sigma_at(self, input_size: Size) -> float:
        """Heatmap pixels, for an input of (height, width)."""
        return self.sigma * input_size[0] / ROWS

    def compose(self, input_size: Size) -> Compose:
        """All steps for inputs of (height, width), the crop rule first and the normalized tensor last."""
        target = Target(self.sigma_at(input_size), self.kind, self.empty)
        return Compose((Under(self.rule), *self.augment.steps, target, ToTensor(), Normalize()))

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Sample:
        return self.compose(sample.input_size)(sample, rng)

    def trace(self, sample: Sample, seed: int | Sequence[int]) -> list[Traced]:
        """Every state on the way, see `Compose.trace`."""
        return self.compose(sample.input_size).trace(sample, seed)


official = Preset(
    "official",
    OFFICIAL,
    Compose((HalfBody(), Scale(0.35), Rotation(45), HorizontalFlip(), Warp())),
    kind="rounded",
    sigma=2.0,
    source="leoxiaobin/deep-high-resolution-net.pytorch, experiments/coco/hrnet and lib/dataset/JointsDataset.py",
)

official_mpii = replace(
    official,
    name="official_mpii",
    augment=Compose((Scale(0.25), Rotation(30), HorizontalFlip(), Warp())),  # PROB_HALF_BODY is -1.0 there
    source="leoxiaobin/deep-high-resolution-net.pytorch, experiments/mpii/hrnet",
)

udp = replace(
    official,
    name="udp",
    rule=UDP,  # turns the other way; the angles are symmetric
    kind="udp",
    source="HuangJunJie2017/UDP-Pose, folder deep-high-resolution-net.pytorch, target type gaussian",
)

# DarkPose's own crop, (W - 1) / (box - 1), is not built: the DARK weights that can be had are mmpose's, which keep the
# official one. Targets and half body are DarkPose's.
dark = replace(
    official,
    name="dark",
    augment=Compose((HalfBody(extra=1.0), Scale(0.35), Rotation(45), HorizontalFlip(), Warp())),
    kind="unbiased",
    source="ilovepose/DarkPose, lib/dataset/JointsDataset.py; the crop as in hrnet_dark of open-mmlab/mmpose",
)

dark_mpii = replace(official_mpii, name="dark_mpii", kind="unbiased", source=dark.source)

walkthrough = Preset(
    "walkthrough",
    WALKTHROUGH,
    Compose(
        (
            LabelWeights(joint=True, visibility=True),
            WalkthroughHalfBody(),
            UniformScale(),
            WholeDegrees(),
            HorizontalFlip(),
            Warp(),
        )
    ),
    kind="rounded",
    sigma=2.0,
    empty=False,
    source="WZMIAOMIAO/deep-learning-for-image-processing, pytorch_keypoint/HRNet/transforms.py and train.py",
)

# The weights that mmpose publishes for these two sets were trained before its version 1, which draws differently.
crowdpose = replace(
    official,
    name="crowdpose",
    augment=Compose((HalfBody(more_than=6), Scale(0.5), Rotation(40), HorizontalFlip(), Warp())),
    source="open-mmlab/mmpose v0.29.0, topdown_heatmap/crowdpose/hrnet_w32_crowdpose_256x192.py",
)

ap10k = replace(
    crowdpose,
    name="ap10k",
    augment=Compose((HalfBody(), Scale(0.5), Rotation(40), HorizontalFlip(), Warp())),
    source="open-mmlab/mmpose v0.29.0, topdown_heatmap/ap10k/hrnet_w32_ap10k_256x256.py",
)

# For few and mixed photos: what the network that travels with this project was trained with (hrnet/weights/MODELS.md).
strong = Preset(
    "strong",
    UDP,
    Compose(
        (
            HalfBody(),
            Scale(),
            Rotation(spread=35),
            Shift(),
            HorizontalFlip(),
            Warp(),
            Light(),
            LowResolution(),
            CoarseDropout(),
        )
    ),
    kind="udp",
    sigma=3.0,  # 1.5 at 128x96, from which the recipe starts
    source="python -m train people_pose",
)

# For trainings of hours, not days: a network that has seen 200,000 crops has not learned by heart what the strong steps
# are to keep it from learning by heart (train/NOTES.md).
gentle = replace(
    strong,
    name="gentle",
    augment=Compose(
        (
            HalfBody(p=0.1),
            Scale(0.25),
            Rotation(spread=15, p=0.4),
            Shift(),
            HorizontalFlip(),
            Warp(),
            Light(p=0.4, contrast=0.2, brightness=0.1),
        )
    ),
    source="python -m train people_pose --set preset=gentle",
)

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (official, official_mpii, udp, dark, dark_mpii, walkthrough, crowdpose, ap10k, strong, gentle)
}


def named(name: str) -> Preset:
    """Raises ValueError where there is no such preset."""
    if name not in PRESETS:
        raise ValueError(f"there is no preset {name!r}; choose one of {', '.join(PRESETS)}")
    return PRESETS[name]
