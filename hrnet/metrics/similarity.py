"""Object keypoint similarity: how alike two poses are, from 0 to 1, and the score of a pose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hrnet.skeleton import COCO_17

# A joint counts toward a pose's score above this heatmap peak: TEST.IN_VIS_THRE in the published experiment files.
COUNTED_SCORE = 0.2


def oks(a: np.ndarray, b: np.ndarray, area: float | np.ndarray, sigmas: Sequence[float]) -> np.ndarray:
    """Compare one pose with many: the mean over joints of exp(-d**2 / (2 * area * (2 * sigma)**2)).

    Args:
        a: (K, 3), the reference, in photo pixels. Joints whose third value (visibility or score) is above 0 count.
        b: (N, K, 2 or more): x and y are read.
        area: of the person in square pixels, one for all or (N,). COCO takes the area of the annotated mask.
        sigmas: (K,), the spread of annotators relative to the person's size; `COCO_17.sigmas` for COCO.
    Returns:
        (N,) float64; 0 everywhere where no joint of `a` counts.
    Raises:
        ValueError: the shapes do not belong together.
    Source: computeOks in cocoeval.py of pycocotools.
    """
    a, b, area = (np.asarray(values, np.float64) for values in (a, b, area))
    if a.shape[1:] != (3,) or b.ndim != 3 or b.shape[1] != len(a) or b.shape[2] < 2:
        raise ValueError(f"oks compares a (K, 3) with b (N, K, 2 or more), got {a.shape} and {b.shape}")
    if area.shape not in ((), (len(b),)):
        raise ValueError(f"area is one number or one for each of the {len(b)} poses, got shape {area.shape}")
    sigmas = sigmas_of(len(a), sigmas)
    counted = a[:, 2] > 0
    if not counted.any():
        return np.zeros(len(b))
    offset = b[:, :, :2].compress(counted, axis=1) - a[counted, :2]
    return similarity(offset[..., 0] ** 2 + offset[..., 1] ** 2, joint_variances(sigmas)[counted], area)


def similarity(squared: np.ndarray, variances: np.ndarray, area: np.ndarray) -> np.ndarray:
    """The formula itself. The order of operations is pycocotools', so that not even the last bit differs.

    Args:
        squared: (..., n) squared distances of the n joints that count; rows contiguous in memory, as numpy then adds
            a row in the same order as it adds pycocotools' vectors.
        variances: (n,) or (..., n), see `joint_variances`.
        area: () or (...), square pixels.
    Returns:
        (...)
    """
    exponent = squared / variances / (np.asarray(area)[..., None] + np.spacing(1)) / 2
    return np.exp(-exponent).sum(axis=-1) / squared.shape[-1]


def joint_variances(sigmas: np.ndarray) -> np.ndarray:
    """(2 * sigma)**2 for each joint, relative to the area: a sigma is half the published constant k."""
    return (sigmas * 2) ** 2


def sigmas_of(joints: int, sigmas: Sequence[float] | None) -> np.ndarray:
    """The given sigmas, float64 (K,), or COCO's where none are given and there are 17 joints.

    Raises:
        ValueError: there are none for this number of joints, or they do not fit it.
    """
    if sigmas is None:
        if joints != len(COCO_17):
            raise ValueError(f"poses of {joints} joints need `sigmas`, one per joint; only COCO's 17 are a default")
        sigmas = COCO_17.sigmas
    values = np.asarray(sigmas, np.float64)
    if values.shape != (joints,) or not (values > 0).all():
        raise ValueError(f"poses of {joints} joints need {joints} sigmas above 0, got {values.tolist()}")
    return values


def rescore(
    box_score: float | np.ndarray, keypoint_scores: np.ndarray, threshold: float = COUNTED_SCORE
) -> float | np.ndarray:
    """The score of a pose: the box's score times the mean of the joints' scores above the threshold.

    Args:
        box_score: () or (N,).
        keypoint_scores: (K,) or (N, K), heights of the heatmaps' peaks.
    Returns:
        (): float, or (N,): array; 0 where no joint is above the threshold.
    Source: evaluate in lib/dataset/coco.py of leoxiaobin/deep-high-resolution-net.pytorch.
    """
    scores = np.asarray(keypoint_scores, np.float64)
    counted = scores > threshold
    mean = np.where(counted, scores, 0).sum(axis=-1) / np.maximum(counted.sum(axis=-1), 1)
    rescored = np.asarray(box_score, np.float64) * mean
    return float(rescored) if rescored.ndim == 0 else rescored
