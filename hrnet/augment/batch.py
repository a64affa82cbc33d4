"""The last two steps for a whole batch on the device: pixels to normalized floats, keypoints to target heatmaps.

uint8 crops and a few numbers per joint travel; floats are made where they are used. `hrnet.heatmap.encode` says the
same for one person in numpy, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from hrnet.geometry import Size
from hrnet.heatmap.targets import KINDS, RADIUS_IN_SIGMAS, STRIDE


def normalize(crops: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """uint8 (N, H, W, 3) RGB -> float32 (N, 3, H, W) in channels-last order.

    mean, std: of each channel, for values between 0 and 1.
    """
    scale = 1 / (255 * torch.tensor(std, device=crops.device))
    offset = torch.tensor(mean, device=crops.device) / torch.tensor(std, device=crops.device)
    return (crops * scale - offset).permute(0, 3, 1, 2)


def gaussian_targets(
    keypoints: Tensor, labeled: Tensor, input_size: Size, sigma: float, kind: str
) -> tuple[Tensor, Tensor]:
    """Target heatmaps and weights, the rule of `hrnet.heatmap.encode` for N persons at once.

    Args:
        keypoints: (N, K, 2) in crop pixels.
        labeled: (N, K), above 0 where there is a label.
            Where there is none, x and y are not read.
        kind: "rounded", "unbiased" or "udp".
    Returns:
        float32 (N, K, h, w), and (N, K): 0 for a joint that is unlabeled or whose whole patch is outside.
    """
    rule = KINDS[kind]
    h, w = input_size[0] // STRIDE, input_size[1] // STRIDE
    to_heatmap = rule.rule.heatmap_to_crop(input_size, (h, w)).inverse().matrix
    keypoints = torch.where(labeled[..., None] > 0, keypoints, 0.0)
    points = keypoints * torch.tensor([to_heatmap[0, 0], to_heatmap[1, 1]], device=keypoints.device).float()
    nearest = torch.trunc(points + 0.5) if rule.cut else points
    center = nearest if rule.rounded else points
    radius = RADIUS_IN_SIGMAS * sigma
    size = torch.tensor([w, h], device=keypoints.device)
    outside = (nearest - radius >= size) | (nearest + radius + 1 < 0)
    drawn = ((labeled > 0) & ~outside.any(dim=-1)).float()

    profiles = []
    for axis, length in enumerate((w, h)):
        pixels = torch.arange(length, device=keypoints.device)
        profile = torch.exp(-((pixels - center[..., axis, None]) ** 2) / (2 * sigma**2))
        if rule.cut:
            profile = profile * ((pixels - nearest[..., axis, None]).abs() <= radius)
        profiles.append(profile * drawn[..., None])
    along_x, along_y = profiles
    return along_y[..., :, None] * along_x[..., None, :], drawn
