"""Joints, as the page sends and shows them: checked, with pairs and limbs derived, and a few that are ready."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from hrnet.sets.naming import pairs_by_name
from hrnet.skeleton import AP10K_17, COCO_17, DEFAULT_SIGMA, Skeleton

MAX_JOINTS = 200
MAX_JOINT_NAME = 60  # characters
MOST_THINGS = 300  # whose joints say where they usually stand

_FINGERS = ("thumb", "index", "middle", "ring", "little")
# MediaPipe's and COCO-WholeBody's order of a hand: the wrist, then each finger from its root to its tip.
HAND_21 = Skeleton.of(
    ("wrist", *(f"{finger} {place}" for finger in _FINGERS for place in (1, 2, 3, 4))),
    name="hand-21",
    limbs=[
        (0 if place == 0 else 4 * finger + place, 4 * finger + place + 1) for finger in range(5) for place in range(4)
    ],
)
LAMP_6 = Skeleton.of(
    ("base", "lower hinge", "upper hinge", "head", "left rim", "right rim"),
    name="lamp-6",
    limbs=[(0, 1), (1, 2), (2, 3), (3, 4), (3, 5)],
)
# Where the joints of a ready skeleton stand in a drawing, x to the right and y down: a person seen from the front.
_PERSON = "50,8 54,5 46,5 59,8 41,8 64,24 36,24 72,40 28,40 76,56 24,56 59,56 41,56 61,76 39,76 62,96 38,96"
_HAND = (
    "50,96 34,88 22,76 14,66 8,58 38,54 35,38 33,28 32,20 50,52 50,34 50,22 50,14 "
    "61,55 64,38 66,28 67,20 71,62 77,50 81,42 84,36"
)
_ANIMAL = "9,21 13,21 4,28 28,30 84,34 34,44 32,60 30,78 26,46 22,62 18,80 78,46 82,60 78,78 70,48 74,62 70,80"
_LAMP = "44,92 30,58 58,26 78,40 70,60 96,52"


def _drawn(text: str) -> list[list[float]]:
    return [[float(value) / 100 for value in point.split(",")] for point in text.split()]


PLACES = {"person": _drawn(_PERSON), "hand": _drawn(_HAND), "animal": _drawn(_ANIMAL), "lamp": _drawn(_LAMP)}
READY = {"person": COCO_17, "hand": HAND_21, "animal": AP10K_17, "lamp": LAMP_6}


def ready() -> dict[str, dict[str, Any]]:
    """The skeletons to begin with, by name."""
    return {name: {**plain(skeleton), "places": PLACES[name]} for name, skeleton in READY.items()}


def places(skeleton: Skeleton, things: Iterable[np.ndarray]) -> list[list[float] | None]:
    """Where the joints stand in a drawing, [x, y] within 0 to 1: the median of the labels, each thing turned and scaled
    onto the others; or, where nothing is labeled, as in a ready skeleton that has all of them; None for the others.

    Args:
        things: (K, 3) keypoints each.
    """
    known = _usual(list(islice(things, MOST_THINGS)), len(skeleton))
    for name, ready in READY.items():
        if known is None and {plain_name(joint) for joint in skeleton.joints} <= {plain_name(j) for j in ready.joints}:
            where = dict(zip(map(plain_name, ready.joints), PLACES[name], strict=True))
            return [where[plain_name(joint)] for joint in skeleton.joints]
    if known is None:
        return [None] * len(skeleton)
    size = np.nanmax(np.nanmax(known, axis=0) - np.nanmin(known, axis=0)) or 1
    known = (known - np.nanmin(known, axis=0)) / size
    return [None if np.isnan(point).any() else point.round(3).tolist() for point in known]


def _usual(things: list[np.ndarray], count: int) -> np.ndarray | None:
    """(K, 2) in pixels of the thing with the most labels, to which the others are turned and scaled; NaN where a joint
    has no label anywhere; None where too little is labeled to tell a shape."""
    things = sorted(things, key=lambda keypoints: -(keypoints[:, 2] > 0).sum())
    if not things or (things[0][:, 2] > 0).sum() < min(2, count):
        return None
    points = [np.where(keypoints[:, 2] > 0, keypoints[:, 0] + 1j * keypoints[:, 1], np.nan) for keypoints in things]
    shapes = [points[0]]
    for other in points[1:]:
        both = ~np.isnan(other) & ~np.isnan(points[0])
        here, there = other[both], points[0][both]
        spread = np.abs(here - here.mean()) ** 2 if both.sum() > 1 else np.zeros(1)
        if spread.sum():  # the turn and the size that bring one nearest to the other (Procrustes)
            turn = (np.conj(here - here.mean()) * (there - there.mean())).sum() / spread.sum()
            shapes.append((other - here.mean()) * turn + there.mean())
    usual = np.full((count, 2), np.nan)
    ever = ~np.isnan(shapes).all(axis=0)
    for axis, part in enumerate((np.real, np.imag)):
        usual[ever, axis] = np.nanmedian(np.array([part(shape[ever]) for shape in shapes]), axis=0)
    return usual


def plain(skeleton: Skeleton) -> dict[str, Any]:
    return {
        "joints": [joint.replace("_", " ") for joint in skeleton.joints],
        "pairs": [list(pair) for pair in skeleton.flip_pairs],
        "limbs": [list(pair) for pair in skeleton.limbs],
    }


def derived(joints: object) -> dict[str, Any]:
    """What follows from the names alone: {"joints", as they came; "pairs" and "limbs", [[place, place], ...]}.

    Raises:
        ValueError: these are no names of joints; one line.
    """
    names = names_of(joints)
    pairs = pairs_by_name(names)
    return {"joints": joints, "pairs": [list(pair) for pair in pairs], "limbs": limbs_of(names, pairs)}


def limbs_of(names: Sequence[str], pairs: Sequence[Sequence[int]]) -> list[list[int]]:
    """How these joints are connected: as in a ready skeleton that has them all; or else a joint of the middle to the
    one of the middle before it, a left one to what was named before it, and the right mirrors the left.

    It is a proposal: nobody but the person knows, and every line can be taken away.
    """
    here = {plain_name(name): place for place, name in enumerate(names)}
    for skeleton in READY.values():
        known = [here.get(plain_name(joint)) for joint in skeleton.joints]
        if set(known) - {None} == set(here.values()):
            limbs = _without({place for place, joint in enumerate(known) if joint is None}, skeleton.limbs)
            return [[known[a], known[b]] for a, b in limbs]
    other = {place: partner for left, right in pairs for place, partner in ((left, right), (right, left))}
    lefts, rights = {left for left, _ in pairs}, {right for _, right in pairs}
    limbs, before, middle = [], None, None
    for place in range(len(names)):
        if place in rights:
            continue
        start = before if place in lefts else middle
        if start is not None:
            limbs.append([start, place])
        before = place
        middle = middle if place in lefts else place
    return limbs + [[other.get(a, a), other[b]] for a, b in limbs if b in other]


def _without(missing: set[int], limbs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The limbs among the other joints: where one is missing between them, what it connected is connected."""
    limbs = list(limbs)
    for joint in missing:
        first, *others = [b if a == joint else a for a, b in limbs if joint in (a, b)] or [None]
        limbs = [limb for limb in limbs if joint not in limb]
        limbs += [(first, other) for other in others if not {(first, other), (other, first)} & set(limbs)]
    return limbs


