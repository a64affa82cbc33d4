"""What went wrong, joint by joint: the error types of Ronchi and Perona (arXiv 1707.05388), and distances.

Every joint of a found person is compared with all labelled joints of its kind in the photo, and with those of the
mirrored kind. Where it lies nearest, and how near, says what it is:

    good       at its own place, as near as people agree: similarity above .85
    jitter     about its own place: .5 to .85
    inversion  at the same person's other side: a left wrist on the right one
    swap       on somebody else, on either side
    miss       near none of these: below .5
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hrnet.metrics import matching
from hrnet.metrics.coco import Read, Source
from hrnet.metrics.records import load
from hrnet.metrics.similarity import joint_variances
from hrnet.skeleton import Skeleton

KINDS = ("good", "jitter", "inversion", "swap", "miss")
GOOD, JITTER, INVERSION, SWAP, MISS = range(len(KINDS))
UNLABELED = -1

# setKpParams in pycocotools/cocoanalyze.py of matteorr/coco-analyze @ 9eb8a0a
LOCATED = 0.1  # oksLocThrs: below this OKS a detection is of nobody, and its joints are not judged
NEAR, EXACT = 0.5, 0.85  # jitterKsThrs: the similarities from which a joint is near, above which it is right
PCK_SHARE = 0.2  # of the longer side of the person's box, as in `pck`


@dataclass(frozen=True)
class Errors:
    """The joints of M found people. Persons of all sizes count, but no crowds and nobody to be ignored."""

    kind: np.ndarray  # (M, K) place in KINDS, or UNLABELED
    similarity: np.ndarray  # (M, K) of each joint with its label, from 0 to 1; NaN where unlabeled
    distance: np.ndarray  # (M, K) pixels; NaN where unlabeled
    size: np.ndarray  # (M,) square root of the person's area, pixels
    side: np.ndarray  # (M,) longer side of the person's box, pixels
    score: np.ndarray  # (M,) of the detection
    annotation: np.ndarray  # (M,) place in the list of annotations
    detection: np.ndarray  # (M,) place in the list of detections
    missed: np.ndarray  # (U,) places in the list of annotations: people whom no detection found

    @property
    def oks(self) -> np.ndarray:
        """(M,) of each person."""
        return np.nanmean(self.similarity, axis=1)

    def shares(self) -> dict[str, float]:
        """How many of all judged joints are of each kind, from 0 to 1; 0 everywhere where there are none."""
        count = np.array([(self.kind == kind).sum() for kind in range(len(KINDS))])
        return dict(zip(KINDS, (count / max(count.sum(), 1)).tolist(), strict=True))


@dataclass(frozen=True)
class JointErrors:
    """One joint over all found people. NaN where nobody labeled it."""

    joint: str
    labeled: int
    pixels: float  # median distance
    share: float  # median distance over the person's size, which is the square root of the area
    similarity: float  # mean, as OKS counts it
    pck: float  # within PCK_SHARE of the longer side of the box, from 0 to 1
    kinds: tuple[int, ...]  # how many of each of KINDS


def keypoint_errors(
    ground_truth: Mapping[str, object] | Source,
    detections: Sequence[Mapping[str, object]] | Source,
    skeleton: Skeleton,
    *,
    owners: Sequence[int] | None = None,
    box_share: float | None = None,
) -> Errors:
    """Sort the joints of all found people into KINDS.

    Args:
        ground_truth, detections: as for `evaluate`.
        skeleton: its sigmas decide what is near, its flip pairs what is an inversion.
        owners: (D,) for every detection the place of the annotation that it is of, -1 for none: with labeled boxes one
            knows. Otherwise the best is given to the most similar person, as `evaluate` does it, from an OKS of
            LOCATED on, as the published analysis does.
        box_share: the area as a share of the box's, for sets that annotate no area.
    Raises:
        ValueError: as `evaluate`.
    Source: find_keypoint_errors in pycocotools/cocoanalyze.py of matteorr/coco-analyze, whose defaults leave out
        persons below 32**2 square pixels; a similarity of exactly .85, no kind at all there, is jitter here.
    """
    read = Read.of(load(ground_truth), load(detections), skeleton.sigmas, box_share)
    people, found, variances = read.people, read.found, joint_variances(read.sigmas)
    matched = _matched(read, variances) if owners is None else _owned(read, owners)  # (D,) people, -1 for nobody
    detection = np.flatnonzero(matched >= 0)
    detection = detection[~people.ignored[matched[detection]]]
    person = matched[detection]

    points, labels = found.keypoints[detection, :, :2], people.keypoints[person]
    labeled = labels[:, :, 2] > 0
    one, other = matching.meetings(found.cell[detection], people)
    own = other == person[one]
    mirrored = people.keypoints[:, skeleton.mirror]
    straight = _similarities(points[one], people.keypoints[other], variances, people.area[other])  # (P, K)
    inverted = _similarities(points[one], mirrored[other], variances, people.area[other])
    right, inversion = straight[own], inverted[own]  # (M, K): one row for each found person, in their order
    starts = np.flatnonzero(np.diff(one, prepend=-1))
    theirs, theirs_inverted = (
        np.maximum.reduceat(np.where(own[:, None], -1.0, values), starts, axis=0) if len(one) else values
        for values in (straight, inverted)
    )
    # Of equals, the first of these is it: own, somebody's, own inverted, somebody's inverted.
    best = np.maximum.reduce([right, theirs, inversion, theirs_inverted])
    kind = np.full(best.shape, SWAP, np.int8)
    kind[(inversion == best) & (theirs < best)] = INVERSION
    kind[right == best] = np.where(best > EXACT, GOOD, JITTER)[right == best]
    kind[best < NEAR] = MISS
    kind[~labeled] = UNLABELED

    distance = np.linalg.norm(points - labels[:, :, :2], axis=2)
    missed = np.setdiff1d(np.flatnonzero(~people.ignored), person)
    return Errors(
        kind,
        np.where(labeled, right, np.nan),
        np.where(labeled, distance, np.nan),
        np.sqrt(people.area[person]),
        people.box[person, 2:].max(axis=1),
        found.score[detection],
        people.place[person],
        found.place[detection],
        people.place[missed],
    )


def per_joint(errors: Errors, skeleton: Skeleton) -> list[JointErrors]:
    """One row for each joint of the skeleton."""
    rows = []
    for joint, name in enumerate(skeleton.joints):
        labeled = errors.kind[:, joint] != UNLABELED
        distance = errors.distance[labeled, joint]
        kinds = tuple(int((errors.kind[:, joint] == kind).sum()) for kind in range(len(KINDS)))
        if not labeled.any():
            rows.append(JointErrors(name, 0, *[float("nan")] * 4, kinds))
            continue
        # people without area have no size to measure by
        share = distance / np.maximum(errors.size[labeled], np.finfo(float).tiny)
        rows.append(
            JointErrors(
                name,
                len(distance),
                float(np.median(distance)),
                float(np.median(share)),
                float(errors.similarity[labeled, joint].mean()),
                float((distance <= PCK_SHARE * errors.side[labeled]).mean()),
                kinds,
            )
        )
    return rows


def _matched(read: Read, variances: np.ndarray) -> np.ndarray:
    pairs = matching.alike(read.found, read.people, variances, LOCATED)
    everybody = np.array([0.0]), np.array([np.inf])
    return matching.match(read.found, read.people, pairs, np.array([LOCATED]), *everybody)[0][0, 0]


def _owned(read: Read, owners: Sequence[int]) -> np.ndarray:
    annotations = np.asarray(owners, np.intp)[read.found.place]
    people = np.full(max(read.people.place.max(), annotations.max(initial=-1)) + 2, -1)  # the last one is for -1
    people[read.people.place] = np.arange(len(read.people.place))
    owned = people[annotations]
    owned[owned >= 0] = np.where(read.people.cell[owned] == read.found.cell, owned, -1)[owned >= 0]
    return owned


def _similarities(points: np.ndarray, labels: np.ndarray, variances: np.ndarray, area: np.ndarray) -> np.ndarray:
    """(P, K) of single joints, points (P, K, 2) with labels (P, K, 3); -1 where nobody labelled one."""
    offset = points - labels[:, :, :2]
    squared = offset[..., 0] ** 2 + offset[..., 1] ** 2
    value = np.exp(-squared / variances / (area[:, None] + np.spacing(1)) / 2)
    return np.where(labels[:, :, 2] > 0, value, -1.0)
