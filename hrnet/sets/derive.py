"""What a skeleton lacks, out of its names and labels: pairs, limbs, halves, spreads; each value with its reason.

Nothing here changes a set: `hrnet.sets.LabelSet.set_skeleton` does, once a person has agreed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import numpy as np

from hrnet.data.pose_set import PoseSet
from hrnet.sets.habits import habits
from hrnet.sets.naming import pairs_by_name, upper_by_name
from hrnet.sets.shape import Shapes
from hrnet.skeleton import DEFAULT_SIGMA, Pairs, Skeleton

T = TypeVar("T")

# Two joints are a pair by geometry if their usual distances to all others differ by less than this share of the
# distance between themselves and of the usual distance to others.
UNLIKE = 0.2
FEWEST = 12  # things with both joints, below which nothing is usual yet
HALF_BODY = 8  # joints that must be labeled before a half is cut out: lib/dataset/JointsDataset.py of HRNet
LEAST_HALF = 3  # joints of each half
LEAST_REPEATS = 10  # of one joint: the spread of fewer is off by more than a quarter
SIGMAS = (0.01, 0.2)  # what a spread is held to; COCO's are .025 to .107


# How a value came about, by the key of `Derived.why`.
REASONS = {
    "given": "as the set gives it",
    "names": "by the names, such as {one} and {other}",
    "no_names": "no two names differ by left and right",
    "even": "these are equally far from all other joints: a left and a right one?",
    "uneven": "the labels suggest no further pair",
    "flip_unknown": "{count} labeled things are too few to tell, so as usual",
    "flip_off": "all look one way: mirrored things are {times} times as far from them as they are from each other",
    "flip_on": "mirrored things look like others of the set: {times} times as far as these are from each other",
    "flip_unpaired": "mirrored things look like others of the set: {times} times as far; with no pairs, joints stay",
    "tree": "each joint is joined to the nearest: the shortest tree over usual distances",
    "no_tree": "there are not enough labels to tell",
    "half_small": "halves are only cut out of more than {count} joints",
    "half_names": "by the names",
    "half_limb": "the limb between {one} and {other} divides the joints most evenly",
    "no_half": "no limb divides the joints into two halves that keep pairs together",
    "sigma_default": "{default} for all, the mean of COCO's 17: no joint is labeled twice {least} times",
    "sigma_repeats": "{count} of {joints} joints from labels that are there twice; {default} for others",
}


@dataclass(frozen=True)
class Derived(Generic[T]):
    """A value, and how it came about: a key of `REASONS`, and what that line names."""

    value: T
    why: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """The same in one line."""
        return REASONS[self.why].format(**self.values)


@dataclass(frozen=True)
class Derivation:
    """All that is derived. proposal: pairs that the labels suggest and no name confirms; nothing is done with them."""

    pairs: Derived[Pairs]
    proposal: Derived[Pairs]
    flip: Derived[bool]
    limbs: Derived[Pairs]
    upper_body: Derived[tuple[int, ...]]
    sigmas: Derived[tuple[float, ...]]

    def skeleton(
        self, skeleton: Skeleton, what: Sequence[str] = ("pairs", "limbs", "upper_body", "sigmas")
    ) -> Skeleton:
        """The skeleton with some of it; "proposal" adds the proposed pairs."""
        taken: dict[str, object] = {}
        if "pairs" in what or "proposal" in what:
            pairs = self.pairs.value if "pairs" in what else skeleton.flip_pairs
            taken["flip_pairs"] = pairs + (self.proposal.value if "proposal" in what else ())
        taken |= {name: getattr(self, name).value for name in ("limbs", "upper_body", "sigmas") if name in what}
        return replace(skeleton, **taken)


def derive(poses: PoseSet, repeats: Sequence[tuple[np.ndarray, np.ndarray]] = ()) -> Derivation:
    """Everything at once.

    Args:
        repeats: pairs of (K, 3) keypoints of the same thing, labeled twice or by a teacher; see `sigmas`.
    """
    shapes = Shapes.of(poses)
    named = pairs(poses.skeleton)
    limbs = limbs_given(poses.skeleton, shapes)
    return Derivation(
        named,
        proposed_pairs(poses.skeleton, shapes, named.value),
        flipping(replace(poses, skeleton=replace(poses.skeleton, flip_pairs=named.value))),
        limbs,
        upper_body(replace(poses.skeleton, flip_pairs=named.value, limbs=limbs.value)),
        sigmas(poses.skeleton, repeats),
    )


# ---- left and right --------------------------------------------------------------------------------------------------


def pairs(skeleton: Skeleton) -> Derived[Pairs]:
    """The pairs that trade places in a mirror: as given, else by the names of the joints."""
    if skeleton.flip_pairs:
        return Derived(skeleton.flip_pairs, "given")
    found = pairs_by_name(skeleton.joints)
    if not found:
        return Derived((), "no_names")
    one, other = (skeleton.joints[place] for place in found[0])
    return Derived(found, "names", {"one": one, "other": other})


def proposed_pairs(skeleton: Skeleton, shapes: Shapes, known: Pairs = ()) -> Derived[Pairs]:
    """Pairs that the labels suggest: joints with the same usual distances to all others. Only a proposal, for a front
    and a back leg may be alike too; left and right among the two are as they stand in the list."""
    count = len(skeleton)
    distances, enough = _usual_distances(shapes)
    free = [joint for joint in range(count) if joint not in {place for pair in known for place in pair}]
    unlike = np.full((count, count), np.inf)
    for n, one in enumerate(free):
        for other in free[n + 1 :]:
            rest = [j for j in range(count) if j not in (one, other) and enough[one, j] and enough[other, j]]
            if len(rest) < 2 or not enough[one, other] or distances[one, other] <= 0:
                continue
            differ = np.abs(distances[one, rest] - distances[other, rest]).mean()
            scale = min(distances[one, other], np.mean((distances[one, rest], distances[other, rest])))
            unlike[one, other] = unlike[other, one] = differ / scale if scale > 0 else np.inf
    best = unlike.argmin(axis=1)
    found = tuple(
        (one, int(best[one]))
        for one in free
        if one < best[one] and best[best[one]] == one and unlike[one].min() < UNLIKE
    )
    if not found:
        return Derived((), "uneven")
    return Derived(found, "even")


def flipping(poses: PoseSet) -> Derived[bool]:
    """Whether learning from mirrored pictures helps: only if what a mirror shows occurs. Where all subjects look the
    same way, it does not, and a network that never sees it is better.

    Args:
        poses: with its pairs, for they trade places in the mirror.
    """
    seen = habits(poses)
    if seen.mirrored is None:
        return Derived(True, "flip_unknown", {"count": seen.things})
    times = {"times": round(seen.mirrored, 1)}
    if not seen.mirrors:
        return Derived(False, "flip_off", times)
    return Derived(True, "flip_on" if poses.skeleton.flip_pairs else "flip_unpaired", times)


# ---- limbs and halves ------------------------------------------------------------------------------------------------


def limbs_given(skeleton: Skeleton, shapes: Shapes) -> Derived[Pairs]:
    """The limbs as given, else those that labels suggest."""
    if skeleton.limbs:
        return Derived(skeleton.limbs, "given")
    found = limbs_of(shapes)
    if not found:
        return Derived((), "no_tree")
    return Derived(found, "tree")


def limbs_of(shapes: Shapes) -> Pairs:
    """The shortest tree that joins all joints which are labeled together often enough (Prim); edges count by the
    median distance between two joints plus its spread: what is stiff is a bone."""
    distances, enough = _usual_distances(shapes, spread=True)
    count = len(distances)
    cost = np.where(enough & ~np.eye(count, dtype=bool), distances, np.inf)
    tree: list[tuple[int, int]] = []
    inside: set[int] = set()
    for start in range(count):  # several trees where joints are never labeled together
        if start in inside:
            continue
        inside.add(start)
        while True:
            within = sorted(inside)
            outside = [joint for joint in range(count) if joint not in inside]
            if not outside:
                break
            part = cost[np.ix_(within, outside)]
            one, other = np.unravel_index(part.argmin(), part.shape)
            if not np.isfinite(part[one, other]):
                break
            tree.append((within[one], outside[other]))
            inside.add(outside[other])
    return tuple(sorted((min(pair), max(pair)) for pair in tree))


def _usual_distances(shapes: Shapes, spread: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """(K, K) median distances between joints for a thing of the usual size, maybe with their spread added, and where
    there are enough labels for one."""
    count = shapes.points.shape[1]
    distances, enough = np.zeros((count, count)), np.eye(count, dtype=bool)
    for one in range(count):
        lengths = shapes.distances(np.array([(one, other) for other in range(count)])) / shapes.sizes[:, None]
        for other in range(count):
            known = lengths[:, other][np.isfinite(lengths[:, other])]
            if one != other and len(known) >= min(FEWEST, max(2, len(shapes))):
                enough[one, other] = True
                distances[one, other] = np.median(known)
                if spread:
                    distances[one, other] += 1.4826 * np.median(np.abs(known - np.median(known)))
    return distances, enough


def upper_body(skeleton: Skeleton) -> Derived[tuple[int, ...]]:
    """Which joints are the upper (or front) half, for cutting halves out while learning: as given, by names, else one
    side of the limb that divides the joints most evenly."""
    if skeleton.upper_body:
        return Derived(skeleton.upper_body, "given")
    if len(skeleton) <= HALF_BODY:
        return Derived((), "half_small", {"count": HALF_BODY})
    named = upper_by_name(skeleton.joints)
    if LEAST_HALF <= len(named) <= len(skeleton) - LEAST_HALF:
        return Derived(named, "half_names")
    halves = []
    for n, limb in enumerate(skeleton.limbs):
        side = _reached(limb[0], [pair for m, pair in enumerate(skeleton.limbs) if m != n])
        whole = _reached(limb[0], skeleton.limbs)
        if len(whole) == len(skeleton) and LEAST_HALF <= len(side) <= len(skeleton) - LEAST_HALF:
            torn = sum((one in side) != (other in side) for one, other in skeleton.flip_pairs)  # pairs stay together
            halves.append((torn, abs(2 * len(side) - len(skeleton)), n, tuple(sorted(side))))
    if not halves or min(halves)[0]:
        return Derived((), "no_half")
    _, _, limb, side = min(halves)
    one, other = (skeleton.joints[place] for place in skeleton.limbs[limb])
    return Derived(side, "half_limb", {"one": one, "other": other})


def _reached(start: int, limbs: Sequence[tuple[int, int]]) -> set[int]:
    """All joints that limbs lead to from one."""
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        for pair in limbs:
            if here in pair:
                there = pair[0] + pair[1] - here
                if there not in seen:
                    seen.add(there)
                    todo.append(there)
    return seen


# ---- spreads ---------------------------------------------------------------------------------------------------------


def sigmas(skeleton: Skeleton, repeats: Sequence[tuple[np.ndarray, np.ndarray]] = ()) -> Derived[tuple[float, ...]]:
    """How far labels of the same joint spread, for OKS: as given, measured from repeated labels, else the default.

    As COCO has it (cocodataset.org, "keypoints evaluation"), sigma squared is the mean squared error of a label over
    the thing's area. Two labels of the same joint differ by twice that.

    Args:
        repeats: pairs of (K, 3) keypoints of the same thing. Its area is that of the box around its joints.
    """
    if any(sigma != DEFAULT_SIGMA for sigma in skeleton.sigmas):
        return Derived(skeleton.sigmas, "given")
    errors: list[list[float]] = [[] for _ in skeleton.joints]
    for one, other in repeats:
        both = (one[:, 2] > 0) & (other[:, 2] > 0)
        area = float(np.prod(np.ptp(one[one[:, 2] > 0, :2], axis=0))) if both.any() else 0.0
        if area > 0:
            for joint in np.flatnonzero(both):
                errors[joint].append(float(((one[joint, :2] - other[joint, :2]) ** 2).sum()) / area)
    measured = [joint for joint, some in enumerate(errors) if len(some) >= LEAST_REPEATS]
    if not measured:
        return Derived(skeleton.sigmas, "sigma_default", {"default": DEFAULT_SIGMA, "least": LEAST_REPEATS})
    found = list(skeleton.sigmas)
    for joint in measured:
        found[joint] = round(float(np.clip(np.sqrt(np.mean(errors[joint]) / 2), *SIGMAS)), 4)
    values = {"count": len(measured), "joints": len(skeleton), "default": DEFAULT_SIGMA}
    return Derived(tuple(found), "sigma_repeats", values)


def repeated_labels(poses: PoseSet, copies: Sequence[tuple[int, int]]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The same things labeled in two copies of a picture, for `sigmas`.

    Args:
        copies: places of photos that are the same picture.
    """
    found = []
    for one, other in copies:
        others = [poses.samples[place].keypoints for place in poses.by_photo[other]]
        for place in poses.by_photo[one]:
            keypoints = poses.samples[place].keypoints
            fits = [(distance, n) for n, o in enumerate(others) if (distance := _between(keypoints, o)) is not None]
            if fits:
                found.append((keypoints, others.pop(min(fits)[1])))
    return [(a, b) for a, b in found if not np.array_equal(a, b)]  # a label that was copied says nothing


def _between(one: np.ndarray, other: np.ndarray) -> float | None:
    both = (one[:, 2] > 0) & (other[:, 2] > 0)
    return float(np.linalg.norm(one[both, :2] - other[both, :2], axis=1).mean()) if both.any() else None
