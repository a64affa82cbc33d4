"""Left and right that look swapped: told from the joints alone, for subjects that are seen from any side.

A pair of joints is an arrow from the left one to the right one. Neither where a thing stands, nor how large it is, nor
how it is turned, changes the angle between two such arrows, or between an arrow and the way to another joint. So for
each angle the set tells how usual a value is; and a swap turns an arrow round, which adds half a turn to its angles.

    agreement    between two pairs. Swapping only some of them shows here, from whatever side a thing is seen.
    handedness   of a pair against the rest of the thing. Seen from behind, it is the other one for all pairs; so it
                 tells of a swap only where (nearly) all things of the set are seen from the same side.

Evidence is a log likelihood ratio (natural), "would be more usual with left and right exchanged", averaged over the
angles with the weight of what each tells in this set. Angles are those of the other things of the set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hrnet.data.pose_set import PoseSet
from hrnet.sets.derive import pairs as derived_pairs
from hrnet.sets.doctor.finding import Finding, Spot
from hrnet.sets.shape import Shapes
from hrnet.skeleton import Pairs

# Measured on the four sets of tests/sets/test_doctor_sides.py, with swaps made on purpose and without.
SOME = 1.2  # evidence from which some pairs of a thing count as swapped: e^1.2 is 3 to 1, on average over angles
ALL = 1.4  # the same of all pairs at once: there the thing may be seen from the other side
ONE_SIDED = 0.05  # of all things may be mirrored where handedness tells of single pairs, too
TWO_SIDED = 0.2  # of all things are mirrored: this is no mistake but the other side
EVEN = 0.7  # no angle of handedness tells more than this, 2 to 1: both sides are as usual
FEWEST = 12  # things with an angle, below which nothing is usual yet

BINS = 72  # of the circle: 5 degrees each
SHARP = 8.0  # concentration of the von Mises kernel: a spread of about 20 degrees
FLOOR = 0.1  # of an even spread: no angle is impossible, so none alone outweighs all others
SHORT = 0.5  # of a pair's usual length: a shorter arrow (seen from the side) tells less of its angle


@dataclass(frozen=True, eq=False)
class Sides:
    """What the joints tell of left and right.

    mirrored: (N,) evidence that all pairs of a thing are swapped, or that it is seen from the other side.
    swapped: (N,) evidence that some pairs are. pairs: (N, P) bool, which ones.
    share: of all things, how many look mirrored.
    """

    mirrored: np.ndarray
    swapped: np.ndarray
    pairs: np.ndarray
    share: float


def swaps(poses: PoseSet, shapes: Shapes) -> list[Finding]:
    """Findings about left and right."""
    pairs = derived_pairs(poses.skeleton).value
    sides = evidence(shapes, pairs)
    found = []
    for row in np.flatnonzero((sides.swapped > SOME) | ((sides.mirrored > ALL) & (sides.share <= TWO_SIDED))):
        thing = int(shapes.places[row])
        photo = poses.samples[thing].photo
        whole = not sides.swapped[row] > SOME
        those = [pair for pair, swap in zip(pairs, sides.pairs[row], strict=True) if whole or swap]
        joints = tuple(joint for pair in those for joint in pair if shapes.labeled[row, joint])
        values = {
            "picture": poses.photos[photo].name,
            "joints": ", ".join(poses.joints[joint] for joint in joints),
        }
        weight = float(sides.mirrored[row] if whole else sides.swapped[row])
        found.append(Finding("mirrored" if whole else "swapped", (Spot(photo, thing, joints),), (), values, weight))
    if sides.share > TWO_SIDED:
        found.append(Finding("two_sides"))
    return found


def evidence(shapes: Shapes, pairs: Pairs) -> Sides:
    """Weigh, for each thing, whether it would look more usual with left and right exchanged.

    Args:
        pairs: P flip pairs; with none, or too few things, nothing is evident.
    """
    count, number = len(shapes), len(pairs)
    if not number or count < FEWEST:
        return Sides(np.zeros(count), np.zeros(count), np.zeros((count, number), bool), 0.0)
    arrows = _Arrows(shapes, pairs)
    agree, agree_weight = arrows.agreement()
    hand, hand_weight = arrows.handedness()
    mirrored = _mean(hand.sum(axis=1), hand_weight.sum(axis=1))
    share = float((mirrored > 0).mean()) if arrows.telling > EVEN else 0.5
    if number == 1:
        return Sides(mirrored, np.zeros(count), np.zeros((count, 1), bool), share)
    if share > ONE_SIDED:  # then handedness is that of the side a thing is seen from
        chooser, hand, hand_weight = hand, np.zeros_like(hand), np.zeros_like(hand_weight)
    else:
        chooser = np.zeros_like(hand)
    swapped, chosen = np.zeros(count), np.zeros((count, number), bool)
    for row in np.flatnonzero(((agree.sum(axis=2) + hand) > 0).any(axis=1)):
        gain, some = _best(agree[row], hand[row])
        if gain <= hand[row].sum():  # all of them say it better
            continue
        weight = agree_weight[row][some][:, ~some].sum() + hand_weight[row][some].sum()
        # Whether the ones or the others are wrong, agreement does not tell: the fewer, else those less like the set.
        fewer = 2 * some.sum() < number
        alike = 2 * some.sum() == number and chooser[row][some].sum() >= chooser[row][~some].sum()
        swapped[row] = gain / weight if weight > 0 else 0.0
        chosen[row] = some if fewer or alike or share <= ONE_SIDED else ~some
    return Sides(mirrored, swapped, chosen, share)


class _Arrows:
    """The pairs of a set as arrows from left to right, and how much each angle among them tells."""

    def __init__(self, shapes: Shapes, pairs: Pairs) -> None:
        left, right = np.array(pairs, int).T
        self.shapes, self.paired = shapes, set(left) | set(right)
        self.arrows = shapes.points[:, right] - shapes.points[:, left]
        self.middles = (shapes.points[:, right] + shapes.points[:, left]) / 2
        self.known = shapes.labeled[:, left] & shapes.labeled[:, right]
        lengths = np.where(self.known, np.abs(self.arrows) / shapes.sizes[:, None], np.nan)
        lengths[~np.isfinite(lengths)] = np.nan
        usual = np.array([np.median(one[~np.isnan(one)]) if (~np.isnan(one)).any() else np.inf for one in lengths.T])
        clear = np.nan_to_num(lengths / (SHORT * np.where(usual > 0, usual, np.inf)))
        self.clear = np.clip(clear, 0, 1)  # (N, P): how much the angle of an arrow means
        self.telling = 0.0  # the most that an angle of handedness tells

    def agreement(self) -> tuple[np.ndarray, np.ndarray]:
        """(N, P, P) evidence that exactly one of two pairs is swapped, and its weights; symmetric."""
        count, number = self.arrows.shape
        told, weights = np.zeros((count, number, number), np.float32), np.zeros((count, number, number), np.float32)
        for one in range(number):
            for other in range(one + 1, number):
                turn = self.arrows[:, one] * self.arrows[:, other].conj()
                clear = self.clear[:, one] * self.clear[:, other]
                said, weight = ratio(turn, self.known[:, one] & self.known[:, other], clear)
                told[:, one, other] = told[:, other, one] = said
                weights[:, one, other] = weights[:, other, one] = weight
        return told, weights

    def handedness(self) -> tuple[np.ndarray, np.ndarray]:
        """(N, P) evidence that a pair is swapped against single joints and the middles of the others, and weights."""
        told, weights = np.zeros(self.arrows.shape), np.zeros(self.arrows.shape)
        single = [joint for joint in range(self.shapes.points.shape[1]) if joint not in self.paired]
        for pair in range(self.arrows.shape[1]):
            others = [other for other in range(self.arrows.shape[1]) if other != pair]
            goals = np.concatenate([self.shapes.points[:, single], self.middles[:, others]], axis=1)
            known = np.concatenate([self.shapes.labeled[:, single], self.known[:, others]], axis=1)
            for goal, there in zip(goals.T, known.T, strict=True):
                turn = self.arrows[:, pair] * (goal - self.middles[:, pair]).conj()
                said, weight = ratio(turn, there & self.known[:, pair], self.clear[:, pair])
                told[:, pair] += said
                weights[:, pair] += weight
                self.telling = max(self.telling, float(weight.max(initial=0)))
        return told, weights


def ratio(turns: np.ndarray, known: np.ndarray, clear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much more usual half a turn more would be among the others.

    Args:
        turns: complex (N,), whose angles are compared. known: (N,) bool. clear: (N,) from 0 to 1, what each counts.
    Returns:
        (N,) log ratios times the weight of this angle, and (N,) that weight, both 0 where not known. The weight is what
            it usually tells against a swap: an angle that is anything in this set has none.
    """
    counts = known & (np.abs(turns) > 0)
    if counts.sum() < FEWEST:
        return np.zeros(len(turns)), np.zeros(len(turns))
    bins = np.floor((np.angle(turns) / (2 * np.pi) + 0.5) * BINS).astype(int) % BINS
    mass = np.where(counts, clear, 0.0)
    total = np.bincount(bins, mass, BINS)
    here, there = (_KERNEL @ total)[bins], (_KERNEL @ total)[(bins + BINS // 2) % BINS]
    rest = np.maximum(mass.sum() - mass, 1e-3)
    # Nobody is a witness in one's own case.
    usual = np.maximum(here - mass * _KERNEL[0, 0], 0) / rest
    turned = np.maximum(there - mass * _KERNEL[0, BINS // 2], 0) / rest
    told = np.where(counts, np.log((turned + FLOOR) / (usual + FLOOR)) * clear, 0.0)
    weight = max(float(np.median(-told[counts])), 0.0)
    return told * weight, np.where(counts, weight, 0.0)


def _kernel() -> np.ndarray:
    """(BINS, BINS) density of a von Mises kernel between bins, 1 for an even spread."""
    angles = np.arange(BINS) * 2 * np.pi / BINS
    kernel = np.exp(SHARP * (np.cos(angles[:, None] - angles) - 1))
    return kernel / kernel[0].mean()


_KERNEL = _kernel()


def _best(agree: np.ndarray, hand: np.ndarray) -> tuple[float, np.ndarray]:
    """The pairs whose swap gains most, from (P, P) and (P,) evidence: each pair that gains alone is a start, others
    join or leave as long as that gains more."""

    def gain(some: np.ndarray) -> float:
        return float(agree[some][:, ~some].sum() + hand[some].sum())

    best, chosen = 0.0, np.zeros(len(hand), bool)
    for start in np.flatnonzero(agree.sum(axis=1) + hand > 0):
        some = np.zeros(len(hand), bool)
        some[start] = True
        now, better = gain(some), True
        while better:
            better = False
            for pair in range(len(hand)):
                some[pair] ^= True
                if some.any() and not some.all() and gain(some) > now + 1e-9:
                    now, better = gain(some), True
                else:
                    some[pair] ^= True
        if now > best:
            best, chosen = now, some
    return best, chosen


def _mean(sums: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.where(weights > 0, sums / np.where(weights > 0, weights, 1.0), 0.0)
