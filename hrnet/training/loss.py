"""What wrong heatmaps cost: the formulas. `hrnet.training.objective` has them as what a task is given."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def joint_mse(output: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """The published loss: half the mean squared error of each joint's map, then the mean over joints.

    Args:
        output, target: (N, K, h, w).
        weights: (N, K). Both maps are multiplied by them first, so they act squared (a quirk: 1.5 counts 2.25 times).

    Source: JointsMSELoss in lib/core/loss.py of leoxiaobin/deep-high-resolution-net.pytorch.
    """
    w = weights[..., None, None]
    return 0.5 * F.mse_loss(output * w, target * w)


def hard_joints_mse(output: Tensor, target: Tensor, weights: Tensor, top: int = 8) -> Tensor:
    """`joint_mse` of the worst joints alone: the `top` most expensive of every person ("online hard keypoint mining").

    Args:
        output, target: (N, K, h, w).
        weights: (N, K), squared as in `joint_mse`.
        top: from 1 to K; published: 8 of 17.
    Raises:
        ValueError: there are not that many joints.
    Source: JointsOHKMMSELoss in lib/core/loss.py of leoxiaobin/deep-high-resolution-net.pytorch (arXiv 1711.07319,
        section 3.2). A quirk kept from there: joints without a label cost nothing but are chosen where the labeled ones
        are fewer than `top`, so persons with few labels count less.
    """
    if not 1 <= top <= output.shape[1]:
        raise ValueError(f"the hardest {top} of {output.shape[1]} joints cannot be chosen; take from 1 to all of them")
    w = weights[..., None, None]
    costs = 0.5 * (output * w - target * w).square().mean(dim=(-2, -1))  # (N, K)
    return costs.topk(top, dim=1).values.mean()


def offset_mse(output: Tensor, target: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """What wrong offset maps cost (`hrnet.heatmap.offsets`): the discs, and the two offsets inside of the true disc.

    Args:
        output, target: (N, 3 K, h, w), of each joint the disc, the way to it in x, and in y.
        weights: (N, K), for the discs alone, squared as in `joint_mse`; a joint without a disc has no offsets either.
    Returns:
        Two scalars; training adds them.
    Source: JointsMSELoss_offset in deep-high-resolution-net.pytorch/lib/core/loss.py of HuangJunJie2017/UDP-Pose.
    """
    disc, true_disc = output[:, ::3], target[:, ::3]
    ways = [
        0.5 * F.mse_loss(true_disc * output[:, axis::3], true_disc * target[:, axis::3])  # over every pixel of the map
        for axis in (1, 2)
    ]
    return joint_mse(disc, true_disc, weights), ways[0] + ways[1]


def emphasized_mse(output: Tensor, target: Tensor, weights: Tensor, emphasis: float = 10.0) -> Tensor:
    """Squared error that counts up to 1 + emphasis times as much where the joint is.

    Ninety-nine pixels of a hundred should be 0, so an all-zero answer is nearly right for `joint_mse`, and a network
    that starts from nothing stays there for long; this one pushes it out.

    Args:
        output, target: (N, K, h, w).
        weights: (N, K), each joint's error is multiplied by its weight once.
    """
    error = (output - target).square() * (1 + emphasis * target)
    return 0.5 * (error.mean(dim=(-2, -1)) * weights).mean()


def location_entropy(output: Tensor, target: Tensor, weights: Tensor, sharpness: float = 10.0) -> Tensor:
    """Cross entropy between where the target is and where the heatmap says the joint is.

    The map, times `sharpness`, is read as the logits of one choice among all pixels. Unlike squared error it has a
    gradient from the first step on and does not care about the height of the peak.

    Args:
        output, target: (N, K, h, w).
        weights: (N, K), each joint's error is multiplied by its weight once. Joints with an empty target count nothing.
    """
    mass = target.sum(dim=(-2, -1))
    chosen = (target / mass.clamp(min=1e-6)[..., None, None]).flatten(2)
    surprise = -(chosen * F.log_softmax(output.flatten(2) * sharpness, dim=-1)).sum(dim=-1)
    return (surprise * weights * (mass > 0)).sum() / weights.sum().clamp(min=1.0)
