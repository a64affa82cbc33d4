"""What a pose network is trained to make small: callables `(output, target, weights, drawn) -> scalar` for a task.

    PoseTask(..., loss=JointMSE())                                              # as published
    PoseTask(..., loss=PerJoint(HardJoints(top=8), joint_factors(COCO_17)))     # other joints, other weights

`PoseLoss` (hrnet.training.pose) is one of them, and so is any function with that signature. All of them get:

    output, target  (N, K, h, w) heatmaps, the network's in single precision (N, 3 K, h, w for offset maps)
    weights         (N, K), trust in the label of a joint; 0 where there is none or it lies outside of the crop
    drawn           (N, K), 1 where the target has a joint in it
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from hrnet.skeleton import Skeleton
from hrnet.training.loss import hard_joints_mse, joint_mse, offset_mse

# By the part that a joint's name contains; every other joint counts 1. The joints farthest out are the hardest to find.
# lib/dataset/coco.py of leoxiaobin/deep-high-resolution-net.pytorch (its configs leave them off), mmpose's MPII.
FACTORS = {"wrist": 1.5, "ankle": 1.5, "elbow": 1.2, "knee": 1.2}


class Objective(Protocol):
    def __call__(self, output: Tensor, target: Tensor, weights: Tensor, drawn: Tensor) -> Tensor:
        """A scalar with a gradient to `output`."""


@dataclass(frozen=True)
class JointMSE:
    """The published loss, see `joint_mse`. For weights of 0 and 1 mmpose's is 2 times, the walkthrough's 2 K times it;
    other weights act once there, not squared."""

    def __call__(self, output: Tensor, target: Tensor, weights: Tensor, drawn: Tensor) -> Tensor:
        return joint_mse(output, target, weights)


@dataclass(frozen=True)
class HardJoints:
    """The published loss of every person's `top` hardest joints, see `hard_joints_mse`."""

    top: int = 8  # LOSS.TOPK in lib/config/default.py of leoxiaobin/deep-high-resolution-net.pytorch

    def __call__(self, output: Tensor, target: Tensor, weights: Tensor, drawn: Tensor) -> Tensor:
        return hard_joints_mse(output, target, weights, self.top)


@dataclass(frozen=True)
class OffsetMSE:
    """The published loss of offset maps, discs plus offsets, see `offset_mse`."""

    def __call__(self, output: Tensor, target: Tensor, weights: Tensor, drawn: Tensor) -> Tensor:
        discs, offsets = offset_mse(output, target, weights)
        return discs + offsets


@dataclass(frozen=True)
class PerJoint:
    """Another objective whose weights are multiplied by one factor per joint.

    The published losses multiply both maps by the weights, so a factor of 1.5 there makes an error 2.25 times as dear.

    Args:
        factors: K of them, such as `joint_factors(skeleton)` or what a data set's own code says, `skeleton.weights`.
    Raises:
        ValueError: (when called) there is not one factor per joint.
    """

    objective: Objective
    factors: Sequence[float]

    def __call__(self, output: Tensor, target: Tensor, weights: Tensor, drawn: Tensor) -> Tensor:
        if weights.shape[-1] != len(self.factors):
            raise ValueError(
                f"{len(self.factors)} factors were given for {weights.shape[-1]} joints; give one for each"
            )
        return self.objective(output, target, weights * weights.new_tensor(self.factors), drawn)


def joint_factors(skeleton: Skeleton) -> tuple[float, ...]:
    """What `FACTORS` says to the joints of a skeleton by their names, in their order."""
    return tuple(
        next((factor for part, factor in FACTORS.items() if part in joint.lower()), 1.0) for joint in skeleton.joints
    )
