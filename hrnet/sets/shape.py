"""The labels of a set as arrays that statistics can be made of: who has which joints, and how large each thing is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hrnet.data.pose_set import PoseSet

MOST_PAIRS = 780  # pairs of joints that sizes are read from: all of 40 joints; of more joints, evenly chosen ones


@dataclass(frozen=True, eq=False)
class Shapes:
    """N things with K joints.

    places: (N,) where each stands in `PoseSet.samples`; what is to be ignored has no place here.
    points: complex128 (N, K), x + iy in photo pixels, 0 where there is no label: a turn by an angle is a factor.
    labeled: bool (N, K); a label that is no finite number counts as none.
    """

    places: np.ndarray
    points: np.ndarray
    labeled: np.ndarray

    @classmethod
    def of(cls, poses: PoseSet) -> Shapes:
        places = [place for place, person in enumerate(poses.samples) if not person.ignore]
        joints = len(poses.joints)
        keypoints = np.zeros((len(places), joints, 3))
        for row, place in enumerate(places):
            keypoints[row] = poses.samples[place].keypoints
        labeled = (keypoints[..., 2] > 0) & np.isfinite(keypoints[..., :2]).all(axis=2)
        keypoints[~labeled] = 0
        return cls(np.array(places, int), keypoints[..., 0] + 1j * keypoints[..., 1], labeled)

    def __len__(self) -> int:
        return len(self.places)

    @cached_property
    def pairs(self) -> np.ndarray:
        """(M, 2) pairs of joints whose distances tell how large a thing is."""
        pairs = np.stack(np.triu_indices(self.points.shape[1], 1), axis=1)
        if len(pairs) > MOST_PAIRS:
            pairs = pairs[np.linspace(0, len(pairs) - 1, MOST_PAIRS).astype(int)]
        return pairs

    @cached_property
    def sizes(self) -> np.ndarray:
        """(N,) how large each thing is beside the usual one of the set, 1 for that; NaN where fewer than two joints are
        labeled. It is the median over pairs of joints, so that a few wrong labels do not move it."""
        lengths = self.distances(self.pairs)
        sizes = np.ones(len(self))
        for _ in range(2):  # the usual lengths depend on the sizes, and these on them
            usual = _median(lengths / sizes[:, None], axis=0)
            sizes = _median(lengths / np.where(usual > 0, usual, np.nan), axis=1)
        return np.where(sizes > 0, sizes, np.nan)

    def distances(self, pairs: np.ndarray) -> np.ndarray:
        """(N, M) pixels between the two joints of each pair; NaN where one is not labeled."""
        one, other = np.asarray(pairs, int).reshape(-1, 2).T
        known = self.labeled[:, one] & self.labeled[:, other]
        return np.where(known, np.abs(self.points[:, one] - self.points[:, other]), np.nan)


def _median(values: np.ndarray, axis: int) -> np.ndarray:
    """The median of what is known; NaN, without a warning, where nothing is."""
    if not values.shape[axis]:
        return np.full(values.shape[:axis] + values.shape[axis + 1 :], np.nan)
    ordered = np.sort(values, axis=axis)  # unknown ones, NaN, come last
    counts = np.expand_dims((~np.isnan(values)).sum(axis=axis), axis)
    middle = [np.take_along_axis(ordered, np.maximum(counts - 1 + more, 0) // 2, axis=axis) for more in (0, 1)]
    return np.where(counts > 0, (middle[0] + middle[1]) / 2, np.nan).squeeze(axis)
