"""Made-up things with joints, to find mistakes in: beasts seen from above, and puppets seen from in front or behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from hrnet.data import LabeledPerson, PhotoFile, PoseSet
from hrnet.data.boxes import made_box
from hrnet.skeleton import Skeleton

SIZE = (480, 640)

BEAST = Skeleton(
    "beast",
    ("nose", "earL", "earR", "neck", "pawL", "pawR", "tail"),
    limbs=((0, 3), (1, 3), (2, 3), (3, 6), (3, 4), (3, 5)),
    flip_pairs=((1, 2), (4, 5)),
)
_BEAST = np.array([[0, -100], [-20, -80], [20, -80], [0, -60], [-35, 20], [35, 20], [0, 90]], float)

PUPPET = Skeleton(
    "puppet",
    ("head", "hip", "left_hand", "right_hand", "left_foot", "right_foot"),
    limbs=((0, 1), (1, 2), (1, 3), (1, 4), (1, 5)),
    flip_pairs=((2, 3), (4, 5)),
)
_PUPPET = np.array([[0, -100], [0, 0], [45, -20], [-45, -20], [25, 100], [-25, 100]], float)


def beasts(count: int, seed: int = 0, shake: float = 4.0) -> PoseSet:
    """Seen from above, each turned at random, its joints shaken by some pixels."""
    rng = np.random.default_rng(seed)
    return _set(BEAST, [_turned(_shaken(_BEAST, rng, shake), rng.uniform(0, 2 * np.pi), rng) for _ in range(count)])


def puppets(count: int, seed: int = 0, shake: float = 4.0) -> PoseSet:
    """Upright, every other one seen from behind."""
    rng = np.random.default_rng(seed)
    sides = [np.array([1 if n % 2 else -1, 1]) for n in range(count)]
    return _set(PUPPET, [_turned(_shaken(_PUPPET, rng, shake) * side, rng.normal(0, 0.2), rng) for side in sides])


def _shaken(points: np.ndarray, rng: np.random.Generator, shake: float) -> np.ndarray:
    return points + rng.normal(0, shake, points.shape)


def _turned(points: np.ndarray, angle: float, rng: np.random.Generator) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    turned = points * rng.uniform(0.7, 1.2) @ np.array([[cos, sin], [-sin, cos]])
    return turned + np.array(SIZE[::-1]) / 2 + rng.uniform(-60, 60, 2)


def _set(skeleton: Skeleton, shapes: list[np.ndarray]) -> PoseSet:
    photos = tuple(PhotoFile(n, Path(f"{n}.png"), size=SIZE, split="train") for n in range(len(shapes)))
    samples = []
    for n, points in enumerate(shapes):
        keypoints = np.concatenate([points, np.full((len(points), 1), 2)], axis=1).astype(np.float32)
        samples.append(LabeledPerson(n, n, made_box(keypoints, SIZE), keypoints, np.ones(len(points), np.float32)))
    return PoseSet(skeleton, photos, tuple(samples))


def changed(poses: PoseSet, thing: int, change) -> PoseSet:
    """The set with `change(keypoints)` done to a copy of the joints of one thing."""
    keypoints = poses.samples[thing].keypoints.copy()
    change(keypoints)
    samples = list(poses.samples)
    samples[thing] = replace(samples[thing], keypoints=keypoints)
    return replace(poses, samples=tuple(samples))


def swapped(poses: PoseSet, thing: int, *pairs: int) -> PoseSet:
    """The set with left and right of some pairs of a thing exchanged; of all where none are named."""

    def swap(keypoints: np.ndarray) -> None:
        for n, (left, right) in enumerate(poses.skeleton.flip_pairs):
            if n in pairs or not pairs:
                keypoints[[left, right]] = keypoints[[right, left]]

    return changed(poses, thing, swap)
