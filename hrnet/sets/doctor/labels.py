"""What the doctor reads in the labels: joints outside, twice, too long, too rare; things without boxes or labels."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from hrnet.data.boxes import MARGIN
from hrnet.data.checking import FAR
from hrnet.data.pose_set import PoseSet
from hrnet.geometry import Size
from hrnet.sets.doctor.finding import Finding, Spot
from hrnet.sets.shape import Shapes
from hrnet.skeleton import Pairs

ROUNDING = 1.0  # pixel by which a joint of a good set sticks out
# Of one in five that is kept to test, ten labels leave two: the figure of that joint then moves in halves.
LEAST_LABELS = 10
LEAST_PICTURES = 20  # with labels; fewer are learned by heart before they are understood
SAME_PLACE = 1.0  # pixel between the joints of two things that are one

# A limb is too long if it is so many times as long as usual for the thing's size, and so far out of what this limb does
# in this set. Projection makes limbs shorter, never longer.
TOO_LONG = 2.0
SPREADS = 6.0  # times the spread (1.4826 median absolute deviation) of the logarithm of its length
FEWEST_LIMBS = 12  # of one kind, below which nothing is usual yet
BEND = 1.15  # what a stiff limb may do at least: without it a set of copies would call every change a fault


def misplaced(poses: PoseSet, sizes: Sequence[Size | None]) -> list[Finding]:
    """Joints that are no number, or outside of their picture.

    Args:
        sizes: (height, width) of each picture, where known.
    """
    found = []
    for place, person in enumerate(poses.samples):
        if person.ignore or not person.labeled:
            continue
        keypoints, size = person.keypoints, sizes[person.photo]
        labeled = keypoints[:, 2] > 0
        finite = np.isfinite(keypoints[:, :2]).all(axis=1)
        found += _misplaced(poses, place, "not_finite", labeled & ~finite)
        if size is None:
            continue
        xy = np.where(finite[:, None], keypoints[:, :2], 0).astype(float)
        over = np.maximum(-xy, xy - (np.array(size[::-1]) - 1)).max(axis=1) * (labeled & finite)
        far = over > FAR * max(size)
        found += _misplaced(poses, place, "far_outside", far)
        found += _misplaced(
            poses, place, "outside", (over > ROUNDING) & ~far, pixels=round(float(over[~far].max(initial=0)))
        )
    return found


def _misplaced(poses: PoseSet, place: int, kind: str, which: np.ndarray, **values: object) -> list[Finding]:
    joints = tuple(np.flatnonzero(which).tolist())
    if not joints:
        return []
    photo = poses.samples[place].photo
    told = {"picture": poses.photos[photo].name, "joints": named(poses, joints), **values}
    return [Finding(kind, (Spot(photo, place, joints),), (), told, len(joints))]


def doubled(poses: PoseSet) -> list[Finding]:
    """Things of one picture with the same joints in the same places: labeled twice."""
    found = []
    for photo, places in enumerate(poses.by_photo):
        gone: set[int] = set()
        things = [place for place in places if poses.samples[place].labeled and not poses.samples[place].ignore]
        for n, one in enumerate(things):
            for other in things[n + 1 :]:
                if one not in gone and other not in gone and _same(poses, one, other):
                    gone.add(other)
                    spots = Spot(photo, other), Spot(photo, one)
                    found.append(Finding("same_joints", spots, (), {"picture": poses.photos[photo].name}))
    return found


def _same(poses: PoseSet, one: int, other: int) -> bool:
    a, b = poses.samples[one].keypoints, poses.samples[other].keypoints
    both = (a[:, 2] > 0) & (b[:, 2] > 0)
    # The later one has no joint that the first lacks, so nothing is lost with it.
    return bool(
        both.any() and (both == (b[:, 2] > 0)).all() and (np.abs(a[both, :2] - b[both, :2]) <= SAME_PLACE).all()
    )


def counted(poses: PoseSet) -> list[Finding]:
    """Joints without a label or with too few, too few pictures, pictures without labels."""
    found = []
    counts = np.zeros(len(poses.joints), int)
    for person in poses.samples:
        if not person.ignore:
            counts += person.keypoints[:, 2] > 0
    labeled = {person.photo for person in poses.samples if person.labeled}
    if labeled:
        # Where everything is rare, it is the pictures that are few.
        things = sum(person.labeled > 0 and not person.ignore for person in poses.samples)
        for joint in np.flatnonzero((counts < LEAST_LABELS) & (2 * counts < things)).tolist():
            values = {"joints": poses.joints[joint], "count": int(counts[joint]), "least": LEAST_LABELS}
            spots = tuple(_holders(poses, joint)) if counts[joint] else ()
            found.append(Finding("rare" if counts[joint] else "unseen", spots, (joint,), values, -int(counts[joint])))
    if len(labeled) < LEAST_PICTURES:
        found.append(Finding("few", (), (), {"count": len(labeled), "least": LEAST_PICTURES}))
    for photo, places in enumerate(poses.by_photo):
        if not any(poses.samples[place].labeled or poses.samples[place].ignore for place in places):
            found.append(Finding("empty", (Spot(photo),), (), {"picture": poses.photos[photo].name}))
    return found


def _holders(poses: PoseSet, joint: int) -> list[Spot]:
    return [
        Spot(person.photo, place, (joint,))
        for place, person in enumerate(poses.samples)
        if not person.ignore and person.keypoints[joint, 2] > 0
    ]


def boxless(poses: PoseSet, made: Collection[int]) -> list[Finding]:
    """Things whose box was made from their joints, one finding for each picture.

    Args:
        made: their places in `poses.samples`.
    """
    found = []
    for photo, places in enumerate(poses.by_photo):
        things = [place for place in places if place in made]
        if things:
            values = {"picture": poses.photos[photo].name, "count": len(things), "margin": round(100 * MARGIN)}
            found.append(Finding("no_box", tuple(Spot(photo, place) for place in things), (), values))
    return found


def stretched(poses: PoseSet, shapes: Shapes, limbs: Pairs) -> list[Finding]:
    """Limbs that are far longer than this limb usually is for a thing of that size, one finding for each thing.

    Args:
        limbs: of the skeleton, or derived where it has none.
    """
    if not limbs or not len(shapes):
        return []
    lengths = shapes.distances(np.array(limbs)) / shapes.sizes[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(lengths > 0, np.log(lengths), np.nan)
    times = np.zeros_like(logs)
    for limb, values in enumerate(logs.T):
        known = values[np.isfinite(values)]
        if len(known) < FEWEST_LIMBS:
            continue
        usual = np.median(known)
        spread = max(1.4826 * np.median(np.abs(known - usual)), np.log(BEND))
        long = np.nan_to_num(values - usual, nan=0.0)
        times[:, limb] = np.where(long > max(np.log(TOO_LONG), SPREADS * spread), np.exp(long), 0.0)
    found = []
    for row in np.flatnonzero(times.any(axis=1)):
        place = int(shapes.places[row])
        photo = poses.samples[place].photo
        joints = tuple(dict.fromkeys(joint for limb in np.flatnonzero(times[row]) for joint in limbs[limb]))
        worst = float(times[row].max())
        values = {"picture": poses.photos[photo].name, "joints": named(poses, joints), "times": round(worst, 1)}
        found.append(Finding("long_limb", (Spot(photo, place, joints),), (), values, worst))
    return found


def named(poses: PoseSet, joints: Sequence[int]) -> str:
    return ", ".join(poses.joints[joint] for joint in joints)
