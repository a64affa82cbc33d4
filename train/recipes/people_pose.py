"""The pose network that travels with the repository: 17 COCO joints, width 16, the small layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hrnet.augment import presets
from hrnet.data.cache import PhotoCache
from hrnet.data.coco import read_coco
from hrnet.data.joined import joined
from hrnet.data.pose_set import PhotoFile, PoseSet
from hrnet.data.sampler import Mixture
from hrnet.geometry import Size
from hrnet.network import HRNet, initialize
from hrnet.scenes.labeled import draw_set
from hrnet.skeleton import COCO_17
from hrnet.spec import W16_SMALL, ModelSpec
from hrnet.training.distill import Distillation
from hrnet.training.pose import PoseLoss, usable
from hrnet.weights.checkpoint import DARK_KERNEL, Figure, Metadata
from train.recipes.keypoints import DECODERS
from train.recipes.photos import DEVICE, WHOLE, task_for
from train.recipes.recipe import Job, Progress, Recipe

# How much of every batch each source gives, in two ways. `sport` has unusual poses, so no more than a third;
# `coco-train` is small but the only one with COCO's own habits, so it comes around often. `drawn` people have joints no
# annotator can see. Short trainings gain most where most of what they see is like what they are judged on.
SHARES: Mapping[str, Mapping[str, float]] = {
    "wide": {"everyday": 0.43, "sport": 0.29, "coco-train": 0.15, "fashion": 0.05, "gym": 0.05, "drawn": 0.03},
    "near": {"everyday": 0.45, "coco-train": 0.38, "sport": 0.07, "fashion": 0.05, "gym": 0.05},
}


@dataclass(frozen=True, kw_only=True)
class PeoplePose(Recipe):
    """What `python -m train people_pose` can be told. See hrnet/weights/MODELS.md for what it gave."""

    spec: ModelSpec = W16_SMALL
    input_size: Size = (128, 96)
    sigma: float = 0.0  # heatmap pixels; 0 for those of the preset, 1.5 at 128x96
    kernel: int = DARK_KERNEL  # of the decoder's blur, in heatmap pixels
    emphasis: float = 0.0  # see PoseLoss; 10 for the first steps from random weights
    preset: str = "strong"  # of hrnet.augment.presets; "gentle" for trainings of hours
    shares: str = "wide"  # of the sources, see SHARES
    keep: str = ""  # "photos" on the disk, "device" in the memory of a GPU, which makes the crops; "" for what suits
    scenes: int = 800  # drawn, in two minutes; 0 leaves them out
    teacher: str = ""  # weights whose heatmaps are learned beside the labels, see hrnet.training.distill
    share: float = 0.5  # of the teacher in the loss

    def settled(self, device: str = "cpu", cores: int = 1) -> PeoplePose:
        """Raises ValueError where photos are to be kept, or shared, in a way that this recipe does not know."""
        if self.shares not in SHARES:
            raise ValueError(f"there are no shares {self.shares!r}; choose one of {', '.join(SHARES)}")
        if self.keep and self.keep not in WHOLE:
            raise ValueError(f"photos cannot be kept as {self.keep!r} here; choose one of {', '.join(WHOLE)}")
        return replace(self, keep=self.keep or (DEVICE if device == "cuda" else "photos"))

    def network(self, job: Job) -> HRNet:
        return initialize(HRNet(self.spec, len(COCO_17)))

    def begin(self, tensors: Mapping[str, np.ndarray], metadata: Metadata, job: Job) -> dict[str, np.ndarray]:
        """All of them."""
        return dict(tensors)

    @property
    def pipeline(self) -> presets.Preset:
        """Raises ValueError where there is no such preset."""
        return presets.named(self.preset)

    @property
    def metadata(self) -> Metadata:
        """What the shipped weights say of themselves, their figures aside."""
        return Metadata(
            role="pose",
            spec=self.spec,
            skeleton=COCO_17,
            input_size=self.input_size,
            rule=self.pipeline.rule,
            decoder=DECODERS[self.pipeline.kind],
            kernel=self.kernel,
            license="Apache-2.0",
            data="COCO keypoints 2017 (CC BY 4.0), Leeds Sports Pose extended, Stanford 40 Actions and others; see "
            "hrnet/weights/MODELS.md",
            provenance=f"python -m train {self.name}",
        )

    def measured(self, figures: Mapping[str, float], job: Job) -> Metadata:
        """Figures of the validation set; -1 is no figure."""
        facts = {"data": in_words(job.judged), "boxes": "given", "flip": True, "measured": True}
        kept = tuple(
            Figure(metric, round(100 * value, 1), **facts, source=f"python -m train {self.name}")
            for metric, value in figures.items()
            if value >= 0
        )
        return replace(self.metadata, figures=kept)

    def job(self, progress: Progress = lambda done, total: None) -> Job:
        """Read the set, draw its scenes and decode its photos once, and set the task."""
        poses = read_coco(self.data / "people.json.gz")
        training, judged = poses.only(trained_on), poses.split("val")
        shares = dict(SHARES[self.shares])
        if self.scenes and "drawn" in shares:
            drawn = draw_set(self.cache / f"drawn-{self.scenes}-{self.seed}", self.scenes, self.seed, progress=progress)
            training = joined(training, drawn.split("train"))
        else:
            shares.pop("drawn", None)
        photos = PhotoCache.of(training.photos, self.cache, progress)
        judge = PhotoCache.of(judged.photos, self.cache, progress)
        sources = [usable(training, photos, source) for source in shares]
        task: Any = task_for(self.keep)(
            training,
            photos,
            Mixture(sources, list(shares.values()), self.batch_size, self.seed),
            self.batch_size,
            self.pipeline.augment,
            self.metadata,
            self.sigma or self.pipeline.sigma_at(self.input_size),
            self.pipeline.kind,
            judge=(judged, judge),
            loss=PoseLoss(emphasis=self.emphasis),
            seed=self.seed,
        )
        if self.teacher:
            task = Distillation.of(task, self.teacher, self.share, PoseLoss(place=0.0, absent=0.0))
        return Job(task, sum(map(len, sources)), judged, problems_of(training, photos))


def problems_of(poses: PoseSet, photos: PhotoCache) -> tuple[str, ...]:
    """One line for each kind of thing that was wrong with the labels, and one for photos that cannot be read."""
    lines = [f"labels left out: {problem}" for problem in poses.problems]
    for file, reason in list(photos.broken.items())[:1]:
        lines.append(f"photos left out: {len(photos.broken)} cannot be read, first {file} ({reason})")
    return tuple(lines)


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
