"""What a wrong heatmap costs."""

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
