"""Learning from a larger network too: its heatmaps are a second answer to every crop (Fast Human Pose Estimation)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from hrnet import weights
from hrnet.engine.torch_engine import filled, fold
from hrnet.training.look import Look
from hrnet.training.objective import JointMSE, Objective
from hrnet.training.pose import PoseTask
from hrnet.weights.checkpoint import Metadata


class Distillation:
    """A task whose network learns the labels of another task, and what a teacher answers to the same crops.

        cost = (1 - share) * task.cost(output, labels) + share * objective(output, the teacher's heatmaps)

    The teacher says something about every joint, labeled or not, and how sure it is: a low or a double peak is an
    answer no label gives. All its joints weigh 1, as in the paper; the code of the same authors takes the weights of
    the labels.

        task = Distillation.of(task, "coco-w48-256x192")

    Args:
        task: batches, labels and validation are its.
        teacher: gives raw heatmaps (N, K, h, w), as large as those of the network that learns. It is put into the mode
            of prediction and keeps its weights; it runs in the precision (autocast) of the training step.
        metadata: what the teacher's crops must be like.
        share: of the teacher in the cost, from 0 to 1; KD.ALPHA in lib/config/default.py of
            ilovepose/fast-human-pose-estimation.pytorch.
        objective: what deviating from the teacher costs. It must be on the scale of the task's own loss: beside a
            PoseLoss of height 300, `PoseLoss(height=300, place=0, absent=0)`.
    Raises:
        ValueError: the teacher knows other joints, or its crops are prepared in another way.
    Source: arXiv 1811.05419, section 3.2.
    """

    def __init__(
        self,
        task: PoseTask,
        teacher: nn.Module,
        metadata: Metadata,
        share: float = 0.5,
        objective: Objective | None = None,
    ) -> None:
        if not 0 <= share <= 1:
            raise ValueError(f"the teacher's share of the cost lies between 0 and 1, got {share}")
        _must_agree(task.metadata, metadata)
        self.task, self.share, self.objective = task, share, objective or JointMSE()
        self.teacher = teacher.eval().requires_grad_(False)
        self._device: torch.device | None = None

    @classmethod
    def of(
        cls,
        task: PoseTask,
        teacher: str | os.PathLike[str],
        share: float = 0.5,
        objective: Objective | None = None,
    ) -> Distillation:
        """With a teacher from the catalogue or a weights file.

        Raises:
            ValueError: as above; or it is not to be had, or is no pose network (WeightsError).
        """
        found = weights.resolve(teacher)
        if isinstance(found, weights.Entry):
            _must_agree(task.metadata, found.metadata)  # before a few hundred MB are fetched for nothing
        tensors, metadata = weights.load(teacher)
        return cls(task, fold(filled(metadata.spec, metadata.joints, tensors)), metadata, share, objective)

    @property
    def batch_size(self) -> int:
        return self.task.batch_size

    @property
    def skipped(self) -> Mapping[str, str]:
        """Broken files that the task goes on without, and why."""
        return self.task.skipped

    def batch(self, step: int, rank: int = 0, ranks: int = 1) -> Any:
        """The batch of the task itself."""
        return self.task.batch(step, rank, ranks)

    def loss(self, network: nn.Module, batch: Any, device: torch.device) -> Tensor:
        """A scalar; the teacher gets no gradient."""
        inputs = self.task.inputs(batch, device)
        taught = self.answer(inputs)
        output = network(inputs)
        if taught.shape != output.shape:
            raise ValueError(f"the teacher answers heatmaps {tuple(taught.shape)}, the network {tuple(output.shape)}")
        everywhere = torch.ones(taught.shape[:2], device=device)
        imitated = self.objective(output.float(), taught, everywhere, everywhere)
        return (1 - self.share) * self.task.cost(output, batch, device) + self.share * imitated

    @torch.no_grad()
    def answer(self, inputs: Tensor) -> Tensor:
        """The teacher's heatmaps of normalized crops: float32 (N, K, h, w)."""
        if self._device != inputs.device:
            self.teacher.to(inputs.device, memory_format=torch.channels_last)
            self._device = inputs.device
        return self.teacher(inputs).float()

    def validate(self, network: nn.Module, device: torch.device) -> Look:
        """The figures of the task itself: the teacher is not judged."""
        return self.task.validate(network, device)


def _must_agree(student: Metadata, teacher: Metadata) -> None:
    """Raises ValueError where one crop cannot be right for both."""
    if teacher.skeleton is None or teacher.skeleton.joints != student.skeleton.joints:
        joints = "none" if teacher.skeleton is None else f"{teacher.skeleton.name} ({teacher.joints})"
        raise ValueError(
            f"the teacher's joints are {joints}, those to be learned {student.skeleton.name} ({student.joints}); "
            "take a teacher of the same skeleton"
        )
    for name, one, other in (
        ("color order", teacher.color, student.color),
        ("mean", teacher.mean, student.mean),
        ("std", teacher.std, student.std),
        ("crop rule", teacher.rule, student.rule),
        ("input size", tuple(teacher.input_size), tuple(student.input_size)),
    ):
        same = np.allclose(one, other, atol=1e-5) if name in ("mean", "std") else one == other
        if not same:
            one, other = (getattr(value, "name", value) for value in (one, other))
            raise ValueError(
                f"the {name} of the teacher is {one}, that of the training {other}: "
                "both see the same crops, so train with the teacher's or take another teacher"
            )
