"""Targets: what the network should answer, one Gaussian per joint. No torch; the device version reads KINDS too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hrnet.geometry import OFFICIAL, UDP, CropRule, Size

STRIDE = 4  # a heatmap is a quarter of the crop: the stem halves it twice (arXiv 1902.09212, section 3)
RADIUS_IN_SIGMAS = 3  # generate_target in lib/dataset/JointsDataset.py of leoxiaobin/deep-high-resolution-net.pytorch


@dataclass(frozen=True)
class TargetKind:
    """Where the Gaussian of a joint stands, and how far it reaches."""

    rule: CropRule  # only its heatmap -> crop half: it says where a crop pixel lies in the heatmap
    rounded: bool  # the center moves to the nearest heatmap pixel, so the peak is exactly 1
    cut: bool  # nothing farther than RADIUS_IN_SIGMAS from the nearest heatmap pixel, along either axis


KINDS = {
    # lib/dataset/JointsDataset.py of leoxiaobin/deep-high-resolution-net.pytorch
    "rounded": TargetKind(OFFICIAL, rounded=True, cut=True),
    # arXiv 1910.06278 (DARK), as generate_unbiased_gaussian_heatmaps in open-mmlab/mmpose draws it
    "unbiased": TargetKind(OFFICIAL, rounded=False, cut=False),
    # arXiv 1911.07524 (UDP), lib/dataset/JointsDataset.py of HuangJunJie2017/UDP-Pose, target type gaussian
    "udp": TargetKind(UDP, rounded=False, cut=True),
}


def encode(
    keypoints: np.ndarray,
    input_size: Size,
    sigma: float = 2.0,
    kind: str = "rounded",
    *,
    confidence: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the target heatmap of every joint of one person.

    Args:
        keypoints: (K, 3), x and y in crop pixels. Column 3 only says whether the joint is labeled: above 0 (visible,
            occluded, or any positive score) it weighs 1, otherwise 0. x and y of unlabeled joints are not read.
        input_size: (height, width) of the crop, multiples of 4.
        sigma: of the Gaussian, in heatmap pixels; published: 2 at 256x192 and 256x256, 3 at 384x288.
        kind: "rounded" (official), "unbiased" (DARK: the true center, the whole map) or "udp" (the true center,
            heatmap pixels (W - 1) / (w - 1) crop pixels apart instead of 4); see KINDS.
        confidence: (K,), how far each label is trusted; multiplies the weights and leaves the heatmaps alone.

    Returns:
        heatmaps: float32 (K, height / 4, width / 4), zero for a joint that is unlabeled or outside.
        weights: float32 (K,), 0 for a joint that is unlabeled or whose whole patch of 3 sigma is outside.

    Raises:
        ValueError: an argument has the wrong shape or an impossible value, or a labeled joint is not at a number.

    Quirks kept from the published code. "rounded" and "udp": the nearest pixel is int(x + .5), which rounds toward zero
    and so stands one pixel too far inside for a joint left of or above the map; and a patch that ends one pixel outside
    there keeps its weight over an empty map, a target that says "nobody here". "unbiased": of the two published border
    rules it has mmpose's, which compares fractions (the DARK checkpoints with the official crop are mmpose's); the DARK
    repository truncates first, and so keeps the weight of a joint up to one pixel farther left or above.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no target {kind!r}; choose one of {', '.join(KINDS)}")
    height, width = input_size
    if height % STRIDE or width % STRIDE or min(height, width) < 2 * STRIDE:
        raise ValueError(f"input_size is (height, width), multiples of {STRIDE} from {2 * STRIDE}; got {input_size}")
    if not sigma > 0:
        raise ValueError(f"sigma must be above 0 heatmap pixels, got {sigma}")
    keypoints = np.asarray(keypoints, np.float64)
    if keypoints.ndim != 2 or keypoints.shape[1] != 3:
        raise ValueError(f"keypoints must have shape (K, 3): x, y, visibility of each joint; got {keypoints.shape}")
    labeled = keypoints[:, 2] > 0
    points = np.where(labeled[:, None], keypoints[:, :2], 0)
    if not np.isfinite(points).all():
        joint = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
        raise ValueError(f"joint {joint} is labeled but stands at {points[joint].tolist()}; give it visibility 0")

    chosen = KINDS[kind]
    h, w = height // STRIDE, width // STRIDE
    points = chosen.rule.heatmap_to_crop(input_size, (h, w)).inverse().apply(points)
    nearest = np.trunc(points + 0.5) if chosen.cut else points
    center = nearest if chosen.rounded else points
    radius = RADIUS_IN_SIGMAS * sigma
    # The + 1 is the off-by-one of the published rule: br = int(mu + radius + 1) and then br < 0.
    outside = (nearest - radius >= [w, h]) | (nearest + radius + 1 < 0)
    drawn = labeled & ~outside.any(axis=1)

    # A round Gaussian is the product of its two profiles, (K, w) and (K, h): K * (w + h) exponentials, not K * w * h.
    profiles = []
    for axis, length in enumerate((w, h)):
        pixels = np.arange(length)
        profile = np.exp(-((pixels - center[:, axis, None]) ** 2) / (2 * sigma**2))
        if chosen.cut:
            profile[np.abs(pixels - nearest[:, axis, None]) > radius] = 0
        profile[~drawn] = 0
        profiles.append(profile.astype(np.float32))
    along_x, along_y = profiles
    return along_y[:, :, None] * along_x[:, None, :], drawn * _checked(confidence, len(keypoints))


def _checked(confidence: np.ndarray | None, count: int) -> np.ndarray:
    """float32 (K,), one where nothing was said."""
    if confidence is None:
        return np.ones(count, np.float32)
    confidence = np.asarray(confidence, np.float32)
    if confidence.shape != (count,) or not (confidence >= 0).all():
        raise ValueError(f"confidence needs {count} values from 0, one per joint; got {confidence.tolist()}")
    return confidence
