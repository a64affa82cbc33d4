"""What the labels of a set say about its subject: does it turn every way, may it be mirrored?

The pose alone is looked at, never a pixel: every thing's labeled joints, centered and scaled to one size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hrnet.data.pose_set import LabeledPerson, PoseSet

MOST = 200  # things that are compared, evenly spaced through the set
FEWEST = 3  # labeled joints of a thing whose pose says anything
ALIKE = 0.1  # the share of the others that counts as being like a thing: with fewer, neighbors in a video decide

ALL_WAYS = 40.0  # degrees from the mean direction; if a tenth of the things is further off, none is the usual one
STRANGE = 1.5  # times as far from the others as they are from each other


@dataclass(frozen=True)
class Habits:
    """things: with a pose, in all. spread: degrees from the mean direction, which nine of ten things keep within.
    mirrored: how far mirrored poses are from the poses of the set, as a multiple of how far these are from each other;
    None where too few things say anything."""

    things: int
    spread: float | None
    mirrored: float | None

    @property
    def turns(self) -> bool:
        """Whether the subject is seen every way round, as from above."""
        return self.spread is not None and self.spread > ALL_WAYS

    @property
    def mirrors(self) -> bool:
        """Whether mirrored pictures would look like more of the same."""
        return self.mirrored is not None and self.mirrored < STRANGE


def habits(poses: PoseSet) -> Habits:
    """Of the labeled things that are not to be ignored."""
    things = [thing for thing in poses.samples if not thing.ignore and thing.labeled]
    shapes = _shapes([thing for thing in things if thing.labeled >= FEWEST])
    spread = mirrored = None
    if len(shapes) >= FEWEST:
        angles = _directions(shapes)
        spread = float(np.rad2deg(np.quantile(np.abs(angles), 0.9)))
        turned = shapes * np.exp(-1j * angles)[:, None] if spread > ALL_WAYS else shapes
        own = np.median(_distances(turned, turned))
        # x -> -x, and left and right trade places; where every direction is usual, turned back upright
        other = -np.conj(shapes)[:, poses.skeleton.mirror]
        if spread > ALL_WAYS:
            other = other * np.exp(-1j * _toward(other, _mean(turned)))[:, None]
        away = np.median(_distances(other, turned))
        if np.isfinite(own) and np.isfinite(away):  # not where no two things have joints in common
            mirrored = float(away / max(own, 1e-9))
    return Habits(len(things), spread, mirrored)


def _shapes(things: list[LabeledPerson]) -> np.ndarray:
    """Complex (N, K): x + iy of each joint, centered, with a mean square of 1; NaN where there is no label."""
    shapes = []
    for thing in things[:: max(1, len(things) // MOST)]:
        points = np.where(thing.keypoints[:, 2] > 0, thing.keypoints[:, 0] + 1j * thing.keypoints[:, 1], np.nan)
        points = points - np.nanmean(points)
        size = float(np.sqrt(np.nanmean(np.abs(points) ** 2)))
        if size > 0:
            shapes.append(points / size)
    return np.array(shapes)


def _directions(shapes: np.ndarray) -> np.ndarray:
    """How far each shape is turned from the mean direction, in radians: they are turned onto their mean, twice."""
    angles = _toward(shapes, shapes[np.isnan(shapes).sum(axis=1).argmin()])
    for _ in range(2):
        angles = _toward(shapes, _mean(shapes * np.exp(-1j * angles)[:, None]))
    return np.angle(np.exp(1j * angles) * np.exp(-1j * np.angle(np.exp(1j * angles).mean())))


def _mean(shapes: np.ndarray) -> np.ndarray:
    """(K,); 0 for a joint that no shape has."""
    known = ~np.isnan(shapes)
    return np.where(known, shapes, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)


def _toward(shapes: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """The angle that each shape is turned against the mean."""
    return np.angle(np.nansum(shapes * np.conj(mean), axis=1))


def _distances(shapes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N,): how far each shape is from the nearest ALIKE of the others, but for the one in the same place."""
    gaps = np.abs(shapes[:, None] - others[None])  # (N, M, K)
    both = ~np.isnan(gaps)
    mean = np.where(both, gaps, 0).sum(axis=2) / np.maximum(both.sum(axis=2), 1)
    mean[both.sum(axis=2) < FEWEST] = np.inf
    np.fill_diagonal(mean, np.inf)
    place = max(0, round(ALIKE * (mean.shape[1] - 1)) - 1)
    return np.sort(mean, axis=1)[:, place]
