"""What the steps draw, for a whole batch at once and in arrays: for devices that make thousands of crops a second.

A row has the distributions of the steps' own draws, not their numbers: a hundred calls of `Step.draw` take as long as
ten thousand rows here. The settings are those of the steps themselves.

    people = People.of(poses)
    views, changes = drawn(presets.strong.augment, people.take(numbers), (256, 192), rng)
    matrices = views.matrices((256, 192), presets.strong.rule)         # photo pixels -> crop pixels
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from hrnet.augment.pixels import CoarseDropout, Light, LowResolution, Warp, hole_sides
from hrnet.augment.step import Compose
from hrnet.augment.view import HalfBody, HorizontalFlip, Rotation, Scale, Shift
from hrnet.data.pose_set import PoseSet
from hrnet.geometry import PADDING, CropRule, Size
from hrnet.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class People:
    """Labeled persons: boxes float64 (N, 4) as x, y, w, h; keypoints float32 (N, K, 3); confidence float32 (N, K)."""

    skeleton: Skeleton
    boxes: np.ndarray
    keypoints: np.ndarray
    confidence: np.ndarray

    @classmethod
    def of(cls, poses: PoseSet) -> People:
        """All persons of a set."""
        return cls(
            poses.skeleton,
            np.array([person.box.xywh for person in poses.samples], np.float64).reshape(-1, 4),
            np.array([person.keypoints for person in poses.samples], np.float32),
            np.array([person.confidence for person in poses.samples], np.float32),
        )

    def __len__(self) -> int:
        return len(self.boxes)

    def take(self, numbers: np.ndarray) -> People:
        """Some of them, in the order of the numbers."""
        return replace(
            self, boxes=self.boxes[numbers], keypoints=self.keypoints[numbers], confidence=self.confidence[numbers]
        )


@dataclass(frozen=True, eq=False)
class Views:
    """What is looked at in N photos, as in `Sample`: boxes (N, 4), scale and rotation (N,), shift (N, 2), mirrored (N,)
    bool."""

    boxes: np.ndarray
    scale: np.ndarray
    rotation: np.ndarray
    shift: np.ndarray
    mirrored: np.ndarray

    @classmethod
    def unmoved(cls, boxes: np.ndarray) -> Views:
        count = len(boxes)
        return cls(boxes, np.ones(count), np.zeros(count), np.zeros((count, 2)), np.zeros(count, bool))

    def matrices(self, input_size: Size, rule: CropRule) -> np.ndarray:
        """float64 (N, 2, 3), photo pixels -> crop pixels, mirror included: `crop_affine`, row by row."""
        height, width = input_size
        sides = self.boxes[:, 2:]
        if not rule.stretch:
            w, h = sides.T
            aspect = width / height
            sides = np.stack([np.maximum(w, aspect * h), np.maximum(h, w / aspect)], axis=1)
        sides = sides * PADDING * self.scale[:, None]
        centers = self.boxes[:, :2] + self.boxes[:, 2:] / 2 + self.shift * sides
        crop = np.array([width, height]) - (1 if rule.by_size_minus_one else 0)
        factors = crop / sides
        angle = np.radians(self.rotation) * rule.clockwise
        turn = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], axis=1).reshape(-1, 2, 2)
        linear = turn * factors[:, :, None]
        moved = crop / 2 - np.einsum("nij,nj->ni", linear, centers)
        made = np.concatenate([linear, moved[..., None]], axis=2)
        made[self.mirrored, 0] *= -1
        made[self.mirrored, 0, 2] += width - 1
        return made


@dataclass(frozen=True, eq=False)
class Lights:
    """`Light`: float32 (N, 6), see `hrnet.augment.batch.light`."""

    choices: np.ndarray


@dataclass(frozen=True, eq=False)
class Shrunk:
    """`LowResolution`: the rows that it happens to (M,), and the height and width they are shrunk to, (M, 2)."""

    rows: np.ndarray
    sizes: np.ndarray


@dataclass(frozen=True, eq=False)
class Covers:
    """`CoarseDropout`: up to R rectangles in each crop, int64 (N, R, 4): left, top, width, height in crop pixels, empty
    where there are fewer; their colors, uint8 (N, R, 3); which are noise instead, (N, R); the seed of that noise."""

    rectangles: np.ndarray
    colors: np.ndarray
    noisy: np.ndarray
    seed: int


Change = Lights | Shrunk | Covers


def drawn(
    steps: Compose, people: People, input_size: Size, rng: np.random.Generator
) -> tuple[Views, tuple[Change, ...]]:
    """What all these steps draw for all these people: the views, and what happens to the crops, in order.

    Raises:
        ValueError: there is a step that is not known here, or none of them is a Warp.
    """
    must_know(steps)
    views, changes = Views.unmoved(people.boxes), []
    for step in steps.steps:
        if view := VIEWS.get(type(step)):
            views = view(step, views, people, rng)
        elif change := CHANGES.get(type(step)):
            changes.append(change(step, len(people), input_size, rng))
    return views, tuple(changes)


def must_know(steps: Compose) -> None:
    """Raises ValueError as `drawn` does."""
    kinds = [type(step) for step in steps.steps]
    if Warp not in kinds:
        raise ValueError("none of the steps is a Warp, so there would be no crops")
    if unknown := [kind.__name__ for kind in kinds if kind not in VIEWS and kind not in CHANGES and kind is not Warp]:
        raise ValueError(f"{', '.join(unknown)} cannot be drawn for many persons at once; keep photos on the host")
    place = kinds.index(Warp)
    if late := [kind.__name__ for kind in kinds[place:] if kind in VIEWS]:
        raise ValueError(f"{', '.join(late)} after the Warp would change nothing; put it before")
    if early := [kind.__name__ for kind in kinds[:place] if kind in CHANGES]:
        raise ValueError(f"{', '.join(early)} before the Warp has no crop to change; put it after")


def _half_body(step: HalfBody, views: Views, people: People, rng: np.random.Generator) -> Views:
    count, seen = len(people), people.keypoints[..., 2] > 0
    happens, prefers_upper = rng.random(count) < step.p, rng.random(count) < step.upper
    joints = np.arange(seen.shape[1])
    upper, lower = (seen & np.isin(joints, part) for part in (people.skeleton.upper_body, people.skeleton.lower_body))
    takes_upper = prefers_upper & (upper.sum(axis=1) >= step.at_least) | (lower.sum(axis=1) < step.at_least)
    chosen = np.where(takes_upper[:, None], upper, lower)
    happens &= (seen.sum(axis=1) > step.more_than) & (chosen.sum(axis=1) >= step.fewest)
    points, counted = people.keypoints[..., :2].astype(np.float64), chosen[..., None]
    center = (points * counted).sum(axis=1) / np.maximum(counted.sum(axis=1), 1)
    low, high = (np.where(counted, points, edge) for edge in (np.inf, -np.inf))
    extent = np.where(happens[:, None], high.max(axis=1) - low.min(axis=1), 0.0)
    sides = np.maximum(extent + step.extra, 1.0) * step.padding / PADDING
    return replace(views, boxes=np.where(happens[:, None], np.hstack([center - sides / 2, sides]), views.boxes))


def _scale(step: Scale, views: Views, people: People, rng: np.random.Generator) -> Views:
    factors = np.clip(rng.normal(size=len(people)) * step.spread + 1, 1 - step.spread, 1 + step.spread)
    return replace(views, scale=views.scale * factors)


def _rotation(step: Rotation, views: Views, people: People, rng: np.random.Generator) -> Views:
    happens = rng.random(len(people)) < step.p
    angles = np.clip(rng.normal(size=len(people)) * step.spread, -2 * step.spread, 2 * step.spread)
    return replace(views, rotation=views.rotation + angles * happens)


def _shift(step: Shift, views: Views, people: People, rng: np.random.Generator) -> Views:
    happens = rng.random(len(people)) < step.p
    moves = np.clip(rng.normal(size=(len(people), 2)), -2, 2) * step.spread
    return replace(views, shift=views.shift + moves * happens[:, None])


def _flip(step: HorizontalFlip, views: Views, people: People, rng: np.random.Generator) -> Views:
    return replace(views, mirrored=views.mirrored ^ (rng.random(len(people)) < step.p))


def _light(step: Light, count: int, input_size: Size, rng: np.random.Generator) -> Lights:
    contrast = 1 + step.contrast * rng.uniform(-1, 1, count)
    brightness = 255 * step.brightness * rng.uniform(-1, 1, count)
    channels = 1 + step.channel * rng.uniform(-1, 1, (count, 3))
    gray = rng.random(count) < step.gray
    choices = np.column_stack([contrast, brightness, channels, gray])
    choices[rng.random(count) >= step.p] = (1, 0, 1, 1, 1, 0)
    return Lights(choices.astype(np.float32))


def _low_resolution(step: LowResolution, count: int, input_size: Size, rng: np.random.Generator) -> Shrunk:
    happens, factors = rng.random(count) < step.p, rng.uniform(step.smallest, 1, count)
    sizes = np.maximum(2, np.rint(factors[:, None] * input_size)).astype(np.int64)
    return Shrunk(np.flatnonzero(happens), sizes[happens])


def _covers(step: CoarseDropout, count: int, input_size: Size, rng: np.random.Generator) -> Covers:
    shape = (count, step.most)
    holes = rng.integers(1, step.most + 1, count) * (rng.random(count) < step.p)
    sides = hole_sides(rng, step.largest, input_size, shape)
    corners = rng.integers(0, np.array(input_size[::-1]) - sides + 1)
    sides[np.arange(step.most) >= holes[:, None]] = 0
    return Covers(
        np.concatenate([corners, sides], axis=2),
        rng.integers(0, 256, (*shape, 3)).astype(np.uint8),
        rng.random(shape) < 0.5,
        int(rng.integers(2**31)),
    )


VIEWS: Mapping[type, Callable[..., Views]] = {
    HalfBody: _half_body,
    Scale: _scale,
    Rotation: _rotation,
    Shift: _shift,
    HorizontalFlip: _flip,
}
CHANGES: Mapping[type, Callable[..., Change]] = {
    Light: _light,
    LowResolution: _low_resolution,
    CoarseDropout: _covers,
}
