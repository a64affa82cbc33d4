"""Offset maps ("combined" targets, UDP): a disc says about where the joint is, two more maps say exactly how far.

Three channels per joint, in this order: the disc, the way to the joint in x, and in y, both as fractions of the disc's
radius. Heatmap pixels are those of the UDP rule. No torch here.

    maps, weights = offsets.encode(keypoints, (256, 192))
    points = offsets.decode(maps[None])                        # heatmap pixels; UDP.heatmap_to_crop leads to the crop

Source: target type "offset" of HuangJunJie2017/UDP-Pose (arXiv 1911.07524, section 3.2), folder
    deep-high-resolution-net.pytorch: lib/dataset/JointsDataset.py, lib/core/inference.py, lib/utils/transforms.py.
"""

from __future__ import annotations

import cv2
import numpy as np

from hrnet.geometry import UDP, Size
from hrnet.heatmap.flip import flip_back as flip_heatmaps_back
from hrnet.heatmap.peaks import decode as highest
from hrnet.heatmap.targets import STRIDE
from hrnet.skeleton import Skeleton

RADIUS = 4.0  # heatmap pixels; LOSS.KPD in lib/config/default.py of UDP-Pose, 3.5 in the first version of the paper
DISC_BLUR, OFFSET_BLUR = 15, 7  # sides of the decoder's blurs, in heatmap pixels


def encode(keypoints: np.ndarray, input_size: Size, radius: float = RADIUS) -> tuple[np.ndarray, np.ndarray]:
    """Draw the three target maps of every joint of one person.

    Args:
        keypoints: (K, 3), x and y in crop pixels; column 3 above 0 where the joint is labeled.
        input_size: (height, width) of the crop, multiples of 4.
        radius: of the disc, in heatmap pixels.

    Returns:
        maps: float32 (3 K, height / 4, width / 4), zero outside of the disc.
        weights: float32 (K,), 1 for a labeled joint. As published also for one outside of the crop: its empty disc says
            "nobody here".

    Raises:
        ValueError: an argument has the wrong shape or an impossible value.
    """
    height, width = input_size
    if height % STRIDE or width % STRIDE or min(height, width) < 2 * STRIDE:
        raise ValueError(f"input_size is (height, width), multiples of {STRIDE} from {2 * STRIDE}; got {input_size}")
    if not radius > 0:
        raise ValueError(f"radius must be above 0 heatmap pixels, got {radius}")
    keypoints = np.asarray(keypoints, np.float64)
    if keypoints.ndim != 2 or keypoints.shape[1] != 3:
        raise ValueError(f"keypoints must have shape (K, 3): x, y, visibility of each joint; got {keypoints.shape}")
    labeled = keypoints[:, 2] > 0
    points = np.where(labeled[:, None], keypoints[:, :2], 0)
    if not np.isfinite(points).all():
        joint = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
        raise ValueError(f"joint {joint} is labeled but stands at {points[joint].tolist()}; give it visibility 0")

    h, w = height // STRIDE, width // STRIDE
    # Divided as published: by way of an inverse matrix, pixels exactly on the rim of a disc would fall out of it
    points = points / UDP.heatmap_to_crop(input_size, (h, w)).matrix.diagonal()
    way_x = (points[:, 0, None] - np.arange(w)) / radius  # (K, w)
    way_y = (points[:, 1, None] - np.arange(h)) / radius  # (K, h)
    disc = way_x[:, None, :] ** 2 + way_y[:, :, None] ** 2 <= 1
    disc &= labeled[:, None, None]
    maps = np.stack([disc, disc * way_x[:, None, :], disc * way_y[:, :, None]], axis=1)  # (K, 3, h, w)
    return maps.reshape(-1, h, w).astype(np.float32), labeled.astype(np.float32)


def decode(maps: np.ndarray, radius: float = RADIUS) -> np.ndarray:
    """Find the joints: the highest pixel of the blurred disc, and from there the way that the blurred offsets say.

    Args:
        maps: (N, 3 K, h, w), what the network answered.
        radius: that of its targets.

    Returns:
        float32 (N, K, 3): x and y in heatmap pixels, and the height of the blurred disc there.

    Raises:
        ValueError: maps does not have four axes, or no three channels per joint.

    Quirk kept from the published code: a disc without a positive value is taken to be at (0, 0), plus the offset there.
    """
    discs, way_x, way_y = _channels(maps)
    peaks = highest(_blurred(discs, DISC_BLUR), kind="argmax")
    n, k = np.indices(peaks.shape[:2])
    x, y = peaks[..., 0].astype(int), peaks[..., 1].astype(int)
    peaks[..., 0] += radius * _blurred(way_x, OFFSET_BLUR)[n, k, y, x]
    peaks[..., 1] += radius * _blurred(way_y, OFFSET_BLUR)[n, k, y, x]
    return peaks


def flip_back(maps: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Turn the offset maps of mirrored crops into those of the crops: pairs trade places, and right is left in x.

    Args:
        maps: (N, 3 K, h, w).
    Returns:
        The same shape, a new array. Nothing is shifted: under the UDP rule the mirror is exact.
    Raises:
        ValueError: maps does not have four axes, or no three channels per joint of the skeleton.
    """
    disc, way_x, way_y = (flip_heatmaps_back(channel, skeleton, shift=False) for channel in _channels(maps))
    return np.stack([disc, -way_x, way_y], axis=2).reshape(np.shape(maps))


def _channels(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N, K, h, w) each: discs, ways in x, ways in y."""
    maps = np.asarray(maps, np.float32)
    if maps.ndim != 4 or maps.shape[1] % 3 or 0 in maps.shape[2:]:
        raise ValueError(f"offset maps must have shape (N, 3 K, h, w), got {maps.shape}; one crop's are maps[None]")
    return maps[:, 0::3], maps[:, 1::3], maps[:, 2::3]


def _blurred(maps: np.ndarray, kernel: int) -> np.ndarray:
    """Gaussian, mirrored at the border (OpenCV's default), as the published decoder blurs."""
    result = np.empty(maps.shape, np.float32)
    for index in np.ndindex(maps.shape[:2]):
        cv2.GaussianBlur(np.ascontiguousarray(maps[index]), (kernel, kernel), 0, dst=result[index])
    return result
