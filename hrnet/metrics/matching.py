"""Which detection found whom: similarities of all pairs at once, and COCO's greedy matching in 20 steps.

Every detection meets every annotated person of its image at once, as arrays. Most pairs are less alike than the lowest
threshold and can never match; the rest is matched greedily by score for all images, thresholds and sizes together.
"""

from __future__ import annotations

import numpy as np

from hrnet.metrics.records import Annotated, Detected
from hrnet.metrics.similarity import similarity

BLOCK = 2048  # pairs compared at a time: their numbers stay in the processor's cache

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]  # (P,) detections, (P,) people, (P,) their OKS


def meetings(cells: np.ndarray, people: Annotated) -> tuple[np.ndarray, np.ndarray]:
    """Everything in `cells` (N,) with every annotated person of the same cell: (P,) places in cells, (P,) people."""
    first = np.searchsorted(people.cell, cells, "left")
    count = np.searchsorted(people.cell, cells, "right") - first  # people that each one meets
    one = np.repeat(np.arange(len(cells)), count)
    return one, np.arange(len(one)) + np.repeat(first - np.cumsum(count) + count, count)


def alike(found: Detected, people: Annotated, variances: np.ndarray, least: float) -> Pairs:
    """All pairs of a detection and an annotated person of one cell whose OKS is `least` or more."""
    detection, person = meetings(found.cell, people)
    labelled = people.keypoints[:, :, 2] > 0
    low, high = _reach(people, labelled)
    near = _near(found, people, variances, least, detection, person, low, high)
    detection, person = detection[near], person[near]

    joints = np.argsort(~labelled, axis=1, kind="stable")  # the labelled ones first, in their order
    number = labelled.sum(axis=1)
    at_x, at_y = (np.take_along_axis(people.keypoints[:, :, axis], joints, axis=1) for axis in (0, 1))
    spreads = variances[joints]
    x, y = (np.ravel(found.keypoints[:, :, axis]) for axis in (0, 1))
    value = np.empty(len(detection))
    # Pairs with equally many labelled joints form a dense block, whose rows numpy adds as pycocotools adds its vectors.
    for n in np.unique(number):
        same = np.flatnonzero(number[person] == n)
        for start in range(0, len(same), BLOCK):
            block = same[start : start + BLOCK]
            d, p = detection[block], person[block]
            if n == 0:  # any pose near there may be theirs: distances of all joints to the region
                xy = found.keypoints[d, :, :2]
                outside = np.maximum(0, low[p, None] - xy) + np.maximum(0, xy - high[p, None])
                squared, spread = outside[..., 0] ** 2 + outside[..., 1] ** 2, variances
            else:
                place = joints[p, :n] + (d * len(variances))[:, None]  # (block, n) in the raveled coordinates
                squared = (x.take(place) - at_x[p, :n]) ** 2 + (y.take(place) - at_y[p, :n]) ** 2
                spread = spreads[p, :n]
            value[block] = similarity(squared, spread, people.area[p])
    enough = value >= least
    return detection[enough], person[enough], value[enough]


def _reach(people: Annotated, labelled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Low and high corners (G, 2) of where each person is: of their labelled joints; where there are none, of the box
    grown by its own size on each side."""
    xy, counted = people.keypoints[:, :, :2], labelled[:, :, None]
    low, high = np.where(counted, xy, np.inf).min(axis=1), np.where(counted, xy, -np.inf).max(axis=1)
    nobody = ~labelled.any(axis=1)[:, None]
    corner, size = people.box[:, :2], people.box[:, 2:]
    return np.where(nobody, corner - size, low), np.where(nobody, corner + size * 2, high)


def _near(
    found: Detected,
    people: Annotated,
    variances: np.ndarray,
    least: float,
    detection: np.ndarray,
    person: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
) -> np.ndarray:
    """The places of pairs that may reach the OKS `least`: no joint is nearer than the gap between the two poses."""
    if not least > 0:
        return np.arange(len(detection))
    by_joint = np.ascontiguousarray(found.keypoints[:, :, :2].transpose(1, 2, 0))  # (K, 2, D): long rows are quick
    left, right = by_joint.min(axis=0).T, by_joint.max(axis=0).T
    gap = np.maximum(0, np.maximum(low[person] - right[detection], left[detection] - high[person]))
    exponent = (gap**2).sum(axis=1) / (2 * variances.max() * (people.area[person] + np.spacing(1)))
    return np.flatnonzero(exponent <= 1e-6 - np.log(least))  # the margin is for rounding


def match(
    found: Detected, people: Annotated, pairs: Pairs, thresholds: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give every detection, the best first, the most similar person still free; ignored people only if no other is.

    All detections of one rank are matched in one step: no two of them are in the same cell.

    Args:
        thresholds: (T,), an OKS from here on is a match.
        low, high: (A,), the areas in square pixels of the sizes; people of other areas are ignored.
    Returns:
        matched (A, T, D): the person each detection found, or -1; ignored (A, T, D): neither right nor wrong; and
        people_ignored (A, G).
    """
    low, high = low[:, None], high[:, None]
    people_ignored = people.ignored | (people.area < low) | (people.area > high)
    free = np.ones((len(low), len(thresholds), len(people.cell)), bool)
    matched = np.full((len(low), len(thresholds), len(found.cell)), -1, np.int32)
    ignored = np.zeros(matched.shape, bool)
    detection, person, value = pairs

    # Within a detection, the better person comes later, and of equals the one later in the file: so the best is the
    # last possible one, found by comparing whole numbers.
    order = np.lexsort((person, value, detection, found.rank[detection]))
    detection, person, value = detection[order], person[order], value[order]
    rank = found.rank[detection]
    for start in np.flatnonzero(np.diff(rank, prepend=-1)):
        step = slice(start, np.searchsorted(rank, rank[start], "right"))
        d, p = detection[step], person[step]
        possible = (value[step] >= thresholds[:, None]) & (free[:, :, p] | people.crowd[p])  # (A, T, step)
        place = np.arange(len(d))
        preference = place + len(d) * ~people_ignored[:, None, p]  # (A, 1, step)
        firsts = np.flatnonzero(np.diff(d, prepend=-1))
        best = np.maximum.reduceat(np.where(possible, preference, -1), firsts, axis=2)  # (A, T, detections)
        a, t, i = np.nonzero(best >= 0)
        chosen = best[a, t, i] % len(d)
        free[a, t, p[chosen]] = False
        matched[a, t, d[chosen]] = p[chosen]
        ignored[a, t, d[chosen]] = people_ignored[a, p[chosen]]
    ignored |= (matched < 0) & ((found.area < low) | (found.area > high))[:, None]
    return matched, ignored, people_ignored
