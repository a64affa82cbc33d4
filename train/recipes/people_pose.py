"""The pose network that travels with the repository: 17 COCO joints, width 16, the small layout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hrnet.augment import (
    CoarseDropout,
    Compose,
    HalfBody,
    HorizontalFlip,
    Light,
    LowResolution,
    Rotation,
    Scale,
    Shift,
    Warp,
)
from hrnet.data.cache import PhotoCache
from hrnet.data.coco import read_coco
from hrnet.data.pose_set import PhotoFile, PoseSet
from hrnet.data.sampler import Mixture
from hrnet.geometry import UDP, Size
from hrnet.network import HRNet, initialize
from hrnet.skeleton import COCO_17
from hrnet.spec import W16_SMALL, ModelSpec
from hrnet.training.pose import PoseLoss, PoseTask, usable
from hrnet.weights.checkpoint import Figure, Metadata

# How much of every batch each source gives. `sport` has unusual poses, so no more than a third; `coco-train` is small
# but the only one with COCO's own habits, so it comes around often.
SHARES = {"everyday": 0.45, "sport": 0.3, "coco-train": 0.15, "fashion": 0.05, "gym": 0.05}

KERNEL = 7  # the decoder's blur, in heatmap pixels: small maps want a small one

STEPS = Compose(
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
)


@dataclass(frozen=True)
class PeoplePose:
    """What `python -m train people_pose` can be told. See hrnet/weights/MODELS.md for what it gave."""

    data: Path  # the people set: people.json.gz and its archives
    cache: Path  # where decoded photos are kept, 5 GB
    spec: ModelSpec = W16_SMALL
    input_size: Size = (128, 96)
    batch_size: int = 24
    sigma: float = 1.5  # heatmap pixels; the published 2 belongs to 256x192
    emphasis: float = 0.0  # see PoseLoss; 10 for the first steps from random weights
    seed: int = 1

    def start(self, tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Weights to begin with, from a weights file: all of them."""
        return dict(tensors)

    def network(self) -> HRNet:
        """Before the first step."""
        return initialize(HRNet(self.spec, len(COCO_17)))

    @property
    def metadata(self) -> Metadata:
        """What the shipped weights say of themselves, their figures aside."""
        return Metadata(
            role="pose",
            spec=self.spec,
            skeleton=COCO_17,
            input_size=self.input_size,
            rule=UDP,
            decoder="udp",
            kernel=KERNEL,
            license="Apache-2.0",
            data="COCO keypoints 2017 (CC BY 4.0), Leeds Sports Pose extended, Stanford 40 Actions and others; "
            "see hrnet/weights/MODELS.md",
            provenance="python -m train people_pose",
        )

    def measured(self, found: Mapping[str, float], judged: PoseSet) -> Metadata:
        """The metadata of weights that gave these figures on the validation set; -1 is no figure."""
        facts = {"data": in_words(judged), "boxes": "given", "flip": True, "measured": True}
        figures = tuple(
            Figure(metric, round(100 * value, 1), **facts, source="python -m train people_pose")
            for metric, value in found.items()
            if value >= 0
        )
        return replace(self.metadata, figures=figures)

    def task(self, progress: Callable[[int, int], None] = lambda done, total: None) -> PoseTask:
        """Read the set, decode its photos once, and set the task."""
        poses = read_coco(self.data / "people.json.gz")
        training, judged = poses.only(trained_on), poses.split("val")
        photos = PhotoCache.of(training.photos, self.cache, progress)
        judge = PhotoCache.of(judged.photos, self.cache, progress)
        sources = [usable(training, photos, source) for source in SHARES]
        mixture = Mixture(sources, list(SHARES.values()), self.batch_size, self.seed)
        return PoseTask(
            training,
            photos,
            mixture,
            self.batch_size,
            STEPS,
            self.metadata,
            self.sigma,
            "udp",
            judge=(judged, judge),
            loss=PoseLoss(emphasis=self.emphasis),
            seed=self.seed,
        )


def trained_on(photo: PhotoFile) -> bool:
    """The training split, less the photos that judge the person finder's precision."""
    return photo.split == "train" and not held_out(photo)


def in_words(judged: PoseSet) -> str:
    """Which photos a figure was measured on."""
    coco = {photo.source for photo in judged.photos} == {"coco-val"}
    return f"val ({len(judged.photos)} {'COCO photos' if coco else 'photos'})"


def held_out(photo: PhotoFile) -> bool:
    """Every tenth photo of the two sources that list every person (or have none): for the finder's precision."""
    return photo.source in ("everyday", "nobody") and photo.id % 10 == 0
