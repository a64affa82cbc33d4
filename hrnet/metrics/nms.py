"""Non-maximum suppression by pose: of people that repeat each other, the best stays."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np

from hrnet.metrics.similarity import joint_variances, sigmas_of, similarity

# What the network sees of a box: grown to 3:4, as every published COCO input, then padded. lib/dataset/coco.py of
# leoxiaobin/deep-high-resolution-net.pytorch, _xywh2cs; a test holds it equal to hrnet.geometry.padded_sides.
ASPECT = 3 / 4
PADDING = 1.25

SOFT_LIMIT = 20  # max_dets in soft_oks_nms, lib/nms/nms.py of the same repository; COCO judges no more either
BLOCK = 512  # pairs compared at a time: their numbers stay in the processor's cache
CACHED = 64  # people up to whom the list of pairs is kept for the next photo: 2 MB for all of them


class Found(Protocol):
    """What is read of a person; hrnet.Person has it. The box is read only where no area is given."""

    keypoints: np.ndarray  # (K, 2 or more), photo pixels
    score: float
    box: object  # w, h in photo pixels


def oks_nms(
    people: Sequence[Found],
    threshold: float,
    area: Sequence[float] | None = None,
    sigmas: Sequence[float] | None = None,
) -> np.ndarray:
    """Keep the best person, drop those more alike than the threshold, and go on with the rest.

    Args:
        people: hrnet.Person, or anything with keypoints, score and box. All K joints count, whatever their scores.
        threshold: an OKS from 0 to 1; the published evaluation takes 0.9.
        area: (N,) square pixels; two people are compared on the mean of theirs. By default the area that the network
            saw: the box grown to 3:4 and padded, as in the published evaluation. Give it for other input shapes.
        sigmas: (K,), COCO's by default where K is 17.
    Returns:
        (M,) places in `people` of those kept, the best first; among equal scores the earlier one is better.
    Raises:
        ValueError: people have different numbers of joints, or area or sigmas do not fit.
    Source: oks_nms in lib/nms/nms.py of leoxiaobin/deep-high-resolution-net.pytorch.
    """
    poses = _Poses(people, area, sigmas)
    order = np.argsort(-poses.scores, kind="stable")
    better, worse, alike = poses.pairs(order)
    repeats = np.flatnonzero(alike > threshold)
    alive = [True] * len(order)
    for i, j in zip(better[repeats].tolist(), worse[repeats].tolist(), strict=True):  # by i: what drops i came before
        if alive[i]:
            alive[j] = False
    return order[alive]


def soft_oks_nms(
    people: Sequence[Found],
    threshold: float,
    area: Sequence[float] | None = None,
    sigmas: Sequence[float] | None = None,
    limit: int = SOFT_LIMIT,
) -> np.ndarray:
    """Order people so that those who repeat a better one come later: scores sink by exp(-OKS**2 / threshold).

    Nobody is dropped except past the limit, and the scores of the people themselves do not change (the published
    code ranks by the sunken scores, yet reports the original ones).

    Args, raises: as in `oks_nms`.
    Returns:
        (min(N, limit),) places in `people`, in the order in which they were picked.
    Source: soft_oks_nms in lib/nms/nms.py of leoxiaobin/deep-high-resolution-net.pytorch.
    """
    poses = _Poses(people, area, sigmas)
    waiting, scores = np.arange(len(people)), poses.scores
    one, other, alike = poses.pairs(waiting)
    similarities = np.ones((len(people), len(people)))
    similarities[one, other] = similarities[other, one] = alike
    kept = []
    while waiting.size and len(kept) < limit:
        order = np.argsort(-scores, kind="stable")
        best, waiting = waiting[order[0]], waiting[order[1:]]
        kept.append(best)
        scores = scores[order[1:]] * np.exp(-(similarities[best, waiting] ** 2) / threshold)
    return np.array(kept, np.intp)


class _Poses:
    """People as arrays, and how alike any two of them are."""

    def __init__(self, people: Sequence[Found], area: Sequence[float] | None, sigmas: Sequence[float] | None) -> None:
        self.scores = np.array([person.score for person in people], np.float64)
        shapes = {np.shape(person.keypoints) for person in people}
        if len(shapes) > 1 or any(len(shape) != 2 or shape[1] < 2 for shape in shapes):
            raise ValueError(f"all people need keypoints of one shape (K, 2 or more), got {sorted(shapes)}")
        self.points = np.array([person.keypoints for person in people], np.float64)[..., :2]  # (N, K, 2)
        self.area = np.array([_seen_area(person) for person in people] if area is None else area, np.float64)
        if self.area.shape != self.scores.shape:
            raise ValueError(f"area needs one value for each of the {len(people)} people, got shape {self.area.shape}")
        if len(people):
            self.variances = joint_variances(sigmas_of(self.points.shape[1], sigmas))

    def pairs(self, order: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Everybody with everybody who comes later in the order: (P,) first places, (P,) second ones, (P,) OKS."""
        first, second = _triangle(len(order)) if len(order) <= CACHED else np.triu_indices(len(order), 1)
        alike = np.empty(len(first))
        if not len(first):
            return first, second, alike
        x, y = np.ascontiguousarray(self.points[order].transpose(2, 0, 1))  # (N, K) each
        area = self.area[order]
        for start in range(0, len(first), BLOCK):
            a, b = first[start : start + BLOCK], second[start : start + BLOCK]
            squared = (x.take(a, 0) - x.take(b, 0)) ** 2 + (y.take(a, 0) - y.take(b, 0)) ** 2
            alike[start : start + BLOCK] = similarity(squared, self.variances, (area[a] + area[b]) / 2)
        return first, second, alike


@lru_cache(maxsize=CACHED)
def _triangle(count: int) -> tuple[np.ndarray, np.ndarray]:
    """All i < j below count, by i, then j; photos with as many people come again and again."""
    pairs = np.triu_indices(count, 1)
    for places in pairs:
        places.flags.writeable = False
    return pairs


def _seen_area(person: Found) -> float:
    width = max(person.box.w, person.box.h * ASPECT) * PADDING
    return width * width / ASPECT
