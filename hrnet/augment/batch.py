"""What can be done for a whole batch on the device: the warp, its light, normalized floats, target heatmaps.

uint8 pixels and a few numbers per joint travel; floats are made where they are used. `hrnet.heatmap.encode`, `Warp` and
`Light` say the same for one person in numpy and OpenCV, and tests hold each two together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from hrnet.geometry import Size
from hrnet.heatmap.targets import KINDS, RADIUS_IN_SIGMAS, STRIDE

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue: ITU-R BT.601, as OpenCV makes gray


def warp(pixels: Tensor, matrices: Tensor, size: Size, fill: int = 0) -> Tensor:
    """Sample one crop from each picture: `Affine.warp` for a batch.

    Args:
        pixels: uint8 (N, H, W, 3). Pictures that are smaller are padded with `fill` on the right and below.
        matrices: (N, 2, 3), from the pixels of each picture to those of its crop, mirror included.
        size: (height, width) of the crops.
        fill: gray level outside of the pictures.
    Returns:
        float32 (N, height, width, 3): gray levels, those of OpenCV 5 before it rounds them.
    """
    device, (height, width) = pixels.device, size
    linear, shift = matrices.double().split([2, 1], dim=2)
    back = torch.linalg.inv(linear)
    offset = -(back @ shift)
    x, y = (torch.arange(side, device=device, dtype=torch.float64) for side in (width, height))
    crop = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)  # (height, width, 2)
    places = torch.einsum("nij,hwj->nhwi", back, crop) + offset[:, None, None, :, 0]
    # grid_sample counts from edge to edge of the picture, -1 to 1
    sides = torch.tensor([pixels.shape[2], pixels.shape[1]], device=device)
    grid = ((2 * places + 1) / sides - 1).float()
    levels = pixels.permute(0, 3, 1, 2).float() - fill  # what grid_sample finds outside is 0
    return (F.grid_sample(levels, grid, padding_mode="zeros", align_corners=False) + fill).permute(0, 2, 3, 1)


def light(crops: Tensor, choices: Tensor) -> Tensor:
    """What `Light` does to crops (N, H, W, 3) of gray levels: float32 of that shape, not rounded.

    Args:
        choices: (N, 6): contrast factor, brightness in gray levels, a factor per channel, 1 to take the color away.
    """
    contrast, brightness, channels, gray = choices.float()[:, None, None].split([1, 1, 3, 1], dim=-1)
    luma = crops.float() @ torch.tensor(LUMA, device=crops.device)
    crops = torch.where(gray > 0, luma[..., None], crops)
    gain = contrast * channels
    offset = brightness + (1 - contrast) * crops.mean(dim=(1, 2, 3), keepdim=True)
    return (crops * gain + offset).clamp(0, 255)


def normalize(crops: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """uint8 (or float gray levels) (N, H, W, 3) RGB -> float32 (N, 3, H, W) in channels-last order.

    mean, std: of each channel, for values between 0 and 1.
    """
    count, height, width, _ = crops.shape
    scale = 1 / (255 * torch.tensor(std, device=crops.device))
    offset = torch.tensor(mean, device=crops.device) / torch.tensor(std, device=crops.device)
    scale, offset = scale.repeat(width), offset.repeat(width)  # three channels are too few for vectors, rows are not
    crops, made = (values.reshape(count, height, 3 * width) for values in (crops, _fresh(crops.shape, crops.device)))
    # A CPU does one crop after the other, which stays in its cache; a GPU all at once.
    for rows, levels in zip(made, crops, strict=True) if crops.device.type == "cpu" else [(made, crops)]:
        rows.copy_(levels).mul_(scale).sub_(offset)
    return made.view(count, height, width, 3).permute(0, 3, 1, 2)


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
    maps = _fresh((*along_y.shape, w), keypoints.device)
    return torch.mul(along_y[..., :, None], along_x[..., None, :], out=maps), drawn


def _fresh(shape: tuple[int, ...], device: torch.device) -> Tensor:
    """Memory for float32. On a CPU it is numpy's, who asks the system for large pages: a batch of inputs is made three
    times as fast as in torch's, most of whose time goes into touching small pages for the first time."""
    if device.type == "cpu":
        return torch.from_numpy(np.empty(shape, np.float32))
    return torch.empty(shape, device=device)
