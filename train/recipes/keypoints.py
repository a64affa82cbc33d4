"""A pose network on any labeled set: the published settings, fine-tuning, and learning from a teacher."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hrnet import data
from hrnet.augment import presets
from hrnet.data.pose_set import PoseSet
from hrnet.data.sampler import Mixture
from hrnet.geometry import Size
from hrnet.network import HRNet, initialize
from hrnet.spec import W32, ModelSpec
from hrnet.training.distill import Distillation
from hrnet.training.look import NEAR
from hrnet.training.objective import HardJoints, JointMSE, Objective, PerJoint, joint_factors
from hrnet.training.pose import PoseLoss
from hrnet.weights.checkpoint import DARK_KERNEL, Figure, Metadata
from train.recipes.photos import kept, task_for
from train.recipes.recipe import Job, Progress, Recipe

DECODERS = {"rounded": "quarter", "unbiased": "dark", "udp": "udp"}  # what belongs to each kind of target
PCK = f"PCK@{NEAR}"  # in the words of a weights file
OBJECTIVES: Mapping[str, type[Objective]] = {"mse": JointMSE, "hard": HardJoints, "places": PoseLoss}


@dataclass(frozen=True, kw_only=True)
class Keypoints(Recipe):
    """What a training on a set of COCO's, MPII's, CrowdPose's, AP-10K's or one's own form can be told."""

    spec: ModelSpec = W32
    input_size: Size = (256, 192)
    preset: str = "official"  # of hrnet.augment.presets: crop rule, augmentation, targets
    training: str = "train"  # the split that is learned
    judging: str = "val"  # the split that is judged, with the labeled boxes
    keep: str = "photos"  # "crops" for large sets, "stream" where the disk is small, "device" for a GPU with room for
    # all photos: see train.recipes.photos
    loss: str = "mse"  # "hard": of every person's eight hardest joints; "places": as the embedded network learned
    outer: bool = False  # wrists and ankles count 1.5, elbows and knees 1.2
    kernel: int = DARK_KERNEL  # of the decoder's blur
    teacher: str = ""  # weights whose heatmaps are learned beside the labels
    share: float = 0.5  # of the teacher in the loss

    def network(self, job: Job) -> HRNet:
        return initialize(HRNet(self.spec, len(job.judged.joints)))

    def begin(self, tensors: Mapping[str, np.ndarray], metadata: Metadata, job: Job) -> dict[str, np.ndarray]:
        """Everything but the head; of the head the rows of joints with the same name, zeros for those without."""
        taken = {name: value for name, value in tensors.items() if not name.startswith("final_layer.")}
        known = metadata.skeleton.joints if metadata.skeleton else ()
        rows = {place: known.index(joint) for place, joint in enumerate(job.judged.joints) if joint in known}
        for name in ("final_layer.weight", "final_layer.bias") if rows else ():
            head = np.zeros((len(job.judged.joints), *tensors[name].shape[1:]), np.float32)
            head[list(rows)] = tensors[name][list(rows.values())]
            taken[name] = head
        return taken

    def metadata(self, judged: PoseSet) -> Metadata:
        """What weights of this recipe say of themselves, figures aside."""
        preset = self.pipeline
        return Metadata(
            role="pose",
            spec=self.spec,
            skeleton=judged.skeleton,
            input_size=self.input_size,
            rule=preset.rule,
            decoder=DECODERS[preset.kind],
            kernel=self.kernel,
            data=self.called or self.data.name,
            provenance=f"python -m train {self.name}",
        )

    def measured(self, figures: Mapping[str, float], job: Job) -> Metadata:
        where = f"{self.called or self.data.name}, held out ({len(job.judged.photos)} photos)"
        facts = {"data": where, "boxes": "given", "flip": self.flips, "measured": True}
        rows = tuple(
            Figure(
                PCK if metric == "PCK" else metric,
                round(100 * value, 1),
                **facts,
                source=f"python -m train {self.name}",
            )
            for metric, value in figures.items()
            if value >= 0
        )
        return replace(self.metadata(job.judged), figures=rows)

    @property
    def pipeline(self) -> presets.Preset:
        """Raises ValueError where there is no such preset."""
        return presets.named(self.preset)

    def seen(self, preset: presets.Preset, learned: PoseSet) -> presets.Preset:
        """How this recipe shows this set."""
        return preset

    @property
    def flips(self) -> bool:
        """Whether answers are averaged with those to the mirrored crop when the network is judged."""
        return True

    @property
    def decides(self) -> str:
        """The figure by which the best weights are chosen."""
        return "AP"

    def objective(self, poses: PoseSet) -> Objective:
        """Raises ValueError where there is no such loss."""
        if self.loss not in OBJECTIVES:
            raise ValueError(f"there is no loss {self.loss!r}; choose one of {', '.join(OBJECTIVES)}")
        chosen = OBJECTIVES[self.loss]()
        return PerJoint(chosen, joint_factors(poses.skeleton)) if self.outer else chosen

    def sets(self) -> tuple[PoseSet, PoseSet]:
        """What is learned, and what is judged.

        Raises:
            ValueError: the data is not there, or has no such splits.
        """
        return data.read(self.data, split=self.training), data.read(self.data, split=self.judging)

    def job(self, progress: Progress = lambda done, total: None) -> Job:
        learned, judged = self.sets()
        preset, metadata = self.seen(self.pipeline, learned), self.metadata(judged)
        problems = (*data.check(learned), *data.check(judged))
        photos = kept(self.keep, learned, self.cache, self.input_size, progress)
        numbers = usable(learned)
        if not numbers:
            raise ValueError(
                f"nobody in the training part of {self.data} has a labeled joint; there is nothing to learn"
            )
        by_photo = [person.photo for person in learned.samples] if self.keep == "stream" else None
        task: Any = task_for(self.keep)(
            learned,
            photos,
            Mixture([numbers], [1.0], self.batch_size, self.seed, by_photo),
            self.batch_size,
            preset.augment,
            metadata,
            preset.sigma_at(self.input_size),
            preset.kind,
            judge=(judged, kept("photos", judged, self.cache, self.input_size, progress)),
            loss=self.objective(learned),
            seed=self.seed,
            flip=self.flips,
            first=self.decides,
        )
        if self.teacher:
            task = Distillation.of(task, self.teacher, self.share)
        return Job(task, len(numbers), judged, problems)


def usable(poses: PoseSet) -> list[int]:
    """The persons of the published rule: not ignored, with at least one labeled joint and a box."""
    return [number for number, person in enumerate(poses.samples) if not person.ignore and person.labeled]