def plain_name(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").split())


def asked(values: Mapping[str, Any], old: Skeleton) -> tuple[Skeleton, list[int | None]]:
    """The skeleton that a page sends, and for each joint its place in the old one, or None.

    Args:
        values: {"joints", "pairs", "limbs", "order"}. What the old skeleton knows beside these stays with its joints.
    Raises:
        ValueError: it is none; one line.
    """
    names = names_of(values.get("joints"))
    order = values.get("order")
    if not isinstance(order, list) or len(order) != len(names):
        raise ValueError(f"order has the old place of each of the {len(names)} joints, or null, got {order!r:.60}")
    kept = [place for place in order if place is not None]
    if len(set(map(str, kept))) != len(kept) or any(type(i) is not int or not 0 <= i < len(old) for i in kept):
        raise ValueError(f"order has different places from 0 to {len(old) - 1}, or null, got {order!r:.60}")
    skeleton = Skeleton(
        name=old.name if names == old.joints else "custom",
        joints=names,
        limbs=_places(values, "limbs", len(names)),
        flip_pairs=_places(values, "pairs", len(names)),
        upper_body=tuple(new for new, place in enumerate(order) if place in old.upper_body),
        sigmas=tuple(DEFAULT_SIGMA if place is None else old.sigmas[place] for place in order),
        weights=tuple(1.0 if place is None else old.weights[place] for place in order),
    )
    return skeleton, order


def _places(values: Mapping[str, Any], key: str, count: int) -> tuple[tuple[int, int], ...]:
    """Pairs of different joints. Raises ValueError."""
    pairs = values.get(key)
    if not isinstance(pairs, list):
        raise ValueError(f"{key} are a list of [joint, joint], got {pairs!r:.60}")
    for pair in pairs:
        right = isinstance(pair, list) and len(pair) == 2 and all(type(i) is int and 0 <= i < count for i in pair)
        if not right or pair[0] == pair[1]:
            raise ValueError(f"{key} name two different joints from 0 to {count - 1} each, got {pair!r:.60}")
    return tuple((a, b) for a, b in pairs)


def names_of(joints: object) -> tuple[str, ...]:
    """Raises ValueError: not 1 to MAX_JOINTS different names; the line says which one is wrong."""
    if not isinstance(joints, list) or not 0 < len(joints) <= MAX_JOINTS:
        raise ValueError(f"a skeleton has 1 to {MAX_JOINTS} joints; name at least one")
    names = tuple(" ".join(str(joint).split()) for joint in joints)
    for place, name in enumerate(names):
        if not 0 < len(name) <= MAX_JOINT_NAME:
            raise ValueError(f"joint {place + 1} needs a name of 1 to {MAX_JOINT_NAME} characters")
        if name.lower() in (earlier.lower() for earlier in names[:place]):
            raise ValueError(f"two joints are called {name!r}; every joint needs a name of its own")
    return names
