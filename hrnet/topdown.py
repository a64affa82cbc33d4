"""From boxes to keypoints: crop, run, decode, for all persons of all photos together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hrnet import heatmap
from hrnet.geometry import Affine, Box, crop_affine
from hrnet.weights.checkpoint import Metadata

CHUNK = 64  # crops that are in memory at once, flips included: 9 MB of pixels and 13 MB of heatmaps at 256x192

Network = Callable[[np.ndarray], np.ndarray]  # uint8 (N, H, W, 3) RGB -> float32 (N, K, h, w), as hrnet.engine.Engine


class TopDown:
    """A pose network together with the preprocessing that it was trained with.

    flip: whether every crop is also shown mirrored and the two answers are averaged: twice the work, a little better.
    """

    def __init__(self, network: Network, metadata: Metadata, flip: bool = False) -> None:
        self.network, self.metadata, self.flip = network, metadata, flip

    def __call__(self, photos: Sequence[np.ndarray], boxes: Sequence[Sequence[Box]]) -> list[np.ndarray]:
        """Keypoints of every box of every photo.

        Args:
            photos: uint8 (H, W, 3).
            boxes: for each photo the boxes of its persons, in photo pixels.
        Returns:
            for each photo float32 (persons, K, 3): x and y in photo pixels, and the raw height of the peak.
        """
        jobs = [(photo, box) for photo, some in zip(photos, boxes, strict=True) for box in some]
        keypoints = np.empty((len(jobs), self.metadata.joints, 3), np.float32)
        chunk = CHUNK // 2 if self.flip else CHUNK
        for start in range(0, len(jobs), chunk):
            part = jobs[start : start + chunk]
            crops, affines = self.crop([photo for photo, _ in part], [box for _, box in part])
            keypoints[start : start + chunk] = self.decode(self.heatmaps(crops), affines)
        ends = np.cumsum([len(some) for some in boxes], dtype=int)
        return np.split(keypoints, ends[:-1]) if len(ends) else []

    def affine(self, box: Box) -> Affine:
        """The map from photo pixels to crop pixels."""
        return crop_affine(box, self.metadata.input_size, self.metadata.rule)

    def crop(self, photos: Sequence[np.ndarray], boxes: Sequence[Box]) -> tuple[np.ndarray, list[Affine]]:
        """One crop of each (photo, box), warped straight into one uint8 batch (N, H, W, 3), and the maps into them."""
        size, fill = self.metadata.input_size, self.metadata.rule.fill
        crops = np.empty((len(boxes), *size, 3), np.uint8)
        affines = [self.affine(box) for box in boxes]
        for photo, affine, crop in zip(photos, affines, crops, strict=True):
            affine.warp(photo, size, out=crop, fill=fill)
        return crops, affines

    def heatmaps(self, crops: np.ndarray) -> np.ndarray:
        """float32 (N, K, h, w) of crops (N, H, W, 3), averaged with those of the mirrored crops if `flip`."""
        if self.metadata.color == "BGR":
            crops = crops[..., ::-1]
        if not self.flip:
            return self.network(np.ascontiguousarray(crops))
        both = self.network(np.concatenate([crops, crops[:, :, ::-1]]))
        plain, mirrored = both[: len(crops)], both[len(crops) :]
        mean = heatmap.flip_back(mirrored, self.metadata.skeleton, self.metadata.rule.flip_shift)
        mean += plain
        mean /= 2
        return mean

    def decode(self, heatmaps: np.ndarray, affines: Sequence[Affine]) -> np.ndarray:
        """float32 (N, K, 3) in photo pixels."""
        if not len(heatmaps):
            return np.empty((0, heatmaps.shape[1], 3), np.float32)
        keypoints = heatmap.decode(heatmaps, self.metadata.decoder, self.metadata.kernel)
        to_crop = self.metadata.rule.heatmap_to_crop(self.metadata.input_size, heatmaps.shape[2:])
        to_photo = np.array([affine.inverse().matrix.T for affine in affines])  # (N, 3, 2), points as rows
        keypoints[..., :2] = to_crop.apply(keypoints[..., :2].astype(float)) @ to_photo[:, :2] + to_photo[:, 2:]
        return keypoints
