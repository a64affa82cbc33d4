"""The embedded person finder: a heatmap of person centers and, in every cell, the way to the four sides of the box.

The network is an HRNet with five output channels, so trunk, engines and weights are those of the pose network. The idea
is that of "Objects as Points" (arXiv 1904.07850), with the distances of TTFNet (arXiv 1909.00700).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hrnet.geometry import Box, Size

CHANNELS = 5  # the center's logit, then the logarithms of the distances to the left, top, right and bottom side
STRIDE = 4  # input pixels per cell
UNIT = 32.0  # input pixels that a distance of exp(0) stands for: the network starts at boxes of 64 pixels
PADDING = (124, 116, 104)  # the mean color of ImageNet, so that the frame normalizes to about 0
SAME = 0.5  # two boxes with a higher IoU are the same person
AT_ONCE = 8  # photos in one batch

Network = Callable[[np.ndarray], np.ndarray]  # uint8 (N, H, W, 3) -> float32 (N, 5, H / 4, W / 4)


@dataclass(frozen=True, eq=False)
class CenterFinder:
    """Finds persons in photos: `finder(photos) -> list of list of Box`, by score, in photo pixels.

    threshold: the lowest center score, 0 to 1, that makes a person.
    """

    network: Network
    input_size: Size
    threshold: float

    def __call__(self, photos: Sequence[np.ndarray], threshold: float | None = None) -> list[list[Box]]:
        found: list[list[Box]] = []
        for start in range(0, len(photos), AT_ONCE):
            some = photos[start : start + AT_ONCE]
            inputs = np.empty((len(some), *self.input_size, 3), np.uint8)
            scales = [letterbox(photo, canvas) for photo, canvas in zip(some, inputs, strict=True)]
            for photo, scale, cells in zip(some, scales, self.network(inputs), strict=True):
                found.append(boxes(cells, scale, photo.shape[:2], self.threshold if threshold is None else threshold))
        return found


def letterbox(photo: np.ndarray, canvas: np.ndarray) -> tuple[float, float]:
    """Shrink or enlarge the photo into the top left corner of the canvas, its proportions kept; the rest is gray.

    Gives how many photo pixels one canvas pixel is, along x and y (they differ by rounding only).
    """
    height, width = canvas.shape[:2]
    h, w = photo.shape[:2]
    scale = min(height / h, width / w)
    new_h, new_w = max(1, round(h * scale)), max(1, round(w * scale))
    canvas[:] = PADDING
    # INTER_AREA averages what it merges: a photo of 24 megapixels must not turn into a noise of single pixels
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas[:new_h, :new_w] = cv2.resize(photo, (new_w, new_h), interpolation=kind)
    return w / new_w, h / new_h


def boxes(cells: np.ndarray, scale: tuple[float, float], photo_size: Size, threshold: float) -> list[Box]:
    """Persons from the network's answer.

    Args:
        cells: (5, h, w), see CHANNELS.
        scale: photo pixels per input pixel, along x and y.
    Returns:
        boxes cut to the photo, by score; those that overlap a better one by an IoU above `SAME` are dropped.
    """
    height, width = photo_size
    score = 1 / (1 + np.exp(-np.maximum(cells[0], -80)))  # below, float32 has no exponential
    peak = (score >= threshold) & (score == cv2.dilate(score, np.ones((3, 3), np.uint8)))
    y, x = np.nonzero(peak)
    order = np.argsort(-score[y, x], kind="stable")
    y, x = y[order], x[order]
    distances = np.exp(np.minimum(cells[1:, y, x], 5.0)) * UNIT  # exp(5) units are wider than any input
    center = np.stack([x, y]) * STRIDE + (STRIDE - 1) / 2  # input pixels
    low = (center - distances[:2] + 0.5) * np.array(scale)[:, None] - 0.5
    high = (center + distances[2:] + 0.5) * np.array(scale)[:, None] - 0.5
    limit = np.array([[width], [height]], float)
    corners = np.concatenate([np.clip(low, 0, limit), np.clip(high, 0, limit)]).T  # (n, 4) x1, y1, x2, y2
    kept: list[int] = []
    for i, corner in enumerate(corners):
        if (corner[2:] - corner[:2] >= 1).all() and (not kept or iou(corner, corners[kept]).max() <= SAME):
            kept.append(i)
    return [
        Box(*(float(v) for v in (x1, y1, x2 - x1, y2 - y1)), score=float(score[y[i], x[i]]))
        for i in kept
        for x1, y1, x2, y2 in [corners[i]]
    ]


def iou(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of a box (4,) with others (n, 4), all as x1, y1, x2, y2."""
    low, high = np.maximum(one[:2], others[:, :2]), np.minimum(one[2:], others[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    area = (one[2:] - one[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1)
    return shared / np.maximum(area - shared, 1e-9)
