"""Non-maximum suppression by pose: of people that repeat each other, the best stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from hrnet.metrics.matching import BLOCK
from hrnet.metrics.similarity import joint_variances, sigmas_of, similarity

# What the network sees of a box: grown to 3:4, as every published COCO input, then padded. lib/dataset/coco.py of
# leoxiaobin/deep-high-resolution-net.pytorch, _xywh2cs; a test holds it equal to hrnet.geometry.padded_sides.
ASPECT = 3 / 4
PADDING = 1.25

SOFT_LIMIT = 20  # max_dets in soft_oks_nms, lib/nms/nms.py of the same repository; COCO judges no more either


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
    repeats = poses.similarities(order) > threshold  # (N, N)
    alive = np.ones(len(order), bool)
    for place in range(len(order)):
        if alive[place]:
            alive[place + 1 :] &= ~repeats[place, place + 1 :]
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
    similarities = poses.similarities(waiting)
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

    def similarities(self, order: np.ndarray) -> np.ndarray:
        """(N, N) OKS of all in this order: compared once as pairs, for it is the same both ways; 1 with oneself."""
        count = len(order)
        table = np.ones((count, count))
        if count < 2:
            return table
        points, area = self.points[order], self.area[order]
        a, b = np.triu_indices(count, 1)
        for start in range(0, len(a), BLOCK):
            block = slice(start, start + BLOCK)
            one, other = a[block], b[block]
            offset = points[one] - points[other]
            offset *= offset
            squared = offset[..., 0] + offset[..., 1]
            table[one, other] = similarity(squared, self.variances, (area[one] + area[other]) / 2)
        table[b, a] = table[a, b]
        return table


def _seen_area(person: Found) -> float:
    width = max(person.box.w, person.box.h * ASPECT) * PADDING
    return width * width / ASPECT
